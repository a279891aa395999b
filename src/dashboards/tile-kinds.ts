/** The kinds of tiles, by the names that dashboards call them. To add one: a file in `tiles/`, and a line here. */
import type { TileKind } from './tile-kind.ts'
import { alarmsTile } from './tiles/alarms.ts'
import { chartTile } from './tiles/chart.ts'
import { imageTile } from './tiles/image.ts'
import { logTile } from './tiles/log.ts'
import { statesTile } from './tiles/states.ts'
import { textTile } from './tiles/text.ts'
import { valuesTile } from './tiles/values.ts'

export const tileKinds: ReadonlyMap<string, TileKind> = new Map(
  [chartTile, valuesTile, statesTile, imageTile, textTile, alarmsTile, logTile].map((kind) => [kind.name, kind]),
)
