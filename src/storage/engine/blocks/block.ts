/** What all compressed blocks have in common; docs/blocks.md describes their bytes. */

/** What is stored beside a block's data. Times are microseconds since 1970 (safe integers). */
export interface BlockSummary {
  first: number
  last: number
  count: number
  /** Smallest and largest value, compared as numbers (so -0 equals 0). */
  min: number
  max: number
  /**
   * For decimal numbers the exact sum, rounded once, as long as it has at most 53 bits at their scale. Otherwise the values added up in
   * order of time, which may overflow to an infinity.
   */
  sum: number
  firstValue: number
  lastValue: number
}

export interface EncodedNumbers {
  summary: BlockSummary
  data: Uint8Array
}

/** Texts have no minimum, maximum or sum. */
export interface EncodedTexts {
  first: number
  last: number
  count: number
  data: Uint8Array
}

/** Maximum number of values in a block. */
export const BLOCK_VALUES = 16_384
/** Number of values in each segment but the last. Each segment can be decoded alone. */
export const SEGMENT_VALUES = 512

/** Thrown when the bytes are not what the encoder wrote; the message says what is wrong. */
export class DamagedBlock extends Error {
  override readonly name = 'DamagedBlock'
}

export const countSegments = (count: number): number => Math.ceil(count / SEGMENT_VALUES)

/** How many values a segment has, in a block of `count`. */
export const countIn = (segment: number, count: number): number => Math.min(SEGMENT_VALUES, count - segment * SEGMENT_VALUES)
