/** What a sequence holds already at the times of values that come. */
import type { Context } from '../context.ts'
import type { Micros } from '../base/time.ts'
import type { ImportColumns, Target } from '../sequences/import-columns.ts'
import { refOf } from '../sequences/sequences.ts'
import type { Resource } from '../tree/tree.ts'

/** Values read at a time. */
const PAGE = 10_000

/** The values at those of the times that have one. */
export async function findExisting(
  ctx: Context,
  sequence: Resource,
  values: readonly { readonly time: Micros }[],
): Promise<Map<Micros, number | string>> {
  const found = new Map<Micros, number | string>()
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { time } of values) {
    if (time < start) start = time
    if (time > end) end = time
  }
  const ref = refOf(sequence)
  const extent = await ctx.sequences.extent(ref, { start, end })
  if (!extent) return found
  const wanted = new Set(values.map(({ time }) => time))
  for (let from = extent.first; from <= extent.last; ) {
    const page = await ctx.sequences.read(ref, { start: from, end: extent.last, order: 'ascending', limit: PAGE })
    for (const [at, time] of page.times.entries()) {
      const value = page.values[at]
      if (value !== undefined && wanted.has(time)) found.set(time, value)
    }
    const last = page.times.at(-1)
    if (!page.more || last === undefined) break
    from = last + 1
    if (ctx.turns.isOver()) await ctx.turns.next()
  }
  return found
}

/** As {@link findExisting}, for all targets of an import; those whose times are all free are left out. */
export async function findExistingOf(ctx: Context, values: ImportColumns): Promise<Map<Target, Map<Micros, number | string>>> {
  const found = new Map<Target, Map<Micros, number | string>>()
  for (const { target, start, end } of values.spans()) {
    if (!(await ctx.sequences.extent(target.state.ref, { start, end }))) continue
    const times: { time: Micros }[] = []
    for (let row = 0; row < values.length; row++) if (values.target(row) === target) times.push({ time: values.time(row) })
    const existing = await findExisting(ctx, target.sequence, times)
    if (existing.size > 0) found.set(target, existing)
  }
  return found
}
