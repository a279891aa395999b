/** Selects rows, and downloads, renames, moves and deletes the selected ones. */
import { call } from '../api.ts'
import { all, closest, need, seek } from '../dom.ts'
import { handleDownload, save, type Wanted } from '../download.ts'
import { onSubmit } from '../forms.ts'
import { refresh } from '../refresh.ts'
import { handleEditing } from './edit-selected.ts'
import { firstSelected, focusRow, handleRowKeys } from './row-keys.ts'
import { escapePath } from '../../shared/paths.ts'
import { toast, toastError } from '../toasts.ts'

interface Chosen {
  id: string
  name: string
  /** Below /api/v1, escaped. */
  apiPath: string
  isFile: boolean
  isSequence: boolean
  isController: boolean
  /** How a chart shows it; undefined: it can't. */
  charted: string | undefined
}

export function handleActions({ path, isWritable }: { path: string; isWritable: boolean }): void {
  const askDownload = handleDownload()
  const askChanges = isWritable ? handleEditing(editable, (text) => finish('#edit-selected', text)) : undefined
  /** Ignore a second request to delete while the first is in progress. */
  let isDeleting = false
  document.addEventListener('change', (event) => {
    const box = event.target
    if (!(box instanceof HTMLInputElement) || box.type !== 'checkbox') return
    if (box.id === 'select-all') for (const other of boxes()) other.checked = box.checked
    if (box.id === 'select-all' || box.classList.contains('select')) showSelection()
  })
  document.addEventListener('click', (event) => {
    const button = closest(event.target, '#selection [data-act]', HTMLElement)
    if (button) act(button.dataset['act'] ?? '')
  })
  need('#all-values', HTMLElement).addEventListener('click', () => askDownload({ paths: [path], name: path.split('/').at(-1) ?? '' }))
  document.addEventListener('refreshed', showSelection)
  handleRowKeys({ act, onSelect: showSelection, isWritable })
  if (!isWritable) return
  onSubmit('#rename-form', rename)
  onSubmit('#move-form', moveAll)

  function act(what: string): void {
    if (what === 'download') download(path)
    if (what === 'compare') compare(path)
    if (what === 'values') askDownload(valuesOf(path))
    if (what === 'edit') askChanges?.()
    if (what === 'rename') askName()
    if (what === 'move') askFolder()
    if (what === 'delete' && !isDeleting) {
      isDeleting = true
      deleteAll()
        .catch(toastError)
        .finally(() => (isDeleting = false))
    }
    if (what === 'none') selectNone()
  }
}

const boxes = (): HTMLInputElement[] => all('input.select', HTMLInputElement)

function chosen(): Chosen[] {
  return boxes().flatMap((box) => {
    const row = closest(box, 'tr', HTMLTableRowElement)
    return box.checked && row
      ? [
          {
            id: row.dataset['id'] ?? '',
            name: row.dataset['name'] ?? '',
            apiPath: row.dataset['apiPath'] ?? '',
            isFile: row.dataset['kind'] === 'file',
            isSequence: row.dataset['kind'] === 'sequence',
            isController: row.dataset['kind'] === 'controller',
            charted: row.dataset['charted'],
          },
        ]
      : []
  })
}

function selectNone(): void {
  for (const box of boxes()) box.checked = false
  showSelection()
}

function showSelection(): void {
  const rows = boxes()
  const count = rows.filter((box) => box.checked).length
  for (const box of rows) closest(box, 'tr', HTMLTableRowElement)?.classList.toggle('is-selected', box.checked)
  const bar = seek('#selection', HTMLElement)
  if (!bar) return
  bar.hidden = count === 0
  need('#selection-count', HTMLElement).textContent = `${count} selected`
  need('[data-act="values"]', HTMLButtonElement, bar).hidden = chosen().every(({ isFile }) => isFile)
  need('[data-act="compare"]', HTMLButtonElement, bar).hidden = comparable().length < 2
  const edit = seek('[data-act="edit"]', HTMLButtonElement, bar)
  if (edit) edit.hidden = editable().length === 0
  const rename = seek('[data-act="rename"]', HTMLButtonElement, bar)
  if (rename) rename.disabled = count !== 1
  const everything = need('#select-all', HTMLInputElement)
  everything.checked = count > 0 && count === rows.length
  everything.indeterminate = count > 0 && count < rows.length
}

