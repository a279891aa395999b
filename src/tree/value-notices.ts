/**
 * What the hub says of values: one notice for each commit, one for each removal. They name sequences by their ids and hold plain data
 * alone, so they could be sent to another process.
 */
import type { Micros } from '../base/time.ts'
import type { Condition, Range } from '../storage/sequence-store.ts'

export interface ValuesCommitted {
  /**
   * The commit's number in this process. Commits are numbered in the order in which they are handed over, and told of in that order.
   * Null for `shown`: nothing was committed.
   */
  readonly commit: number | null
  /**
   * How the values came: `live` one by one or in small batches, over HTTP, WebSocket, MQTT or from the server itself; by an `import`; as an
   * `image`; or `shown` to subscribers by somebody who didn't want them stored.
   */
  readonly how: 'live' | 'import' | 'image' | 'shown'
  /** More commits of the same import follow. */
  readonly continues: boolean
  /** Columns of equal length, in the order in which the values came: ids of sequences, times, and values. The value of an image is ''. */
  readonly sequences: readonly number[]
  readonly times: readonly Micros[]
  readonly values: readonly (number | string)[]
  /** Places in the columns, ascending, of values that are not stored: subscribers were shown them, and that was all. */
  readonly shown: readonly number[]
  /** Places, ascending, of values that are masked: they are stored, and nothing is judged by them. The others are calibrated. */
  readonly masked: readonly number[]
}

/**
 * Values of a sequence were removed: those in the range that met all conditions, if there were any. What is left stands in the store: a
 * value that was committed meanwhile may be there or not. Thumbnails go with their images, and are not told of.
 */
export interface ValuesRemoved {
  /** Its id. */
  readonly sequence: number
  readonly range: Range
  readonly where: readonly Condition[]
  /**
   * Why: somebody asked for it (`request`), they were too many or too old (`retention`), or their sequence is being removed for good
   * (`purge`).
   */
  readonly why: 'request' | 'retention' | 'purge'
}
