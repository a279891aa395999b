/** The reads of the store as they are right: without what is masked, and calibrated. */
import type { Micros } from '../base/time.ts'
import type { Page, Point, Range, ReadOptions, SequenceRef, SequenceStore, Summary } from '../storage/sequence-store.ts'
import { calibrateSummary, type Calibration } from './calibration.ts'
import type { Corrections } from './corrections.ts'
import type { KnownCorrections } from './known-corrections.ts'
import { EVER } from './ranges.ts'
import { addSummary, summaryOfOne } from './summaries.ts'

/** `corrected`; `with_masked`: calibrated, and masked values are there too; `raw`: what is stored. */
export type View = 'corrected' | 'with_masked' | 'raw'

/** Values that are asked for beyond the limit, and what part of it at most. */
const SPARE = 500
const SPARE_PART = 0.05
/** Values read at a time where they have to be summed up one by one. */
const STEP = 10_000

export class CorrectedReads {
  readonly #store: SequenceStore
  readonly #known: KnownCorrections

  constructor(store: SequenceStore, known: KnownCorrections) {
    this.#store = store
    this.#known = known
  }

  /** As {@link SequenceStore.read}. A page with `more` may be the last all the same, when all that follows is masked. */
  async read(sequence: SequenceRef, options: ReadOptions, view: View = 'corrected'): Promise<Page> {
    const corrections = await this.#of(sequence, view)
    if (!corrections) return this.#store.read(sequence, options)
    if (view === 'with_masked') return corrections.calibrated(await this.#store.read(sequence, options))
    return corrections.calibrated(await this.#readUnmasked(sequence, options, corrections))
  }

  /**
   * Reads on until there are as many as were asked for. A masked stretch costs one page at most, however long it is; some more are asked
   * for in place of scattered masked ones, as another read of the store costs more than they do.
   */
  async #readUnmasked(sequence: SequenceRef, options: ReadOptions, corrections: Corrections): Promise<Page> {
    const isAscending = options.order === 'ascending'
    let kept: Page = { times: [], values: [], more: false }
    for (let { start, end } = options; ; ) {
      const edge = isAscending ? (start ?? -EVER) : (end ?? EVER)
      const inside = corrections.masked.at(edge)
      if (inside && isAscending) start = inside.end + 1
      else if (inside) end = inside.start - 1
      if (start !== undefined && end !== undefined && start > end) return { ...kept, more: false }
      const wanted = options.limit - kept.times.length
      const limit = wanted + Math.min(SPARE, Math.ceil(wanted * SPARE_PART))
      const page = await this.#store.read(sequence, { ...options, start, end, limit })
      const [last, count] = [page.times.at(-1), page.times.length]
      const { times, values } = corrections.unmasked(page)
      kept =
        kept.times.length === 0
          ? { times, values, more: page.more }
          : { times: kept.times.concat(times), values: kept.values.concat(values), more: page.more }
      if (kept.times.length > options.limit) return cutAt(kept, options.limit)
      if (!page.more || last === undefined || options.signal?.aborted === true || kept.times.length === options.limit) return kept
      // The store ended a page before its limit because it has enough in memory.
      if (kept.times.length > 0 && count < limit) return kept
      if (isAscending) start = last + 1
      else end = last - 1
    }
  }

  async newest(sequence: SequenceRef, view: View = 'corrected'): Promise<Point | undefined> {
    return this.#end(sequence, {}, 'descending', view)
  }

  async at(sequence: SequenceRef, time: Micros, view: View = 'corrected'): Promise<Point | undefined> {
    const [corrections, point] = [await this.#of(sequence, view), await this.#store.at(sequence, time)]
    if (!corrections || !point) return point
    const value = view === 'corrected' ? corrections.correct(time, point.value) : corrections.calibrate(time, point.value)
    return value === undefined ? undefined : { time, value }
  }

  async extent(sequence: SequenceRef, range: Range, view: View = 'corrected'): Promise<{ first: Micros; last: Micros } | undefined> {
    if (!(await this.#of(sequence, view))) return this.#store.extent(sequence, range)
    const first = await this.#end(sequence, range, 'ascending', view)
    const last = first && (await this.#end(sequence, range, 'descending', view))
    return first && last && { first: first.time, last: last.time }
  }

  async #end(sequence: SequenceRef, range: Range, order: ReadOptions['order'], view?: View): Promise<Point | undefined> {
    const { times, values } = await this.read(sequence, { start: range.start, end: range.end, order, limit: 1 }, view)
    const [time, value] = [times[0], values[0]]
    return time === undefined || value === undefined ? undefined : { time, value }
  }

  /** How many values a range has. */
  async count(sequence: SequenceRef, range: Range, view: View = 'corrected'): Promise<number> {
    const corrections = view === 'corrected' ? await this.#of(sequence, view) : undefined
    const stretches = corrections?.masked.within(range) ?? []
    if (!corrections || stretches.length === 0) return this.#store.count(sequence, range)
    if (!sequence.isText) {
      const extent = await this.#store.extent(sequence, range)
      const [summary] = extent ? await this.#store.summarize(sequence, [extent.first, extent.last + 1], corrections.masked) : []
      return summary?.count ?? 0
    }
    let count = await this.#store.count(sequence, range)
    for (const stretch of stretches) count -= await this.#store.count(sequence, stretch)
    return count
  }

  /** As {@link SequenceStore.summarize}. */
  async summarize(sequence: SequenceRef, edges: readonly Micros[], view: View = 'corrected'): Promise<(Summary | undefined)[]> {
    const corrections = await this.#of(sequence, view)
    if (!corrections) return this.#store.summarize(sequence, edges)
    const leftOut = view === 'corrected' && corrections.masked.length > 0 ? corrections.masked : undefined
    if (corrections.calibrations.length === 0) return this.#store.summarize(sequence, edges, leftOut)
    const pieces = cut(edges, corrections.calibrations)
    const starts = [...pieces.map(({ start }) => start), edges.at(-1) ?? 0]
    const summaries = await this.#store.summarize(sequence, starts, leftOut)
    const buckets = new Array<Summary | undefined>(Math.max(0, edges.length - 1)).fill(undefined)
    for (const [at, piece] of pieces.entries()) {
      const [summary, { bucket, calibration }] = [summaries[at], piece]
      if (!summary) continue
      if (!calibration?.points) addSummary(buckets, bucket, calibration ? calibrateSummary(calibration, summary) : summary)
      else await this.#sumUp(sequence, piece, buckets, view)
    }
    return buckets
  }

  /** Sums values of a piece up one by one. */
  async #sumUp(sequence: SequenceRef, { start: from, end, bucket }: Piece, buckets: (Summary | undefined)[], view: View): Promise<void> {
    for (let start = from; start <= end; ) {
      const { times, values, more } = await this.read(sequence, { start, end, order: 'ascending', limit: STEP }, view)
      for (let at = 0; at < times.length; at++) addSummary(buckets, bucket, summaryOfOne(times[at] ?? 0, Number(values[at])))
      const last = times.at(-1)
      if (!more || last === undefined) return
      start = last + 1
    }
  }

  async #of(sequence: SequenceRef, view: View): Promise<Corrections | undefined> {
    return view === 'raw' || this.#known.hasNone(sequence.id) ? undefined : this.#known.of(sequence.id)
  }
}

function cutAt({ times, values }: Page, limit: number): Page {
  times.length = values.length = limit
  return { times, values, more: true }
}

/** A part of a bucket in which one calibration, or none, holds. */
interface Piece {
  /** Both included. */
  readonly start: Micros
  readonly end: Micros
  readonly bucket: number
  readonly calibration: Calibration | undefined
}

function cut(edges: readonly Micros[], calibrations: readonly Calibration[]): Piece[] {
  const [first, end] = [edges[0] ?? 0, edges.at(-1) ?? 0]
  const cuts = [...edges.slice(0, -1), ...calibrations.map(({ from }) => from)].filter((time) => time >= first && time < end)
  const starts = Float64Array.from(new Set(cuts)).sort()
  let [bucket, step] = [0, -1]
  return Array.from(starts, (start, at) => {
    while ((edges[bucket + 1] ?? EVER) <= start) bucket++
    while ((calibrations[step + 1]?.from ?? EVER) <= start) step++
    return { start, end: (starts[at + 1] ?? end) - 1, bucket, calibration: calibrations[step] }
  })
}
