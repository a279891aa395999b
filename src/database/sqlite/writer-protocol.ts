/** What the main thread and the writer thread say to each other. Both ends import this and nothing of one another. */

export interface WriterSettings {
  path: string
  /** `FULL`: a commit has reached the disk when it returns. `NORMAL`: the newest commits may be lost with the power. */
  synchronous: 'FULL' | 'NORMAL'
}

/** A column of parameters for a {@link RowsStep}: one entry a row. The memory of typed arrays goes over to the writer. */
export type Column = Float64Array | readonly (string | Uint8Array)[]

/** One prepared statement run for each row of `columns`, each of the same length. */
export interface RowsStep {
  sql: string
  columns: Column[]
}

/**
 * now: when it is done it has reached the disk. later: with the next transaction that does, for what can be made anew from
 * what is there. Transactions reach the disk in their order, so that whatever is lost with the power is an end of them.
 */
export type Sync = 'now' | 'later'

export type WriterRequest =
  | { kind: 'statement'; id: number; sql: string; parameters: readonly unknown[] }
  /** All steps in one transaction. */
  | { kind: 'rows'; id: number; steps: RowsStep[]; sync: Sync }
  | { kind: 'backup'; id: number; path: string }
  /** Gives so many free pages of the file back to the disk. */
  | { kind: 'shrink'; id: number; pages: number }
  | { kind: 'close'; id: number }

export type WriterReply =
  | { id: number; kind: 'statement'; rows: unknown[]; changes: number; lastId: number }
  /** How long it took, in ms, and the id of the row inserted last. */
  | { id: number; kind: 'rows'; commitMs: number; lastId: number }
  | { id: number; kind: 'shrink'; free: number; total: number; milliseconds: number }
  | { id: number; kind: 'done' }
  | { id: number; kind: 'error'; code: string; message: string }

export type WriterMessage = WriterReply | { kind: 'ready' }

/** The memory of the steps' typed arrays, which need not be copied. */
export function ownMemory(steps: readonly RowsStep[]): ArrayBuffer[] {
  const entries = steps.flatMap(({ columns }) =>
    columns.flatMap((column): readonly (Float64Array | Uint8Array | string)[] => (column instanceof Float64Array ? [column] : column)),
  )
  return entries.flatMap((entry) => (typeof entry !== 'string' && entry.buffer instanceof ArrayBuffer ? [entry.buffer] : []))
}
