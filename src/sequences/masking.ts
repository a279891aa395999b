/** Masking values that are known to be bad: they stay in the store, and reads leave them out. */
import type { Insertable } from 'kysely'
import { readsByLink, type Actor } from '../tree/actor.ts'
import { recordAudit, type AuditEntry } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { packTimes } from '../base/time-list.ts'
import { Fault, invalid, notFound } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { stretchesOf } from '../corrections/known-corrections.ts'
import { EVER, Ranges, type Stretch } from '../corrections/ranges.ts'
import type { MaskTable } from '../database/schema.ts'
import { transact } from '../database/transact.ts'
import { fulfils, type Condition, type Range } from '../storage/sequence-store.ts'
import { requireRead, requireWrite } from '../tree/permissions.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import type { MaskInfo } from '../wire/answers.ts'
import { tellRemoved } from './erasing.ts'
import { refOf, requireSpec } from './sequences.ts'
import { parseConditions } from './value-conditions.ts'

/** Maximum number of masks of a sequence, of stretches that one consists of, and of characters of its reason. */
export const MAX_MASKS = 1_000
export const MAX_STRETCHES = 50_000
export const MAX_REASON = 500
/** Values looked at in one step. */
const PAGE = 10_000

export interface WantedMask extends Range {
  /** Only values that fulfil it, as {@link parseConditions} reads it. */
  readonly where?: string | undefined
  /** Why. */
  readonly note?: string | undefined
}

/**
 * Marks values as bad. Without a condition all of the stretch, and what comes into it later too, without an end until the mask is taken
 * off. With a condition the values that are there now and fulfil it, as they read calibrated: what lies between two of them that follow
 * each other is masked with them, also when it comes later.
 * @throws Fault forbidden without write; invalid; too_large when there are too many masks, or the values lie in too many stretches
 */
export async function maskValues(ctx: Context, actor: Actor, sequence: Resource, wanted: WantedMask): Promise<MaskInfo> {
  const { start, end, where = '', note = '' } = wanted
  requireMaskable(ctx, actor, sequence)
  const reason = requireReason(note)
  if (start !== undefined && end !== undefined && start > end) throw invalid('start_timestamp is later than end_timestamp.')
  if (start === undefined && end === undefined && where === '')
    throw invalid('Give start_timestamp, end_timestamp or where: which values are bad.')
  const ref = refOf(sequence)
  const found = where === '' ? undefined : await findStretches(ctx, sequence, { start, end }, parseConditions(where, ref.isText))
  const count = found ? found.count : await ctx.sequences.count(ref, { start, end })
  const id = await transact(ctx, async (tx) => {
    const { masks } = await tx
      .selectFrom('masks')
      .select(({ fn }) => fn.countAll<number>().as('masks'))
      .where('sequence_id', '=', sequence.id)
      .executeTakeFirstOrThrow()
    if (masks >= MAX_MASKS) throw new Fault('too_large', `${pathOf(sequence)} has ${MAX_MASKS} masks, the most it can have.`)
    const values: Insertable<MaskTable> = {
      sequence_id: sequence.id,
      start_timestamp: start ?? null,
      end_timestamp: end ?? null,
      condition: where,
      stretches: found ? packStretches(found.stretches) : null,
      count,
      note: reason,
      user_id: actor.kind === 'user' ? actor.userId : null,
      controller_id: actor.kind === 'controller' ? actor.controllerId : null,
      creation_timestamp: ctx.clock.now(),
    }
    await recordAudit(ctx, tx, actor, aboutMask('values.masked', sequence, { count, where, note: reason, ...wordsOf({ start, end }) }))
    return (await tx.insertInto('masks').values(values).returning('id').executeTakeFirstOrThrow()).id
  })
  await tellCorrected(ctx, sequence)
  return requireOne(await listMasks(ctx, actor, sequence), id, sequence)
}

/** Takes a mask off: everything reads as it did before. @throws Fault forbidden, not_found */
export async function unmaskValues(ctx: Context, actor: Actor, sequence: Resource, id: number): Promise<MaskInfo> {
  requireMaskable(ctx, actor, sequence)
  const mask = requireOne(await listMasks(ctx, actor, sequence), id, sequence)
  await transact(ctx, async (tx) => {
    await tx.deleteFrom('masks').where('id', '=', id).where('sequence_id', '=', sequence.id).execute()
    await recordAudit(ctx, tx, actor, aboutMask('values.unmasked', sequence, { count: mask.values, where: mask.where, note: mask.note }))
  })
  await tellCorrected(ctx, sequence)
  return mask
}

/** Stretches of each mask that are listed. */
const MAX_PARTS = 500

/**
 * The masks of a sequence, the newest first.
 * @param range only those that reach into it, with their stretches there
 * @throws Fault forbidden, invalid
 */
export async function listMasks(ctx: Context, actor: Actor, sequence: Resource, range?: Range): Promise<MaskInfo[]> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  const rows = await ctx.db
    .selectFrom('masks')
    .leftJoin('users', 'users.id', 'user_id')
    .selectAll('masks')
    .select(['full_name', 'user_name'])
    .where('sequence_id', '=', sequence.id)
    .orderBy('masks.id', 'desc')
    .execute()
  return rows.flatMap((row) => {
    const stretches = stretchesOf(row)
    const parts = range && Ranges.of(stretches).within(range).slice(0, MAX_PARTS)
    if (parts?.length === 0) return []
    const [first, last] = [stretches[0]?.start ?? -EVER, stretches.at(-1)?.end ?? EVER]
    const info: MaskInfo = {
      id: row.id,
      path: pathOf(sequence),
      start_timestamp: first === -EVER ? null : formatTimestamp(first),
      end_timestamp: last === EVER ? null : formatTimestamp(last),
      where: row.condition === '' ? null : row.condition,
      note: row.note,
      values: row.count,
      stretches: stretches.length,
      by: (readsByLink(actor) ? '' : row.full_name || row.user_name) || (row.user_id === null ? 'a controller' : `user ${row.user_id}`),
      creation_timestamp: formatTimestamp(row.creation_timestamp),
    }
    return [parts ? { ...info, parts: parts.map(({ start, end }) => [writeEnd(start), writeEnd(end)]) } : info]
  })
}

