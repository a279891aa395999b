/** A table that is written row by row. */
import type { Micros } from '../base/time.ts'

/**
 * - `time`: cells are microseconds since 1970.
 * - `offset`: of the clock that times are shown on, in microseconds; only where that is not UTC.
 * - `number`, `text`: cells are what the column says, or null where there is nothing.
 * - `value`: numbers or texts, as the sequence of the row has them.
 */
export type ColumnKind = 'time' | 'offset' | 'number' | 'text' | 'value'

export interface Column {
  readonly kind: ColumnKind
  /** For programs: unique, made of whole paths. */
  readonly name: string
  /** For people: short, with the unit. */
  readonly title: string
}

export type Cell = number | string | null

export interface Table {
  readonly columns: readonly Column[]
  /** Rows with a cell for each column, in batches. */
  readonly batches: AsyncIterable<Cell[][]>
  /** The offset of the clock that times are shown on. */
  readonly offsetAt: (time: Micros) => Micros
}

/** Weight of one batch (src/base/weights.ts), that of its last row left out: it becomes text within a millisecond or two. */
export const BATCH_WEIGHT = 5_000

/** Rows of numbers, in a table with so many columns, that make one batch. */
export const rowsOfBatch = (width: number): number => Math.max(1, Math.floor(BATCH_WEIGHT / width))
