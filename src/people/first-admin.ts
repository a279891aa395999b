/** The first steps on a new server, for callers that have its database; checks no permissions. */
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { conflict } from '../base/fault.ts'
import { aboutKey, insertKey } from './key-records.ts'
import { serverActor } from '../resources/system.ts'
import { insertMember, insertOrganization } from '../resources/organizations.ts'
import { ORGANIZATION_FOLDER, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { prepareUser, writeUser } from './user-records.ts'
import { SYSTEM_ADMIN } from '../wire/user-roles.ts'
import { transact } from '../database/transact.ts'

export interface NewAdmin {
  emailAddress: string
  password: string
  fullName?: string | undefined
  /** Folder name of an organization to be an admin of; created if it is missing. */
  organization?: string | undefined
  /** Full name of a new organization; by default its folder's name. */
  organizationName?: string | undefined
  /** True: fails if there is any user, or the organization exists; makes no key, because the caller is a browser. */
  mustBeFirst?: boolean
}

export interface CreatedAdmin {
  userId: number
  /** Organization of the key: the requested one, or `/system`. */
  organizationId: number
  organizationMade: boolean
  /** 0 and '' when no key was made. */
  keyId: number
  secretKey: string
}

/**
 * Creates a system admin with a user key and, if requested, an organization: all or nothing. A daemon that runs on the same database must
 * reload its tree afterwards.
 * @throws Fault invalid, conflict
 */
export async function createAdmin(ctx: Context, admin: NewAdmin): Promise<CreatedAdmin> {
  const name = admin.organization
  const present = ctx.tree.descend([name ?? SYSTEM_FOLDER])
  if (present !== undefined && present.type !== ORGANIZATION_FOLDER)
    throw conflict(`/${present.name} is there already, and is no organization.`)
  if (present !== undefined && admin.mustBeFirst === true) throw conflict(`/${present.name} is there already. Choose another name.`)
  const user = await prepareUser(ctx, {
    emailAddress: admin.emailAddress,
    password: admin.password,
    fullName: admin.fullName,
    role: SYSTEM_ADMIN,
    // Whoever makes it owns the server, and everything that is on it.
    addressProven: true,
    known: [name ?? '', admin.organizationName ?? ''],
  })
  const made = await transact(ctx, async (tx) => {
    // Check it inside the transaction: two browsers may have come this far at once.
    if (admin.mustBeFirst === true && (await hasUsers({ db: tx })))
      throw conflict('This server has its first admin already. Sign in, or ask them to invite you.')
    const userId = await writeUser(tx, user)
    const row =
      present === undefined
        ? await insertOrganization(ctx, tx, { fullName: admin.organizationName ?? name ?? '', folderName: name ?? '' })
        : undefined
    const organizationId = row?.id ?? present?.id ?? 0
    if (name !== undefined) await insertMember(tx, { organizationId, userId, isAdmin: true })
    const key =
      admin.mustBeFirst === true
        ? { id: 0, secretKey: '' }
        : await insertKey({ ...ctx, db: tx }, { organizationId, creatorId: userId, userId })
    const subject = { kind: 'user', id: userId, name: user.email_address } as const
    await recordAudit(ctx, tx, serverActor, { kind: 'user.made', organizationId, subject, details: { role: SYSTEM_ADMIN } })
    if (key.id !== 0) await recordAudit(ctx, tx, serverActor, aboutKey(ctx, 'key.made', { id: key.id, organizationId, userId }))
    return { row, userId, organizationId, keyId: key.id, secretKey: key.secretKey }
  })
  if (made.row !== undefined) ctx.tree.add(made.row)
  if (name !== undefined) ctx.tree.setMember(made.organizationId, made.userId, true)
  return {
    userId: made.userId,
    organizationId: made.organizationId,
    organizationMade: made.row !== undefined,
    keyId: made.keyId,
    secretKey: made.secretKey,
  }
}

/** Whether there has ever been an account here, including deleted ones. */
export async function hasUsers(ctx: Pick<Context, 'db'>): Promise<boolean> {
  return (await ctx.db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Whether this server has a system admin. */
export async function hasAdmin(ctx: Pick<Context, 'db'>): Promise<boolean> {
  return (
    (await ctx.db
      .selectFrom('users')
      .select('id')
      .where('role', '=', SYSTEM_ADMIN)
      .where('deleted', '=', 0)
      .limit(1)
      .executeTakeFirst()) !== undefined
  )
}
