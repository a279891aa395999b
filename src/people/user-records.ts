/** Rows of users: how they are made, found and shown. The verbs in users.ts check permissions. */
import { sql } from 'kysely'
import type { Clock } from '../base/clock.ts'
import type { Context } from '../context.ts'
import type { Db, UserInsert, UserRow } from '../database/schema.ts'
import { isUniqueViolation } from '../database/errors.ts'
import { conflict, invalid } from '../base/fault.ts'
import { hashPassword } from './passwords.ts'
import { requireGoodPassword } from './weak-passwords.ts'
import { quote, requireSeen } from '../base/path.ts'
import { formatTimestamp } from '../base/time.ts'
import { isUnitSystem, UNIT_SYSTEMS, type UnitSystem } from '../base/units.ts'
import type { UserInfo } from '../wire/answers.ts'
import { STANDARD_USER, SYSTEM_ADMIN } from '../wire/user-roles.ts'

export interface NewUser {
  emailAddress: string
  password: string
  userName?: string | undefined
  fullName?: string | undefined
  role?: number | undefined
  /** Whether the address is known to be the person's own: see address-proof.ts. */
  addressProven?: boolean
  /** What else is known of them, and makes a bad password: the organization's names. */
  known?: readonly string[]
}

/** What others know of a user, and makes a bad password: address, names, and those of their organizations. */
export async function wordsAbout(
  ctx: Context,
  user: Pick<UserRow, 'id' | 'email_address' | 'user_name' | 'full_name'>,
): Promise<(string | null)[]> {
  const organizations = await ctx.db
    .selectFrom('resources')
    .select(['name', 'system_attributes'])
    // None has this id: the list must have one.
    .where('id', 'in', [0, ...ctx.tree.organizationsOf(user.id)])
    .execute()
  const names = organizations.flatMap(({ name, system_attributes: attributes }) => {
    const { full_name: fullName } = JSON.parse(attributes) as { full_name?: unknown }
    return typeof fullName === 'string' ? [name, fullName] : [name]
  })
  return [user.email_address, user.user_name, user.full_name, ...names]
}

/**
 * A new user's row, checked. Call it before any transaction, since hashing the password takes a while.
 * @throws Fault invalid for a malformed address, name or password
 */
export async function prepareUser({ clock }: { clock: Clock }, user: NewUser): Promise<UserInsert> {
  await requireGoodPassword(user.password, [user.emailAddress, user.userName, user.fullName, ...(user.known ?? [])])
  return {
    user_name: user.userName ? requireUserName(user.userName) : null,
    email_address: requireEmailAddress(user.emailAddress),
    full_name: requireFullName(user.fullName ?? ''),
    password_hash: await hashPassword(user.password),
    role: user.role ?? STANDARD_USER,
    info_status: '{}',
    attributes: '{}',
    deleted: 0,
    creation_timestamp: clock.now(),
    address_proven: user.addressProven === true ? 1 : 0,
  }
}

/** @param db may be a transaction @throws Fault conflict when the address or name is taken */
export async function writeUser(db: Db, user: UserInsert): Promise<number> {
  const { id } = await unlessTaken(() => db.insertInto('users').values(user).returning('id').executeTakeFirstOrThrow())
  return id
}

/**
 * Writes a user without checking permissions.
 * @throws Fault invalid for a malformed address, name or password; conflict when the address or name is taken
 */
export const insertUser = async (ctx: Pick<Context, 'db' | 'clock'>, user: NewUser): Promise<number> =>
  writeUser(ctx.db, await prepareUser(ctx, user))

/** @throws Fault conflict when `write` would give a user the address or name of another one */
export async function unlessTaken<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict('There is a user with that email_address or user_name already.')
    throw error
  }
}

/** As the database compares names: it knows the letter case of ASCII alone. */
const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** The user with this e-mail address or user name, in any letter case; may be a deleted one. */
export async function findUserByName(db: Db, name: string): Promise<UserRow | undefined> {
  // A user name can't contain @, so a name can't be another user's address.
  const column = name.includes('@') ? 'email_address' : 'user_name'
  return db
    .selectFrom('users')
    .selectAll()
    .where(sql`lower(${sql.ref(column)})`, '=', asciiLower(name))
    .executeTakeFirst()
}

/** @throws Fault invalid */
export function requireEmailAddress(text: string, field = 'email_address'): string {
  if (text.length > 100 || !/^[^\s@"<>,;:\\()[\]]+@[^\s@"<>,;:\\()[\]]+\.[^\s@"<>,;:\\()[\].]+$/.test(text))
    throw invalid(`${field} is not an e-mail address: ${quote(text)}.`)
  return requireSeen(text, field)
}

/** @throws Fault invalid */
export function requireUserName(text: string, field = 'user_name'): string {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,49}$/u.test(text))
    throw invalid(`${field} must be 1 to 50 letters, digits, dots, underscores or hyphens: ${quote(text)}.`)
  return text
}

/** @throws Fault invalid */
export function requireFullName(text: string, field = 'full_name'): string {
  if (text.length > 100) throw invalid(`${field} is longer than 100 characters.`)
  return requireSeen(text, field)
}

/** A role by its number or name. @throws Fault invalid */
export function requireRole(text: string, field = 'role'): number {
  if (text === String(STANDARD_USER) || text === 'standard_user') return STANDARD_USER
  if (text === String(SYSTEM_ADMIN) || text === 'system_admin') return SYSTEM_ADMIN
  throw invalid(`${field} is ${quote(text)}; allowed: ${STANDARD_USER} or standard_user, ${SYSTEM_ADMIN} or system_admin.`)
}

/** What a person wants to see values in; undefined for '': as they are stored. @throws Fault invalid */
export function requireUnits(text: string, field = 'units'): UnitSystem | undefined {
  if (text === '') return undefined
  if (isUnitSystem(text)) return text
  throw invalid(`${field} is ${quote(text)}; allowed: ${UNIT_SYSTEMS.join(', ')}, or empty to see values as they are stored.`)
}

function unitsOf({ attributes }: UserRow): Pick<UserInfo, 'units'> {
  const { units } = JSON.parse(attributes) as Record<string, unknown>
  return typeof units === 'string' && isUnitSystem(units) ? { units } : {}
}

export const describeUser = (row: UserRow): UserInfo => ({
  id: row.id,
  user_name: row.user_name,
  email_address: row.email_address,
  full_name: row.full_name,
  role: row.role,
  creation_timestamp: formatTimestamp(row.creation_timestamp),
  deleted: row.deleted === 1,
  ...unitsOf(row),
})
