/** The tables of sequences' values, their imports and corrections. */
import type { Generated } from 'kysely'
import type { Micros } from '../base/time.ts'

/** The newest number of a sequence as it was sent, where it prints otherwise. Counts while that value is the newest. */
export interface NewestTextTable {
  sequence_id: number
  timestamp: Micros
  text: string
}

/** Commits of sequence values that are not yet sealed in blocks. Only the storage engine uses it. */
export interface SequenceJournalTable {
  id: Generated<number>
  data: Uint8Array
}

/** Headers of blocks of values. Only the storage engine uses it. */
export interface SequenceBlockTable {
  sequence_id: number
  first: Micros
  last: Micros
  count: number
  /** Null if it is NaN, or the values are texts. */
  min: number | null
  max: number | null
  sum: number | null
  first_value: number | null
  last_value: number | null
  bytes: number
  data_id: number
}

/** Blocks of values, in the format that docs/blocks.md describes. */
export interface SequenceBlockDataTable {
  id: number
  data: Uint8Array
}

/** Damaged blocks that were put aside. */
export interface SequenceDamagedBlockTable {
  id: Generated<number>
  sequence_id: number
  first: Micros
  last: Micros
  count: number
  damage: string
  /** Empty when the database could not read it. */
  data: Uint8Array
  /** Then its row in `sequence_block_data`, which was left there. */
  data_id: number | null
}

/** Damaged records of the journal that were put aside, one or several that follow each other. */
export interface SequenceDamagedRecordTable {
  id: Generated<number>
  first_record: number
  last_record: number
  /** Ids of the sequences whose values it seems to hold, as a JSON array; empty when nothing is known. */
  sequences: string
  /** The times between which its values seem to lie. */
  first: Micros | null
  last: Micros | null
  damage: string
  /** Empty when the database could not read it. */
  data: Uint8Array
}

/** An import of a file. */
export interface ImportTable {
  id: Generated<number>
  organization_id: number
  user_id: number | null
  controller_id: number | null
  /** Empty when it has none. */
  file_name: string
  creation_timestamp: Micros
  /** When what it brought was removed again. */
  removal_timestamp: Micros | null
}

/** Times at which an import brought values that were not there before; many rows for a sequence. */
export interface ImportValueTable {
  id: Generated<number>
  import_id: number
  sequence_id: number
  first: Micros
  last: Micros
  count: number
  /** As base/time-list.ts packs them. */
  times: Uint8Array
}

/** Values of a sequence that are marked as bad. */
export interface MaskTable {
  id: Generated<number>
  sequence_id: number
  note: string
  user_id: number | null
  controller_id: number | null
  creation_timestamp: Micros
  /** As they were asked for; null: open. */
  start_timestamp: Micros | null
  end_timestamp: Micros | null
  /** '' for none. */
  condition: string
  /** What it covers, as base/time-list.ts packs beginnings and ends; null: all from start to end. */
  stretches: Uint8Array | null
  /** How many values that were when it was made. */
  count: number
}

/** How the values of a sequence are to be read from a time on. */
export interface CalibrationTable {
  id: Generated<number>
  sequence_id: number
  note: string
  user_id: number | null
  controller_id: number | null
  creation_timestamp: Micros
  start_timestamp: Micros
  scale: number
  offset: number
  /** JSON list of pairs, in place of scale and offset; null: none. */
  points: string | null
}
