/** Sums up what is left of blocks when some stretches of time are left out. */
import type { Micros } from '../../base/time.ts'
import type { BlockHeader } from './block-table.ts'
import { SEGMENT_VALUES } from './blocks/block.ts'
import type { NumberBlock } from './blocks/number-block.ts'
import { summarize } from './blocks/value-summary.ts'
import type { LeftOut, Summary } from '../sequence-store.ts'
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

/** Decodes a segment. @returns its values outside of what is left out; they lie in the buffer */
export function decodeSegment(block: NumberBlock, segment: number, buffer: SegmentBuffer, leftOut: LeftOut | undefined): SegmentBuffer {
  const count = block.decodeInto(segment, segment + 1, buffer.times, buffer.values, 0)
  return remaining({ times: buffer.times.subarray(0, count), values: buffer.values.subarray(0, count) }, leftOut)
}

/** The points outside of what is left out, moved to the front of the same memory. */
export function remaining({ times, values }: SegmentBuffer, leftOut: LeftOut | undefined): SegmentBuffer {
  const isKept = leftOut?.outside(times)
  if (!isKept) return { times, values }
  let count = 0
  for (let at = 0; at < times.length; at++) {
    if (isKept[at] === 0) continue
    times[count] = times[at] ?? 0
    values[count++] = values[at] ?? 0
  }
  return { times: times.subarray(0, count), values: values.subarray(0, count) }
}

/**
 * What is left of blocks and their segments, in memory: a block never changes once it has its `dataId`, so two thousand masked peaks cost
 * each later read no more than a look into a map.
 */
export class RemainingSummaries {
  readonly #of = new WeakMap<LeftOut, Map<number, Summary | null>>()

  /** What is left of a segment; null: nothing. */
  segment({ dataId }: BlockHeader, block: NumberBlock, segment: number, leftOut: LeftOut, buffer: SegmentBuffer): Summary | null {
    return this.#remember(leftOut, dataId * NUMBERS + segment + 1, () => {
      const { times, values } = decodeSegment(block, segment, buffer, leftOut)
      const [first, last] = [times[0], times.at(-1)]
      return first === undefined || last === undefined ? null : { first, last, count: times.length, ...summarize(values) }
    })
  }

  /** What is left of a block; null: nothing. @param open undefined: it can't be read, which is not remembered */
  block(header: BlockHeader, leftOut: LeftOut, buffer: SegmentBuffer, open: () => NumberBlock | undefined): Summary | null | undefined {
    const key = header.dataId * NUMBERS
    const known = this.#of.get(leftOut)?.get(key)
    if (known !== undefined) return known
    const block = open()
    if (!block) return undefined
    return this.#remember(leftOut, key, () => {
      const sums = new Sums([header.first, header.last + 1])
      for (let segment = 0; segment < block.segments; segment++) {
        const whole = block.summary(segment)
        const left = leftOut.touches(whole.first, whole.last) ? this.segment(header, block, segment, leftOut, buffer) : whole
        if (left) sums.addSummary(left)
      }
      return sums.results()[0] ?? null
    })
  }

  #remember(leftOut: LeftOut, key: number, find: () => Summary | null): Summary | null {
    let known = this.#of.get(leftOut)
    if (!known) this.#of.set(leftOut, (known = new Map()))
    const found = known.get(key)
    if (found !== undefined) return found
    const summary = find()
    if (known.size >= REMEMBERED) for (const [oldest] of known) if (known.delete(oldest)) break
    known.set(key, summary)
    return summary
  }
}

/** Whether a stretch of time has nothing that is left out. */
export const isUntouched = (leftOut: LeftOut | undefined, { first, last }: { first: Micros; last: Micros }): boolean =>
  leftOut?.touches(first, last) !== true
