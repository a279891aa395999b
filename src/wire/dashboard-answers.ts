/** What tiles of a dashboard show, as it is sent to its page. Times are in microseconds since 1970. */
import type { Micros } from '../base/time.ts'

/** Where a tile is on the grid, in columns from the left and rows from the top, and how large it is. */
export interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Columns of the grid. */
export const COLUMNS = 12
export const MAX_HEIGHT = 40
export const MAX_ROW = 1_000

export type SettingType = 'sequences' | 'sequence' | 'folder' | 'range' | 'text' | 'count'

/** A setting of a kind of tiles. */
export interface TileSetting {
  readonly name: string
  readonly label: string
  readonly type: SettingType
  readonly isRequired?: boolean
  /** What the sequences of a path hold. */
  readonly holds?: 'numbers' | 'text' | 'images' | 'values'
  readonly hint?: string
  /** What counts where it is missing. */
  readonly otherwise?: string | number
  /** Of a count. */
  readonly most?: number
}

/** A sequence that a tile shows. */
export interface TileSequence {
  readonly path: string
  /** What people call it. */
  readonly name: string
  readonly type: 'numeric' | 'text' | 'image'
  readonly units: string | undefined
  readonly decimals: number | undefined
}

export interface NewestValue extends TileSequence {
  /** Missing while there is no value. */
  readonly newest: { readonly time: Micros; readonly text: string } | undefined
  /** Values below and above which an alert is on. */
  readonly low: number | undefined
  readonly high: number | undefined
  /** The rule of an alert that is on, in words. */
  readonly alert: string | undefined
  /** Times and values of the time before. */
  readonly trend: { readonly times: readonly Micros[]; readonly values: readonly number[] } | undefined
}

export interface ValuesData {
  readonly sequences: readonly NewestValue[]
}

/** A time in which a sequence had one value. */
export interface StateStretch {
  readonly from: Micros
  readonly to: Micros
  readonly text: string
}

export interface StatesData {
  readonly from: Micros
  readonly to: Micros
  readonly sequences: readonly (TileSequence & { readonly stretches: readonly StateStretch[] })[]
}

export interface ImageData {
  readonly sequence: TileSequence
  readonly newest: { readonly time: Micros; readonly revision: number } | undefined
}

export interface AlarmsData {
  readonly folder: string
  readonly alarms: readonly {
    readonly path: string
    /** In words, with limits in the units of the sequence. */
    readonly condition: string
    readonly units: string | undefined
    readonly since: Micros | undefined
    readonly isMuted: boolean
    readonly isAcknowledged: boolean
  }[]
  /** Whether there is a rule at all. */
  readonly isWatched: boolean
}

export interface LogData {
  readonly sequence: TileSequence
  readonly lines: readonly { readonly time: Micros; readonly text: string }[]
}

/** What one tile shows, or why it shows nothing. */
export interface TileAnswer {
  readonly tile: number
  readonly kind: string
  readonly data?: unknown
  /** A sentence for the reader. */
  readonly problem?: string
  /** What it left out, in a sentence. */
  readonly note?: string
}
