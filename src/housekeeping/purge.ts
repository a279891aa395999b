/**
 * Housekeeping: removes for good what was deleted long ago or has expired, and gives the space back to the disk. Works in steps so small
 * that other work never waits long for the writer.
 */
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { ResourceRow } from '../database/schema.ts'
import { deleteStored } from '../content/content.ts'
import { RESET_VALIDITY } from '../people/password-resets.ts'
import { UNDO_DAYS } from '../imports/records.ts'
import { PIN_VALIDITY } from '../people/pins.ts'
import { removeInSteps } from '../database/removal-steps.ts'
import { serverActor } from '../resources/system.ts'
import { refOfRow, rowsWithin } from '../resources/removal.ts'
import { eraseValues } from '../sequences/erasing.ts'
import { SEQUENCE } from '../wire/resource-types.ts'
import { shrink } from './shrinking.ts'
import { DAY, HOUR, formatTimestamp, type Micros } from '../base/time.ts'

/** Rows of resources that are removed in one transaction. */
const ROWS = 25
/** Revisions that are removed in one transaction; fewer if their content exceeds this many bytes. */
const REVISIONS = 20
const REVISION_BYTES = 250_000
/** Windows of throttles last an hour at most. */
const THROTTLE_AGE = DAY
/** An account request can be used for a week. */
const REQUEST_AGE = 30 * DAY

export interface Purged {
  /** Resources that were removed for good, including all below them. */
  resources: number
  /** Pages of the database file given back to the disk. */
  pages: number
}

/**
 * Removes everything that is due.
 * @param isStopped called between steps; true ends the purge
 */
export async function purge(ctx: Context, isStopped: () => boolean = () => false): Promise<Purged> {
  const resources = await purgeResources(ctx, isStopped)
  if (!isStopped()) await purgeOutdated(ctx, isStopped)
  if (!isStopped()) await purgeAudit(ctx, isStopped)
  const pages = await shrink(ctx, isStopped)
  return { resources, pages }
}

/** Marks first what it removes: from then on it can't be restored, and an interrupted purge continues later. */
async function purgeResources(ctx: Context, isStopped: () => boolean): Promise<number> {
  const before = await ctx.aging.cutoff(ctx.settings.PURGE_DELETED_AFTER * DAY, {
    what: 'deleted resources',
    count: (from, to) => countDeleted(ctx, from, to - 1),
    total: () => countDeleted(ctx),
  })
  const due = await ctx.db
    .selectFrom('resources')
    .select(['id', 'name', 'organization_id as organizationId', 'deletion_timestamp as time'])
    .where('deleted', '<>', 0)
    .where('deletion_timestamp', '<=', before)
    .orderBy('deletion_timestamp')
    .execute()
  let purged = 0
  for (const { id, name, organizationId, time } of due) {
    if (isStopped()) break
    const { numUpdatedRows } = await ctx.db
      .updateTable('resources')
      .set({ deleted: 2 })
      .where('id', '=', id)
      .where('deleted', '<>', 0)
      .where('deletion_timestamp', '<=', before)
      .executeTakeFirstOrThrow()
    // It was restored in the meantime, or removed with its folder.
    if (numUpdatedRows === 0n) continue
    try {
      const removed = await purgeTree(ctx, id, isStopped)
      purged += removed
      if (removed > 0)
        await recordAudit(ctx, ctx.db, serverActor, {
          kind: 'resource.purged',
          organizationId: organizationId ?? id,
          subject: { kind: 'resource', id, name },
          details: { resources: removed, deleted: formatTimestamp(time ?? 0) },
        })
      ctx.log.info(
        { resource: id, name, resources: removed, deleted: formatTimestamp(time ?? 0), before: formatTimestamp(before) },
        'removed a deleted resource for good, with all below it',
      )
    } catch (error) {
      // A resource that can't be removed must not stop the others.
      ctx.log.error({ err: error, resource: id }, 'removing a deleted resource for good failed')
    }
  }
  return purged
}

async function countDeleted(ctx: Context, from: Micros = Number.MIN_SAFE_INTEGER, to: Micros = Number.MAX_SAFE_INTEGER): Promise<number> {
  const { count } = await ctx.db
    .selectFrom('resources')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('deleted', '<>', 0)
    .where('deletion_timestamp', '>=', from)
    .where('deletion_timestamp', '<=', to)
    .executeTakeFirstOrThrow()
  return count
}

/** Removes leaves first, so that the tree stays connected if it is interrupted. @returns how many rows were removed */
async function purgeTree(ctx: Context, id: number, isStopped: () => boolean): Promise<number> {
  const rows = leavesFirst(await rowsWithin(ctx.db, id), id)
  let purged = 0
  for (let from = 0; from < rows.length && !isStopped(); from += ROWS) {
    const some = rows.slice(from, from + ROWS)
    for (const row of some) {
      if (row.type === SEQUENCE) await eraseValues(ctx, refOfRow(row), {}, [], 'purge')
      while (!isStopped() && (await purgeRevisions(ctx, row.id))) await nextTurn()
    }
    if (isStopped()) break
    const ids = some.map((row) => row.id)
    await ctx.db.deleteFrom('resources').where('id', 'in', ids).execute()
    for (const gone of ids) {
      ctx.liveness.forget(gone)
      ctx.sequenceStates.forget(gone)
      ctx.corrections.forget(gone)
    }
    purged += ids.length
    await nextTurn()
  }
  return purged
}

