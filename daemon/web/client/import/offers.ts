/** Offers to bring the values of a file in: by a menu, and for files that are dropped on the page. */
import { closest, need } from '../dom.ts'
import { leaveMenuOf } from '../menus.ts'
import { toastError } from '../toasts.ts'
import type { Dropped } from '../folder/dropped.ts'
import { ImportDialog, type ImportPlace } from './import-dialog.ts'

/** Names of files that may hold a table of times and values. */
const TABLE = /\.(?:csv|tsv|tab|txt|dat|data|log|rdb|lp|ndjson|jsonl|json|xle|xls[xmb]?|ods)$/i

/**
 * Handles buttons with `data-import`, which may name a file of the server as `data-import="/path"`.
 * @param onChange called when values came or went
 * @returns asks what is to be done with dropped files; resolves with those that are to be kept as files
 */
export function handleImports(place: ImportPlace, onChange: () => void): (dropped: Dropped[]) => Promise<Dropped[]> {
  const dialog = new ImportDialog(place, onChange)
  document.addEventListener('click', (event) => {
    const button = closest(event.target, '[data-import]', HTMLElement)
    if (!button) return
    leaveMenuOf(button)
    const { import: path = '', name = '' } = button.dataset
    ;(path === '' ? dialog.choose() : dialog.bring({ path, name })).catch(toastError)
  })
  return async (dropped) => {
    // Files in folders are meant as files, and a dialog that is open has to be ended first.
    const mayBeTables = dropped.length > 0 && dropped.every(({ path }) => !path.includes('/') && TABLE.test(path))
    if (!mayBeTables || need('#import', HTMLDialogElement).open) return dropped
    const answer = await dialog.ask(dropped.map(({ path }) => path))
    if (answer === 'keep') return dropped
    if (answer === 'bring') for (const { file } of dropped) await dialog.bring({ file })
    return []
  }
}
