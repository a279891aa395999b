/** The page of an image sequence. */
import './main.ts'
import { readState } from '../dom.ts'
import { handleChanges } from '../sequence/changes.ts'
import { followMoves, followRemovals } from '../sequence/moves.ts'
import { folderOf } from '../sequence/newest.ts'
import { Viewer, type ViewerState } from '../sequence/viewer.ts'

const state = readState<ViewerState>()
const viewer = new Viewer(state)
viewer.start()
handleChanges(state.path, () => ({ zone: viewer.zone }))
followMoves(state.path, folderOf(state.path))
followRemovals(state.path, folderOf(state.path))
