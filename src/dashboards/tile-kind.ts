/** What a kind of tiles is: its settings, and how its tiles are read. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Resource } from '../tree/tree.ts'
import type { ActiveAlert } from '../watching/active-alerts.ts'
import type { TileSetting } from '../wire/dashboard-answers.ts'
import type { Paths } from './places.ts'

export type Settings = Readonly<Record<string, unknown>>

/** What a kind reads its tile with; each of its paths is checked for the reader. */
export interface TileRequest {
  readonly ctx: Context
  readonly actor: Actor
  /** As they stand in the file, checked against the kind's table. */
  readonly settings: Settings
  /** Finds what paths in the settings stand for. */
  readonly paths: Paths
  /** Points that a chart has room for. */
  readonly room: number
  /** Alerts that are on and that the reader may see, read once for all tiles. */
  alerts: () => Promise<readonly ActiveAlert[]>
}

export interface TileRead {
  readonly data: unknown
  /** What was left out, in a sentence. */
  readonly note?: string | undefined
}

export interface TileKind {
  /** As in the file. */
  readonly name: string
  /** For people: "Newest values". */
  readonly label: string
  readonly settings: readonly TileSetting[]
  /** It is not known now: its tiles are kept as they are written. */
  readonly isMissing?: true
  /** Columns and rows of a new tile. */
  readonly size: { readonly width: number; readonly height: number }
  /** Addresses of style sheets that it needs. */
  readonly styles?: readonly string[]
  /** Whether what it shows changes in other ways than by values of its sequences, so that it is read again now and then. */
  readonly isPolled?: boolean
  /** @throws Fault forbidden, not_found, invalid: shown in the tile */
  read: (request: TileRequest) => Promise<TileRead>
  /** The sequences that it shows, to be followed. */
  follows?: (request: Pick<TileRequest, 'settings' | 'paths'>) => readonly Resource[]
}
