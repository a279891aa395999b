/** Keys in the table of a folder: moving between rows, selecting, and actions on the current row. */
import { all, closest, seek } from '../dom.ts'

const ROWS = '.contents tbody tr[data-id]'

export interface RowActs {
  /** `rename`, `delete`, `none`: the same as the buttons above the table. */
  act: (what: string) => void
  /** Called when the selection changed. */
  onSelect: () => void
  isWritable: boolean
}

export function handleRowKeys({ act, onSelect, isWritable }: RowActs): void {
  document.addEventListener('keydown', (event) => {
    const row = closest(event.target, ROWS, HTMLTableRowElement)
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    const isLink = event.target instanceof HTMLAnchorElement
    const keys: Readonly<Record<string, (() => void) | undefined>> = {
      ArrowDown: () => step(row, 1, isLink, event.shiftKey),
      ArrowUp: () => step(row, -1, isLink, event.shiftKey),
      Home: () => step(row, -Infinity, isLink, event.shiftKey),
      End: () => step(row, Infinity, isLink, event.shiftKey),
      // On the checkbox, the browser handles it.
      ' ': isLink ? () => toggle(row) : undefined,
      Escape: () => act('none'),
      F2: isWritable ? () => choose(row, 'rename') : undefined,
      Delete: isWritable ? () => choose(row, 'delete') : undefined,
    }
    const press = keys[event.key]
    if (!press) return
    event.preventDefault()
    press()
  })

  /** @param isLink true: the focus is and stays on the row's link; false: on its checkbox */
  function step(row: HTMLTableRowElement, by: number, isLink: boolean, isSelecting: boolean): void {
    const rows = rowsOf()
    const at = rows.indexOf(row)
    const to = Math.min(Math.max(at + by, 0), rows.length - 1)
    if (isSelecting) {
      for (const one of rows.slice(Math.min(at, to), Math.max(at, to) + 1)) setBox(one, true)
      onSelect()
    }
    seek(isLink ? 'a.name-link' : 'input.select', HTMLElement, rows[to] ?? row)?.focus()
  }

  function toggle(row: HTMLTableRowElement): void {
    setBox(row, seek('input.select', HTMLInputElement, row)?.checked !== true)
    onSelect()
  }

  /** Acts on the selected rows or, if there are none, on this row. */
  function choose(row: HTMLTableRowElement, what: string): void {
    const chosen = all(`${ROWS} input.select:checked`, HTMLInputElement)
    if (chosen.length === 0) toggle(row)
    if (what !== 'rename' || chosen.length < 2) act(what)
  }
}

const rowsOf = (): HTMLTableRowElement[] => all(ROWS, HTMLTableRowElement)

const setBox = (row: HTMLTableRowElement, isChecked: boolean): void => {
  const box = seek('input.select', HTMLInputElement, row)
  if (box) box.checked = isChecked
}

/** Index of the first selected row. */
export const firstSelected = (): number => rowsOf().findIndex((row) => seek('input.select:checked', HTMLInputElement, row) !== undefined)

/** Focuses the row with that id or, if it is gone, the one at that index; if no row is left, the menu to create one. */
export function focusRow(id: string | undefined, at: number): void {
  const rows = rowsOf()
  const row = rows.find((one) => one.dataset['id'] === id) ?? rows[Math.min(Math.max(at, 0), rows.length - 1)]
  const place = row ? seek('a.name-link', HTMLElement, row) : (seek('.page-header summary', HTMLElement) ?? seek('main', HTMLElement))
  place?.focus()
}
