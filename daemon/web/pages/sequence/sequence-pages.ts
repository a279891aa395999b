/** Pages of sequences: a chart of numbers, the lines of a log, images by time. */
import { IMAGE, NUMERIC, SEQUENCE, TEXT, type DataType } from '../../../../src/wire/resource-types.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import type { ResourcePage } from '../../page.ts'
import { showGroups } from './groups.tsx'
import { replyImages, showImages } from './images.tsx'
import { showLog } from './log.tsx'
import { replyLines } from './log-lines.ts'
import { showChart } from './numeric.tsx'
import { replyPoints } from './points.ts'
import { replyStates } from './states.ts'

export function createSequencePages(): ResourcePage[] {
  return [
    { method: 'GET', fits: holds(NUMERIC), forLinks: true, handle: showChart },
    { method: 'GET', fits: holds(NUMERIC), view: 'points', forLinks: true, handle: replyPoints },
    { method: 'GET', fits: holds(TEXT), forLinks: true, handle: showLog },
    { method: 'GET', fits: holds(TEXT), view: 'lines', forLinks: true, handle: replyLines },
    { method: 'GET', fits: holds(TEXT), view: 'groups', forLinks: true, handle: showGroups },
    { method: 'GET', fits: holds(TEXT), view: 'states', forLinks: true, handle: replyStates },
    { method: 'GET', fits: holds(IMAGE), forLinks: true, handle: showImages },
    { method: 'GET', fits: holds(IMAGE), view: 'images', forLinks: true, handle: replyImages },
  ]
}

const holds =
  (dataType: DataType) =>
  ({ type, sequence }: Resource): boolean =>
    type === SEQUENCE && sequence?.dataType === dataType
