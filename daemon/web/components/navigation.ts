/** Entries that the setting EXTRA_NAV_ITEMS adds to the navigation. */
import { isObject } from '../../../src/base/json.ts'

export interface NavItem {
  readonly text: string
  readonly href: string
}

/** `{name, url}` objects; what is none of these, or leads to something else than a page, is left out. */
export function extraNavItems({ EXTRA_NAV_ITEMS: items }: { EXTRA_NAV_ITEMS: readonly unknown[] }): NavItem[] {
  return items.flatMap((item) => {
    if (!isObject(item)) return []
    const { name, url } = item
    return typeof name === 'string' && typeof url === 'string' && /^(?:https?:\/\/|\/(?!\/))/.test(url) ? [{ text: name, href: url }] : []
  })
}
