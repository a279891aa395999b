/** Entries that the setting EXTRA_NAV_ITEMS adds to the navigation. */
import { isObject } from '../../../src/base/json.ts'

export interface NavItem {
  readonly text: string
  readonly href: string
}

/** Reads `{name, url}` objects; leaves out others, and those whose url is not an http(s) or local address. */
export function extraNavItems({ EXTRA_NAV_ITEMS: items }: { EXTRA_NAV_ITEMS: readonly unknown[] }): NavItem[] {
  return items.flatMap((item) => {
    if (!isObject(item)) return []
    const { name, url } = item
    return typeof name === 'string' && typeof url === 'string' && /^(?:https?:\/\/|\/(?!\/))/.test(url) ? [{ text: name, href: url }] : []
  })
}
