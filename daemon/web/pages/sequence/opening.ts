/** The span that a chart opens on. */
import type { Context } from '../../../../src/context.ts'
import { readValues } from '../../../../src/sequences/sequences.ts'
import type { Actor } from '../../../../src/tree/actor.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { SECOND } from '../../../../src/base/time.ts'
import { GRACE } from '../../shared/chart-state.ts'

/** Number of newest values that a chart opens on: more than a glance takes in. */
const SHOWN = 300
/** The shortest span, in seconds, and that of a single value. */
const [SHORTEST, OF_ONE] = [60, 3_600]

/** Seconds that the newest values of a sequence fill; undefined when it has none. Those to come count where there are no others. */
export async function readFilled(ctx: Context, actor: Actor, sequence: Resource): Promise<number | undefined> {
  const read = async (end?: number): Promise<readonly number[]> =>
    (await readValues(ctx, actor, sequence, { end, order: 'descending', limit: SHOWN })).times
  const past = await read(ctx.clock.now() + GRACE * SECOND)
  const times = past.length > 0 ? past : await read()
  const [newest, oldest] = [times[0], times.at(-1)]
  if (newest === undefined || oldest === undefined) return undefined
  return times.length === 1 ? OF_ONE : Math.max(SHORTEST, ((newest - oldest) / SECOND) * 1.05)
}
