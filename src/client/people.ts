/** Organizations and their members, users, and the keys and pins that let programs in. */
import type { Invitation } from '../wire/answers.ts'
import { Fault, notFound } from '../base/fault.ts'
import type { HttpClient } from './http-client.ts'
import { encodePath, isObject } from './http-client.ts'
import type { AccountRequest, Key, KeySecret, Organization, Quotas, User } from './types.ts'

export interface Member extends User {
  is_admin: boolean
}

/** Ids of secret links, invitations that nobody has accepted, and PINs that no controller has fetched its key with. */
export interface LeftBehind {
  links: number[]
  invitations: number[]
  pins: number[]
}

/** Ids of keys that a member who was taken out knows, and of what else they made that lets somebody in. */
export interface Dismissal {
  keys_revoked: number[]
  /** They go on working. */
  keys_left: number[]
  others_revoked: LeftBehind
  others_left: LeftBehind
}

export interface Invited {
  id: number
  email_sent: boolean
  /** The code to hand over, if no mail was sent. */
  access_code?: string
  /** Why no mail was sent although one was requested. */
  message?: string
}

/** Where a list is expected, the old API answers with an object keyed by id; this reads both. */
function listOf<T extends { id: number }>(answer: unknown): T[] {
  if (Array.isArray(answer)) return answer as T[]
  if (!isObject(answer)) throw new Fault('internal', 'The server answered with something else than a list.')
  return Object.entries(answer)
    .filter(([, value]) => isObject(value))
    .map(([id, value]) => ({ id: Number(id), ...(value as object) }) as T)
    .sort((a, b) => a.id - b.id)
}

