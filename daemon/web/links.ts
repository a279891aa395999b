/** Addresses of pages. */
import { pathOf, type Resource } from '../../src/tree/tree.ts'
import { escapePath } from './shared/paths.ts'

export { escapePath }

/** The page of a resource. @param view another one of its pages; @param query additional parameters */
export function pageOf(
  resource: Resource | string,
  view?: string,
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const path = escapePath(typeof resource === 'string' ? resource : pathOf(resource))
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries({ view, ...query })) if (value !== undefined && value !== '') pairs.set(name, String(value))
  return pairs.size === 0 ? path : `${path}?${pairs.toString()}`
}

/** The resource in the API. */
export const apiOf = (resource: Resource | string): string =>
  `/api/v1/resources${escapePath(typeof resource === 'string' ? resource : pathOf(resource))}`

/**
 * Where to go after signing in: only to a page of this server.
 * @returns '/' unless it is an absolute path here (not `//host`, `/\host`, `https:`…)
 */
export function safeNext(next: string | undefined): string {
  if (next === undefined || next.length > 4_000 || !/^\/(?![/\\])[\x21-\x7e]*$/.test(next)) return '/'
  const base = 'http://here.invalid'
  try {
    const url = new URL(next, base)
    // `/a/..//host` resolves to an address of another host.
    return url.origin === base && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/'
  } catch {
    return '/'
  }
}

export const signInPage = (next: string): string => `/-/sign-in?next=${encodeURIComponent(safeNext(next))}`
