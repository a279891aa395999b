/** What a dashboard's page and its script say to each other. No Node, no DOM. */
import type { Place, TileAnswer, TileSequence, TileSetting } from '../../../src/wire/dashboard-answers.ts'
import type { PackedPoints } from './packed-points.ts'

export interface ChartTileData {
  /** Microseconds. */
  readonly from: number
  readonly to: number
  readonly lines: readonly (TileSequence & { readonly points: PackedPoints; readonly limits: readonly number[] })[]
}

export interface TilesReply {
  /** The server's clock, in microseconds. */
  readonly now: number
  /** Of the file: when it is another one than the page's, somebody changed the dashboard. */
  readonly revision: number
  /** As in {@link DashboardState}, when all tiles are read: a folder that was made, renamed or deleted changes them. */
  readonly folders?: readonly string[]
  readonly answers: readonly TileAnswer[]
}

/** A kind of tiles, for the form of its settings. */
export interface ShownKind {
  readonly name: string
  readonly label: string
  readonly settings: readonly TileSetting[]
  readonly size: { readonly width: number; readonly height: number }
  readonly isPolled: boolean
}

/** A tile as it stands in the file. */
export interface ShownTile {
  readonly kind: string
  readonly title?: string | undefined
  readonly place: Place
  readonly settings: Readonly<Record<string, unknown>>
}

export interface DashboardState {
  /** The page of the file, with the chosen folders: where its tiles are asked for. */
  readonly address: string
  readonly revision: number
  readonly tiles: readonly ShownTile[]
  readonly kinds: readonly ShownKind[]
  /** Folders whose values are heard. */
  readonly folders: readonly string[]
  /** Whether some sequences can be read and not heard, so that they are asked for. */
  readonly isPolled: boolean
  /** Whether the newest revision is shown to somebody who may change it. */
  readonly isEditable: boolean
  /** Path of the dashboard's folder. */
  readonly folder: string
  readonly variables: readonly string[]
  /** The server's clock, in milliseconds. */
  readonly now: number
  readonly timezone?: string | undefined
}
