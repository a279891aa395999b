/** What was stamped while the server's clock was wrong: listed, and moved by exactly what the clock was off. */
import type { Selectable } from 'kysely'
import { recordAudit } from '../audit/record.ts'
import { Fault, conflict, notFound } from '../base/fault.ts'
import { nameOfBoot } from '../base/processes.ts'
import { SECOND, formatTimestamp } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { WrongClockTable } from '../database/schema.ts'
import { LAST_STAMPS } from '../database/wrong-clocks.ts'
import { parseJson } from '../base/json.ts'
import { shiftValues } from '../sequences/value-shift.ts'
import type { Actor } from '../tree/actor.ts'
import { isImageSequence, isWithin, pathOf, type Resource } from '../tree/tree.ts'
import type { StretchShiftAnswer, WrongClock } from '../wire/answers.ts'
import { SEQUENCE, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { requireSystemAdmin } from './clock.ts'

type Row = Selectable<WrongClockTable>

/** The newest first. @throws Fault forbidden for all but system admins */
export async function listWrongClocks(ctx: Context, actor: Actor): Promise<WrongClock[]> {
  requireSystemAdmin(actor)
  const boot = nameOfBoot()
  return (await ctx.db.selectFrom('wrong_clocks').selectAll().orderBy('id', 'desc').execute()).map((row) => ({
    id: row.id,
    start_timestamp: formatTimestamp(row.start_timestamp),
    end_timestamp: formatTimestamp(row.end_timestamp),
    off_by: row.off_by === null ? null : row.off_by / SECOND,
    state: row.settled_as ?? (row.off_by !== null ? 'waits' : row.boot === boot ? 'wrong now' : 'unknown'),
  }))
}

export interface WantedStretchShift {
  /** Only what lies in it; undefined: all sequences. */
  readonly place?: Resource | undefined
  /** Moves nothing, and says what a move would. */
  readonly isTrial?: boolean
}

/**
 * Moves all values that lie in the stretch by what the clock was off, sequence by sequence: each of them whole or not at all. A sequence
 * whose values can't be moved keeps none of the others; then the stretch can be moved again. The server's own log stays as it is.
 * @throws Fault forbidden for all but system admins; not_found; conflict when it was settled, or nobody knows what the clock was off
 */
export async function shiftWrongClock(
  ctx: Context,
  actor: Actor,
  id: number,
  { place, isTrial = false }: WantedStretchShift = {},
): Promise<StretchShiftAnswer> {
  const { start_timestamp: start, end_timestamp: until, off_by: by, moved: before } = await requireUnsettled(ctx, actor, id)
  const end = until + LAST_STAMPS
  if (by === null) throw conflict('By how much the clock was off then is not known. "rhizo seq shift" moves values by what you say.')
  const sequences: StretchShiftAnswer['sequences'] = []
  const failed: StretchShiftAnswer['failed'] = []
  const done = movedOf(before)
  for (const sequence of ctx.tree.ofType(SEQUENCE)) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    if (!isStamped(ctx, sequence) || done.has(sequence.id) || (place && !isWithin(sequence, place))) continue
    try {
      const { path, matching, moved, undo } = await shiftValues(ctx, actor, sequence, { start, end, by, isTrial })
      if (matching > 0) sequences.push({ path, matching, moved, undo })
      if (moved > 0) await keepMoved(ctx, id, done.add(sequence.id))
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      failed.push({ path: pathOf(sequence), reason: error.message })
    }
  }
  if (!isTrial && !place && failed.length === 0) await settle(ctx, actor, id, 'shifted')
  return { id, off_by: by / SECOND, sequences, failed }
}

const movedOf = (text: string): Set<unknown> => {
  const ids = parseJson(text, 'moved')
  return new Set(Array.isArray(ids) ? ids : [])
}

/** Where the clock was off by little, moved values lie in the stretch again: nothing may move them twice. */
const keepMoved = (ctx: Context, id: number, done: ReadonlySet<unknown>): Promise<unknown> =>
  ctx.db
    .updateTable('wrong_clocks')
    .set({ moved: JSON.stringify([...done]) })
    .where('id', '=', id)
    .execute()

/** Leaves the values as they are: the stretch is offered no more. @throws Fault as {@link shiftWrongClock} */
export async function dismissWrongClock(ctx: Context, actor: Actor, id: number): Promise<void> {
  await requireUnsettled(ctx, actor, id)
  await settle(ctx, actor, id, 'dismissed')
}

/** Of people and devices; small pictures go along with their images. */
const isStamped = (ctx: Context, one: Resource): boolean =>
  one.sequence !== undefined && !(one.parent && isImageSequence(one.parent)) && ctx.tree.byId(one.organizationId)?.name !== SYSTEM_FOLDER

async function requireUnsettled(ctx: Context, actor: Actor, id: number): Promise<Row> {
  requireSystemAdmin(actor)
  const row = await ctx.db.selectFrom('wrong_clocks').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound(`There is no stretch ${id}: "rhizo doctor clock" lists them.`)
  if (row.settled_as !== null)
    throw conflict(`Stretch ${id} is settled: its values were ${row.settled_as === 'shifted' ? 'moved' : 'left as they are'}.`)
  return row
}

async function settle(ctx: Context, actor: Actor, id: number, as: 'shifted' | 'dismissed'): Promise<void> {
  await ctx.db.updateTable('wrong_clocks').set({ settled_timestamp: ctx.believed.now(), settled_as: as }).where('id', '=', id).execute()
  await recordAudit(ctx, ctx.db, actor, {
    kind: 'setting.changed',
    subject: { kind: 'setting', name: 'clock' },
    details: { stretch: id, as },
  })
}
