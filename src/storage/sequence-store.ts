/**
 * Where values of numeric and text sequences live. The narrow interface that engines stand behind: nothing of an engine
 * shows through it. Times are microseconds since 1970; a sequence holds at most one value for each time.
 */
import type { Micros } from '../base/time.ts'

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

/** Rows that are read one by one, from wherever they are kept; each as in {@link AppendRow}. */
export interface AppendRows {
  readonly length: number
  sequence(row: number): SequenceRef
  time(row: number): Micros
  value(row: number): number | string
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

/** What {@link SequenceStore.read} returns: the points, in the order asked for, and whether the range holds more after them. */
export interface Page extends Points {
  /** There are more: the limit was reached, or the size that one page may have in memory. */
  more: boolean
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
  /** Aborted when nobody wants the points any more: the page then ends where it is, with `more` set. */
  readonly signal?: AbortSignal | undefined
}

/** A summary of the numeric values in one stretch of time. */
export interface Summary {
  /** Times of the first and the last value. */
  readonly first: Micros
  readonly last: Micros
  readonly firstValue: number
  readonly lastValue: number
  /** Compared as numbers: -0 and 0 are equal. */
  readonly min: number
  readonly max: number
  /** May overflow to an infinity, or to NaN, where the values are huge; see {@link meanOf}. */
  readonly sum: number
  readonly count: number
}

/** The mean, also where the sum of large values overflowed: then the middle between least and greatest. */
export const meanOf = ({ sum, count, min, max }: Summary): number => (Number.isFinite(sum) ? sum / count : min / 2 + max / 2)

/** What a value must be: compared as numbers, or as text; `contains` is for text only. Several conditions must all hold. */
export interface Condition {
  readonly is: '<' | '<=' | '>' | '>=' | '=' | '!=' | 'contains'
  readonly value: number | string
}

/** What a sequence takes up. */
export interface SequenceInfo {
  readonly count: number
  readonly first: Micros | undefined
  readonly last: Micros | undefined
  /** Values that are still in the journal only. */
  readonly unsealed: number
  /** Sealed blocks, and their bytes with their headers, without the database's own overhead. */
  readonly blocks: number
  readonly bytes: number
}

/** What {@link SequenceStore.verify} found of one block. */
export interface BlockCheck {
  readonly sequenceId: number
  readonly first: Micros
  readonly last: Micros
  readonly count: number
  /** What is wrong with it; undefined: sound. */
  readonly damage: string | undefined
}

export interface SequenceStore {
  /**
   * Stores values; a value of the same sequence and time is replaced. Values of all callers that wait at the same time
   * are committed together.
   * @returns when it is durable: a byte for each row, 1 where the time was new, 0 where a value was there already
   * @throws Fault busy when the queue is full or the disk refuses; nothing of the rows is stored then
   */
  append(rows: readonly AppendRow[] | AppendRows): Promise<Uint8Array>
  /** Resolves when everything that was queued before has been committed (or has failed). */
  settled(): Promise<void>
  newest(sequence: SequenceRef): Promise<Point | undefined>
  at(sequence: SequenceRef, time: Micros): Promise<Point | undefined>
  /** Up to `limit` points from one end of the range; fewer, with `more` set, where texts are large. */
  read(sequence: SequenceRef, options: ReadOptions): Promise<Page>
  /** Times of the first and the last value in a range; undefined when there is none. */
  extent(sequence: SequenceRef, range: Range): Promise<{ first: Micros; last: Micros } | undefined>
  /**
   * Summaries of the values between each edge, inclusive, and the next, exclusive; undefined where there are none. Numeric
   * sequences only. Yields to the event loop in between.
   * @param edges ascending, at least two
   * @returns one fewer than there are edges
   */
  summarize(sequence: SequenceRef, edges: readonly Micros[]): Promise<(Summary | undefined)[]>
  /** How many values of a range fulfil all conditions. */
  count(sequence: SequenceRef, range: Range, where?: readonly Condition[]): Promise<number>
  /** Deletes the values of a range that fulfil all conditions. @returns how many were deleted */
  delete(sequence: SequenceRef, range: Range, where?: readonly Condition[]): Promise<number>
  /** Deletes the oldest values beyond the newest `keep`, and those before a time, in small steps. @returns how many remain */
  truncate(sequence: SequenceRef, keep: number, before?: Micros): Promise<number>
  info(sequence: SequenceRef): Promise<SequenceInfo>
  /** Decodes every block and checks it against its header. */
  verify(): AsyncIterable<BlockCheck>
}

/** Whether a value fulfils all conditions. A number is never like a text: such a condition does not hold, save for `!=`. */
export function fulfils(value: number | string, where: readonly Condition[]): boolean {
  return where.every((condition) => {
    if (condition.is === 'contains') return typeof value === 'string' && value.includes(String(condition.value))
    if (typeof value !== typeof condition.value) return condition.is === '!='
    switch (condition.is) {
      case '<':
        return value < condition.value
      case '<=':
        return value <= condition.value
      case '>':
        return value > condition.value
      case '>=':
        return value >= condition.value
      case '=':
        return value === condition.value
      case '!=':
        return value !== condition.value
    }
  })
}
