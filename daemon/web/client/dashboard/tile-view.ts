/** What draws the content of a tile. Kinds of tiles are a table: views.ts. */
import type { ValueMessage } from '../live.ts'

/** What a view knows of the page. */
export interface Surroundings {
  /** The server's clock, in milliseconds. */
  now: () => number
  /** IANA name of the zone that times are shown in. */
  readonly zone: string
  /** Shows how old the content is. @param time milliseconds; undefined: that is not told */
  tellAge: (time: number | undefined) => void
}

export interface TileView {
  /** Draws what the server answered. */
  show: (data: unknown) => void
  /** Paths of the sequences that it shows, after {@link show}. */
  readonly paths: readonly string[]
  /** Takes new values of them. @returns whether it has to be read again */
  take?: (values: readonly ValueMessage[]) => boolean
  /** Called now and then, as time goes on. */
  tick?: () => void
  /** Called when colours or size have changed. */
  renew?: () => void
}

/** @param body of the tile */
export type ViewMaker = (body: HTMLElement, page: Surroundings) => TileView
