/** Reads values: those in blocks, overridden by those in the head. Long reads yield to the event loop. */
import type { Micros } from '../../base/time.ts'
import type { BlockHeader, BlockTable } from './block-table.ts'
import { NumberBlock } from './blocks/number-block.ts'
import type { Head } from './head.ts'
import { addRemaining, newSegmentBuffer, type Remaining, RemainingSummaries, type SegmentBuffer } from './left-out.ts'
import type { SealedValues } from './sealed-values.ts'
import type { LeftOut, Page, Point, Points, Range, ReadOptions, SequenceRef, Summary } from '../sequence-store.ts'
import { dropTimes, lowerBound, mergePoints } from './sorted-points.ts'
import { Sums } from './summing.ts'
import type { Turns } from '../../base/turns.ts'

/** Values that are read between two looks at the clock. */
const STEP = 2_000
/** Characters of text that are looked through between two looks at the clock. */
const STEP_CHARACTERS = 250_000
/** Characters of text in one page: the most that one answer may hold in memory. */
const PAGE_CHARACTERS = 4_000_000

const NO_POINTS: Points = { times: [], values: [] }

/** The reading half of {@link SequenceStore}, which documents the methods. */
export class SequenceReader {
  readonly #head: Head
  readonly #table: BlockTable
  readonly #sealed: SealedValues
  readonly #turns: Turns
  readonly #remaining = new RemainingSummaries()

  constructor(head: Head, table: BlockTable, sealed: SealedValues, turns: Turns) {
    this.#head = head
    this.#table = table
    this.#sealed = sealed
    this.#turns = turns
  }

