/** Calibrations: values are stored as they were measured, and read as they should be. */
import { readsByLink, type Actor } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { Fault, invalid, notFound } from '../base/fault.ts'
import { parseJson } from '../base/json.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import type { CalibrationPoint } from '../corrections/calibration.ts'
import { transact } from '../database/transact.ts'
import { requireRead } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { CalibrationInfo } from '../wire/answers.ts'
import { TEXT } from '../wire/resource-types.ts'
import { aboutMask, requireMaskable, requireReason, tellCorrected } from './masking.ts'
import { requireSpec } from './sequences.ts'

/** Maximum number of calibrations of a sequence, and of points in the table of one. */
const MAX_CALIBRATIONS = 1_000
const MAX_POINTS = 200

export interface WantedCalibration {
  /** From when on, until the next calibration; undefined: now. */
  readonly start?: Micros | undefined
  /** What is read is `value * scale + offset`; 1 and 0 unless given. */
  readonly scale?: number | undefined
  readonly offset?: number | undefined
  /** In place of both: a list of pairs of what the sensor said and what was right, or the same as JSON text. */
  readonly points?: unknown
  readonly note?: string | undefined
}

/**
 * Has values of a numeric sequence be read otherwise from a time on.
 * @throws Fault forbidden without write; invalid; too_large when there are too many
 */
export async function calibrateSequence(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  { start = ctx.clock.now(), scale, offset, points, note = '' }: WantedCalibration,
): Promise<CalibrationInfo> {
  requireMaskable(ctx, actor, sequence)
  if (requireSpec(sequence).dataType === TEXT) throw invalid(`${pathOf(sequence)} is a text sequence: only numbers can be calibrated.`)
  const table = points === undefined || points === '' ? undefined : requirePoints(points)
  if (table && (scale !== undefined || offset !== undefined)) throw invalid('points: give a table of points, or scale and offset.')
  if (!table && scale === undefined && offset === undefined) throw invalid('Give scale, offset or points: how values are to be read.')
  if (scale === 0) throw invalid('scale is 0, which would make all values the same.')
  const values = {
    sequence_id: sequence.id,
    start_timestamp: start,
    scale: scale ?? 1,
    offset: offset ?? 0,
    points: table ? JSON.stringify(table) : null,
    note: requireReason(note),
    user_id: actor.kind === 'user' ? actor.userId : null,
    controller_id: actor.kind === 'controller' ? actor.controllerId : null,
    creation_timestamp: ctx.clock.now(),
  }
  const id = await transact(ctx, async (tx) => {
    const { count } = await tx
      .selectFrom('calibrations')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('sequence_id', '=', sequence.id)
      .executeTakeFirstOrThrow()
    if (count >= MAX_CALIBRATIONS)
      throw new Fault('too_large', `${pathOf(sequence)} has ${MAX_CALIBRATIONS} calibrations, the most it can have.`)
    const { scale: by, offset: plus, points: list, note: reason } = values
    const details = { from: formatTimestamp(start), scale: by, offset: plus, points: list, note: reason }
    await recordAudit(ctx, tx, actor, aboutMask('values.calibrated', sequence, details))
    return (await tx.insertInto('calibrations').values(values).returning('id').executeTakeFirstOrThrow()).id
  })
  await tellCorrected(ctx, sequence)
  return requireOne(await listCalibrations(ctx, actor, sequence), id, sequence)
}

/** Values read as by the calibration before it, or raw. @throws Fault forbidden, not_found */
export async function removeCalibration(ctx: Context, actor: Actor, sequence: Resource, id: number): Promise<CalibrationInfo> {
  requireMaskable(ctx, actor, sequence)
  const removed = requireOne(await listCalibrations(ctx, actor, sequence), id, sequence)
  await transact(ctx, async (tx) => {
    await tx.deleteFrom('calibrations').where('id', '=', id).where('sequence_id', '=', sequence.id).execute()
    const { start_timestamp: from, scale, offset, points } = removed
    const details = { from, scale, offset, points: points && JSON.stringify(points) }
    await recordAudit(ctx, tx, actor, aboutMask('values.uncalibrated', sequence, details))
  })
  await tellCorrected(ctx, sequence)
  return removed
}

/** All calibrations of a sequence, the latest first. @throws Fault forbidden, invalid */
export async function listCalibrations(ctx: Context, actor: Actor, sequence: Resource): Promise<CalibrationInfo[]> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  const rows = await ctx.db
    .selectFrom('calibrations')
    .leftJoin('users', 'users.id', 'user_id')
    .selectAll('calibrations')
    .select(['full_name', 'user_name'])
    .where('sequence_id', '=', sequence.id)
    .orderBy('start_timestamp', 'desc')
    .orderBy('calibrations.id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    path: pathOf(sequence),
    start_timestamp: formatTimestamp(row.start_timestamp),
    scale: row.scale,
    offset: row.offset,
    points: row.points === null ? null : (JSON.parse(row.points) as [number, number][]),
    note: row.note,
    by: (readsByLink(actor) ? '' : row.full_name || row.user_name) || (row.user_id === null ? 'a controller' : `user ${row.user_id}`),
    creation_timestamp: formatTimestamp(row.creation_timestamp),
  }))
}

/** @throws Fault invalid */
function requirePoints(given: unknown): CalibrationPoint[] {
  const list = typeof given === 'string' ? parseJson(given, 'points') : given
  const wrong = (what: string): Error =>
    invalid(`points ${what}. Write pairs of what the sensor said and what was right, such as [[0, 0.4], [100, 99.1]].`)
  if (!Array.isArray(list) || list.length < 2 || list.length > MAX_POINTS) throw wrong(`must be a list of 2 to ${MAX_POINTS} pairs`)
  const points = list.map((pair: unknown): CalibrationPoint => {
    const [raw, right] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : []
    if (typeof raw !== 'number' || typeof right !== 'number' || !Number.isFinite(raw) || !Number.isFinite(right))
      throw wrong(`has ${JSON.stringify(pair)}, which is no pair of numbers`)
    return [raw, right]
  })
  points.sort(([a], [b]) => a - b)
  const twice = points.find(([raw], at) => points[at + 1]?.[0] === raw)
  if (twice) throw wrong(`has ${twice[0]} twice`)
  return points
}

function requireOne(list: readonly CalibrationInfo[], id: number, sequence: Resource): CalibrationInfo {
  const found = list.find((one) => one.id === id)
  if (!found) throw notFound(`${pathOf(sequence)} has no calibration ${id}.`)
  return found
}
