/**
 * The narrow interface to whatever stores the values of numeric and text sequences; it hides everything about the engine. Times are
 * microseconds since 1970; a sequence holds at most one value for each time.
 */
import type { Micros } from '../base/time.ts'

/** A sequence's id, and whether its values are text. */
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

/** Rows that are read one by one, so that an implementation may keep them in any form; each as in {@link AppendRow}. */
export interface AppendRows {
  readonly length: number
  /** Given where rows are grouped by their sequences: all rows, so that who takes them looks each sequence up once. */
  readonly runs?: readonly Run[]
  sequence(row: number): SequenceRef
  time(row: number): Micros
  value(row: number): number | string
}

/** Rows of one sequence that follow one another, as columns of equal length. */
export interface Run {
  readonly sequence: SequenceRef
  /** The first of the rows. */
  readonly from: number
  readonly times: Float64Array
  /** Numbers of numeric sequences, texts of text sequences. */
  readonly values: Float64Array | readonly string[]
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

/** What {@link SequenceStore.read} returns: the points in the requested order, and whether the range holds more after them. */
export interface Page extends Points {
  /** True when there are more: the limit was reached, or the most that one page may take in memory. */
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
  /** Maximum number of points. */
  readonly limit: number
  /** Only text values that contain this. */
  readonly text?: string | undefined
  /** Abort it when the points are no longer wanted: the page then ends where it is, with `more` set. */
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
  /** Huge values can make it overflow to an infinity or to NaN; see {@link meanOf}. */
  readonly sum: number
  readonly count: number
}

/** The mean. When the sum of large values overflowed: the midpoint between minimum and maximum. */
export const meanOf = ({ sum, count, min, max }: Summary): number => (Number.isFinite(sum) ? sum / count : min / 2 + max / 2)

/**
 * Stretches of time whose values a summary leaves out. It never changes: stores remember what they found out about it, so pass the same
 * object each time.
 */
export interface LeftOut {
  /** Whether it covers any time from the first to the last, both included. */
  touches(first: Micros, last: Micros): boolean
  /** The parts of its stretches that lie in a range, in order; both ends included. */
  within(range: Range): readonly { readonly start: Micros; readonly end: Micros }[]
}

/** A condition on a value, compared as a number or as text; `contains` is for text only. When there are several, all must hold. */
export interface Condition {
  readonly is: '<' | '<=' | '>' | '>=' | '=' | '!=' | 'contains'
  readonly value: number | string
}

/** How many values a sequence has, and how much space they take. */
export interface SequenceInfo {
  readonly count: number
  readonly first: Micros | undefined
  readonly last: Micros | undefined
  /** Values that are still only in the journal. */
  readonly unsealed: number
  /** Number of sealed blocks, and their size in bytes with headers, without the database's own overhead. */
  readonly blocks: number
  readonly bytes: number
}

/** What {@link SequenceStore.shift} moved. */
export interface Shifted {
  readonly count: number
  /** undefined when there was nothing to move. */
  readonly first: Micros | undefined
  readonly last: Micros | undefined
}

/** What {@link SequenceStore.verify} found out about one block. */
export interface BlockCheck {
  readonly sequenceId: number
  readonly first: Micros
  readonly last: Micros
  readonly count: number
  /** What is wrong with it; undefined if it is sound. */
  readonly damage: string | undefined
}

/** How the store is, for whoever watches it. */
export interface StoreCondition {
  /** warning: something is damaged, and the rest works. error: values can't be moved into blocks, and will be refused some time. */
  readonly state: 'ok' | 'warning' | 'error'
  /** What is wrong and what to do; undefined when all is well. */
  readonly message?: string
}

export interface SequenceStore {
  /**
   * Stores values; a value replaces the one of the same sequence and time. The values of all callers that wait at the same time are
   * committed together.
   *
   * Order: values are committed in the order of the calls. So of two values of the same sequence and time the one of the later
   * call stays, and when a call's promise resolves, the values of all earlier calls are committed or have failed. The order in
   * which promises of several calls settle is not promised: callers that depend on it number their calls, as
   * sequences/commit.ts does.
   * @returns when it is durable: a byte for each row, 1 if its time was new, 0 if it replaced a value
   * @throws Fault busy when the queue is full or the disk refuses; no row is stored then
   */
  append(rows: readonly AppendRow[] | AppendRows): Promise<Uint8Array>
  /** Resolves when everything queued before has been committed or has failed. */
  settled(): Promise<void>
  newest(sequence: SequenceRef): Promise<Point | undefined>
  at(sequence: SequenceRef, time: Micros): Promise<Point | undefined>
  /** Up to `limit` points from one end of the range; fewer, with `more` set, when texts are large. */
  read(sequence: SequenceRef, options: ReadOptions): Promise<Page>
  /** Times of the first and the last value in a range; undefined if the range is empty. */
  extent(sequence: SequenceRef, range: Range): Promise<{ first: Micros; last: Micros } | undefined>
  /**
   * Summaries of the values from each edge, inclusive, to the next, exclusive; undefined where there are no values. Numeric sequences only.
   * Yields to the event loop in between.
   * @param edges ascending, at least two
   * @param leftOut values that are not counted; nothing is written, and without it they are there again
   * @returns one summary fewer than there are edges
   */
  summarize(sequence: SequenceRef, edges: readonly Micros[], leftOut?: LeftOut): Promise<(Summary | undefined)[]>
  /** Counts the values in a range that meet all conditions. */
  count(sequence: SequenceRef, range: Range, where?: readonly Condition[]): Promise<number>
  /** Deletes the values in a range that meet all conditions. @returns how many were deleted */
  delete(sequence: SequenceRef, range: Range, where?: readonly Condition[]): Promise<number>
  /**
   * Deletes, in small steps, the oldest values beyond the newest `keep`, and those before a time.
   * @param onCut called before anything is deleted, with the last time that goes; not called if nothing has to go
   * @returns how many remain
   */
  truncate(sequence: SequenceRef, keep: number, before?: Micros, onCut?: (end: Micros) => void): Promise<number>
  /**
   * Moves the values of a range, both ends included, to times that are later or (negative) earlier. All of them or none, also when the
   * power goes; durable when this resolves.
   * @param isTrial true: moves nothing, and throws what a move would throw
   * @returns how many they are, and the new times of the first and the last
   * @throws Fault conflict when values that stay are among the times where they go; too_large for too many at once; busy
   */
  shift(sequence: SequenceRef, range: { start: Micros; end: Micros }, by: Micros, isTrial?: boolean): Promise<Shifted>
  info(sequence: SequenceRef): Promise<SequenceInfo>
  /** Decodes every block and checks it against its header. */
  verify(): AsyncIterable<BlockCheck>
  /** Answers at once. */
  condition(): StoreCondition
}

/** Whether a value meets all conditions. Between a number and a text only `!=` holds. */
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
