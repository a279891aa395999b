/** Hands what an import has collected to the one door for values. */
import type { Context } from '../context.ts'
import type { StoredRun } from './commit.ts'
import { ImportRows, type ImportColumns, type ImportRun } from './import-columns.ts'
import { isHeard } from './publishing.ts'
import { planTimes } from './sequence-states.ts'

/** Values in one append: small enough for live values to get in between. */
export const CHUNK = 5_000
/** Where subscribers hear of them, least values in one, and for how long these may be told of, in milliseconds. */
const LEAST_HEARD = 50
const TELLING_MS = 20
/** Appends of one import that wait for the writer at a time. */
const IN_FLIGHT = 2

/** What became of rows of one sequence; called several times for each. */
export type OnStored = (run: ImportRun, stored: StoredRun) => void

/**
 * Stores all rows; resolves when they are durable.
 * @param continues more of the same import follows
 * @throws Fault busy: some of it may have been stored; storing all again does no harm
 */
export async function storeColumns(ctx: Context, values: ImportColumns, onStored: OnStored, continues = false): Promise<void> {
  const waiting: Promise<void>[] = []
  const isAnyHeard = values.targets.some(({ sequence }) => isHeard(ctx, sequence))
  for (let from = 0, end = 0; from < values.length; from = end) {
    if (waiting.length >= IN_FLIGHT) await waiting.shift()
    const size = isAnyHeard ? Math.max(LEAST_HEARD, Math.floor(TELLING_MS / ctx.commits.tellingMs)) : CHUNK
    end = Math.min(from + Math.min(size, CHUNK), values.length)
    const chunk = storeChunk(ctx, new ImportRows(values, from, end), {
      onStored,
      isHeard: isAnyHeard,
      continues: continues || end < values.length,
    })
    // Whoever awaits it first hears of a failure; the others must not count as unhandled.
    chunk.catch(() => {})
    waiting.push(chunk)
  }
  await Promise.all(waiting)
}

interface Chunk {
  readonly onStored: OnStored
  readonly isHeard: boolean
  readonly continues: boolean
}

function storeChunk(ctx: Context, rows: ImportRows, { onStored, isHeard: isAnyHeard, continues }: Chunk): Promise<void> {
  const now = ctx.clock.now()
  for (const { target, times } of rows.runs) planTimes(target.state, times, now)
  return new Promise((resolve, reject) => {
    ctx.commits.append(ctx, {
      how: 'import',
      continues,
      rows,
      finish: (commit) => {
        const began = performance.now()
        for (const run of rows.runs) onStored(run, commit.finishRun(run))
        if (isAnyHeard) ctx.commits.told(rows.length, performance.now() - began)
        resolve()
      },
      fail: reject,
    })
  })
}
