/**
 * A table that is being edited: rows can be added and removed, each change can be undone, and unchanged rows are written as they were read.
 */
import { formatCsv, parseCsv, widthOf, type CsvRow, type CsvTable } from '../../shared/csv.ts'

/** Maximum number of changes that can be undone. */
const MAX_UNDO = 50

export class GridModel {
  #form: Omit<CsvTable, 'rows'> = { delimiter: ',', eol: '\n', endsWithEol: true }
  /** The first row has the headings. */
  #rows: CsvRow[] = []
  #width = 1
  readonly #before: CsvRow[][] = []
  readonly #delimiter: string | undefined

  /** @param delimiter as the server found it; undefined: as the first line tells */
  constructor(delimiter?: string) {
    this.#delimiter = delimiter
  }

  read(text: string): void {
    const { rows, ...form } = parseCsv(text, this.#delimiter)
    this.#form = form
    this.#before.length = 0
    this.#take(rows.length === 0 ? [{ cells: [''], raw: undefined }] : [...rows])
  }

  write(): string {
    const isEmpty =
      this.#rows.length === 1 && this.#rows[0]?.raw === undefined && (this.#rows[0]?.cells.every((cell) => cell === '') ?? true)
    return isEmpty ? '' : formatCsv({ ...this.#form, rows: this.#rows })
  }

  /** Number of rows, including the headings. */
  get height(): number {
    return this.#rows.length
  }
  get width(): number {
    return this.#width
  }
  get canUndo(): boolean {
    return this.#before.length > 0
  }

  cell(row: number, column: number): string {
    return this.#rows[row]?.cells[column] ?? ''
  }

  /** @param isNew true for the first change of this cell since it was entered, which can be undone */
  set(row: number, column: number, text: string, isNew: boolean): void {
    if (this.cell(row, column) === text) return
    if (isNew) this.remember()
    const cells = [...(this.#rows[row]?.cells ?? [])]
    while (cells.length < column) cells.push('')
    cells[column] = text
    this.#rows[row] = { cells, raw: undefined }
    this.#width = Math.max(this.#width, cells.length)
  }

  /** Adds a row at the end, as part of a change that was remembered before. */
  append(): void {
    this.#rows.push({ cells: Array.from({ length: this.#width }, () => ''), raw: undefined })
  }

  insertRow(at: number): void {
    this.remember()
    this.#rows.splice(at, 0, { cells: Array.from({ length: this.#width }, () => ''), raw: undefined })
  }

  deleteRow(at: number): void {
    this.remember()
    this.#rows.splice(at, 1)
  }

  insertColumn(at: number): void {
    this.#changeColumns((cells) => {
      while (cells.length < at) cells.push('')
      cells.splice(at, 0, '')
    })
  }

  deleteColumn(at: number): void {
    this.#changeColumns((cells) => cells.splice(at, 1))
  }

  undo(): void {
    const rows = this.#before.pop()
    if (rows) this.#take(rows)
  }

  remember(): void {
    this.#before.push([...this.#rows])
    if (this.#before.length > MAX_UNDO) this.#before.shift()
  }

  #changeColumns(change: (cells: string[]) => void): void {
    this.remember()
    this.#take(
      this.#rows.map(({ cells }) => {
        const changed = [...cells]
        change(changed)
        return { cells: changed.length === 0 ? [''] : changed, raw: undefined }
      }),
    )
  }

  #take(rows: CsvRow[]): void {
    this.#rows = rows
    this.#width = Math.max(1, widthOf(rows))
  }
}