/** Of an open range the outermost times that can be written. */
const writeEnd = (time: Micros): string => formatTimestamp(Math.min(Math.max(time, FIRST_TIME), LAST_TIME))
const [FIRST_TIME, LAST_TIME] = [0, Date.UTC(2199, 11, 31) * 1_000]

/** After values were moved in time: what was masked of them is masked where they are now. */
export async function moveMasks(
  ctx: Context,
  sequence: Resource,
  { start, end }: { start: Micros; end: Micros },
  by: Micros,
): Promise<void> {
  if (ctx.corrections.hasNone(sequence.id)) return
  await transact(ctx, async (tx) => {
    const rows = await tx.selectFrom('masks').selectAll().where('sequence_id', '=', sequence.id).execute()
    for (const row of rows) {
      const stretchesNow = stretchesOf(row)
      if (stretchesNow.every((one) => one.end < start || one.start > end)) continue
      const moved = stretchesNow.flatMap((one) => moveStretch(one, { start, end }, by))
      const stretches = packStretches(moved.sort((a, b) => a.start - b.start))
      await tx.updateTable('masks').set({ stretches }).where('id', '=', row.id).execute()
    }
  })
  ctx.corrections.change(sequence.id)
}

function moveStretch(one: Stretch, range: Stretch, by: Micros): Stretch[] {
  const inside = { start: Math.max(one.start, range.start) + by, end: Math.min(one.end, range.end) + by }
  const before = { start: one.start, end: Math.min(one.end, range.start - 1) }
  const after = { start: Math.max(one.start, range.end + 1), end: one.end }
  return [before, inside, after].filter(({ start, end }) => start <= end)
}

/** Values may read otherwise from now on: what is known as newest is read again, and listeners judge again. */
export async function tellCorrected(ctx: Context, sequence: Resource): Promise<void> {
  ctx.corrections.change(sequence.id)
  await ctx.sequenceStates.refresh(ctx, sequence.id)
  await tellRemoved(ctx, { sequence: sequence.id, range: {}, where: [], why: 'request' })
}

/** @throws Fault forbidden without write; invalid for images */
export function requireMaskable(ctx: Context, actor: Actor, sequence: Resource): void {
  requireWrite(ctx, actor, sequence)
  requireSpec(sequence)
  if (isImageSequence(sequence)) throw invalid(`${pathOf(sequence)} is an image sequence: only numbers and texts are corrected.`)
}

/** @throws Fault invalid when it is too long */
export function requireReason(note: string): string {
  if (note.length > MAX_REASON) throw invalid(`note is longer than ${MAX_REASON} characters.`)
  return note.trim().toWellFormed()
}

export const aboutMask = (kind: AuditEntry['kind'], sequence: Resource, details: NonNullable<AuditEntry['details']>): AuditEntry => ({
  kind,
  organizationId: sequence.organizationId,
  subject: { kind: 'resource', id: sequence.id, name: pathOf(sequence) },
  details,
})

const wordsOf = ({ start, end }: Range): Record<string, string | undefined> => ({
  from: start === undefined ? undefined : formatTimestamp(start),
  until: end === undefined ? undefined : formatTimestamp(end),
})

function requireOne(masks: readonly MaskInfo[], id: number, sequence: Resource): MaskInfo {
  const found = masks.find((mask) => mask.id === id)
  if (!found) throw notFound(`${pathOf(sequence)} has no mask ${id}.`)
  return found
}

/** @throws Fault too_large */
async function findStretches(
  ctx: Context,
  sequence: Resource,
  range: Range,
  where: readonly Condition[],
): Promise<{ stretches: Stretch[]; count: number }> {
  const ref = refOf(sequence)
  const extent = await ctx.sequences.extent(ref, range)
  const stretches: { start: Micros; end: Micros }[] = []
  let [count, isOpen] = [0, false]
  for (let start = extent?.first; extent && start !== undefined && start <= extent.last; ) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const page = await ctx.readings.read(ref, { start, end: extent.last, order: 'ascending', limit: PAGE }, 'with_masked')
    for (let at = 0; at < page.times.length; at++) {
      const [time, value] = [page.times[at] ?? 0, page.values[at] ?? 0]
      const isBad = fulfils(value, where)
      const last = stretches.at(-1)
      if (isBad && isOpen && last) last.end = time
      else if (isBad) stretches.push({ start: time, end: time })
      if (isBad) count++
      isOpen = isBad
    }
    if (stretches.length > MAX_STRETCHES)
      throw new Fault(
        'too_large',
        `where: such values lie in more than ${MAX_STRETCHES} stretches of ${pathOf(sequence)}. Mask a shorter time, or all of it.`,
      )
    const last = page.times.at(-1)
    start = page.more && last !== undefined ? last + 1 : undefined
  }
  return { stretches, count }
}

const packStretches = (stretches: readonly Stretch[]): Uint8Array =>
  stretches.length === 0 ? new Uint8Array(0) : packTimes(stretches.flatMap(({ start, end }) => [start, end]))
