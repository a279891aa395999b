/** Answers about values of sequences: what became of those that were sent, imports, and corrections. */

/** What became of values that were to be moved in time. */
export interface ShiftAnswer {
  path: string
  /** How many were moved; 0 for a trial. */
  moved: number
  /** How many the range holds. */
  matching: number
  /** Seconds. */
  by: number
  /** The new times of the first and the last; null when there are none. */
  first_timestamp: string | null
  last_timestamp: string | null
  /** The command that moves them back; null when nothing was moved. */
  undo: string | null
}

/** What a sequence contains, and how much space it takes. */
export interface SequenceReport {
  id: number
  path: string
  /** `numeric`, `text` or `image`. */
  data_type: string
  units: string | null
  decimal_places: number | null
  values: number
  first_timestamp: string | null
  last_timestamp: string | null
  /** Values that are not packed into blocks yet; null for images, which never are. */
  unsealed: number | null
  /** null for images. */
  blocks: number | null
  /** Size of the blocks; for images, including their thumbnails. */
  bytes: number
  /** For the values in blocks; null when there are none. */
  bytes_per_value: number | null
  max_history: number
  /** Such as `90d`; null: for ever. */
  max_age: string | null
  /** Seconds. */
  min_storage_interval: number
}

/** A value of an import that was refused. */
export interface RefusedValue {
  /** The item's place in the request; the first is 0. */
  readonly index: number
  /** Empty where the row could not be read. */
  readonly path: string
  readonly message: string
  /** How a row begins that could not be read. */
  readonly text?: string
}

/** A value that was not stored, and is not going to be if it is sent again. */
export interface SkippedValue {
  /** As its sender named the sequence. */
  readonly path: string
  readonly message: string
}

/** What became of values that came together. Each counts in one of the fields. */
export interface ValuesAnswer {
  /** Values at new times. */
  readonly stored: number
  /** Values at times that were there already; the newer one counts. */
  readonly repeated: number
  /** Values older than the `max_age` of their sequence, which keeps them only until it is trimmed next. */
  readonly expired: number
  /** Values that only subscribers got: they came sooner than `min_storage_interval` after the newest. */
  readonly shown: number
  /** The first of those that went nowhere. */
  readonly skipped: readonly SkippedValue[]
  /** How many there are, where that is more than are named. */
  readonly skipped_count?: number
}

/** What came of changing a resource: of a sequence, what became of its value. */
export interface ChangeAnswer extends Partial<ValuesAnswer> {
  /** What does not do what its sender may expect of it, in sentences. */
  readonly warnings?: readonly string[]
}

/** What became of an import. */
export interface ImportAnswer {
  /** Values at new times. */
  readonly stored: number
  /** Values at times that were there already; the newer one counts. */
  readonly repeated: number
  /** As in {@link ValuesAnswer}, where there are any. */
  readonly expired?: number
  readonly refused: number
  /** The first refused ones. */
  readonly errors: readonly RefusedValue[]
  /** Which they are, in sentences. */
  readonly warnings?: readonly string[]
}

/** What an import did with the values of one sequence. */
export interface ImportedSequence {
  path: string
  /** Whether the import makes it. */
  is_new: boolean
  /** Header of its column in the file; empty where there is none. */
  column: string
  units: string | null
  /** Values at times that had none. For a trial: values that would be stored, replaced or repeated. */
  stored: number
  /** The same value was there already. */
  repeated: number
  /** Another value was there, and is gone. */
  replaced: number
  /** Cells without a value. */
  missing: number
  refused: number
  /** Older than the `max_age` of the sequence, so not kept. */
  expired: number
}

/** A column of a table that may hold values. */
export interface TableColumn {
  /** From 1. */
  number: number
  header: string
  /** Of its sequence, unless another is named. */
  name: string
  units: string | null
  /** False: left out. */
  is_taken: boolean
}

/** A series that rows of a table name. */
export interface TableSeries {
  /** Of its sequence below the folder, unless another is named. */
  name: string
  /** False: left out. */
  is_taken: boolean
}

/** A row or a cell that was refused. */
export interface RefusedRow {
  /** In the file, from 1. */
  line: number
  /** As it stands there, cut after 200 characters. */
  text: string
  message: string
}

/** What became of a file that was imported, or would. */
export interface TableImportAnswer {
  /** Of the record, by which it can be undone; null for a trial, and when nothing new came. */
  import_id: number | null
  dry_run: boolean
  /** Name of the known format. */
  format: string | null
  /** How the file was read, in sentences. */
  read_as: string[]
  /** Zone of times without one; null: there were none. */
  time_zone: string | null
  /** Where that zone is from: `given`, `file` or `organization`. */
  time_zone_source: string | null
  rows: number
  first: { line: number; text: string; timestamp: string } | null
  last: { line: number; text: string; timestamp: string } | null
  /** Columns that values may be taken from, also such as are left out; none where rows name their series. */
  columns: TableColumn[]
  /** The series that rows name, also such as are left out; none where columns are series. */
  series: TableSeries[]
  sequences: ImportedSequence[]
  /** Rows, and cells of rows, that were refused. */
  refused: number
  /** The first of them. */
  errors: RefusedRow[]
  /** Cells whose time another row had before: with the same value, or left out as the policy says. */
  duplicates: number
  /** What would stop the import; only a trial has some. */
  problems: string[]
  warnings: string[]
  /** The first rows: as many values as there are columns, null where one is missing. */
  sample: { line: number; timestamp: string; values: (number | string | null)[] }[]
}

/** An import that was recorded. */
export interface ImportRecord {
  id: number
  file_name: string
  user_id: number | null
  controller_id: number | null
  creation_timestamp: string
  /** When what it brought was removed again. */
  removal_timestamp: string | null
  /** Values that it brought to times without one, and between which times, in each sequence that is still there. */
  sequences: { path: string; values: number; first_timestamp: string; last_timestamp: string }[]
}

/** Why a note was made: by a person, by a device, or by the server for an alarm or an import. */
export type NoteSource = 'person' | 'device' | 'alarm' | 'import'

/** A note about a moment or a stretch of time. */
export interface NoteInfo {
  id: number
  /** Of the sequence, controller or folder that it is on. */
  path: string
  start_timestamp: string
  /** null: it is about a moment. */
  end_timestamp: string | null
  text: string
  tags: string[]
  source: NoteSource
  by: { kind: 'user' | 'controller' | 'server'; id: number | null; name: string }
  creation_timestamp: string
  /** When it was last changed; null: never. */
  modification_timestamp: string | null
}

/** Values of a sequence that are marked as bad. */
export interface MaskInfo {
  id: number
  path: string
  /** Of the first and the last that it covers; null: open. */
  start_timestamp: string | null
  end_timestamp: string | null
  /** The condition; null: all values of its time. */
  where: string | null
  note: string
  /** How many values it covered when it was made. */
  values: number
  /** Of how many stretches of time it consists. */
  stretches: number
  /** The first of them, beginning and end of each, where a range was asked for. */
  parts?: [string, string][]
  by: string
  creation_timestamp: string
}

/** How the values of a sequence are read from a time on. */
export interface CalibrationInfo {
  id: number
  path: string
  start_timestamp: string
  scale: number
  offset: number
  /** Pairs of what the sensor said and what was right, in place of scale and offset. */
  points: [number, number][] | null
  note: string
  by: string
  creation_timestamp: string
}
