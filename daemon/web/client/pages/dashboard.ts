/** The page of a dashboard. */
import './main.ts'
import type { DashboardState } from '../../shared/dashboard-tiles.ts'
import { Board } from '../dashboard/board.ts'
import { Editing } from '../dashboard/edit.ts'
import { handleWall } from '../dashboard/wall.ts'
import { readState, seek } from '../dom.ts'
import { handlePrinting } from '../printing.ts'

const state = readState<DashboardState>()
const board = new Board(state)
const editing = state.isEditable ? new Editing(board) : undefined

let isTold = false
board.onChanged = (isFile) => {
  // A page that nobody edits shows the newest dashboard, above all one on a wall.
  if (editing?.isOn !== true) return location.reload()
  if (isFile && !isTold) editing.tellChanged()
  isTold ||= isFile
}

handleWall()
handlePrinting(() => board.renew())
board.start()
if (new URLSearchParams(location.search).has('edit')) editing?.begin()

const choices = seek('#board-choices', HTMLFormElement)
choices?.addEventListener('change', () => choices.requestSubmit())
