/** Rows for the store from a list of objects, the form in which live values arrive. */
import type { Micros } from '../../base/time.ts'
import type { AppendRow, AppendRows, SequenceRef } from '../sequence-store.ts'

export class RowList implements AppendRows {
  readonly #rows: readonly AppendRow[]

  constructor(rows: readonly AppendRow[]) {
    this.#rows = rows
  }

  get length(): number {
    return this.#rows.length
  }

  sequence(row: number): SequenceRef {
    return this.#at(row).sequence
  }

  time(row: number): Micros {
    return this.#at(row).time
  }

  value(row: number): number | string {
    return this.#at(row).value
  }

  #at(row: number): AppendRow {
    const found = this.#rows[row]
    if (!found) throw new RangeError(`there is no row ${row} among ${this.#rows.length}`)
    return found
  }
}
