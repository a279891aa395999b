/** Notes that alerts write on what they watch: from when the condition began to hold, until the alert ended. */
import { describeRule, type AlertRule } from '../attributes/alert-rules.ts'
import { Fault } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Db, Tx } from '../database/schema.ts'
import { recordNote } from '../notes/note-records.ts'
import { conditionWithUnits, withUnits } from '../wire/alert-words.ts'
import type { Firing } from './alert-firings.ts'

/**
 * Writes the note of a firing whose rule asks for one, or goes on with it. What people changed of it stays, and one that they removed is
 * not written again.
 * @returns the id of its note; undefined when it has none
 */
export async function noteFiring(
  ctx: Pick<Context, 'clock' | 'tree' | 'log'>,
  tx: Tx,
  resourceId: number,
  rule: AlertRule,
  firing: Firing,
): Promise<number | undefined> {
  const { noteId, started, ended, extremes } = firing
  const resource = ctx.tree.byId(resourceId)
  const units = resource?.sequence?.units
  const reach = extremes ? `, lowest ${withUnits(extremes.lowest, units)}, highest ${withUnits(extremes.highest, units)}` : ''
  const text = `Alarm "${rule.name}": ${conditionWithUnits(describeRule(rule), units)}${reach}.`
  const begun = started - rule.hold
  const until = ended === undefined ? null : Math.max(ended, begun)
  if (noteId !== undefined) {
    await tx.updateTable('notes').set({ text }).where('id', '=', noteId).where('modification_timestamp', 'is', null).execute()
    if (until !== null)
      await tx.updateTable('notes').set({ end_timestamp: until }).where('id', '=', noteId).where('end_timestamp', 'is', null).execute()
    return noteId
  }
  if (!rule.writesNote || !resource) return undefined
  try {
    return await recordNote(ctx, tx, resource, { text, tags: ['alarm'], start: begun, end: until, source: 'alarm' })
  } catch (error) {
    // A resource with as many notes as it can have is still watched.
    if (!(error instanceof Fault) || error.code !== 'too_large') throw error
    ctx.log.warn({ resource: resourceId, name: rule.name }, error.message)
    return undefined
  }
}

/** Ends the notes of firings that nothing follows any more. */
export async function endNotes(db: Db, resourceId: number, followed: ReadonlySet<number>, now: Micros): Promise<void> {
  const left = db
    .selectFrom('alert_history')
    .select('note_id')
    .where('resource_id', '=', resourceId)
    .where('end_timestamp', 'is', null)
    .where('note_id', 'is not', null)
    .where('id', 'not in', [0, ...followed])
  const notes = db.updateTable('notes').where('end_timestamp', 'is', null).where('id', 'in', left)
  // The clock may have been set back since.
  await notes
    .set((eb) => ({ end_timestamp: eb.ref('start_timestamp') }))
    .where('start_timestamp', '>', now)
    .execute()
  await notes.set({ end_timestamp: now }).execute()
}
