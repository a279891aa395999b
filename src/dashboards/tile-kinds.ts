/** The kinds of tiles, by the names that dashboards call them. To add one: a file in `tiles/`, and a line here. */
import { conflict, notFound } from '../base/fault.ts'
import type { TileKind } from './tile-kind.ts'
import { alarmsTile } from './tiles/alarms.ts'
import { chartTile } from './tiles/chart.ts'
import { imageTile } from './tiles/image.ts'
import { logTile } from './tiles/log.ts'
import { statesTile } from './tiles/states.ts'
import { textTile } from './tiles/text.ts'
import { valuesTile } from './tiles/values.ts'

/** Those of the server itself. */
export const tileKinds: ReadonlyMap<string, TileKind> = new Map(
  [chartTile, valuesTile, statesTile, imageTile, textTile, alarmsTile, logTile].map((kind) => [kind.name, kind]),
)

/** Of a new tile, in columns and rows, where its kind does not say. */
export const USUAL_SIZE = { width: 4, height: 4 } as const

/** Those of the server and of its extensions: `ctx.tileKinds`. */
export class TileKinds {
  readonly #all = new Map(tileKinds)

  get all(): ReadonlyMap<string, TileKind> {
    return this.#all
  }

  /** @returns its own end @throws Fault conflict when there is one of that name */
  add(kind: TileKind): () => void {
    if (this.#all.has(kind.name)) throw conflict(`There is a kind of tile ${kind.name} already.`)
    this.#all.set(kind.name, kind)
    return () => void this.#all.delete(kind.name)
  }
}

/** What stands for a kind of an extension that does not run here now; undefined for other names. It keeps the tile as it is written. */
export function missingKind(name: string): TileKind | undefined {
  const [, extension] = /^ext:([a-z0-9-]+):[a-z0-9-]+$/.exec(name) ?? []
  if (extension === undefined) return undefined
  return {
    name,
    label: name,
    settings: [],
    isMissing: true,
    size: USUAL_SIZE,
    read: () =>
      Promise.reject(
        notFound(`The extension ${extension} does not run on this server now, so it shows nothing here. Its admins can see why.`),
      ),
  }
}
