/** Sums up what is left of blocks when some stretches of time are left out. */
import type { Micros } from '../../base/time.ts'
import type { BlockHeader } from './block-table.ts'
import { SEGMENT_VALUES } from './blocks/block.ts'
import type { NumberBlock } from './blocks/number-block.ts'
import type { LeftOut, Summary } from '../sequence-store.ts'
import { lowerBound } from './sorted-points.ts'
import { Sums } from './summing.ts'

/** Summaries of what is left that are remembered for one {@link LeftOut}: some 4 MB. */
const REMEMBERED = 20_000
/** More than the segments of a block, so that each of them has a number of its own, and the block too. */
const NUMBERS = 64

/** Reused memory for one segment. */
export interface SegmentBuffer {
  readonly times: Float64Array
  readonly values: Float64Array
}

export const newSegmentBuffer = (): SegmentBuffer => ({ times: new Float64Array(SEGMENT_VALUES), values: new Float64Array(SEGMENT_VALUES) })

/** Adds numbers outside of what is left out. @param count how many of them; the others are no part of it */
export function addRemaining(
  sums: Sums,
  times: ArrayLike<Micros>,
  values: ArrayLike<number>,
  count: number,
  leftOut: LeftOut | undefined,
): void {
  let from = 0
  if (leftOut && count > 0)
    for (const { start, end } of leftOut.within({ start: times[0], end: times[count - 1] })) {
      sums.add(times, values, from, lowerBound(times, start, count))
      from = lowerBound(times, end + 1, count)
    }
  sums.add(times, values, from, count)
}

/**
 * What is left of blocks and their segments, in memory: a block never changes once it has its `dataId`, so two thousand masked peaks cost
 * each later read no more than a look into a map.
 */
export class RemainingSummaries {
  readonly #all = new WeakMap<LeftOut, Remaining>()

  of(leftOut: LeftOut): Remaining {
    let found = this.#all.get(leftOut)
    if (!found) this.#all.set(leftOut, (found = new Remaining(leftOut)))
    return found
  }
}

export class Remaining {
  readonly leftOut: LeftOut
  /** null: nothing is left. */
  readonly #known = new Map<number, Summary | null>()

  constructor(leftOut: LeftOut) {
    this.leftOut = leftOut
  }

  /** What is left of a segment. @param whole its own summary */
  segment({ dataId }: BlockHeader, block: NumberBlock, segment: number, whole: Summary, buffer: SegmentBuffer): Summary | null {
    const key = dataId * NUMBERS + segment + 1
    return this.#known.get(key) ?? this.#keep(key, () => this.#sumSegment(block, segment, whole, buffer))
  }

  /** What is left of a block. @param open @returns undefined when it can't be read, which is not remembered */
  block(header: BlockHeader, buffer: SegmentBuffer, open: () => NumberBlock | undefined): Summary | null | undefined {
    const key = header.dataId * NUMBERS
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const block = open()
    return block && this.#keep(key, () => this.#sumBlock(header, block, buffer))
  }

  #sumSegment(block: NumberBlock, segment: number, whole: Summary, buffer: SegmentBuffer): Summary | null {
    if (!this.leftOut.touches(whole.first, whole.last)) return whole
    const sums = new Sums([whole.first, whole.last + 1])
    addRemaining(sums, buffer.times, buffer.values, block.decodeInto(segment, segment + 1, buffer.times, buffer.values, 0), this.leftOut)
    return sums.results()[0] ?? null
  }

  #sumBlock(header: BlockHeader, block: NumberBlock, buffer: SegmentBuffer): Summary | null {
    const sums = new Sums([header.first, header.last + 1])
    for (let segment = 0; segment < block.segments; segment++) {
      const left = this.segment(header, block, segment, block.summary(segment), buffer)
      if (left) sums.addSummary(left)
    }
    return sums.results()[0] ?? null
  }

  #keep(key: number, find: () => Summary | null): Summary | null {
    const found = this.#known.get(key)
    if (found !== undefined) return found
    const summary = find()
    if (this.#known.size >= REMEMBERED) for (const [oldest] of this.#known) if (this.#known.delete(oldest)) break
    this.#known.set(key, summary)
    return summary
  }
}
