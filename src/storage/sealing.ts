/** Making blocks: new values merged with those of the blocks that they touch, and cut into pieces. Runs in the sealer's thread. */
import type { Micros } from '../time.ts'
import { BLOCK_VALUES, type BlockSummary, DamagedBlock } from './blocks/block.ts'
import { NumberBlock, encodeNumbers } from './blocks/number-block.ts'
import { decodeTexts, encodeTexts } from './blocks/text-block.ts'
import { mergePoints } from './stretch.ts'
import type { Points } from './sequence-store.ts'

/** Characters of texts in one block, about; a longer text has a block of its own. */
const BLOCK_CHARACTERS = 128 * 1024

/** Points on their way between threads. */
export interface Columns {
  readonly times: Float64Array
  readonly values: Float64Array | readonly string[]
}

export interface SealingJob extends Columns {
  readonly isText: boolean
  /** Data of the blocks, in ascending order, whose values these points join; where both have a time, the points count. */
  readonly under: readonly Uint8Array[]
  /** Nothing comes after: full blocks and a smaller last one. Otherwise blocks of equal size, so that none is small for ever. */
  readonly isTail: boolean
}

/** Of texts, the values of the summary are NaN. */
export interface SealedBlock extends BlockSummary {
  readonly data: Uint8Array
}

/** A damaged block is told by its place in `under`; nothing was sealed then. */
export type SealingResult = { readonly blocks: readonly SealedBlock[] } | { readonly damaged: number; readonly damage: string }

export function seal(job: SealingJob): SealingResult {
  let points: Points = { times: [], values: [] }
  for (const [at, data] of job.under.entries()) {
    try {
      points = appendPoints(points, decodeColumns(data, job.isText))
    } catch (error) {
      // Only a block whose bytes are wrong is put aside: whatever else fails here may be right the next time.
      if (!(error instanceof DamagedBlock)) throw error
      return { damaged: at, damage: error.message }
    }
  }
  const own: Points = { times: Array.from(job.times), values: Array.from<number | string>(job.values) }
  const merged = mergePoints(points, own)
  return { blocks: cut(merged, job.isText, job.isTail).map(([from, to]) => encode(merged, from, to, job.isText)) }
}

/** @throws DamagedBlock */
export function decodeColumns(data: Uint8Array, isText: boolean): Columns {
  if (!isText) return NumberBlock.open(data).decode()
  const { times, texts } = decodeTexts(data)
  return { times, values: texts }
}

function appendPoints(points: Points, { times, values }: Columns): Points {
  for (let at = 0; at < times.length; at++) {
    points.times.push(times[at] ?? 0)
    points.values.push(values[at] ?? 0)
  }
  return points
}

function cut({ times, values }: Points, isText: boolean, isTail: boolean): [from: number, to: number][] {
  const pieces: [number, number][] = []
  const size = isTail ? BLOCK_VALUES : Math.ceil(times.length / Math.ceil(times.length / BLOCK_VALUES))
  for (let from = 0, to = 0; from < times.length; from = to) {
    if (isText) for (let characters = 0; to < times.length && to - from < size && (to === from || characters < BLOCK_CHARACTERS); to++) characters += String(values[to]).length
    else to = Math.min(from + size, times.length)
    pieces.push([from, to])
  }
  return pieces
}

function encode({ times, values }: Points, from: number, to: number, isText: boolean): SealedBlock {
  const ownTimes: Micros[] = times.slice(from, to)
  if (isText) {
    const { first, last, count, data } = encodeTexts(Float64Array.from(ownTimes), values.slice(from, to).map(String))
    return { first, last, count, min: Number.NaN, max: Number.NaN, sum: Number.NaN, firstValue: Number.NaN, lastValue: Number.NaN, data: withOwnMemory(data) }
  }
  const { summary, data } = encodeNumbers(Float64Array.from(ownTimes), Float64Array.from(values.slice(from, to) as number[]))
  return { ...summary, data: withOwnMemory(data) }
}

/** Memory is handed from thread to thread whole. */
const withOwnMemory = (data: Uint8Array): Uint8Array => (data.byteLength === data.buffer.byteLength ? data : data.slice())
