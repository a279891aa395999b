/** What a chart makes of values before it draws them: rates of counters over their resets, sums, means of directions. */
import type { Context } from '../../context.ts'
import type { Stretch } from '../../corrections/ranges.ts'
import { summaryOfOne } from '../../corrections/summaries.ts'
import type { Points, Summary } from '../../storage/sequence-store.ts'
import type { Actor } from '../../tree/actor.ts'
import type { Resource } from '../../tree/tree.ts'
import { SECOND, type Micros } from '../../base/time.ts'
import { refOf, streamValues } from '../sequences.ts'
import { readChartPoints, requireNumeric, VALUES_A_POINT } from './series.ts'

export const CURVES = ['rate', 'sum', 'direction'] as const
export type Curve = (typeof CURVES)[number]

/**
 * The points of a curve in order of time, each as a summary of one number at its time.
 * `rate`: how much a counter grew a second since the point before; where it fell it began again at 0.
 * `sum`: the sum of all values from the beginning of the range.
 * `direction`: degrees from 0 to 360, of several values the direction of the sum of their arrows; none where they cancel each other out.
 * @param room number of points, from 1 to MAX_BUCKETS
 * @throws Fault forbidden, invalid
 */
export async function readCurve(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  range: Stretch,
  room: number,
  curve: Curve,
): Promise<Summary[]> {
  if (curve === 'direction') return readDirections(ctx, actor, sequence, range, room)
  const points = await readChartPoints(ctx, actor, sequence, range, room)
  return curve === 'sum' ? sumsOf(points) : readRates(ctx, actor, sequence, range, points)
}

export function sumsOf(points: readonly Summary[]): Summary[] {
  let sum = 0
  return points.map((point) => summaryOfOne(point.last, (sum += point.sum)))
}

async function readRates(ctx: Context, actor: Actor, sequence: Resource, range: Stretch, points: readonly Summary[]): Promise<Summary[]> {
  const { times, values } = await ctx.readings.read(refOf(sequence), { end: range.start - 1, order: 'descending', limit: 1 })
  let before = times[0] === undefined ? undefined : { time: times[0], value: Number(values[0]) }
  const rates: Summary[] = []
  for (const point of points) {
    const growth = (before ? grown(before.value, point.firstValue) : 0) + (await growthWithin(ctx, actor, sequence, point))
    const length = (point.last - (before?.time ?? point.first)) / SECOND
    if (length > 0) rates.push(summaryOfOne(point.last, growth / length))
    before = { time: point.last, value: point.lastValue }
  }
  return rates
}

/** How much a counter grew between two readings: it falls only where it begins again. */
const grown = (from: number, to: number): number => (to >= from ? to - from : to)

async function growthWithin(ctx: Context, actor: Actor, sequence: Resource, point: Summary): Promise<number> {
  // It began nowhere again: a counter that fell would have been lower than at the beginning, or higher than at the end.
  if (point.min === point.firstValue && point.max === point.lastValue) return point.lastValue - point.firstValue
  const range = { start: point.first, end: point.last, order: 'ascending', limit: Number.POSITIVE_INFINITY } as const
  let [growth, last] = [0, point.firstValue]
  for await (const { values } of streamValues(ctx, actor, sequence, range)) {
    for (const value of values) {
      growth += grown(last, value as number)
      last = value as number
    }
  }
  return growth
}

async function readDirections(ctx: Context, actor: Actor, sequence: Resource, range: Stretch, room: number): Promise<Summary[]> {
  requireNumeric(ctx, actor, sequence)
  const isFew = (await ctx.readings.count(refOf(sequence), range)) <= room * VALUES_A_POINT
  const arrows = new Arrows(isFew ? undefined : (range.end - range.start + 1) / room, range.start)
  for await (const points of streamValues(ctx, actor, sequence, { ...range, order: 'ascending', limit: Number.POSITIVE_INFINITY }))
    arrows.add(points)
  return arrows.directions()
}

/** Length of the mean arrow of unit arrows below which it points nowhere. */
const SHORTEST = 1e-9

/** Adds up arrows of length 1, in stretches of time. */
export class Arrows {
  readonly #stretch: Micros | undefined
  readonly #start: Micros
  #place: number | undefined
  #sine = 0
  #cosine = 0
  #count = 0
  #first: Micros = 0
  #last: Micros = 0
  readonly #found: Summary[] = []

  /** @param stretch undefined: each value by itself @param start where the first stretch begins */
  constructor(stretch: Micros | undefined, start: Micros) {
    this.#stretch = stretch
    this.#start = start
  }

  add({ times, values }: Points): void {
    for (let at = 0; at < times.length; at++) {
      const time = times[at] ?? 0
      const place = this.#stretch === undefined ? time : Math.floor((time - this.#start) / this.#stretch)
      if (place !== this.#place) this.#end()
      this.#place = place
      if (this.#count++ === 0) this.#first = time
      this.#last = time
      const angle = (Number(values[at]) * Math.PI) / 180
      this.#sine += Math.sin(angle)
      this.#cosine += Math.cos(angle)
    }
  }

  directions(): Summary[] {
    this.#end()
    return this.#found
  }

  #end(): void {
    if (this.#count > 0 && Math.hypot(this.#sine, this.#cosine) / this.#count > SHORTEST) {
      const degrees = (Math.atan2(this.#sine, this.#cosine) * 180) / Math.PI
      // Nine decimals: an angle that went through sine and arc tangent comes out as what it was.
      const angle = Number(((degrees + 360) % 360).toFixed(9)) % 360
      this.#found.push(summaryOfOne(Math.round((this.#first + this.#last) / 2), angle))
    }
    this.#sine = this.#cosine = this.#count = 0
  }
}
