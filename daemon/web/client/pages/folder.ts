/** The page of a folder: newest values live, small charts, selecting, and what can be done with what is selected. */
import { all, readState, seek } from '../dom.ts'
import { call } from '../api.ts'
import { followState as followController } from '../controller/state.ts'
import { followValues } from '../folder/live-values.ts'
import { handleActions } from '../folder/actions.ts'
import { drawTrends } from '../folder/trends.ts'
import { escapePath } from '../../shared/paths.ts'
import { handleUploads } from '../folder/uploads.ts'
import { refresh } from '../refresh.ts'
import { toast, toastError } from '../toasts.ts'

export interface FolderState {
  /** The folder's. */
  path: string
  isWritable: boolean
  /** What the address asks for; missing when it asks for nothing. */
  sort?: string
  isUser: boolean
}

const state = readState<FolderState>()

followValues(state.path)
handleActions(state)
drawTrends()
if (seek('#controller-state', HTMLElement)) followController(state.path)
document.addEventListener('refreshed', drawTrends)
if (state.isWritable) handleUploads(state.path)
// The next visit begins as this one ends.
if (state.sort !== undefined && state.isUser)
  call('PUT', `/resources${location.pathname}`, { view: { sort: state.sort } }).catch(toastError)

document.addEventListener('api-done', (event) => {
  for (const dialog of all('dialog[open]', HTMLDialogElement)) dialog.close()
  const form = event.target instanceof HTMLFormElement ? event.target : undefined
  const { type, name } = Object.fromEntries(form ? new FormData(form) : [])
  form?.reset()
  // Whoever makes a file wants to write into it.
  if (type === 'file' && typeof name === 'string') return location.assign(`${escapePath(`${state.path}/${name}`)}?view=edit`)
  toast('Made.')
  refresh().catch(toastError)
})
