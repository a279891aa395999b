/** What was stamped by a wrong clock and may still be moved to where it belongs is not as old as it says: retention passes it by. */
import { nameOfBoot } from '../base/processes.ts'
import type { Micros } from '../base/time.ts'
import type { Context } from '../context.ts'
import { stretchesToBeMoved } from '../database/wrong-clocks.ts'
import type { Range } from '../storage/sequence-store.ts'

/** Both ends included. */
export interface Stretch {
  readonly start: Micros
  readonly end: Micros
}

/** How many values or images of a sequence lie in a range. */
export type Count = (range: Range) => number | Promise<number>

/** The earliest first, and apart from each other. */
export const waitingStretches = (ctx: Context): Promise<Stretch[]> =>
  stretchesToBeMoved(ctx.db, { clock: ctx.clock.now(), believed: ctx.believed.now(), boot: nameOfBoot() })

/** Those of them in which a sequence has something. */
export async function stretchesWith(ctx: Context, count: Count): Promise<Stretch[]> {
  const found: Stretch[] = []
  for (const stretch of await waitingStretches(ctx)) if ((await count(stretch)) > 0) found.push(stretch)
  return found
}

/** What lies before a time and in none of the stretches. @param before exclusive */
export function rangesAround(stretches: readonly Stretch[], before: Micros): { start?: Micros; end: Micros }[] {
  const ranges: { start?: Micros; end: Micros }[] = []
  let from: Micros | undefined
  for (const { start, end } of [...stretches, { start: before, end: before }]) {
    const until = Math.min(start, before) - 1
    if (from === undefined || from <= until) ranges.push({ ...(from === undefined ? {} : { start: from }), end: until })
    from = end + 1
  }
  return ranges
}

/**
 * The time from which on `keep` lie outside of the stretches; undefined: there are no more than that. It is found by counting, since
 * a store counts without reading values.
 * @param extent of what the sequence has
 */
export async function findOldestKept(
  count: Count,
  keep: number,
  stretches: readonly Stretch[],
  { first, last }: { first: Micros; last: Micros },
): Promise<Micros | undefined> {
  const outside = async (start: Micros): Promise<number> => {
    let values = await count({ start })
    for (const stretch of stretches)
      if (stretch.end >= start) values -= await count({ start: Math.max(start, stretch.start), end: stretch.end })
    return values
  }
  if ((await outside(first)) <= keep) return undefined
  // At `kept` there are no more than are kept, at `beyond` there are.
  let [beyond, kept] = [first, last + 1]
  while (kept - beyond > 1) {
    const middle = beyond + Math.floor((kept - beyond) / 2)
    if ((await outside(middle)) > keep) beyond = middle
    else kept = middle
  }
  return kept
}
