/** The view of each kind of tile. To add one: a file in `tiles/`, and a line here. Kinds without one show what the server made. */
import type { ViewMaker } from './tile-view.ts'
import { makeAlarms } from './tiles/alarms.ts'
import { makeChart } from './tiles/chart.ts'
import { makeHtml } from './tiles/html.ts'
import { makeImage } from './tiles/image.ts'
import { makeLog } from './tiles/log.ts'
import { makeStates } from './tiles/states.ts'
import { makeValues } from './tiles/values.ts'

const views: ReadonlyMap<string, ViewMaker> = new Map([
  ['chart', makeChart],
  ['values', makeValues],
  ['states', makeStates],
  ['image', makeImage],
  ['alarms', makeAlarms],
  ['log', makeLog],
])

/** undefined: the server makes it. */
export const viewOf = (kind: string): ViewMaker | undefined => views.get(kind) ?? (kind.startsWith('ext:') ? makeHtml : undefined)
