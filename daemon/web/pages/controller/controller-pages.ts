/** The pages of a controller, except for its contents, which the folder's page shows. */
import { CONTROLLER_FOLDER } from '../../../../src/wire/resource-types.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import type { ResourcePage } from '../../page.ts'
import { changeKeys, showKeys } from './keys.tsx'
import { showMessages } from './messages.tsx'
import { changeState, showState } from './state.tsx'
import { changeWatching, openWatching } from './watching.tsx'

const fits = ({ type }: Resource): boolean => type === CONTROLLER_FOLDER

export function createControllerPages(): ResourcePage[] {
  return [
    { method: 'GET', fits, view: 'state', handle: async (request, controller) => showState(request, controller) },
    { method: 'POST', fits, view: 'state', handle: changeState },
    { method: 'GET', fits, view: 'watching', handle: openWatching },
    { method: 'POST', fits, view: 'watching', handle: changeWatching },
    { method: 'GET', fits, view: 'keys', handle: async (request, controller) => showKeys(request, controller) },
    { method: 'POST', fits, view: 'keys', handle: changeKeys },
    { method: 'GET', fits, view: 'messages', handle: showMessages },
  ]
}
