/** Where pages of rhizo-server are now: for bookmarks, and for links in mails that are out. */
import { escapePath, pageOf } from '../links.ts'

const MOVED: ReadonlyMap<string, string> = new Map([
  ['/sign-in', '/-/sign-in'],
  // Where the button is: a link from elsewhere must not sign anybody out.
  ['/sign-out', '/-/settings'],
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
  const moved = MOVED.get(path)
  if (moved !== undefined) return moved
  const [, first = '', rest = ''] = /^\/([\w-]+)\/(.+)$/.exec(path) ?? []
  switch (first) {
    case 'create-account':
      return /^[\w-]{1,100}$/.test(rest) ? `/-/invitations/${rest}` : undefined
    // Of an organization, by the name of its folder.
    case 'settings':
      return rest.includes('/') ? undefined : pageOf(`/${rest}`, 'members')
    case 'ext':
      return escapePath(`/-/ext/${rest}`)
    // The lab's own files are there, if it has some.
    case 'static':
      return escapePath(`/-/pages/${rest}`)
    default:
      return undefined
  }
}
