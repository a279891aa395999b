/** Headers that several kinds of replies share. */

/** `Content-Disposition` with the name in ASCII for old clients, and complete for others. Source: RFC 6266. */
export function attachment(name: string): { 'content-disposition': string } {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const full = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return { 'content-disposition': `attachment; filename="${plain}"; filename*=UTF-8''${full}` }
}

/** Headers of JSON for this caller only: since some of it is secret, it must not be cached, nor shown as a page. */
export const privateJsonHeaders = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const
