/** Entries that the setting EXTRA_NAV_ITEMS and extensions add to the navigation. */
import type { Context } from '../../../src/context.ts'
import { isObject } from '../../../src/base/json.ts'

export interface NavItem {
  readonly text: string
  readonly href: string
}

/** Those of extensions are for people who have signed in. */
export const extraEntries = ({ settings, extensions }: Context, isSignedIn: boolean): NavItem[] => [
  ...extraNavItems(settings),
  ...(isSignedIn ? extensions.navigation : []),
]

/** Reads `{name, url}` objects; leaves out others, and those whose url is not an http(s) or local address. */
export function extraNavItems({ EXTRA_NAV_ITEMS: items }: { EXTRA_NAV_ITEMS: readonly unknown[] }): NavItem[] {
  return items.flatMap((item) => {
    if (!isObject(item)) return []
    const { name, url } = item
    return typeof name === 'string' && typeof url === 'string' && /^(?:https?:\/\/|\/(?!\/))/.test(url) ? [{ text: name, href: url }] : []
  })
}
