/** The pages of a controller, except for its contents: state, log, keys, messages. */
import './main.ts'
import { awaitDevice } from '../controller/keys.ts'
import { handleMessages } from '../controller/messages.ts'
import { followState } from '../controller/state.ts'
import { readState, seek } from '../dom.ts'
import { followLog } from '../log-lines.ts'

export interface ControllerState {
  /** The controller's path. */
  path: string
  view: string
}

const { path } = readState<ControllerState>()

if (seek('#controller-state', HTMLElement)) followState(path)
followLog()
handleMessages(path)
awaitDevice()