/** What is chosen and fits on one chart, which is that of a numeric sequence. */
function comparable(): Chosen[] {
  const lines = chosen().filter(({ charted }) => charted === 'line')
  return lines.length === 0 ? [] : [...lines, ...chosen().filter(({ charted }) => charted === 'strip')]
}

/** Opens the chart of the first numeric sequence that is chosen, with the others on it. */
function compare(folder: string): void {
  const [first, ...others] = comparable()
  if (!first) return
  const query = new URLSearchParams(others.map(({ name }) => ['with', `${folder}/${name}`]))
  location.assign(`${escapePath(`${folder}/${first.name}`)}?${query.toString()}`)
}

/** Downloads one file directly, anything else as a zip, in which sequences are CSV files. */
function download(folder: string): void {
  const all = chosen()
  const [first] = all
  if (first && all.length === 1 && first.isFile) save(`/api/v1${first.apiPath}?download=1`)
  else save(`/api/v1/resources${escapePath(folder)}?download=1&sequences=1&ids=${all.map(({ id }) => id).join(',')}`)
}

/** What is chosen and may hold values: sequences and folders. */
function valuesOf(folder: string): Wanted {
  const [first, ...more] = chosen().filter(({ isFile }) => !isFile)
  const name = more.length === 0 ? (first?.name ?? '') : (folder.split('/').at(-1) ?? '')
  return { paths: [...(first ? [first] : []), ...more].map((one) => `${folder}/${one.name}`), name }
}

function askName(): void {
  const [one] = chosen()
  if (!one) return
  const dialog = need('#rename', HTMLDialogElement)
  const field = need('#rename-name', HTMLInputElement)
  field.value = one.name
  dialog.showModal()
  field.focus()
  const dot = one.name.lastIndexOf('.')
  field.setSelectionRange(0, dot > 0 ? dot : one.name.length)
}

async function rename(): Promise<void> {
  const [one] = chosen()
  const name = need('#rename-name', HTMLInputElement).value
  if (one && name !== one.name) await call('PUT', one.apiPath, { name })
  await finish('#rename', `Renamed to ${name}.`, one?.id)
}

function askFolder(): void {
  const field = need('#move-parent', HTMLInputElement)
  need('#move', HTMLDialogElement).showModal()
  field.focus()
}

async function moveAll(): Promise<void> {
  const parent = need('#move-parent', HTMLInputElement).value
  const all = chosen()
  for (const { apiPath } of all) await call('PUT', apiPath, { parent })
  await finish('#move', `Moved ${all.length === 1 ? (all[0]?.name ?? '') : `${all.length} items`} to ${parent}.`)
}

/** What is chosen and has a label, a place and the like. */
const editable = (): Chosen[] => chosen().filter(({ isSequence, isController }) => isSequence || isController)

/** @param id the row that gets the focus if it is still here; otherwise the one that took its place does */
async function finish(dialog: string, text: string, id?: string): Promise<void> {
  const at = firstSelected()
  need(dialog, HTMLDialogElement).close()
  await refresh()
  focusRow(id, at)
  toast(text)
}

/** Asks no question first, since it can be undone. */
async function deleteAll(): Promise<void> {
  const done: Chosen[] = []
  const at = firstSelected()
  try {
    for (const one of chosen()) {
      await call('DELETE', one.apiPath)
      done.push(one)
    }
  } finally {
    if (done.length > 0) {
      await refresh()
      focusRow(undefined, at)
      toast(`Deleted ${done.length === 1 ? (done[0]?.name ?? '') : `${done.length} items`}.`, {
        action: { text: 'Undo', isUndo: true, act: () => void undelete(done).catch(toastError) },
      })
    }
  }
}

async function undelete(gone: readonly Chosen[]): Promise<void> {
  for (const { apiPath } of gone) await call('POST', apiPath, { undelete: 1 })
  await refresh()
  focusRow(gone[0]?.id, 0)
  toast(gone.length === 1 ? `${gone[0]?.name ?? ''} is back.` : `${gone.length} things are back.`)
}
