/** People with accounts. Source: protocol, section 5. */
import type { Context } from './context.ts'
import { isUniqueViolation } from './database/writer-client.ts'
import { conflict, invalid } from './fault.ts'
import { hashPassword, requirePassword } from './passwords.ts'
import { quote } from './path.ts'

export const STANDARD_USER = 0
/** Admin of the whole server; admins of an organization are its members with `is_admin`. */
export const SYSTEM_ADMIN = 2

export interface NewUser {
  emailAddress: string
  password: string
  userName?: string | undefined
  fullName?: string | undefined
  role?: number | undefined
}

/**
 * Writes a user without asking who may; for verbs that did, and `rhizo create-admin`.
 * @throws Fault invalid for a malformed address, name or password; conflict when the address or name is taken
 */
export async function insertUser(ctx: Pick<Context, 'db' | 'clock'>, user: NewUser): Promise<number> {
  const emailAddress = requireEmailAddress(user.emailAddress)
  const userName = user.userName ? requireUserName(user.userName) : null
  requirePassword(user.password)
  const fullName = user.fullName ?? ''
  if (fullName.length > 100) throw invalid('full_name is longer than 100 characters.')
  try {
    const { id } = await ctx.db
      .insertInto('users')
      .values({
        user_name: userName,
        email_address: emailAddress,
        password_hash: await hashPassword(user.password),
        full_name: fullName,
        role: user.role ?? STANDARD_USER,
        info_status: '{}',
        attributes: '{}',
        deleted: 0,
        creation_timestamp: ctx.clock.now(),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    return id
  } catch (error) {
    if (isUniqueViolation(error)) throw conflict(`There is a user with that e-mail address or user name already: ${quote(emailAddress)}.`)
    throw error
  }
}

/** @throws Fault invalid */
export function requireEmailAddress(text: string, field = 'email_address'): string {
  if (text.length > 100 || !/^[^\s@"<>,;:\\()[\]]+@[^\s@"<>,;:\\()[\]]+\.[^\s@"<>,;:\\()[\].]+$/.test(text)) throw invalid(`${field} is not an e-mail address: ${quote(text)}.`)
  return text
}

/** @throws Fault invalid */
export function requireUserName(text: string, field = 'user_name'): string {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,49}$/u.test(text)) throw invalid(`${field} must be 1 to 50 letters, digits, dots, underscores or hyphens: ${quote(text)}.`)
  return text
}
