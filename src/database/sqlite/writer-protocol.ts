/** The messages between the main thread and the writer thread. Both sides import this file, and nothing of each other. */

import type { ChangedPages, PagePosition } from './pages.ts'

export interface WriterSettings {
  path: string
  /** `FULL`: a commit has reached the disk when it returns. `NORMAL`: a power cut may lose the newest commits. */
  synchronous: 'FULL' | 'NORMAL'
  /** Of the daemon's hold of the database; undefined for a command, which works beside a daemon for a moment. */
  token: number | undefined
}

/** The code of the error while the log is in doubt, see writer-log.ts. */
export const IN_DOUBT = 'IN_DOUBT'
/** The code of the error when a transaction's next statement comes after SQLite has rolled it back. */
export const ROLLED_BACK = 'ROLLED_BACK'

/** The code of the error when the database belongs to another daemon meanwhile. */
export const LOST = 'LOST'

/** A column of parameters for a {@link RowsStep}, with one entry a row. The memory of typed arrays is transferred to the writer. */
export type Column = Float64Array | readonly (string | Uint8Array)[]

/** One prepared statement that runs once for each row of `columns`, which have equal lengths. */
export interface RowsStep {
  sql: string
  columns: Column[]
}

/**
 * now: when it is done it has reached the disk. later: it reaches the disk with the next transaction that waits for it; for data that can
 * be recreated from what is there. Transactions reach the disk in order, so a power cut loses only the last of them.
 */
export type Sync = 'now' | 'later'

export interface WriterStatement {
  sql: string
  parameters: readonly unknown[]
  /** Belongs to the open transaction, and must not run when that is gone. */
  isInside: boolean
}

export type WriterRequest =
  | ({ kind: 'statement'; id: number } & WriterStatement)
  /** In order; each has its own reply. */
  | { kind: 'statements'; id: number; list: readonly WriterStatement[] }
  /** All steps in one transaction. */
  | { kind: 'rows'; id: number; steps: RowsStep[]; sync: Sync }
  /** Gives this many free pages of the file back to the disk. */
  | { kind: 'shrink'; id: number; pages: number }
  /** Pages that changed since a position, at most so many, see page-changes.ts. */
  | { kind: 'pages'; id: number; since: PagePosition | undefined; most: number }
  | { kind: 'close'; id: number }

export type WriterReply =
  | { id: number; kind: 'statement'; rows: unknown[]; changes: number; lastId: number }
  /** Each is a reply to a statement, or an error. */
  | { id: number; kind: 'statements'; list: WriterReply[] }
  /** How long it took, in ms, and the id of the row inserted last. */
  | { id: number; kind: 'rows'; commitMs: number; lastId: number }
  | { id: number; kind: 'shrink'; free: number; total: number; milliseconds: number }
  | { id: number; kind: 'pages'; changed: ChangedPages }
  | { id: number; kind: 'done' }
  | { id: number; kind: 'error'; code: string; message: string }
  /** Not a reply: the log is in doubt for this reason, or no longer (undefined). Its id is 0. */
  | { id: number; kind: 'state'; doubt: string | undefined }

/** The memory of the steps' typed arrays, to be transferred instead of copied. */
export function ownMemory(steps: readonly RowsStep[]): ArrayBuffer[] {
  const entries = steps.flatMap(({ columns }) =>
    columns.flatMap((column): readonly (Float64Array | Uint8Array | string)[] => (column instanceof Float64Array ? [column] : column)),
  )
  return entries.flatMap((entry) => (typeof entry !== 'string' && entry.buffer instanceof ArrayBuffer ? [entry.buffer] : []))
}
