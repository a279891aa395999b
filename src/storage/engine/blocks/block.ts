/** What all compressed blocks share; docs/blocks.md describes their bytes. */

/** What a block keeps beside its data; times in microseconds since 1970 (safe integers). */
export interface BlockSummary {
  first: number
  last: number
  count: number
  /** Smallest and largest value, compared as numbers (so -0 equals 0). */
  min: number
  max: number
  /**
   * Of decimal numbers the exact sum, rounded once, as long as it has at most 53 bits at their scale. Otherwise added up in
   * ascending order of time, which may overflow to an infinity.
   */
  sum: number
  firstValue: number
  lastValue: number
}

export interface EncodedNumbers {
  summary: BlockSummary
  data: Uint8Array
}

/** Texts have neither size nor sum. */
export interface EncodedTexts {
  first: number
  last: number
  count: number
  data: Uint8Array
}

/** Most values of a block. */
export const BLOCK_VALUES = 16_384
/** Values of each segment but the last. Segments are decoded one by one. */
export const SEGMENT_VALUES = 512

/** The bytes are not what the encoder wrote; the message says what is wrong. */
export class DamagedBlock extends Error {
  override readonly name = 'DamagedBlock'
}

export const countSegments = (count: number): number => Math.ceil(count / SEGMENT_VALUES)

/** Values of a segment in a block of `count`. */
export const countIn = (segment: number, count: number): number => Math.min(SEGMENT_VALUES, count - segment * SEGMENT_VALUES)
