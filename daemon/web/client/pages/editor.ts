/**
 * Edits a file: as text, as Markdown with preview, or as a table. Nothing typed is lost, and changes of others are never overwritten
 * unnoticed.
 */
import './main.ts'
import { formatAge, formatBytes } from '../../shared/format.ts'
import { ApiError, call } from '../api.ts'
import { all, make, need, readState, seek } from '../dom.ts'
import { hideConflict, readNewest, readRevision, showConflict } from '../file/conflict.ts'
import { Drafts } from '../file/drafts.ts'
import { formOf, toBase64, toForm, toPlain } from '../file/form.ts'
import { GridPane } from '../file/grid.ts'
import { TextPane, followPreview, type Pane } from '../file/panes.ts'
import { explain, toast, toastError } from '../toasts.ts'

interface EditorState {
  name: string
  path: string
  folder: string
  apiPath: string
  /** Address of the file's page. */
  page: string
  user: number
  mode: 'markdown' | 'text' | 'table'
  /** Of a table; missing where its first line tells it. */
  delimiter?: string
  text: string
  /** The revision that was opened; 0: there was none. */
  base: number
  /** Maximum size in bytes. */
  limit: number
}

const state = readState<EditorState>()
const form = formOf(state.text)
const drafts = new Drafts(state.user, state.path)
const status = need('#editor-state', HTMLElement)
const DRAFT_DELAY = 400

let base = state.base
/** Texts of known revisions, for merging. */
const known = new Map([[state.base, state.text]])
let saved = toPlain(state.text)
let isChanged = false
let isSaving = false
let waiting: number | undefined

const textPane = new TextPane(changed)
const gridPane = state.mode === 'table' ? new GridPane(changed, state.delimiter) : undefined
let pane: Pane = gridPane ?? textPane
pane.set(saved)
if (gridPane && !gridPane.isFitting) showView('text')
const renew = state.mode === 'markdown' ? followPreview(textPane, state.folder) : undefined
restoreDraft()
pane.focus()

need('#save', HTMLButtonElement).addEventListener('click', () => void save('leave'))
document.addEventListener('keydown', (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 's') {
    event.preventDefault()
    void save('stay')
  }
})
for (const button of all('[data-view]', HTMLButtonElement)) button.addEventListener('click', () => showView(button.dataset['view'] ?? ''))
addEventListener('beforeunload', (event) => {
  keepDraft()
  if (isChanged) event.preventDefault()
})
addEventListener('pagehide', keepDraft)

function changed(): void {
  isChanged = true
  status.textContent = 'Not saved'
  renew?.()
  clearTimeout(waiting)
  waiting = setTimeout(keepDraft, DRAFT_DELAY)
}

function keepDraft(): void {
  clearTimeout(waiting)
  if (!isChanged) return
  const text = pane.text()
  isChanged = text !== saved
  if (isChanged)
    status.textContent = drafts.keep({ text, base, time: Date.now() })
      ? 'Not saved, kept as a draft'
      : 'Not saved, and too large for a draft'
  else {
    drafts.drop()
    status.textContent = ''
  }
}

function restoreDraft(): void {
  const draft = drafts.read()
  if (!draft) return
  if (draft.text === saved) return drafts.drop()
  pane.set(draft.text)
  base = draft.base
  changed()
  const place = need('#draft', HTMLElement)
  const discard = make('button', { type: 'button', class: 'button is-small' }, 'Discard it')
  discard.addEventListener('click', () => {
    startAnew(saved, state.base)
    place.hidden = true
  })
  const since = draft.base === state.base ? '' : ' Somebody else saved the file since; you will see the difference when you save.'
  place.replaceChildren(
    make(
      'div',
      { class: 'notice', role: 'status' },
      make(
        'div',
        { class: 'stack' },
        make('span', {}, `What you had not saved ${formatAge(draft.time, Date.now())} is back.${since}`),
        make('span', { class: 'actions' }, discard),
      ),
    ),
  )
  place.hidden = false
}

