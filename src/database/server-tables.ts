/** The tables of what the server keeps for itself. */
import type { Generated } from 'kysely'
import type { Micros } from '../base/time.ts'
import type { Flag } from './column-types.ts'

/** How many attempts were made since a window began, for limits that survive a restart. */
export interface ThrottleTable {
  /** A hash of what is limited, and for whom. */
  name: string
  count: number
  window_start: Micros
}

/** Periods of downtime. The row with a null end is the last time the server was known to be up. */
export interface PauseTable {
  from_timestamp: Micros
  until_timestamp: Micros | null
}

/** What the server's clock skipped. The row with a null end is the newest time that the server believed. */
export interface KnownTimeTable {
  from_timestamp: Micros
  until_timestamp: Micros | null
}

/** A stretch of time in which the server's clock was wrong, as that clock showed it. */
export interface WrongClockTable {
  id: Generated<number>
  /** Of the machine; '' where it does not tell them apart. */
  boot: string
  start_timestamp: Micros
  /** Until when it is known to have been wrong. */
  end_timestamp: Micros
  /** What was added to it then; null: it was not set right, at least not while the server ran. */
  off_by: Micros | null
  /** JSON: ids of sequences whose values were moved already; moved ones may lie in the stretch again. */
  moved: Generated<string>
  /** When an admin said what is to become of the values that were stamped in it. */
  settled_timestamp: Micros | null
  settled_as: 'shifted' | 'dismissed' | null
}

/** Values of a sequence that were stored at times that the server corrected, because the controller's clock was wrong. */
export interface CorrectedTimeTable {
  id: Generated<number>
  controller_id: number
  sequence_id: number
  /** When the correction began, which it shares with other sequences. */
  since_timestamp: Micros
  /** What was added to the times that were sent. */
  off_by: Micros
  /** As they are stored. */
  first_timestamp: Micros
  /** While the correction goes on, up to a minute later than the newest. */
  last_timestamp: Micros
  /** When they were moved back to the times that they were sent with. */
  undone_timestamp: Micros | null
}

/** Backups and proofs of them, in the order in which they ended. The newest 200 are kept. */
export interface BackupLogTable {
  id: Generated<number>
  /** `backup` or `proof`. */
  kind: string
  /** The folder, or `-` for a stream. */
  place: string
  /** The moment whose state the backup holds; null if there is no backup. */
  point_timestamp: Micros | null
  start_timestamp: Micros
  end_timestamp: Micros
  /** By the daemon's schedule, not by a command. */
  scheduled: Flag
  /** What is in it, and what was new in the folder. */
  bytes: number | null
  written_bytes: number | null
  /** Null if it went well. */
  error: string | null
}

/** Time of the newest readiness probe, in one row that `/health` writes. */
export interface ProbeTable {
  id: number
  timestamp: Micros
}

export interface SchemaMigrationTable {
  number: number
  name: string
  timestamp: Micros
}

/** Its only row, 1: the daemon that the database belongs to. */
export interface DaemonTable {
  id: number
  /** Drawn at random at each start; a daemon that finds another one's here commits nothing any more. */
  token: number
  /** Which process of which boot of the machine that was; '' when it has ended. */
  process: string
  pid: number
  /** Device and inode of the database file: a copy of it belongs to no daemon. */
  file: string
}

/** What an extension keeps. */
export interface ExtensionValueTable {
  extension: string
  key: string
  /** JSON. */
  value: string
}
