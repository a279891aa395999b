/**
 * The audit trail as lines of the text sequence `/system/audit/log`, so that everything that follows sequences can follow it. System admins
 * read it; only the server writes there, and nobody deletes.
 */
import type { Context } from '../context.ts'
import { createResource } from '../resources/creation.ts'
import { serverActor } from '../resources/system.ts'
import { appendValues } from '../sequences/sequences.ts'
import type { Resource } from '../tree/tree.ts'
import { AUDIT_FOLDER, SEQUENCE, SYSTEM_FOLDER, TEXT } from '../wire/resource-types.ts'
import { describeRecord, selectRecords, sentenceOf } from './audit-trail.ts'

const NAME = 'log'
const MAX_HISTORY = 100_000
/** Records in one batch. */
const BATCH = 200
/** Maximum length of a line, in characters. */
const MAX_LINE = 2_000

/** Writes what was gathered, and the lines of records that the log does not have yet. */
export async function writeAuditLog(ctx: Context, isStopped: () => boolean = () => false): Promise<void> {
  await ctx.audit.flush()
  while (!isStopped() && (await writeLines(ctx)) === BATCH);
}

/** @returns how many lines were written. A crash in between writes some of them again. */
async function writeLines(ctx: Context): Promise<number> {
  const rows = await selectRecords(ctx).where('told', '=', 0).orderBy('audit_records.id').limit(BATCH).execute()
  if (rows.length === 0) return 0
  const sequence = await findLog(ctx)
  const lines = rows.map((row) => {
    const record = describeRecord(ctx, row)
    return `${record.kind}: ${sentenceOf(record)}`.slice(0, MAX_LINE).toWellFormed()
  })
  await appendValues(
    ctx,
    serverActor,
    lines.map((value) => ({ sequence, value })),
  )
  const ids = rows.map(({ id }) => id)
  await ctx.db.updateTable('audit_records').set({ told: 1 }).where('id', 'in', ids).execute()
  return rows.length
}

async function findLog(ctx: Context): Promise<Resource> {
  const path = [SYSTEM_FOLDER, AUDIT_FOLDER, NAME]
  const existing = ctx.tree.descend(path)
  if (existing?.type === SEQUENCE) return existing
  await createResource(ctx, serverActor, {
    folder: `/${SYSTEM_FOLDER}/${AUDIT_FOLDER}`,
    name: NAME,
    type: SEQUENCE,
    systemAttributes: { data_type: TEXT, max_history: MAX_HISTORY, max_age: `${ctx.settings.AUDIT_DAYS}d`, min_storage_interval: 0 },
  })
  const made = ctx.tree.descend(path)
  if (!made) throw new Error('the log of the audit trail was made, but is not there')
  return made
}
