/** When alerts were on, for people and programs. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { AlertHistoryRow } from '../database/schema.ts'
import { forbidden } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { canRead, canWrite, requireRead } from '../tree/permissions.ts'
import { isWithin, pathOf, type Resource } from '../tree/tree.ts'
import type { AlertHistoryInfo, AlertToldInfo } from '../wire/alerts.ts'
import { toldOf } from './alert-firings.ts'

export interface HistoryQuery {
  /** Only of the rule of this name. */
  readonly name?: string | undefined
  /** Only those that were on at some time from this one to that one. */
  readonly start?: Micros | undefined
  readonly end?: Micros | undefined
  /** Only those with smaller ids, for the next page. */
  readonly before?: number | undefined
  readonly count: number
}

/** Rows that are looked at in one query. */
const STEP = 500

/** When alerts of a resource were on, or of all that is in it, or everywhere; the newest first. @throws Fault forbidden */
export async function listAlertHistory(
  ctx: Context,
  actor: Actor,
  place: Resource | undefined,
  query: HistoryQuery,
): Promise<AlertHistoryInfo[]> {
  if (place) requireRead(ctx, actor, place)
  else if (actor.kind === 'anonymous') throw forbidden('Send a key, or sign in, to see when alerts were on.')
  const found: { row: AlertHistoryRow; resource: Resource }[] = []
  for (let before = query.before; found.length < query.count; ) {
    const rows = await selectRows(ctx, place, { ...query, before })
    for (const row of rows) {
      const resource = ctx.tree.byId(row.resource_id)
      if (resource && (!place || isWithin(resource, place)) && canRead(ctx, actor, resource)) found.push({ row, resource })
    }
    before = rows.at(-1)?.id
    if (rows.length < STEP) break
  }
  return describeFirings(ctx, actor, found.slice(0, query.count))
}

async function selectRows(ctx: Context, place: Resource | undefined, query: HistoryQuery): Promise<AlertHistoryRow[]> {
  const { name, start, end, before } = query
  let select = ctx.db.selectFrom('alert_history').selectAll().orderBy('id', 'desc').limit(STEP)
  if (place && place.children.isEmpty) select = select.where('resource_id', '=', place.id)
  if (name !== undefined) select = select.where('name', '=', name)
  if (start !== undefined) select = select.where((eb) => eb.or([eb('end_timestamp', 'is', null), eb('end_timestamp', '>=', start)]))
  if (end !== undefined) select = select.where('start_timestamp', '<=', end)
  if (before !== undefined) select = select.where('id', '<', before)
  return select.execute()
}

/** Those that are on, by path and name of the rule with a space between. */
export async function openFirings(
  ctx: Context,
  actor: Actor,
  resources: readonly Resource[],
): Promise<ReadonlyMap<string, AlertHistoryInfo>> {
  const byId = new Map(resources.map((one) => [one.id, one]))
  const rows = await ctx.db.selectFrom('alert_history').selectAll().where('end_timestamp', 'is', null).execute()
  const found = rows.flatMap((row) => {
    const resource = byId.get(row.resource_id)
    return resource ? [{ row, resource }] : []
  })
  return new Map((await describeFirings(ctx, actor, found)).map((one) => [`${one.path} ${one.name}`, one]))
}

/** Records of firings as answers have them. */
export async function describeFirings(
  ctx: Context,
  actor: Actor,
  found: readonly { readonly row: AlertHistoryRow; readonly resource: Resource }[],
): Promise<AlertHistoryInfo[]> {
  const messages = await statesOf(ctx, [...new Set(found.flatMap(({ row }) => toldOf(row).flatMap((told) => told.messages)))])
  const names = await namesOf(ctx, [...new Set(found.flatMap(({ row: { ack_user_id: id } }) => (id === null ? [] : [id])))])
  return found.map(({ row, resource }) => {
    const mayChange = canWrite(ctx, actor, resource)
    return {
      id: row.id,
      path: pathOf(resource),
      name: row.name,
      condition: row.condition,
      units: resource.sequence?.units ?? null,
      start_timestamp: formatTimestamp(row.start_timestamp),
      end_timestamp: row.end_timestamp === null ? null : formatTimestamp(row.end_timestamp),
      lowest: row.lowest,
      highest: row.highest,
      told: toldOf(row).map(
        ({ what, time, recipients, messages: ids }): AlertToldInfo => ({
          what,
          timestamp: formatTimestamp(time),
          recipients: mayChange ? [...recipients] : null,
          count: recipients.length,
          states: [...new Set(ids.map((id) => messages.get(id) ?? 'unknown'))],
        }),
      ),
      acknowledged:
        row.ack_timestamp === null
          ? null
          : {
              timestamp: formatTimestamp(row.ack_timestamp),
              by: mayChange ? (names.get(row.ack_user_id ?? 0) ?? null) : null,
              note: row.ack_note,
            },
    }
  })
}

/** What became of outgoing messages; those whose record is gone are missing. */
async function statesOf(ctx: Context, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const states = new Map<number, string>()
  for (let from = 0; from < ids.length; from += STEP)
    for (const { id, state } of await ctx.db
      .selectFrom('outgoing_messages')
      .select(['id', 'state'])
      .where('id', 'in', ids.slice(from, from + STEP))
      .execute())
      states.set(id, state)
  return states
}

/** Names of people, by their number. */
export async function namesOf(ctx: Context, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await ctx.db.selectFrom('users').select(['id', 'full_name', 'user_name', 'email_address']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row.full_name || row.user_name || row.email_address]))
}
