/** Security headers of pages: only our own files, no scripts or styles in the page itself, no frames on other sites. */

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "frame-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

export const pageHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}

/**
 * Who opened the window has no hold on it: only pages of other sites can have opened one in their midst, and a browser says when it was
 * they who asked. To who types the address, opens a bookmark or is here already the policy would give nothing, and a browser that meets it
 * starts another process for the page, once the page has come.
 */
export const openerHeaders = (site: string | string[] | undefined): Readonly<Record<string, string>> =>
  site === 'none' || site === 'same-origin' ? {} : { 'cross-origin-opener-policy': 'same-origin' }

/** What a secret link shows stays between its readers and this server: no address of it in the logs of others, or in a search. */
export const sharedHeaders: Readonly<Record<string, string>> = { 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow' }
