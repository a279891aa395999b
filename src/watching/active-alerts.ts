/** The alerts that are on: they have fired, and are not over. */
import type { Actor } from '../tree/actor.ts'
import { describeRule } from '../attributes/alert-rules.ts'
import type { Context } from '../context.ts'
import { conditionOf } from './alert-records.ts'
import { muteOf, readMutes } from './alert-mutes.ts'
import { canRead } from '../tree/permissions.ts'
import type { Micros } from '../base/time.ts'
import { isWithin, type Resource } from '../tree/tree.ts'

export interface ActiveAlert {
  /** The sequence or controller. */
  readonly resource: Resource
  readonly name: string
  /** In words: `above 8 for 5m`. */
  readonly condition: string
  readonly since: Micros | undefined
  /** Until when it is muted. */
  readonly mutedUntil: Micros | undefined
  /** Somebody takes care of it. */
  readonly isAcknowledged: boolean
}

/** Whether there is any rule that is followed and that the caller may see. */
export function hasAlerts(ctx: Context, actor: Actor): boolean {
  for (const resource of ctx.tree.alerted)
    if (resource.alerts?.some(({ isEnabled }) => isEnabled) === true && canRead(ctx, actor, resource)) return true
  return false
}

/** Those that the caller may see, of a resource and what is within it, or everywhere; the newest first. */
export async function listActiveAlerts(ctx: Context, actor: Actor, place?: Resource): Promise<ActiveAlert[]> {
  if (ctx.tree.alerted.size === 0) return []
  const rows = await ctx.db
    .selectFrom('alert_states')
    .select(['resource_id', 'name', 'condition', 'start_timestamp'])
    .where('active', '=', 1)
    .orderBy('start_timestamp', 'desc')
    .execute()
  if (rows.length === 0) return []
  const mutes = await readMutes(ctx)
  const taken = await ctx.db
    .selectFrom('alert_history')
    .select(['resource_id', 'name'])
    .where('end_timestamp', 'is', null)
    .where('ack_timestamp', 'is not', null)
    .execute()
  const acknowledged = new Set(taken.map(({ resource_id: id, name }) => `${id} ${name}`))
  return rows.flatMap(({ resource_id: id, name, condition, start_timestamp: start }) => {
    const resource = ctx.tree.byId(id)
    const rule = resource?.alerts?.find((one) => one.name === name)
    if (
      !resource ||
      !rule?.isEnabled ||
      condition !== conditionOf(rule) ||
      (place && !isWithin(resource, place)) ||
      !canRead(ctx, actor, resource)
    )
      return []
    const mutedUntil = muteOf(mutes, resource, name)?.until_timestamp
    const isAcknowledged = acknowledged.has(`${id} ${name}`)
    return [{ resource, name, condition: describeRule(rule), since: start ?? undefined, mutedUntil, isAcknowledged }]
  })
}
