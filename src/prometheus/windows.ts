/** What a sequence has in a window of time before each of some moments. */
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { SECOND, type Micros } from '../base/time.ts'
import { refOf } from '../sequences/sequences.ts'
import { meanOf, type Summary } from '../storage/sequence-store.ts'
import type { Resource } from '../tree/tree.ts'
import type { RangeFunction } from './expression.ts'

/** Most summaries that one series puts together: a narrow step below a wide range has each of them many times. */
const MAX_PUT_TOGETHER = 5_000_000
/** Most values that a rate is taken from, of one series. */
const MAX_VALUES = 500_000

/**
 * The summary of the values in (moment − range, moment], for each moment; undefined where there are none.
 * @param moments ascending, evenly spaced
 * @throws Fault invalid when the range is far wider than the step
 */
export async function summarizeWindows(
  ctx: Context,
  sequence: Resource,
  moments: readonly Micros[],
  range: Micros,
): Promise<(Summary | undefined)[]> {
  const step = moments.length > 1 ? (moments[1] ?? 0) - (moments[0] ?? 0) : range
  if ((2 * range * moments.length) / step > MAX_PUT_TOGETHER)
    throw invalid('The range is too wide for so narrow a step: choose a wider step or a narrower range.')
  // Times are whole microseconds: a window's first is one after its open end.
  const edges = [...new Set(moments.flatMap((moment) => [moment - range + 1, moment + 1]))].sort((a, b) => a - b)
  const summaries = await ctx.readings.summarize(refOf(sequence), edges)
  const placeOf = new Map(edges.map((edge, at) => [edge, at]))
  const found: (Summary | undefined)[] = []
  for (const moment of moments) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const [from, to] = [placeOf.get(moment - range + 1) ?? 0, placeOf.get(moment + 1) ?? 0]
    let whole: Summary | undefined
    for (let at = from; at < to; at++) whole = together(whole, summaries[at])
    found.push(whole)
  }
  return found
}

function together(a: Summary | undefined, b: Summary | undefined): Summary | undefined {
  if (!a || !b) return a ?? b
  return {
    first: a.first,
    firstValue: a.firstValue,
    last: b.last,
    lastValue: b.lastValue,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sum: a.sum + b.sum,
    count: a.count + b.count,
  }
}

/** What a function makes of a summary; undefined for those that need each value. */
export const OF_SUMMARY: Readonly<Partial<Record<RangeFunction, (summary: Summary) => number>>> = {
  avg_over_time: meanOf,
  min_over_time: ({ min }) => min,
  max_over_time: ({ max }) => max,
  sum_over_time: ({ sum }) => sum,
  count_over_time: ({ count }) => count,
  last_over_time: ({ lastValue }) => lastValue,
}

/**
 * `rate`, `increase` and `delta`: the change over each window, carried on to its ends. Source: Prometheus, "rate()".
 * @returns NaN where a window has fewer than two values
 * @throws Fault invalid when there are too many values
 */
export async function changesInWindows(
  ctx: Context,
  sequence: Resource,
  moments: readonly Micros[],
  range: Micros,
  name: 'rate' | 'increase' | 'delta',
): Promise<(number | undefined)[]> {
  const [start, end] = [(moments[0] ?? 0) - range + 1, moments.at(-1) ?? 0]
  if ((await ctx.readings.count(refOf(sequence), { start, end })) > MAX_VALUES)
    throw invalid(`${name} reads each value, and there are more than ${MAX_VALUES} in this time: choose a shorter one.`)
  const { times, values } = await ctx.readings.read(refOf(sequence), { start, end, order: 'ascending', limit: MAX_VALUES })
  const numbers = values.map(Number)
  const lost = name === 'delta' ? [] : lostInFalls(numbers)
  let [from, to] = [0, 0]
  return moments.map((moment) => {
    while (to < times.length && (times[to] ?? 0) <= moment) to++
    while (from < to && (times[from] ?? 0) <= moment - range) from++
    if (to - from < 2) return undefined
    const [first = 0, last = 0] = [times[from], times[to - 1]]
    // Falls apart from the rest, which would lose its last digits in their sum.
    const change = (numbers[to - 1] ?? 0) - (numbers[from] ?? 0) + ((lost[to - 1] ?? 0) - (lost[from] ?? 0))
    const spacing = (last - first) / (to - from - 1)
    let [before, after] = [first - (moment - range), moment - last]
    if (before >= spacing * 1.1) before = spacing / 2
    // A counter begins at zero at the earliest.
    const zero = name !== 'delta' && change > 0 && (numbers[from] ?? 0) >= 0 ? ((last - first) * (numbers[from] ?? 0)) / change : Infinity
    before = Math.min(before, zero)
    if (after >= spacing * 1.1) after = spacing / 2
    const whole = (change * (last - first + before + after)) / (last - first)
    return name === 'rate' ? whole / (range / SECOND) : whole
  })
}

/** What a counter had before each of its falls, added up. */
function lostInFalls(numbers: readonly number[]): number[] {
  let lost = 0
  return numbers.map((number, at) => {
    const before = numbers[at - 1] ?? number
    if (number < before) lost += before
    return lost
  })
}