/** Continues with a text that is stored. */
function startAnew(text: string, revision: number): void {
  base = revision
  saved = text
  isChanged = false
  clearTimeout(waiting)
  drafts.drop()
  pane.set(text)
  renew?.()
  status.textContent = ''
  pane.focus()
}

/** @param then whether to continue editing afterwards */
async function save(then: 'stay' | 'leave'): Promise<void> {
  if (isSaving) return
  const plain = pane.text()
  const bytes = new TextEncoder().encode(toForm(plain, form))
  if (bytes.length > state.limit)
    return toast(
      `This text has ${formatBytes(bytes.length)}; files of up to ${formatBytes(state.limit)} are saved from here. Shorten it, ` +
        'or save it with a program of your own and upload it.',
      { tone: 'danger' },
    )
  keepDraft()
  isSaving = true
  need('#save', HTMLButtonElement).classList.add('is-busy')
  status.textContent = 'Saving…'
  try {
    const { revision_id: revision } = await call<{ revision_id: number }>('PUT', state.apiPath, {
      data: toBase64(bytes),
      if_revision: base,
    })
    finish(plain, revision, then)
  } catch (error) {
    status.textContent = 'Not saved'
    if (error instanceof ApiError && error.status === 409) await meetConflict(plain, then).catch(toastError)
    else toast(`Not saved. ${explain(error)}`, { tone: 'danger' })
  } finally {
    isSaving = false
    need('#save', HTMLButtonElement).classList.remove('is-busy')
  }
}

function finish(plain: string, revision: number, then: 'stay' | 'leave'): void {
  hideConflict()
  need('#draft', HTMLElement).hidden = true
  base = revision
  saved = plain
  known.set(revision, toForm(plain, form))
  // What was typed while it was being sent is not saved yet.
  isChanged = pane.text() !== plain
  drafts.drop()
  if (isChanged) return changed()
  status.textContent = 'Saved'
  if (then === 'leave') location.assign(state.page)
  else toast('Saved.')
}

async function meetConflict(mine: string, then: 'stay' | 'leave'): Promise<void> {
  const newest = await readNewest(state.apiPath, state.limit)
  const theirs = newest.text === undefined ? undefined : toPlain(newest.text)
  // An earlier answer was lost: the stored text is the user's own.
  if (theirs === mine) return finish(mine, newest.revision, then)
  if (newest.text !== undefined) known.set(newest.revision, newest.text)
  const began = base
  showConflict({
    newest,
    mine,
    readBase: async () => known.get(began) ?? (began === 0 ? '' : readRevision(state.apiPath, began)),
    keepTheirs: () => (theirs === undefined ? location.assign(state.page) : startAnew(theirs, newest.revision)),
    keepMine: () => {
      base = newest.revision
      void save(then)
    },
    merge: (text, conflicts) => {
      base = newest.revision
      saved = theirs ?? saved
      if (conflicts > 0 && gridPane) showView('text')
      pane.set(text)
      changed()
      pane.focus()
      toast(
        conflicts === 0
          ? 'Both are in the text now. Look it over, then save.'
          : `Both are in the text now. Choose at ${conflicts === 1 ? 'the place' : `the ${conflicts} places`} between <<<<<<< ` +
              'and >>>>>>>, then save.',
        { milliseconds: 10_000 },
      )
    },
  })
}

/** Markdown on a phone: editor or preview. A table: its cells or its text. */
function showView(view: string): void {
  for (const button of all('[data-view]', HTMLButtonElement)) button.setAttribute('aria-pressed', String(button.dataset['view'] === view))
  need('.editor', HTMLElement).dataset['view'] = view
  if (!gridPane) return
  const next = view === 'cells' ? gridPane : textPane
  if (next !== pane) {
    next.set(pane.text())
    pane = next
  }
  need('#grid', HTMLElement).hidden = need('#table-tools', HTMLElement).hidden = view !== 'cells'
  need('#write-pane', HTMLElement).hidden = view === 'cells'
  const cells = seek('[data-view="cells"]', HTMLButtonElement)
  if (view === 'cells' && !gridPane.isFitting) {
    toast('This table has too many columns to be edited as one; edit its text.', { tone: 'danger' })
    if (cells) cells.disabled = true
    showView('text')
  }
}