export class Organizations {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** The caller's organizations; for a system administrator, all. */
  async list(): Promise<Organization[]> {
    return listOf<Organization>(await this.#http.json('GET', '/organizations'))
  }

  async create(folderName: string, fullName: string, timezone?: string): Promise<number> {
    const json = { folder_name: folderName, full_name: fullName, ...(timezone === undefined ? {} : { timezone }) }
    return ((await this.#http.json('POST', '/organizations', { json })) as { organization_id: number }).organization_id
  }

  /** For its admins. Fields that are not given keep their value; a timezone of '' removes it. */
  async change(folderName: string, changes: { full_name?: string | undefined; timezone?: string | undefined }): Promise<void> {
    await this.#http.json('PUT', `/resources${encodePath(`/${folderName}`)}`, { json: { system_attributes: changes } })
  }

  /** What an organization uses and its limits; for its admins. */
  async quota(id: number): Promise<Quotas> {
    return (await this.#http.json('GET', `/organizations/${id}/quota`)) as Quotas
  }

  /** For system admins. A limit of `none` is none; those that are not given stay. */
  async setQuota(id: number, limits: Partial<Record<keyof Quotas, string | undefined>>): Promise<void> {
    await this.#http.json('PUT', `/organizations/${id}/quota`, { json: limits })
  }

  async members(id: number): Promise<Member[]> {
    return listOf<Member>(await this.#http.json('GET', `/organizations/${id}/users`))
  }

  async addMember(id: number, userId: number, isAdmin: boolean): Promise<void> {
    await this.#http.json('POST', `/organizations/${id}/users`, { json: { user_id: userId, is_admin: isAdmin } })
  }

  async changeMember(id: number, userId: number, isAdmin: boolean): Promise<void> {
    await this.#http.json('PUT', `/organizations/${id}/users/${userId}`, { json: { is_admin: isAdmin } })
  }

  /** Takes a member out and, if asked to, revokes the keys of the organization that they know, and withdraws what else they made. */
  async removeMember(id: number, userId: number, { revokesKeys = false }: { revokesKeys?: boolean } = {}): Promise<Dismissal> {
    const query = revokesKeys ? { revoke_keys: 1 } : {}
    const answer = (await this.#http.json('DELETE', `/organizations/${id}/users/${userId}`, { query })) as Partial<Dismissal>
    const none = (): LeftBehind => ({ links: [], invitations: [], pins: [] })
    return {
      keys_revoked: answer.keys_revoked ?? [],
      keys_left: answer.keys_left ?? [],
      others_revoked: answer.others_revoked ?? none(),
      others_left: answer.others_left ?? none(),
    }
  }

  /** Working keys of the organization that a person knows: those that act as them, and those that they made. */
  async keysKnownTo(id: number, userId: number): Promise<Key[]> {
    return listOf<Key>(await this.#http.json('GET', `/organizations/${id}/users/${userId}/keys`))
  }

  /** Revokes those keys. @returns their ids */
  async revokeKeysKnownTo(id: number, userId: number): Promise<number[]> {
    return ((await this.#http.json('DELETE', `/organizations/${id}/users/${userId}/keys`)) as { keys_revoked: number[] }).keys_revoked
  }

  async invite(
    id: number,
    emailAddress: string,
    { isAdmin = false, byMail = true }: { isAdmin?: boolean; byMail?: boolean } = {},
  ): Promise<Invited> {
    return (await this.#http.json('POST', `/organizations/${id}/users`, {
      json: { email_address: emailAddress, is_admin: isAdmin, send_email: byMail },
    })) as Invited
  }

  async invitations(id: number): Promise<Invitation[]> {
    return (await this.#http.json('GET', `/organizations/${id}/invitations`)) as Invitation[]
  }

  /** Replaces an invitation by a new one, with a new code. */
  async resend(id: number, invitation: number, { byMail = true }: { byMail?: boolean } = {}): Promise<Invited> {
    return (await this.#http.json('POST', `/organizations/${id}/invitations/${invitation}`, { json: { send_email: byMail } })) as Invited
  }

  async uninvite(id: number, invitation: number): Promise<void> {
    await this.#http.json('DELETE', `/organizations/${id}/invitations/${invitation}`)
  }

  async accountRequest(code: string): Promise<AccountRequest> {
    return (await this.#http.json('GET', `/account-requests/${encodeURIComponent(code)}`)) as AccountRequest
  }

  /** Accepts an invitation, or creates the requested organization. */
  async join(
    code: string,
    fields: { password: string; full_name?: string | undefined; user_name?: string | undefined; folder_name?: string | undefined },
  ): Promise<{ user_id: number; organization_id: number }> {
    return (await this.#http.json('POST', `/account-requests/${encodeURIComponent(code)}`, { json: { ...fields } })) as {
      user_id: number
      organization_id: number
    }
  }
}

export interface NewUser {
  email_address: string
  password: string
  user_name?: string
  full_name?: string
  role?: number | string
}

export class Users {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** All users that are not deleted; for system administrators. */
  async list(): Promise<User[]> {
    return listOf<User & { deleted?: boolean }>(await this.#http.json('GET', '/users')).filter(({ deleted }) => deleted !== true)
  }

  async get(id: number): Promise<User> {
    return (await this.#http.json('GET', `/users/${id}`)) as User
  }

  async create(user: NewUser): Promise<number> {
    return ((await this.#http.json('POST', '/users', { json: { ...user } })) as { id: number }).id
  }

  async update(id: number, fields: Record<string, unknown>): Promise<void> {
    await this.#http.json('PUT', `/users/${id}`, { json: fields })
  }
}

export class Keys {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Keys of a controller, for callers who may write there, or of a user; all, for system administrators. */
  async list(
    of: { controllerId?: number | undefined; userId?: number | undefined; ingestFolder?: string | undefined } = {},
  ): Promise<Key[]> {
    const keys = listOf<Key>(
      await this.#http.json('GET', '/keys', {
        query: { access_as_controller_id: of.controllerId, access_as_user_id: of.userId, ingest_folder: of.ingestFolder },
      }),
    )
    // For a key that was never revoked, the old API writes an empty text.
    return keys.map((key) => ({ ...key, revocation_timestamp: key.revocation_timestamp === '' ? null : key.revocation_timestamp }))
  }

  /** @param options.mounted whether topics of its MQTT clients lie below the controller's folder */
  async createForController(controllerId: number, { mounted = false }: { mounted?: boolean | undefined } = {}): Promise<KeySecret> {
    const json = { access_as_controller_id: controllerId, ...(mounted ? { mounted } : {}) }
    return (await this.#http.json('POST', '/keys', { json })) as KeySecret
  }

  /** A secret that is part of an address for webhooks to a folder, and good for nothing else. */
  async createForIngest(folder: string): Promise<KeySecret> {
    return (await this.#http.json('POST', '/keys', { json: { ingest_folder: folder } })) as KeySecret
  }

  async createForUser(userId: number, organizationId: number): Promise<KeySecret> {
    return (await this.#http.json('POST', '/keys', { json: { access_as_user_id: userId, organization_id: organizationId } })) as KeySecret
  }

  /** Revokes a key; open connections that use it end at once. */
  async revoke(id: number): Promise<void> {
    await this.#http.json('DELETE', `/keys/${id}`)
  }
}

export class Pins {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Requests a PIN, as a new controller that has no key yet. */
  async create(): Promise<{ pin: string; pin_code: string }> {
    const { pin, pin_code: code } = (await this.#http.json('POST', '/pins')) as { pin: number | string; pin_code: string }
    return { pin: String(pin), pin_code: code }
  }

  /** Gives the controller that shows this PIN access as the one at path `controller`. */
  async enter(pin: string, controller: string): Promise<void> {
    await this.#http.json('PUT', `/pins/${encodeURIComponent(pin)}`, { json: { controller } })
  }

  /** The key, once the PIN has been entered by a user; undefined until then. */
  async poll(pin: string, pinCode: string): Promise<{ controller_path: string; secret_key: string } | undefined> {
    const answer = await this.#http.json('GET', `/pins/${encodeURIComponent(pin)}`, { query: { pin_code: pinCode } })
    if (!isObject(answer) || typeof answer.secret_key !== 'string' || typeof answer.controller_path !== 'string') return undefined
    return { controller_path: answer.controller_path, secret_key: answer.secret_key }
  }
}

/** @throws Fault not_found */
export function requireByAddress<T extends User>(users: T[], address: string): T {
  const wanted = address.toLowerCase()
  const found = users.find(
    (user) => user.email_address?.toLowerCase() === wanted || user.user_name?.toLowerCase() === wanted || String(user.id) === address,
  )
  if (found === undefined) throw notFound(`There is no user ${JSON.stringify(address)} among those that you may see.`)
  return found
}