  async newest(sequence: SequenceRef): Promise<Point | undefined> {
    for (;;) {
      try {
        const head = this.#head.get(sequence)
        // At equal times the later candidate wins.
        const candidates = [this.#sealed.newest(sequence), head?.settling?.newest, head?.current.newest]
        return candidates.reduce((newest, one) => (one && (!newest || one.time >= newest.time) ? one : newest), undefined)
      } catch (error) {
        await this.#table.fetch(error)
      }
    }
  }

  async at(sequence: SequenceRef, time: Micros): Promise<Point | undefined> {
    for (;;) {
      try {
        const head = this.#head.get(sequence)
        const value = head?.current.get(time) ?? head?.settling?.get(time)
        return value === undefined ? this.#sealed.at(sequence, time) : { time, value }
      } catch (error) {
        await this.#table.fetch(error)
      }
    }
  }

  async read(sequence: SequenceRef, options: ReadOptions): Promise<Page> {
    const { order, text, limit, signal } = options
    const points: Points = { times: [], values: [] }
    let { start, end } = options
    let characters = 0
    // Read one more than requested, to know whether there are more.
    while (points.times.length <= limit && characters < PAGE_CHARACTERS) {
      if (this.#turns.isOver()) await this.#turns.next()
      if (signal?.aborted === true) break
      const step = text === undefined ? Math.min(limit + 1 - points.times.length, STEP) : STEP
      let page: Page
      try {
        page = this.#page(sequence, { start, end }, order, step)
      } catch (error) {
        await this.#table.fetch(error)
        continue
      }
      for (const [at, time] of page.times.entries()) {
        const value = page.values[at] ?? 0
        if (text !== undefined && !String(value).includes(text)) continue
        points.times.push(time)
        points.values.push(value)
        if (typeof value === 'string') characters += value.length
        if (points.times.length > limit) break
        if (characters >= PAGE_CHARACTERS) return cutAt(points, limit, page.more || at < page.times.length - 1)
      }
      const last = page.times.at(-1)
      if (!page.more || last === undefined) return cutAt(points, limit, false)
      if (order === 'ascending') start = last + 1
      else end = last - 1
    }
    return cutAt(points, limit, true)
  }

  /** One page in the requested order, from blocks and head as they are at this moment. */
  #page(sequence: SequenceRef, range: Range, order: 'ascending' | 'descending', limit: number): Page {
    const sealed = this.#sealed.read(sequence, range, order, limit, STEP_CHARACTERS)
    // Values in the head beyond the end of an incomplete page belong to the next page.
    const reached = sealed.isCut
      ? order === 'ascending'
        ? { ...range, end: sealed.times.at(-1) }
        : { ...range, start: sealed.times[0] }
      : range
    // The first `limit` points of the merged list are among the first `limit` of each list.
    const merged = mergePoints(sealed, this.#head.read(sequence, reached, limit, order))
    const more = sealed.isCut || merged.times.length >= limit
    const points = { times: [...merged.times], values: [...merged.values] }
    if (order === 'descending') {
      points.times.reverse()
      points.values.reverse()
    }
    return cutAt(points, limit, more)
  }

  async extent(sequence: SequenceRef, range: Range): Promise<{ first: Micros; last: Micros } | undefined> {
    for (;;) {
      try {
        const [first] = this.#page(sequence, range, 'ascending', 1).times
        const [last] = this.#page(sequence, range, 'descending', 1).times
        return first === undefined || last === undefined ? undefined : { first, last }
      } catch (error) {
        await this.#table.fetch(error)
      }
    }
  }

  async summarize(sequence: SequenceRef, edges: readonly Micros[], leftOut?: LeftOut): Promise<(Summary | undefined)[]> {
    const range = { start: edges[0], end: (edges.at(-1) ?? 0) - 1 }
    const sums = new Sums(edges)
    const buffer = newSegmentBuffer()
    const remaining = leftOut && this.#remaining.of(leftOut)
    // Take both at the same moment: values that are sealed later are still in this copy of the head.
    const headers = this.#table.headers(sequence, range)
    const unsealed = this.#addNewer(sums, sequence, headers.at(-1), leftOut) ? NO_POINTS : this.#head.read(sequence, range)
    for (const header of headers) {
      const hidden = between(unsealed.times, header)
      if (hidden === 0 && sums.isWhole(header) && leftOut?.touches(header.first, header.last) !== true) sums.addSummary(header)
      else
        for (let isDone = false; !isDone; ) {
          try {
            this.#sumBlock(sums, header, hidden > 0 ? unsealed : undefined, remaining, buffer)
            isDone = true
          } catch (error) {
            await this.#table.fetch(error)
          }
        }
      if (this.#turns.isOver()) await this.#turns.next()
    }
    addPoints(sums, unsealed, leftOut)
    const summaries: (Summary | undefined)[] = []
    for (let at = 0; at < sums.length; at += STEP) {
      if (this.#turns.isOver()) await this.#turns.next()
      summaries.push(...sums.results(at, at + STEP))
    }
    return summaries
  }

  /**
   * Adds the head's values directly, without a copy, if all of them are newer than the last block's, as they mostly are. @returns whether
   * they were
   */
  #addNewer(sums: Sums, sequence: SequenceRef, last: BlockHeader | undefined, leftOut: LeftOut | undefined): boolean {
    const parts = this.#head.sortedParts(sequence)
    const oldest = parts?.[0]?.times[0] ?? Number.POSITIVE_INFINITY
    if (!parts || oldest <= (last?.last ?? Number.NEGATIVE_INFINITY)) return false
    for (const part of parts) addPoints(sums, part, leftOut)
    return true
  }

  /**
   * Adds a block's values, except those that are left out.
   * @param hiding points of the head that take the place of some of the block
   * @throws BlockElsewhere before anything is added
   */
  #sumBlock(sums: Sums, header: BlockHeader, hiding: Points | undefined, remaining: Remaining | undefined, buffer: SegmentBuffer): void {
    const leftOut = remaining?.leftOut
    if (!hiding && remaining && sums.isWhole(header)) {
      const open = (): NumberBlock | undefined => {
        const block = this.#sealed.open(header, false)
        return block instanceof NumberBlock ? block : undefined
      }
      const left = this.#sealed.guard(header, () => remaining.block(header, buffer, open))
      if (left) sums.addSummary(left)
      if (left !== undefined) return
    }
    const block = this.#sealed.open(header, false)
    if (!(block instanceof NumberBlock)) {
      if (!this.#sealed.isReplaced(header)) return
      const ref = { id: header.sequenceId, isText: false }
      const { times, values } = this.#sealed.read(ref, { start: header.first, end: header.last }, 'ascending', Number.POSITIVE_INFINITY)
      const count = hiding ? dropTimes(times, values as number[], times.length, hiding.times) : times.length
      addRemaining(sums, times, values as number[], count, leftOut)
    } else this.#sealed.guard(header, () => this.#sumSegments(sums, header, block, hiding, remaining, buffer))
  }

  /** Of segments that nothing hides and that lie in one bucket, their summaries are enough. */
  #sumSegments(
    sums: Sums,
    header: BlockHeader,
    block: NumberBlock,
    hiding: Points | undefined,
    remaining: Remaining | undefined,
    buffer: SegmentBuffer,
  ): void {
    const { times, values } = buffer
    for (let segment = 0; segment < block.segments; segment++) {
      const summary = block.summary(segment)
      const isHidden = hiding !== undefined && between(hiding.times, summary) > 0
      if (!isHidden && sums.isWhole(summary)) {
        const left = remaining ? remaining.segment(header, block, segment, summary, buffer) : summary
        if (left) sums.addSummary(left)
      } else {
        const decoded = block.decodeInto(segment, segment + 1, times, values, 0)
        const count = isHidden ? dropTimes(times, values, decoded, hiding.times) : decoded
        addRemaining(sums, times, values, count, remaining?.leftOut)
      }
    }
  }
}

const addPoints = (sums: Sums, { times, values }: Points, leftOut: LeftOut | undefined): void =>
  addRemaining(sums, times, values as number[], times.length, leftOut)

/** How many of the times lie within the first and last of a block or segment. */
const between = (times: readonly Micros[], { first, last }: { first: Micros; last: Micros }): number =>
  lowerBound(times, last + 1) - lowerBound(times, first)

/** Keeps the first `limit`; cutting any off sets `more`. */
function cutAt({ times, values }: Points, limit: number, more: boolean): Page {
  const isLonger = times.length > limit
  if (isLonger) times.length = values.length = limit
  return { times, values, more: more || isLonger }
}
