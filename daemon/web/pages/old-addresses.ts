/** Where pages of rhizo-server are now: for bookmarks, and for links in mails that are out. */

const MOVED: ReadonlyMap<string, string> = new Map([
  ['/sign-in', '/-/sign-in'],
  ['/sign-up', '/-/sign-up'],
  ['/settings', '/-/settings'],
  ['/settings/change-password', '/-/settings'],
  ['/system/Controllers', '/-/controllers'],
  ['/system/Keys', '/-/system/keys'],
  ['/system/Organizations', '/-/system/organizations'],
  ['/system/Users', '/-/system/users'],
  ['/system/System_Stats', '/-/system'],
  ['/system/System Stats', '/-/system'],
])

/** @param path decoded @returns the address of today, or undefined when there is none */
export function movedTo(path: string): string | undefined {
  const code = /^\/create-account\/([\w-]{1,100})$/.exec(path)?.[1]
  return code === undefined ? MOVED.get(path) : `/-/invitations/${code}`
}
