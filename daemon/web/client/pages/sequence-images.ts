/** The page of an image sequence. */
import { readState } from '../dom.ts'
import { handleChanges } from '../sequence/changes.ts'
import { Viewer, type ViewerState } from '../sequence/viewer.ts'

const state = readState<ViewerState>()
new Viewer(state).start()
handleChanges(state.path, () => ({ zone: '' }))