/** @returns whether there may be more */
async function purgeRevisions(ctx: Context, resourceId: number): Promise<boolean> {
  const some = await ctx.db
    .selectFrom('resource_revisions')
    .select(['id', 'size', 'storage_path'])
    .where('resource_id', '=', resourceId)
    .orderBy('id')
    .limit(REVISIONS)
    .execute()
  if (some.length === 0) return false
  let [bytes, count] = [0, 0]
  for (const { size, storage_path: path } of some) {
    bytes += path === null ? size : 0
    if (count > 0 && bytes > REVISION_BYTES) break
    count++
  }
  const gone = some.slice(0, count)
  await ctx.db
    .deleteFrom('resource_revisions')
    .where(
      'id',
      'in',
      gone.map(({ id }) => id),
    )
    .execute()
  await deleteStored(
    ctx,
    gone.map(({ storage_path: path }) => path).filter((path) => path !== null),
  )
  return true
}

/** A resource's rows, each before its parent. */
function leavesFirst(rows: readonly ResourceRow[], rootId: number): ResourceRow[] {
  const children = new Map<number | null, ResourceRow[]>()
  for (const row of rows) {
    const list = row.id === rootId ? undefined : children.get(row.parent_id)
    if (list) list.push(row)
    else if (row.id !== rootId) children.set(row.parent_id, [row])
  }
  const ordered = rows.filter((row) => row.id === rootId)
  for (let at = 0; at < ordered.length; at++) ordered.push(...(children.get(ordered[at]?.id ?? 0) ?? []))
  return ordered.reverse()
}

/** Removes expired PINs, account requests, codes for new passwords and throttles; strangers can create many of them. */
async function purgeOutdated({ believed, db, log }: Context, isStopped: () => boolean): Promise<void> {
  const remove = async (what: string, age: Micros, step: (before: Micros, limit: number) => Promise<{ numDeletedRows: bigint }>) => {
    const before = believed.removableBefore(age)
    const count = await removeInSteps(async (limit) => Number((await step(before, limit)).numDeletedRows), isStopped)
    if (count > 0) log.info({ what, count, before: formatTimestamp(before) }, 'removed what was out of date')
  }
  await remove('PINs', PIN_VALIDITY + HOUR, (before, limit) => {
    const outdated = db.selectFrom('pins').select('id').where('creation_timestamp', '<=', before).limit(limit)
    return db.deleteFrom('pins').where('id', 'in', outdated).executeTakeFirstOrThrow()
  })
  await remove('codes for new passwords', RESET_VALIDITY, (before, limit) => {
    const outdated = db.selectFrom('password_resets').select('id').where('creation_timestamp', '<=', before).limit(limit)
    return db.deleteFrom('password_resets').where('id', 'in', outdated).executeTakeFirstOrThrow()
  })
  await remove('counts of limits', THROTTLE_AGE, (before, limit) => {
    const outdated = db.selectFrom('throttles').select('name').where('window_start', '<=', before).limit(limit)
    return db.deleteFrom('throttles').where('name', 'in', outdated).executeTakeFirstOrThrow()
  })
  await remove('what imports can be undone by', UNDO_DAYS * DAY, (before, limit) => {
    const old = db.selectFrom('imports').select('id').where('creation_timestamp', '<=', before)
    const outdated = db.selectFrom('import_values').select('id').where('import_id', 'in', old).limit(limit)
    return db.deleteFrom('import_values').where('id', 'in', outdated).executeTakeFirstOrThrow()
  })
  await remove('records of imports', UNDO_DAYS * DAY, (before, limit) => {
    const outdated = db.selectFrom('imports').select('id').where('creation_timestamp', '<=', before).limit(limit)
    return db.deleteFrom('imports').where('id', 'in', outdated).executeTakeFirstOrThrow()
  })
  await remove('invitations and requests for accounts', REQUEST_AGE, (before, limit) => {
    const outdated = db.selectFrom('account_requests').select('id').where('creation_timestamp', '<=', before).limit(limit)
    return db.deleteFrom('account_requests').where('id', 'in', outdated).executeTakeFirstOrThrow()
  })
}

/** The trail is evidence: of what is old by a clock that leapt, most waits for an admin's word, as deleted resources do. */
async function purgeAudit(ctx: Context, isStopped: () => boolean): Promise<void> {
  const { db } = ctx
  const count = async (from = Number.MIN_SAFE_INTEGER, to = Number.MAX_SAFE_INTEGER): Promise<number> => {
    const query = db.selectFrom('audit_records').select(({ fn }) => fn.countAll<number>().as('count'))
    return (await query.where('last_timestamp', '>=', from).where('last_timestamp', '<', to).executeTakeFirstOrThrow()).count
  }
  const before = await ctx.aging.cutoff(ctx.settings.AUDIT_DAYS * DAY, { what: 'records of who did what', count, total: () => count() })
  const removed = await removeInSteps(async (limit) => {
    const old = db
      .selectFrom('audit_records')
      .select('id')
      .where('timestamp', '<=', before)
      .where('last_timestamp', '<=', before)
      .limit(limit)
    return Number((await db.deleteFrom('audit_records').where('id', 'in', old).executeTakeFirstOrThrow()).numDeletedRows)
  }, isStopped)
  if (removed > 0) ctx.log.info({ count: removed, before: formatTimestamp(before) }, 'removed records of who did what that were too old')
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
