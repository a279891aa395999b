/** The tables of large contents that are kept in the database; schema.ts has the others and the conventions. */
import type { Micros } from '../base/time.ts'
import type { Flag } from './column-types.ts'

/** A piece of bulk storage. */
export interface StoredPieceTable {
  path: string
  /** Bytes; of one that is being written, 0. */
  size: number
  written_timestamp: Micros
  /** When it was put aside; null: it was not. */
  discarded_timestamp: Micros | null
  is_finished: Flag
}

export interface StoredChunkTable {
  path: string
  /** From 0. */
  number: number
  data: Uint8Array
}
