/** Plans what becomes of the original's users, keys, members and invitations. The same source gives the same plan. */
import type { Insertable } from 'kysely'
import type { AccountRequestTable, KeyTable, OrganizationUserTable, UserInsert } from '../database/schema.ts'
import { sha256Hex } from '../base/secrets.ts'
import { STANDARD_USER, SYSTEM_ADMIN } from '../wire/user-roles.ts'
import { jsonObjectOr } from './attributes.ts'
import type { Findings } from './findings.ts'
import { flag, idOf, integer, NO_ID, text, type Row } from './source.ts'
import type { TableReader } from './table-reader.ts'

export type PlannedUser = UserInsert & { readonly id: number }

export async function planUsers(tables: TableReader): Promise<PlannedUser[]> {
  const rows = await tables.plan('users', (row) =>
    idOf(row) === undefined ? tables.leave('user', row, `(${text(row, 'email_address') ?? ''}) ${NO_ID}`) : row,
  )
  // Accounts in use keep their names, of these the older ones.
  const byRight = [...rows.filter((row) => !flag(row, 'deleted')), ...rows.filter((row) => flag(row, 'deleted'))]
  const addresses = new UniqueNames('e-mail address', 'email_address', (address, ending) => address.replace(/@|$/, `+${ending}$&`), byRight)
  const names = new UniqueNames('user name', 'user_name', (name, ending) => `${name}-${ending}`, byRight)
  const users = rows.map((row) => planUser(tables, row, addresses, names))
  for (const { id } of users) tables.users.add(id)
  return users
}

function planUser(tables: TableReader, row: Row, addresses: UniqueNames, names: UniqueNames): PlannedUser {
  const { findings } = tables
  const id = integer(row, 'id') ?? 0
  const name = text(row, 'user_name') ?? ''
  return {
    id,
    user_name: name === '' ? null : names.of(row, findings),
    email_address: addresses.of(row, findings),
    password_hash: text(row, 'password_hash') ?? '',
    full_name: text(row, 'full_name') ?? '',
    role: integer(row, 'role') === SYSTEM_ADMIN ? SYSTEM_ADMIN : STANDARD_USER,
    info_status: jsonObjectOr(row, 'info_status', '{}'),
    attributes: jsonObjectOr(row, 'attributes', '{}'),
    deleted: flag(row, 'deleted') ? 1 : 0,
    creation_timestamp: tables.created('user', row),
    // Accounts of the original begin with a code that came by mail, or on its machine.
    address_proven: 1,
  }
}

/** Names of users, which are unique in any letter case here. */
class UniqueNames {
  readonly #what: string
  readonly #column: string
  readonly #names = new Map<Row, string>()

  /** @param vary a name with an ending of its own @param rows the first of a name keeps it */
  constructor(what: string, column: string, vary: (name: string, ending: string) => string, rows: readonly Row[]) {
    this.#what = what
    this.#column = column
    const taken = new Set(rows.map((row) => this.#given(row).toLowerCase()))
    const kept = new Set<string>()
    for (const row of rows) {
      const given = this.#given(row)
      let name = given
      // What somebody else is called already is nobody's other name.
      if (kept.has(given.toLowerCase()))
        for (let at = 0; taken.has(name.toLowerCase()); at++) name = vary(given, `${integer(row, 'id')}${at === 0 ? '' : `-${at}`}`)
      kept.add(given.toLowerCase())
      taken.add(name.toLowerCase())
      this.#names.set(row, name)
    }
  }

  of(row: Row, findings: Findings): string {
    const [from, to] = [this.#given(row), this.#names.get(row) ?? '']
    if (to !== from) {
      const reason = 'is that of an older account or of one in use too, or differs from it in letter case only'
      findings.rename({ what: this.#what, from, to, reason })
    }
    return to
  }

  #given(row: Row): string {
    return text(row, this.#column) ?? ''
  }
}

export const planKeys = (tables: TableReader): Promise<Insertable<KeyTable>[]> => tables.plan('keys', (row) => planKey(tables, row))

function planKey(tables: TableReader, row: Row): Insertable<KeyTable> | undefined {
  const controller = tables.resource(row, 'access_as_controller_id')
  const user = tables.user(row, 'access_as_user_id')
  const creator = tables.user(row, 'creation_user_id')
  const place = tables.resource(row, 'organization_id') ?? controller
  const organization = place === undefined ? null : (tables.resources.get(place)?.row.organization_id ?? null)
  const [part, hash] = [text(row, 'key_part') ?? '', text(row, 'key_hash') ?? '']
  if (controller === undefined && user === undefined) return tables.leave('key', row, `(${part}) is for somebody who does not come along`)
  if (creator === undefined || organization === null || hash === '')
    return tables.leave('key', row, `(${part}) has no maker, no organization or no hash`)
  return {
    id: idOf(row),
    organization_id: organization,
    creation_user_id: creator,
    revocation_user_id: tables.user(row, 'revocation_user_id') ?? null,
    creation_timestamp: tables.created('key', row),
    revocation_timestamp: tables.ended('key', row, 'revocation_timestamp'),
    access_as_user_id: user ?? null,
    access_as_controller_id: controller ?? null,
    confined: 0,
    key_part: part,
    key_hash: hash,
    last_use_timestamp: null,
    ingest_folder_id: null,
  }
}

export async function planMembers(tables: TableReader): Promise<Insertable<OrganizationUserTable>[]> {
  const members = new Map<string, Insertable<OrganizationUserTable>>()
  await tables.plan('organization_users', (row) => {
    const [organization, user] = [tables.resource(row, 'organization_id'), tables.user(row, 'user_id')]
    if (organization === undefined || user === undefined)
      return tables.leave('membership', row, 'is of a user or an organization that does not come along')
    const name = `${organization} ${user}`
    const isAdmin = flag(row, 'is_admin') || members.get(name)?.is_admin === 1
    members.set(name, { organization_id: organization, user_id: user, is_admin: isAdmin ? 1 : 0 })
    return undefined
  })
  return [...members.values()]
}

export function planRequests(tables: TableReader): Promise<Insertable<AccountRequestTable>[]> {
  const codes = new Set<string>()
  return tables.plan('account_requests', (row): Insertable<AccountRequestTable> | undefined => {
    const [code, address] = [text(row, 'access_code') ?? '', text(row, 'email_address') ?? '']
    const organization = tables.resource(row, 'organization_id')
    if (organization === undefined && integer(row, 'organization_id') !== undefined)
      return tables.leave('invitation', row, `(${address}) is into an organization that does not come along`)
    if (code === '' || codes.has(code)) return tables.leave('invitation', row, `(${address}) has no code of its own`)
    codes.add(code)
    return {
      id: idOf(row),
      organization_name: text(row, 'organization_name') ?? null,
      organization_id: organization ?? null,
      inviter_id: tables.user(row, 'inviter_id') ?? null,
      creation_timestamp: tables.created('invitation', row),
      redeemed_timestamp: tables.ended('invitation', row, 'redeemed_timestamp'),
      access_code_hash: sha256Hex(code),
      email_address: address,
      message_id: null,
      attributes: jsonObjectOr(row, 'attributes', '{}'),
    }
  })
}
