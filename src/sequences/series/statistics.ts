/** Statistics of the values of a range, read one by one: what summaries of blocks don't tell, such as how long a limit was passed. */
import type { View } from '../../corrections/corrected-reads.ts'
import type { Context } from '../../context.ts'
import type { Range } from '../../storage/sequence-store.ts'
import type { Actor } from '../../tree/actor.ts'
import type { Resource } from '../../tree/tree.ts'
import { SECOND, type Micros } from '../../base/time.ts'
import { refOf, streamValues } from '../sequences.ts'
import { requireNumeric } from './series.ts'

export interface StatisticsQuery extends Range {
  readonly view?: View | undefined
  readonly above?: number | undefined
  readonly below?: number | undefined
  /** How long a value holds at most when no other follows; undefined: until the next one, however late that is. */
  readonly maxHold?: Micros | undefined
}

/** Times are microseconds since 1970, lengths of time seconds. */
export interface Statistics {
  readonly count: number
  readonly first: Micros | undefined
  readonly last: Micros | undefined
  /** These five are undefined where the range has no values. */
  readonly min: number | undefined
  readonly max: number | undefined
  readonly mean: number | undefined
  /** Of the values as a population: divided by their count. */
  readonly standardDeviation: number | undefined
  /** Each value counts as long as it held; undefined as well where no time passed. */
  readonly timeWeightedMean: number | undefined
  /** How long some value held in the range. */
  readonly held: number
  /** How long a value held that was above, or below, the limit; undefined without that limit. */
  readonly above: number | undefined
  readonly below: number | undefined
}

/**
 * A value holds from its time until that of the next one: the newest one before the range holds at its beginning, and the last one holds
 * until its end, or until now. `count`, `min`, `max`, `mean` and the standard deviation are those of the values in the range alone.
 * @throws Fault forbidden; invalid when the sequence is not numeric
 */
export async function readStatistics(ctx: Context, actor: Actor, sequence: Resource, query: StatisticsQuery): Promise<Statistics> {
  requireNumeric(ctx, actor, sequence)
  const { start, end, view } = query
  const sums = new StatisticsSum(query)
  if (start !== undefined) {
    const { values, times } = await ctx.readings.read(refOf(sequence), { end: start - 1, order: 'descending', limit: 1 }, view)
    if (times[0] !== undefined) sums.startWith(times[0], Number(values[0]), start)
  }
  const all = { start, end, view, order: 'ascending', limit: Number.POSITIVE_INFINITY } as const
  for await (const { times, values } of streamValues(ctx, actor, sequence, all))
    for (let at = 0; at < times.length; at++) sums.add(times[at] ?? 0, values[at] as number)
  const now = ctx.clock.now()
  return sums.end(end === undefined ? now : Math.min(end, now))
}

export class StatisticsSum {
  readonly #query: Pick<StatisticsQuery, 'above' | 'below' | 'maxHold'>
  #count = 0
  #first: Micros | undefined
  #last: Micros | undefined
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY
  /** Mean and sum of squared distances from it so far: adding squares would lose all digits of large values that differ little. */
  #mean = 0
  #squares = 0
  /** The value that holds, from when on it counts, and until when it holds at most. */
  #holding: { value: number; from: Micros; until: Micros } | undefined
  #held = 0
  #weightedMean = 0
  #above = 0
  #below = 0

  constructor(query: Pick<StatisticsQuery, 'above' | 'below' | 'maxHold'>) {
    this.#query = query
  }

  /** The newest value before the range. @param from the beginning of the range */
  startWith(time: Micros, value: number, from: Micros): void {
    this.#hold(time, value, from)
  }

  /** The next value, in order of time. */
  add(time: Micros, value: number): void {
    this.#release(time)
    this.#hold(time, value, time)
    this.#count++
    this.#first ??= time
    this.#last = time
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
    const distance = value - this.#mean
    this.#mean += distance / this.#count
    this.#squares += distance * (value - this.#mean)
  }

  /** @param time until when the last value holds, unless that is before it */
  end(time: Micros): Statistics {
    this.#release(time)
    const { above, below } = this.#query
    const isEmpty = this.#count === 0
    return {
      count: this.#count,
      first: this.#first,
      last: this.#last,
      min: isEmpty ? undefined : this.#min,
      max: isEmpty ? undefined : this.#max,
      mean: isEmpty ? undefined : this.#mean,
      standardDeviation: isEmpty ? undefined : Math.sqrt(this.#squares / this.#count),
      timeWeightedMean: this.#held === 0 ? undefined : this.#weightedMean,
      held: this.#held / SECOND,
      above: above === undefined ? undefined : this.#above / SECOND,
      below: below === undefined ? undefined : this.#below / SECOND,
    }
  }

  #hold(time: Micros, value: number, from: Micros): void {
    this.#holding = { value, from, until: time + (this.#query.maxHold ?? Number.POSITIVE_INFINITY) }
  }

  #release(time: Micros): void {
    if (!this.#holding) return
    const { value, from, until } = this.#holding
    const length = Math.min(time, until) - from
    if (length <= 0) return
    const { above, below } = this.#query
    this.#held += length
    this.#weightedMean += (value - this.#weightedMean) * (length / this.#held)
    if (above !== undefined && value > above) this.#above += length
    if (below !== undefined && value < below) this.#below += length
  }
}
