/** What every server has: the organization `/system`, whose admins are the system's own. */
import type { Context } from './context.ts'
import { insertOrganization } from './organizations.ts'

export const SYSTEM_FOLDER = 'system'

/** Makes what is missing; nothing when all is there. */
export async function ensureSystemResources(ctx: Context): Promise<void> {
  if (ctx.tree.descend([SYSTEM_FOLDER])) return
  const row = await ctx.db.transaction().execute((tx) => insertOrganization(ctx, tx, { fullName: 'System', folderName: SYSTEM_FOLDER }))
  ctx.tree.add(row)
}
