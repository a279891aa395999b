/**
 * Which values were stored at times that the server corrected, and by how much: a row for each sequence of each correction. A value was
 * sent with its stored time less that, so nothing is lost, and all of it can be undone.
 */
import { MINUTE, type Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../tree/tree.ts'

/** A row covers so much more than its last value, so that it needs to be written once a minute and not with each value. */
const LEAD = MINUTE
/** Rows of one controller; the oldest go first. */
const MOST = 2_000

export interface Correction {
  readonly controllerId: number
  /** When it began. */
  readonly since: Micros
  /** What is added to times. */
  readonly by: Micros
}

interface Run {
  readonly id: number
  readonly since: Micros
  readonly by: Micros
  first: Micros
  /** Of the newest value. */
  last: Micros
  /** As it is written. */
  covers: Micros
}

export class CorrectedTimes {
  /** By controller, then by sequence: the row that the next value goes into. */
  readonly #runs = new Map<number, Map<number, Run>>()

  /**
   * Records that a value of each sequence is about to be stored at a corrected time. The value's own commit makes the record durable, since
   * it comes after it.
   * @param time as it will be stored
   */
  async note(ctx: Context, { controllerId, since, by }: Correction, sequences: readonly Resource[], time: Micros): Promise<void> {
    let runs = this.#runs.get(controllerId)
    if (!runs) this.#runs.set(controllerId, (runs = new Map<number, Run>()))
    for (const { id } of sequences) {
      const run = runs.get(id) ?? (await this.#resume(ctx, controllerId, id))
      if (run && run.by === by && run.since === since) {
        runs.set(id, run)
        await extend(ctx, run, time)
        continue
      }
      if (run) await end(ctx, run)
      runs.set(id, await this.#begin(ctx, { controllerId, since, by }, id, time))
    }
  }

  /** The controller's clock is right, or its corrections are looked at: what it sends from now on belongs to no correction. */
  async end(ctx: Context, controllerId: number): Promise<void> {
    const runs = this.#runs.get(controllerId)
    this.#runs.delete(controllerId)
    for (const run of runs?.values() ?? []) await end(ctx, run)
  }

  /** What another run of the server left: its newest value is not known, only until when the row counts. */
  async #resume(ctx: Context, controllerId: number, sequenceId: number): Promise<Run | undefined> {
    const row = await ctx.db
      .selectFrom('corrected_times')
      .selectAll()
      .where('controller_id', '=', controllerId)
      .where('sequence_id', '=', sequenceId)
      .where('undone_timestamp', 'is', null)
      .orderBy('id', 'desc')
      .executeTakeFirst()
    if (!row) return undefined
    const { id, since_timestamp: since, off_by: by, first_timestamp: first, last_timestamp: last } = row
    return { id, since, by, first, last: Math.min(last, ctx.clock.now()), covers: last }
  }

  async #begin(ctx: Context, { controllerId, since, by }: Correction, sequenceId: number, time: Micros): Promise<Run> {
    const covers = time + LEAD
    const row = {
      controller_id: controllerId,
      sequence_id: sequenceId,
      since_timestamp: since,
      off_by: by,
      first_timestamp: time,
      last_timestamp: covers,
      undone_timestamp: null,
    }
    const { id } = await ctx.db.insertInto('corrected_times').values(row).returning('id').executeTakeFirstOrThrow()
    const oldest = await ctx.db
      .selectFrom('corrected_times')
      .select('id')
      .where('controller_id', '=', controllerId)
      .orderBy('id', 'desc')
      .offset(MOST)
      .limit(1)
      .executeTakeFirst()
    if (oldest) await ctx.db.deleteFrom('corrected_times').where('controller_id', '=', controllerId).where('id', '<=', oldest.id).execute()
    return { id, since, by, first: time, last: time, covers }
  }
}

async function extend(ctx: Context, run: Run, time: Micros): Promise<void> {
  const isWithin = time >= run.first && time <= run.covers
  run.first = Math.min(run.first, time)
  run.last = Math.max(run.last, time)
  if (isWithin) return
  run.covers = Math.max(run.covers, time + LEAD)
  await ctx.db
    .updateTable('corrected_times')
    .set({ first_timestamp: run.first, last_timestamp: run.covers })
    .where('id', '=', run.id)
    .execute()
}

const end = (ctx: Context, { id, last }: Run): Promise<unknown> =>
  ctx.db.updateTable('corrected_times').set({ last_timestamp: last }).where('id', '=', id).execute()
