/**
 * Makes blocks: merges new values with those of the blocks that they touch, and cuts the result into pieces. Runs in the sealer's thread.
 */
import { BLOCK_VALUES, DamagedBlock, type BlockSummary } from './blocks/block.ts'
import { NumberBlock, encodeNumbers } from './blocks/number-block.ts'
import { decodeTexts, encodeTexts } from './blocks/text-block.ts'

/** Approximate number of characters in a block of texts; a longer text gets a block of its own. */
const BLOCK_CHARACTERS = 128 * 1024

/** Points on their way between threads. */
export interface Columns {
  readonly times: Float64Array
  readonly values: Float64Array | readonly string[]
}

export interface SealingJob extends Columns {
  readonly isText: boolean
  /** Data of the blocks, ascending, that these points join; at equal times the new points win. */
  readonly under: readonly Uint8Array[]
  /**
   * True when no values come after these: make full blocks and a smaller last one. Otherwise make blocks of equal size, so that none stays
   * small for ever.
   */
  readonly isTail: boolean
}

/** For texts, the summary's values are NaN. */
export interface SealedBlock extends BlockSummary {
  readonly data: Uint8Array
}

/** `damaged` is the index in `under` of a damaged block; nothing was sealed then. */
export type SealingResult = { readonly blocks: readonly SealedBlock[] } | { readonly damaged: number; readonly damage: string }

/** The memory of the jobs' points, to be transferred between threads instead of copied. */
export function memoryOf(jobs: readonly SealingJob[]): ArrayBuffer[] {
  return jobs
    .flatMap(({ times, values }) => [times, values])
    .flatMap((column) => (column instanceof Float64Array && column.buffer instanceof ArrayBuffer ? [column.buffer] : []))
}

export function seal(job: SealingJob): SealingResult {
  const pieces: Columns[] = []
  for (const [at, data] of job.under.entries()) {
    try {
      pieces.push(decodeColumns(data, job.isText))
    } catch (error) {
      // Only a block whose bytes are wrong is put aside; any other failure may be gone the next time.
      if (!(error instanceof DamagedBlock)) throw error
      return { damaged: at, damage: error.message }
    }
  }
  const merged = mergeColumns(job.isText, join(job.isText, pieces), job)
  return { blocks: cut(merged, job.isText, job.isTail).map(([from, to]) => encode(merged, from, to, job.isText)) }
}

/** @throws DamagedBlock */
export function decodeColumns(data: Uint8Array, isText: boolean): Columns {
  if (!isText) return NumberBlock.open(data).decode()
  const { times, texts } = decodeTexts(data)
  return { times, values: texts }
}

/** Concatenates columns. */
function join(isText: boolean, pieces: readonly Columns[]): Columns {
  const [only] = pieces
  if (only && pieces.length === 1) return only
  const joined = makeColumns(
    isText,
    pieces.reduce((sum, { times }) => sum + times.length, 0),
  )
  let at = 0
  for (const { times, values } of pieces) {
    joined.times.set(times, at)
    if (joined.values instanceof Float64Array) joined.values.set(values as Float64Array, at)
    else for (let n = 0; n < times.length; n++) joined.values[at + n] = String(values[n])
    at += times.length
  }
  return joined
}

/** Merges points in ascending order; at equal times `over` wins. */
function mergeColumns(isText: boolean, under: Columns, over: Columns): Columns {
  if (under.times.length === 0) return over
  if (over.times.length === 0) return under
  const merged = makeColumns(isText, under.times.length + over.times.length)
  const { times, values } = merged
  let [a, b, count] = [0, 0, 0]
  while (a < under.times.length || b < over.times.length) {
    const [left = Number.POSITIVE_INFINITY, right = Number.POSITIVE_INFINITY] = [under.times[a], over.times[b]]
    times[count] = Math.min(left, right)
    values[count++] = (left < right ? under.values[a] : over.values[b]) ?? 0
    if (left <= right) a++
    if (right <= left) b++
  }
  return { times: times.subarray(0, count), values: values instanceof Float64Array ? values.subarray(0, count) : values.slice(0, count) }
}

const makeColumns = (isText: boolean, length: number): { times: Float64Array; values: Float64Array | string[] } => ({
  times: new Float64Array(length),
  values: isText ? new Array<string>(length) : new Float64Array(length),
})

function cut({ times, values }: Columns, isText: boolean, isTail: boolean): [from: number, to: number][] {
  const pieces: [number, number][] = []
  const size = isTail ? BLOCK_VALUES : Math.ceil(times.length / Math.ceil(times.length / BLOCK_VALUES))
  for (let from = 0, to = 0; from < times.length; from = to) {
    if (isText)
      for (let characters = 0; to < times.length && to - from < size && (to === from || characters < BLOCK_CHARACTERS); to++)
        characters += String(values[to]).length
    else to = Math.min(from + size, times.length)
    pieces.push([from, to])
  }
  return pieces
}

function encode({ times, values }: Columns, from: number, to: number, isText: boolean): SealedBlock {
  const ownTimes = times.slice(from, to)
  if (isText) {
    const { first, last, count, data } = encodeTexts(ownTimes, values.slice(from, to) as string[])
    return {
      first,
      last,
      count,
      min: Number.NaN,
      max: Number.NaN,
      sum: Number.NaN,
      firstValue: Number.NaN,
      lastValue: Number.NaN,
      data: withOwnMemory(data),
    }
  }
  const { summary, data } = encodeNumbers(ownTimes, values.slice(from, to) as Float64Array)
  return { ...summary, data: withOwnMemory(data) }
}

/** Memory is transferred between threads as a whole, so the data must not share its buffer. */
const withOwnMemory = (data: Uint8Array): Uint8Array => (data.byteLength === data.buffer.byteLength ? data : data.slice())
