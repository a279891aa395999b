/** Corrections of a controller's times: listed, and undone, so that values stand at the times that they were sent with. */
import type { Selectable } from 'kysely'
import { recordAudit } from '../audit/record.ts'
import { Fault, notFound } from '../base/fault.ts'
import { SECOND, formatTimestamp, timestampOrNull, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { CorrectedTimeTable } from '../database/schema.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead, requireRead, requireWrite } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { CorrectionUndoAnswer, TimeCorrection } from '../wire/answers.ts'
import { shiftValues } from './value-shift.ts'

type Row = Selectable<CorrectedTimeTable>

const rowsOf = (ctx: Context, controller: Resource): Promise<Row[]> =>
  ctx.db.selectFrom('corrected_times').selectAll().where('controller_id', '=', controller.id).orderBy('id', 'desc').execute()

/** The newest first, with the sequences that the caller may read. @throws Fault forbidden */
export async function listCorrections(ctx: Context, actor: Actor, controller: Resource): Promise<TimeCorrection[]> {
  requireRead(ctx, actor, controller)
  const found = new Map<Micros, TimeCorrection>()
  for (const row of await rowsOf(ctx, controller)) {
    const sequence = ctx.tree.byId(row.sequence_id)
    if (!sequence || !canRead(ctx, actor, sequence)) continue
    const since = formatTimestamp(row.since_timestamp)
    const correction = found.get(row.since_timestamp) ?? { since_timestamp: since, seconds: row.off_by / SECOND, sequences: [] }
    found.set(row.since_timestamp, correction)
    correction.sequences.push({
      path: pathOf(sequence),
      first_timestamp: formatTimestamp(row.first_timestamp),
      last_timestamp: formatTimestamp(Math.max(row.first_timestamp, Math.min(row.last_timestamp, ctx.clock.now()))),
      undone_timestamp: timestampOrNull(row.undone_timestamp ?? undefined),
    })
  }
  for (const { sequences } of found.values()) sequences.sort((a, b) => (a.path < b.path ? -1 : 1))
  return [...found.values()]
}

/**
 * Moves the values of a correction back to the times that they were sent with, sequence by sequence: each of them whole or not at all.
 * What can't be moved keeps none of the others, and can be undone again.
 * @throws Fault forbidden without write on the controller; not_found when there is no such correction that stands
 */
export async function undoCorrection(
  ctx: Context,
  actor: Actor,
  controller: Resource,
  { since, isTrial = false }: { readonly since: Micros; readonly isTrial?: boolean },
): Promise<CorrectionUndoAnswer> {
  requireWrite(ctx, actor, controller)
  await ctx.controllerClocks.corrected.end(ctx, controller.id)
  const rows = (await rowsOf(ctx, controller)).filter((row) => row.since_timestamp === since && row.undone_timestamp === null)
  const [first] = rows
  if (!first)
    throw notFound(`Of ${pathOf(controller)} no correction since ${formatTimestamp(since)} stands: "rhizo controller clock" lists them.`)
  const sequences: CorrectionUndoAnswer['sequences'] = []
  const failed: CorrectionUndoAnswer['failed'] = []
  for (const { id, sequence_id: sequenceId, first_timestamp: start, last_timestamp: end, off_by: by } of rows) {
    const sequence = ctx.tree.byId(sequenceId)
    if (!sequence || !canRead(ctx, actor, sequence)) continue
    try {
      const { path, matching, moved, undo } = await shiftValues(ctx, actor, sequence, { start, end, by: -by, isTrial })
      sequences.push({ path, matching, moved, undo })
      if (!isTrial) await markUndone(ctx, id)
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      failed.push({ path: pathOf(sequence), reason: error.message })
    }
  }
  if (!isTrial)
    await recordAudit(ctx, ctx.db, actor, {
      kind: 'setting.changed',
      organizationId: controller.organizationId,
      subject: { kind: 'setting', name: 'clock' },
      details: { controller: pathOf(controller), since: formatTimestamp(since), as: 'undone' },
    })
  return { since_timestamp: formatTimestamp(since), seconds: first.off_by / SECOND, sequences, failed }
}

const markUndone = (ctx: Context, id: number): Promise<unknown> =>
  ctx.db.updateTable('corrected_times').set({ undone_timestamp: ctx.believed.now() }).where('id', '=', id).execute()

/** What was moved back by the server itself, which found that the times were right. */
export async function markMovedBack(ctx: Context, controllerId: number, sequence: Resource): Promise<void> {
  await ctx.db
    .updateTable('corrected_times')
    .set({ undone_timestamp: ctx.believed.now() })
    .where('controller_id', '=', controllerId)
    .where('sequence_id', '=', sequence.id)
    .where('undone_timestamp', 'is', null)
    .execute()
}
