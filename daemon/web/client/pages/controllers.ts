/** The page of all controllers: it changes by itself, and what is selected gets a label, a place and the like at once. */
import './main.ts'
import { all, closest, need, seek } from '../dom.ts'
import { handleEditing, type Editable } from '../folder/edit-selected.ts'
import { refresh } from '../refresh.ts'
import { renewNowAndThen } from '../renewal.ts'
import { toast } from '../toasts.ts'

/** Paths of those that are selected: they stay so when the list is renewed. */
const selected = new Set<string>()

const boxes = (): HTMLInputElement[] => all('#controllers input.select', HTMLInputElement)
const rowOf = (box: HTMLInputElement): DOMStringMap => closest(box, 'tr', HTMLTableRowElement)?.dataset ?? {}

const chosen = (): Editable[] =>
  boxes()
    .filter(({ checked }) => checked)
    .map((box) => ({ name: rowOf(box)['name'] ?? '', apiPath: rowOf(box)['apiPath'] ?? '', isController: true, isSequence: false }))

function showSelection(): void {
  const count = chosen().length
  for (const box of boxes()) closest(box, 'tr', HTMLTableRowElement)?.classList.toggle('is-selected', box.checked)
  need('#selection', HTMLElement).hidden = count === 0
  need('#selection-count', HTMLElement).textContent = `${count} selected`
  const everything = seek('#select-all', HTMLInputElement)
  if (!everything) return
  everything.checked = count > 0 && count === boxes().length
  everything.indeterminate = count > 0 && count < boxes().length
}

function select(wanted: (box: HTMLInputElement) => boolean): void {
  for (const box of boxes()) {
    box.checked = wanted(box)
    const { name = '' } = rowOf(box)
    if (box.checked) selected.add(name)
    else selected.delete(name)
  }
  showSelection()
}

renewNowAndThen()
document.addEventListener('refreshed', () => select((box) => selected.has(rowOf(box)['name'] ?? '')))
if (seek('#edit-selected', HTMLDialogElement)) {
  const ask = handleEditing(chosen, async (done) => {
    need('#edit-selected', HTMLDialogElement).close()
    await refresh()
    toast(done)
  })
  document.addEventListener('change', ({ target }) => {
    if (!(target instanceof HTMLInputElement) || target.type !== 'checkbox') return
    if (target.id === 'select-all') select(() => target.checked)
    else if (target.classList.contains('select')) select(({ checked }) => checked)
  })
  document.addEventListener('click', ({ target }) => {
    const act = closest(target, '#selection [data-act]', HTMLElement)?.dataset['act']
    if (act === 'edit') ask()
    if (act === 'none') select(() => false)
  })
  // A browser that comes back to the page checks again what was checked.
  select(({ checked }) => checked)
}
