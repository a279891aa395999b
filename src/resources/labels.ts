/** Labels of resources, read when a page shows one. */
import { readLabels, type Labels } from '../attributes/labels.ts'
import { parseAttributes } from '../attributes/resource-attributes.ts'
import type { Context } from '../context.ts'
import type { Actor } from '../tree/actor.ts'
import { requireRead } from '../tree/permissions.ts'
import type { Resource } from '../tree/tree.ts'

/** @throws Fault forbidden */
export async function labelsOf(ctx: Context, actor: Actor, resource: Resource): Promise<Labels> {
  requireRead(ctx, actor, resource)
  const row = await ctx.db.selectFrom('resources').select('system_attributes').where('id', '=', resource.id).executeTakeFirst()
  return row ? readLabels(parseAttributes(row.system_attributes)) : {}
}
