/** Signs in with a password, just long enough to make a key. */
import { Fault, notFound } from '../base/fault.ts'
import { HttpClient, readAll } from './http-client.ts'
import type { KeySecret, Whoami } from './types.ts'

export interface Credentials {
  /** Base URL of the server. */
  url: string
  /** E-mail address or user name. */
  user: string
  password: string
  /** Of the second factor, where the account has one. */
  code?: string | undefined
  /** Folder name of the organization that the key is for; default: the user's first one. */
  organization?: string | undefined
}

/**
 * Makes a user key by signing in. The session ends afterwards, only the key remains.
 * @throws Fault unauthenticated when the password is wrong
 */
export async function makeKeyByPassword(credentials: Credentials): Promise<KeySecret> {
  const http = new HttpClient({ url: credentials.url })
  try {
    const { user, password, code } = credentials
    const signIn = { user, password, ...(code === undefined ? {} : { code }) }
    const response = await http.open('POST', '/sessions', { json: signIn })
    const { user_id: userId, csrf_token: token } = JSON.parse((await readAll(response, 100_000)).toString('utf8')) as {
      user_id: number
      csrf_token: string
    }
    const cookie = (response.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ')
    if (cookie === '') throw new Fault('internal', 'The server took the password but set no cookie.')
    const headers = { cookie, 'x-csrf-token': token }
    try {
      const { organizations } = (await http.json('GET', '/whoami', { headers })) as Whoami
      const organizationId = await chooseOrganization(http, headers, organizations, credentials.organization)
      return (await http.json('POST', '/keys', {
        headers,
        json: { access_as_user_id: userId, organization_id: organizationId },
      })) as KeySecret
    } finally {
      await http.json('DELETE', '/sessions', { headers }).catch(() => {})
    }
  } finally {
    http.close()
  }
}

async function chooseOrganization(
  http: HttpClient,
  headers: Record<string, string>,
  organizations: Whoami['organizations'],
  wanted: string | undefined,
): Promise<number> {
  const path = wanted === undefined ? undefined : `/${wanted.replace(/^\//, '')}`
  const found = path === undefined ? organizations[0] : organizations.find((organization) => organization.path === path)
  if (found !== undefined) return found.id
  if (path !== undefined && organizations.length > 0)
    throw notFound(`You are no member of ${path}; you are of ${organizations.map((organization) => organization.path).join(', ')}.`)
  // A system administrator need not belong to any.
  return ((await http.json('GET', `/resources${path ?? '/system'}`, { headers, query: { meta: true } })) as { id: number }).id
}
