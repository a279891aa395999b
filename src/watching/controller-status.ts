/** Status of controllers, for people who look after them. */
import type { Actor } from '../tree/actor.ts'
import type { ControllerStatus } from '../wire/answers.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { canRead, canWrite, requireRead } from '../tree/permissions.ts'
import { parseAttributes } from '../attributes/resource-attributes.ts'
import { timestampOrNull } from '../base/time.ts'
import { isFolder, isWithin, pathOf, type Resource } from '../tree/tree.ts'
import { withoutClockRecord } from '../sequences/controller-clocks.ts'
import type { ClockCorrection } from '../wire/answers.ts'
import { lastHeard, silenceOf } from './watchdog.ts'

/** Number of rows in one query. */
const STEP = 500

/**
 * A controller, or all in a folder that the caller may read; undefined: everywhere. Sorted by path.
 * @throws Fault forbidden; invalid when the resource is neither
 */
export async function listControllers(ctx: Context, actor: Actor, place: Resource | undefined): Promise<ControllerStatus[]> {
  if (place) requireRead(ctx, actor, place)
  else if (actor.kind === 'anonymous') throw forbidden('Send a key, or sign in, to see which controllers there are.')
  if (place && !isFolder(place)) throw invalid(`${pathOf(place)} is neither a controller nor a folder.`)
  const found: Resource[] = []
  for (const resource of ctx.tree.controllers)
    if ((!place || isWithin(resource, place)) && canRead(ctx, actor, resource)) found.push(resource)
  const statuses: ControllerStatus[] = []
  for (let from = 0; from < found.length; from += STEP)
    statuses.push(...(await describeControllers(ctx, actor, found.slice(from, from + STEP))))
  return statuses.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** @param controllers that the caller may read, a few hundred at most */
export async function describeControllers(ctx: Context, actor: Actor, controllers: readonly Resource[]): Promise<ControllerStatus[]> {
  const ids = controllers.map(({ id }) => id)
  const rows = new Map(
    (await ctx.db.selectFrom('controller_status').select(['id', 'attributes']).where('id', 'in', ids).execute()).map((row) => [
      row.id,
      row,
    ]),
  )
  const alerted = new Set(
    (await ctx.db.selectFrom('alert_states').select('resource_id').where('resource_id', 'in', ids).where('active', '=', 1).execute()).map(
      (row) => row.resource_id,
    ),
  )
  return controllers.map((controller) => {
    const live = ctx.liveness.get(controller.id)
    const silence = silenceOf(ctx, controller)
    const hasAlerts = controller.alerts?.some(({ isEnabled }) => isEnabled) === true
    const status = parseAttributes(rows.get(controller.id)?.attributes ?? '{}')
    const offset = status['timestamp_correction']
    return {
      id: controller.id,
      path: pathOf(controller),
      connected: (live?.connections ?? 0) > 0,
      silent: silence || hasAlerts ? silence?.isSilent === true || (hasAlerts && alerted.has(controller.id)) : null,
      last_heard_timestamp: timestampOrNull(lastHeard(ctx, controller.id)),
      last_connect_timestamp: timestampOrNull(live?.lastConnect),
      last_message_timestamp: timestampOrNull(live?.lastMessage),
      last_watchdog_timestamp: timestampOrNull(live?.lastWatchdog),
      watchdog_minutes: controller.watchdog ? controller.watchdog.limit / 60_000_000 : null,
      client_version: live?.clientVersion || null,
      address: canWrite(ctx, actor, controller) ? live?.address || null : null,
      clock_offset: typeof offset === 'number' ? offset : null,
      messages_received: live?.received ?? 0,
      messages_sent: live?.sent ?? 0,
      refused_values: canWrite(ctx, actor, controller) ? (ctx.skipNotes.refused.of(controller.id, ctx.clock.now()) ?? null) : null,
      clock_corrections: Array.isArray(status['timestamp_corrections']) ? (status['timestamp_corrections'] as ClockCorrection[]) : [],
      status: withoutClockRecord(status),
    }
  })
}
