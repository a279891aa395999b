/**
 * A table of editable cells. The page contains only the rows in view (and some around them), so that ten thousand cost no more than fifty.
 * Enter and the arrow keys move between rows, Tab between cells, Escape to the buttons above.
 */
import { columnName } from '../../shared/csv.ts'
import { all, closest, make, need, seek } from '../dom.ts'
import { GridModel } from './grid-model.ts'
import type { Pane } from './panes.ts'

/** Number of rows above and below the rows in view. */
const MARGIN = 12
/** Tables with more columns are edited as text. */
const MAX_COLUMNS = 100

interface Place {
  row: number
  column: number
}

export class GridPane implements Pane {
  readonly #model: GridModel
  readonly #frame = need('#grid', HTMLElement)
  readonly #onChange: () => void
  #head = make('thead')
  #body = make('tbody')
  #rowHeight = 36
  #first = 0
  #last = 0
  /** The cell that was entered last; row 0 is the headings. */
  #at: Place = { row: 1, column: 0 }
  /** Whether it was changed since then. */
  #isTyped = false

  /** @param delimiter between the cells; undefined: as the first line tells */
  constructor(onChange: () => void, delimiter?: string) {
    this.#model = new GridModel(delimiter)
    this.#onChange = onChange
    this.#frame.addEventListener('scroll', () => this.#showRows())
    new ResizeObserver(() => this.#showRows()).observe(this.#frame)
    this.#frame.addEventListener('input', (event) => this.#type(event))
    this.#frame.addEventListener('focusin', (event) => this.#enter(event))
    this.#frame.addEventListener('keydown', (event) => this.#move(event))
    this.#frame.addEventListener('paste', (event) => this.#paste(event))
    need('#table-tools', HTMLElement).addEventListener('click', (event) => {
      const button = closest(event.target, '[data-table]', HTMLButtonElement)
      if (button) this.#change(button.dataset['table'] ?? '')
    })
  }

  get isFitting(): boolean {
    return this.#model.width <= MAX_COLUMNS
  }

  text(): string {
    return this.#model.write()
  }

  set(text: string): void {
    this.#model.read(text)
    this.#at = { row: Math.min(1, this.#model.height - 1), column: 0 }
    this.#isTyped = false
    if (this.isFitting) this.#show()
  }

  focus(): void {
    this.#goTo(this.#at)
  }

  #show(): void {
    const { width, height } = this.#model
    const corner = make('th', { class: 'row-number', scope: 'col' }, make('span', { class: 'is-hidden' }, 'Row'))
    const headings = Array.from({ length: width }, (_, column) => make('th', { scope: 'col' }, this.#input({ row: 0, column })))
    this.#head = make('thead', {}, make('tr', {}, corner, ...headings))
    this.#body = make('tbody')
    this.#frame.replaceChildren(make('table', { 'aria-rowcount': String(height) }, this.#head, this.#body))
    this.#first = this.#last = -1
    this.#showRows()
    this.#tell()
  }

  /** Puts the rows in view into the page, and space for the others above and below them. */
  #showRows(): void {
    if (this.#frame.hidden || !this.isFitting) return
    const { height } = this.#model
    const first = Math.max(1, Math.min(Math.floor(this.#frame.scrollTop / this.#rowHeight) - MARGIN, height - 1))
    const last = Math.min(height, Math.ceil((this.#frame.scrollTop + this.#frame.clientHeight) / this.#rowHeight) + MARGIN)
    if (first === this.#first && last === this.#last) return
    const active = document.activeElement
    const isInside = active instanceof HTMLInputElement && this.#body.contains(active)
    const present = new Map(all('tr[data-row]', HTMLTableRowElement, this.#body).map((row) => [Number(row.dataset['row']), row]))
    const rows: HTMLTableRowElement[] = []
    for (let row = first; row < last; row++) rows.push(present.get(row) ?? this.#row(row))
    for (const [row, element] of present) if (row < first || row >= last) element.remove()
    // Rows that stay are not touched, so that a cell being edited keeps its caret.
    this.#body.querySelectorAll('.spacer').forEach((spacer) => spacer.remove())
    let after: Element | null = this.#body.firstElementChild
    for (const row of rows) {
      if (row === after) after = after.nextElementSibling
      else this.#body.insertBefore(row, after)
    }
    this.#body.prepend(this.#spacer(first - 1))
    this.#body.append(this.#spacer(height - last))
    ;[this.#first, this.#last] = [first, last]
    const measured = rows[0]?.getBoundingClientRect().height ?? 0
    if (measured > 0) this.#rowHeight = measured
    if (isInside && !this.#body.contains(active)) this.#frame.focus({ preventScroll: true })
  }

  #spacer(rows: number): HTMLTableRowElement {
    const cell = make('td')
    cell.style.height = `${Math.max(0, rows) * this.#rowHeight}px`
    return make('tr', { class: 'spacer', 'aria-hidden': 'true' }, cell)
  }

  #row(row: number): HTMLTableRowElement {
    const cells = Array.from({ length: this.#model.width }, (_, column) => make('td', {}, this.#input({ row, column })))
    return make(
      'tr',
      { 'data-row': String(row), 'aria-rowindex': String(row + 1) },
      make('th', { scope: 'row', class: 'row-number' }, String(row)),
      ...cells,
    )
  }

  #input({ row, column }: Place): HTMLInputElement {
    const label = row === 0 ? `Heading of column ${columnName(column)}` : `${this.#heading(column)}, row ${row}`
    const input = make('input', {
      type: 'text',
      'aria-label': label,
      'data-row': String(row),
      'data-column': String(column),
      autocomplete: 'off',
      spellcheck: 'false',
    })
    input.value = this.#model.cell(row, column)
    return input
  }

  #heading(column: number): string {
    return this.#model.cell(0, column) || columnName(column)
  }

  #placeOf(target: EventTarget | null): Place | undefined {
    if (!(target instanceof HTMLInputElement) || target.dataset['column'] === undefined) return undefined
    return { row: Number(target.dataset['row']), column: Number(target.dataset['column']) }
  }

  #type(event: Event): void {
    const place = this.#placeOf(event.target)
    if (!place || !(event.target instanceof HTMLInputElement)) return
    this.#model.set(place.row, place.column, event.target.value, !this.#isTyped)
    this.#isTyped = true
    this.#tell()
    this.#onChange()
  }

  #enter(event: FocusEvent): void {
    const place = this.#placeOf(event.target)
    if (!place) return
    this.#at = place
    this.#isTyped = false
    this.#tell()
  }

  #tell(): void {
    const { row, column } = this.#at
    need('#cell-name', HTMLElement).textContent =
      row === 0 ? `Heading, column ${columnName(column)}` : `Row ${row}, ${this.#heading(column)}`
    const set = (act: string, isOff: boolean): void => {
      need(`[data-table="${act}"]`, HTMLButtonElement).disabled = isOff
    }
    set('undo', !this.#model.canUndo)
    set('row-above', row === 0)
    set('row-delete', row === 0)
    set('column-delete', this.#model.width < 2)
    set('column-left', this.#model.width >= MAX_COLUMNS)
    set('column-right', this.#model.width >= MAX_COLUMNS)
  }

  #move(event: KeyboardEvent): void {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
    const isCell = this.#placeOf(event.target) !== undefined
    // Leave the table for its buttons, instead of passing thousands of cells.
    if (event.key === 'Escape' && isCell) return seek('#table-tools button:not([disabled])', HTMLButtonElement)?.focus()
    const { row, column } = this.#at
    const input = event.target instanceof HTMLInputElement ? event.target : undefined
    const isAtStart = input?.selectionStart === 0 && input.selectionEnd === 0
    const isAtEnd = input?.selectionStart === input?.value.length
    const next: Place | undefined =
      event.key === 'ArrowDown' || (event.key === 'Enter' && !event.shiftKey)
        ? { row: row + 1, column }
        : event.key === 'ArrowUp' || event.key === 'Enter'
          ? { row: row - 1, column }
          : event.key === 'ArrowLeft' && isAtStart
            ? { row, column: column - 1 }
            : event.key === 'ArrowRight' && isAtEnd
              ? { row, column: column + 1 }
              : undefined
    if (!next || (!isCell && event.target !== this.#frame)) return
    event.preventDefault()
    this.#goTo(next)
  }

  /** Scrolls to a cell and focuses it; does nothing if there is none. */
  #goTo({ row, column }: Place): void {
    if (row < 0 || row >= this.#model.height || column < 0 || column >= this.#model.width) return
    const [top, height] = [(row - 1) * this.#rowHeight, this.#frame.clientHeight - 2 * this.#rowHeight]
    if (row > 0 && (top < this.#frame.scrollTop || top > this.#frame.scrollTop + height))
      this.#frame.scrollTop = Math.max(0, top - height / 2)
    this.#showRows()
    const input = seek(`input[data-row="${row}"][data-column="${column}"]`, HTMLInputElement, this.#frame)
    input?.focus()
    input?.select()
  }

  /** Pastes cells of a spreadsheet into as many cells here. */
  #paste(event: ClipboardEvent): void {
    const place = this.#placeOf(event.target)
    const text = event.clipboardData?.getData('text/plain') ?? ''
    const lines = text.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n')
    if (!place || (lines.length === 1 && !text.includes('\t'))) return
    event.preventDefault()
    this.#model.remember()
    for (const [down, line] of lines.entries()) {
      if (place.row + down >= this.#model.height) this.#model.append()
      for (const [right, cell] of line.split('\t').entries())
        if (place.column + right < MAX_COLUMNS) this.#model.set(place.row + down, place.column + right, cell, false)
    }
    this.#renew(place)
  }

  #change(act: string): void {
    const { row, column } = this.#at
    const model = this.#model
    const changes: Readonly<Record<string, () => Place>> = {
      'row-above': () => (model.insertRow(row), { row, column }),
      'row-below': () => (model.insertRow(row + 1), { row: row + 1, column }),
      'row-delete': () => (model.deleteRow(row), { row: Math.min(row, model.height - 1), column }),
      'column-left': () => (model.insertColumn(column), { row, column }),
      'column-right': () => (model.insertColumn(column + 1), { row, column: column + 1 }),
      'column-delete': () => (model.deleteColumn(column), { row, column: Math.min(column, model.width - 1) }),
      undo: () => (model.undo(), { row: Math.min(row, model.height - 1), column: Math.min(column, model.width - 1) }),
    }
    const place = changes[act]?.()
    if (place) this.#renew(place)
  }

  /** Shows all rows again, since positions have changed. */
  #renew(place: Place): void {
    const { scrollTop, scrollLeft } = this.#frame
    this.#at = place
    this.#show()
    this.#frame.scrollTop = scrollTop
    this.#frame.scrollLeft = scrollLeft
    this.#goTo(place)
    this.#tell()
    this.#onChange()
  }
}
