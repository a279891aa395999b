/** The first steps on a new server, by whoever holds its database; nobody is asked for permission. */
import type { Context } from './context.ts'
import { conflict } from './fault.ts'
import { insertKey } from './keys.ts'
import { insertMember, insertOrganization } from './organizations.ts'
import { ORGANIZATION_FOLDER, SYSTEM_FOLDER } from './resource-types.ts'
import { SYSTEM_ADMIN, prepareUser, writeUser } from './user-records.ts'

export interface NewAdmin {
  emailAddress: string
  password: string
  fullName?: string | undefined
  /** Folder name of an organization to be an admin of; it is made where it is missing. */
  organization?: string | undefined
}

export interface CreatedAdmin {
  userId: number
  /** That of the key: the one asked for, or `/system`. */
  organizationId: number
  organizationMade: boolean
  keyId: number
  secretKey: string
}

/**
 * Makes a system admin with a user key, and an organization where asked: all or nothing. A daemon that runs on the same database has
 * to read its tree again afterwards.
 * @throws Fault invalid, conflict
 */
export async function createAdmin(ctx: Context, admin: NewAdmin): Promise<CreatedAdmin> {
  const name = admin.organization
  const present = ctx.tree.descend([name ?? SYSTEM_FOLDER])
  if (present !== undefined && present.type !== ORGANIZATION_FOLDER) throw conflict(`/${present.name} is there already, and is no organization.`)
  const user = await prepareUser(ctx, { emailAddress: admin.emailAddress, password: admin.password, fullName: admin.fullName, role: SYSTEM_ADMIN })
  const made = await ctx.db.transaction().execute(async (tx) => {
    const userId = await writeUser(tx, user)
    const row = present === undefined ? await insertOrganization(ctx, tx, { fullName: name ?? '', folderName: name ?? '' }) : undefined
    const organizationId = row?.id ?? present?.id ?? 0
    if (name !== undefined) await insertMember(tx, { organizationId, userId, isAdmin: true })
    const key = await insertKey({ ...ctx, db: tx }, { organizationId, creatorId: userId, userId })
    return { row, userId, organizationId, keyId: key.id, secretKey: key.secretKey }
  })
  if (made.row !== undefined) ctx.tree.add(made.row)
  if (name !== undefined) ctx.tree.setMember(made.organizationId, made.userId, true)
  return { userId: made.userId, organizationId: made.organizationId, organizationMade: made.row !== undefined, keyId: made.keyId, secretKey: made.secretKey }
}

/** Whether anybody can administer this server. */
export async function hasAdmin(ctx: Pick<Context, 'db'>): Promise<boolean> {
  return (await ctx.db.selectFrom('users').select('id').where('role', '=', SYSTEM_ADMIN).where('deleted', '=', 0).limit(1).executeTakeFirst()) !== undefined
}
