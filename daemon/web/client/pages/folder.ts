/** The page of a folder: newest values live, small charts, selecting, and actions on the selected rows. */
import './main.ts'
import { IMAGE } from '../../../../src/wire/resource-types.ts'
import { all, need, readState, seek } from '../dom.ts'
import { call } from '../api.ts'
import { followState as followController } from '../controller/state.ts'
import { followValues } from '../folder/live-values.ts'
import { handleActions } from '../folder/actions.ts'
import { onSubmit } from '../forms.ts'
import { followMoves } from '../sequence/moves.ts'
import { handleImports } from '../import/offers.ts'
import { drawTrends } from '../folder/trends.ts'
import { escapePath } from '../../shared/paths.ts'
import { handleUploads } from '../folder/uploads.ts'
import { refresh } from '../refresh.ts'
import { toast, toastError } from '../toasts.ts'

export interface FolderState {
  /** The folder's path. */
  path: string
  isWritable: boolean
  /** The order that the address asks for; missing if it asks for none. */
  sort?: string
  isUser: boolean
}

const state = readState<FolderState>()

followValues(state.path)
followMoves(state.path, state.path, () => void refresh().catch(toastError))
handleActions(state)
drawTrends()
if (seek('#controller-state', HTMLElement)) followController(state.path)
document.addEventListener('refreshed', drawTrends)
if (state.isWritable)
  handleUploads(
    state.path,
    handleImports({ path: state.path, isSequence: false }, () => void refresh().catch(toastError)),
  )
// Store the order for the next visit.
if (state.sort !== undefined && state.isUser)
  call('PUT', `/resources${location.pathname}`, { view: { sort: state.sort } }).catch(toastError)

// Of images an empty field means what the server does by itself: all of them would fill a disk.
const kept = seek('#new-sequence [name="max_history"]', HTMLInputElement)
const keptOtherwise = kept?.dataset['whenEmpty']
const sayKept = (dataType: string): void => {
  if (kept && keptOtherwise !== undefined) kept.dataset['whenEmpty'] = Number(dataType) === IMAGE ? '' : keptOtherwise
}
const dataType = seek('#new-sequence [name="data_type"]', HTMLSelectElement)
dataType?.addEventListener('change', () => sayKept(dataType.value))
dataType?.form?.addEventListener('reset', () => sayKept(''))

onSubmit('#new-dashboard-form', async () => {
  const name = need('#new-dashboard-name', HTMLInputElement)
    .value.trim()
    .replace(/(?:\.dashboard)?$/, '.dashboard')
  await call('POST', '/resources', { path: state.path, name, type: 'file' })
  location.assign(`${escapePath(`${state.path}/${name}`)}?edit=1`)
})

document.addEventListener('api-done', (event) => {
  for (const dialog of all('dialog[open]', HTMLDialogElement)) dialog.close()
  const form = event.target instanceof HTMLFormElement ? event.target : undefined
  const { type, name } = Object.fromEntries(form ? new FormData(form) : [])
  form?.reset()
  // Open a new file in the editor.
  if (type === 'file' && typeof name === 'string') return location.assign(`${escapePath(`${state.path}/${name}`)}?view=edit`)
  toast('Made.')
  refresh().catch(toastError)
})
