/** Pages to create and change rules of sequences and controllers; controllers list theirs under Watching. */
import { SEQUENCE, isFolderType } from '../../../../src/wire/resource-types.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import type { ResourcePage } from '../../page.ts'
import { changeAlerts, showAlerts } from './alert-list.tsx'
import { handleAlertForm, showAlertForm } from './alert-page.tsx'

const isSequence = ({ type }: Resource): boolean => type === SEQUENCE
const hasRules = ({ type }: Resource): boolean => type === SEQUENCE || isFolderType(type)

export function createAlertPages(): ResourcePage[] {
  return [
    { method: 'GET', fits: isSequence, view: 'alerts', handle: async (request, sequence) => showAlerts(request, sequence) },
    { method: 'POST', fits: isSequence, view: 'alerts', handle: changeAlerts },
    { method: 'GET', fits: hasRules, view: 'alert', handle: showAlertForm },
    { method: 'POST', fits: hasRules, view: 'alert', handle: handleAlertForm },
  ]
}
