/** Records of imports: who brought what, and how it is removed again as one. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { recordAudit, type AuditEntry } from '../audit/record.ts'
import { conflict, forbidden, notFound } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { transact } from '../database/transact.ts'
import { eraseValues } from '../sequences/erasing.ts'
import { refOf } from '../sequences/sequences.ts'
import { canRead, canWrite, requireRead, unknownToAnybody } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { ImportRecord } from '../wire/answers.ts'
import { packTimes, unpackTimes } from '../base/time-list.ts'

/** How long an import can be undone. */
export const UNDO_DAYS = 90

/** @returns the id of the new record */
export async function startRecord(ctx: Context, actor: Actor, organizationId: number, fileName: string): Promise<number> {
  return transact(ctx, async (tx) => {
    const { id } = await tx
      .insertInto('imports')
      .values({
        organization_id: organizationId,
        user_id: actor.kind === 'user' ? actor.userId : null,
        controller_id: actor.kind === 'controller' ? actor.controllerId : null,
        file_name: fileName.slice(0, 300),
        creation_timestamp: ctx.clock.now(),
        removal_timestamp: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordAudit(ctx, tx, actor, aboutImport('values.imported', { id, organizationId, fileName }))
    return id
  })
}

const aboutImport = (
  kind: 'values.imported' | 'values.removed',
  { id, organizationId, fileName }: { readonly id: number; readonly organizationId: number; readonly fileName: string },
  details: { readonly count?: number } = {},
): AuditEntry => ({ kind, organizationId, subject: { kind: 'import', id, name: fileName }, details })

/** Adds the times at which values were new. @param brought by sequence */
export async function addToRecord(ctx: Context, importId: number, brought: ReadonlyMap<number, Micros[]>): Promise<void> {
  const rows = [...brought].flatMap(([sequence, times]) => {
    if (times.length === 0) return []
    times.sort((a, b) => a - b)
    return [
      {
        import_id: importId,
        sequence_id: sequence,
        first: times[0] ?? 0,
        last: times.at(-1) ?? 0,
        count: times.length,
        times: packTimes(times),
      },
    ]
  })
  if (rows.length > 0) await transact(ctx, (tx) => tx.insertInto('import_values').values(rows).execute())
}

interface Part {
  readonly sequence: Resource
  readonly count: number
  readonly first: Micros
  readonly last: Micros
}

async function partsOf(ctx: Context, importId: number): Promise<Part[]> {
  const rows = await ctx.db
    .selectFrom('import_values')
    .select(({ fn }) => ['sequence_id', fn.sum<number>('count').as('count'), fn.min('first').as('first'), fn.max('last').as('last')])
    .where('import_id', '=', importId)
    .groupBy('sequence_id')
    .execute()
  return rows.flatMap(({ sequence_id, count, first, last }) => {
    const sequence = ctx.tree.byId(sequence_id)
    return sequence ? [{ sequence, count: Number(count), first, last }] : []
  })
}

const COLUMNS = ['id', 'organization_id', 'file_name', 'user_id', 'controller_id', 'creation_timestamp', 'removal_timestamp'] as const

/** Sequences that the caller may not read are left out. @throws Fault not_found, also when they may read none; forbidden for strangers */
export async function readImport(ctx: Context, actor: Actor, id: number): Promise<ImportRecord> {
  const row = await ctx.db.selectFrom('imports').select(COLUMNS).where('id', '=', id).executeTakeFirst()
  const parts = row ? (await partsOf(ctx, id)).filter(({ sequence }) => canRead(ctx, actor, sequence)) : []
  if (!row || parts.length === 0) throw actor.kind === 'anonymous' ? unknownToAnybody() : noImport(id)
  return {
    id,
    file_name: row.file_name,
    user_id: row.user_id,
    controller_id: row.controller_id,
    creation_timestamp: formatTimestamp(row.creation_timestamp),
    removal_timestamp: row.removal_timestamp === null ? null : formatTimestamp(row.removal_timestamp),
    sequences: parts.map(({ sequence, count, first, last }) => ({
      path: pathOf(sequence),
      values: count,
      first_timestamp: formatTimestamp(first),
      last_timestamp: formatTimestamp(last),
    })),
  }
}

const noImport = (id: number): Error => notFound(`There is no import ${id}. What an import brought is known for ${UNDO_DAYS} days.`)

/** Most imports in one list. */
const MAX_LIST = 100

/** The newest imports into a sequence, or into sequences below a folder. @throws Fault forbidden */
export async function listImports(ctx: Context, actor: Actor, place: Resource): Promise<ImportRecord[]> {
  requireRead(ctx, actor, place)
  const rows = await ctx.db
    .selectFrom('imports')
    .select('id')
    .where('organization_id', '=', place.organizationId)
    .orderBy('id', 'desc')
    .limit(MAX_LIST)
    .execute()
  const prefix = pathOf(place)
  const found: ImportRecord[] = []
  for (const { id } of rows) {
    const record = await readImport(ctx, actor, id).catch(() => undefined)
    if (record?.sequences.some(({ path }) => path === prefix || path.startsWith(`${prefix}/`))) found.push(record)
  }
  return found
}

/**
 * Removes what an import brought: values at times that had none before. Values that it replaced stay as it left them, and so does what came
 * to other times since.
 * @returns how many were removed
 * @throws Fault not_found; forbidden when the caller may not change one of its sequences; conflict when it was undone already
 */
export async function undoImport(ctx: Context, actor: Actor, id: number): Promise<number> {
  const record = await readImport(ctx, actor, id)
  const parts = await partsOf(ctx, id)
  const closed = parts.find(({ sequence }) => !canWrite(ctx, actor, sequence))
  if (closed)
    throw forbidden(`You may not change ${canRead(ctx, actor, closed.sequence) ? pathOf(closed.sequence) : 'all sequences of the import'}.`)
  if (record.removal_timestamp !== null) throw conflict(`Import ${id} was undone already, at ${record.removal_timestamp}.`)
  let removed = 0
  for (const { sequence } of parts) removed += await removeTimes(ctx, sequence, id)
  await transact(ctx, async (tx) => {
    const row = await tx
      .updateTable('imports')
      .set({ removal_timestamp: ctx.clock.now() })
      .where('id', '=', id)
      .returning(['organization_id', 'file_name'])
      .executeTakeFirstOrThrow()
    const undone = { id, organizationId: row.organization_id, fileName: row.file_name }
    await recordAudit(ctx, tx, actor, aboutImport('values.removed', undone, { count: removed }))
  })
  return removed
}

/** Values read at a time. */
const PAGE = 10_000

async function removeTimes(ctx: Context, sequence: Resource, importId: number): Promise<number> {
  const rows = await ctx.db
    .selectFrom('import_values')
    .select(['times'])
    .where('import_id', '=', importId)
    .where('sequence_id', '=', sequence.id)
    .orderBy('first')
    .execute()
  const ref = refOf(sequence)
  let removed = 0
  for (const { times: packed } of rows) {
    const times = unpackTimes(packed)
    const brought = new Set(times)
    const end = times.at(-1) ?? 0
    const runs: { start: Micros; end: Micros }[] = []
    let isOpen = false
    for (let start = times[0] ?? 0; start <= end; ) {
      const page = await ctx.sequences.read(ref, { start, end, order: 'ascending', limit: PAGE })
      for (const time of page.times) {
        const run = runs.at(-1)
        if (!brought.has(time)) isOpen = false
        else if (isOpen && run) run.end = time
        else {
          runs.push({ start: time, end: time })
          isOpen = true
        }
      }
      const last = page.times.at(-1)
      if (!page.more || last === undefined) break
      start = last + 1
      if (ctx.turns.isOver()) await ctx.turns.next()
    }
    for (const run of runs) removed += await eraseValues(ctx, ref, run, [], 'request')
  }
  return removed
}
