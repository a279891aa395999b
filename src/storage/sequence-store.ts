/**
 * Where values of numeric and text sequences live. The narrow interface that engines stand behind: nothing of an engine
 * shows through it. Times are microseconds since 1970; a sequence holds at most one value for each time.
 */
import type { Micros } from '../time.ts'

/** Which sequence, and whether its values are text. */
export interface SequenceRef {
  readonly id: number
  readonly isText: boolean
}

export interface AppendRow {
  readonly sequence: SequenceRef
  readonly time: Micros
  /** A finite number for numeric sequences, well-formed text for text sequences. */
  readonly value: number | string
}

export interface Point {
  readonly time: Micros
  readonly value: number | string
}

/** Points as columns of equal length. */
export interface Points {
  times: Micros[]
  values: (number | string)[]
}

export interface Range {
  /** First time, inclusive; undefined: from the beginning. */
  readonly start?: Micros | undefined
  /** Last time, inclusive; undefined: to the end. */
  readonly end?: Micros | undefined
}

export interface ReadOptions extends Range {
  readonly order: 'ascending' | 'descending'
  /** Most points to return. */
  readonly limit: number
  /** Only text values that contain this. */
  readonly text?: string | undefined
}

/** A summary of the numeric values in one stretch of time. */
export interface Bucket {
  /** Times of the first and the last value. */
  readonly first: Micros
  readonly last: Micros
  readonly min: number
  readonly max: number
  readonly mean: number
  readonly count: number
}

export interface SequenceStore {
  /**
   * Stores values; a value of the same sequence and time is replaced. Values of all callers that wait at the same time
   * are committed together.
   * @returns when it is durable: a byte for each row, 1 where the time was new, 0 where a value was there already
   * @throws Fault busy when the queue is full or the disk refuses; nothing of the rows is stored then
   */
  append(rows: readonly AppendRow[]): Promise<Uint8Array>
  /** Resolves when everything that was queued before has been committed (or has failed). */
  settled(): Promise<void>
  newest(sequence: SequenceRef): Promise<Point | undefined>
  at(sequence: SequenceRef, time: Micros): Promise<Point | undefined>
  read(sequence: SequenceRef, options: ReadOptions): Promise<Points>
  /**
   * At most `buckets` summaries of equal stretches of the range, ascending, empty ones left out. Numeric sequences only.
   * Yields to the event loop in between.
   */
  aggregate(sequence: SequenceRef, range: Range, buckets: number): Promise<Bucket[]>
  /** @returns how many values were deleted */
  delete(sequence: SequenceRef, range: Range): Promise<number>
  /** Deletes the oldest values beyond the newest `keep`, in small steps. @returns how many remain */
  truncate(sequence: SequenceRef, keep: number): Promise<number>
}
