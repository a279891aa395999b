/** What the main thread and the writer thread say to each other. Both ends import this and nothing of one another. */

export interface WriterSettings {
  path: string
  /** `FULL`: a commit has reached the disk when it returns. `NORMAL`: the newest commits may be lost with the power. */
  synchronous: 'FULL' | 'NORMAL'
}

/** A column of parameters for a {@link RowsStep}: one entry a row. */
export type Column = Float64Array | string[]

/** One prepared statement run for each row of `columns`, each of the same length. */
export interface RowsStep {
  sql: string
  /** Run with the same parameters for each row that `sql` did not change anything for. */
  otherwise?: string
  columns: Column[]
}

export type WriterRequest =
  | { kind: 'statement'; id: number; sql: string; parameters: readonly unknown[] }
  /** All steps in one transaction. */
  | { kind: 'rows'; id: number; steps: RowsStep[] }
  | { kind: 'backup'; id: number; path: string }
  | { kind: 'close'; id: number }

export type WriterReply =
  | { id: number; kind: 'statement'; rows: unknown[]; changes: number; lastId: number }
  /** For each step a byte a row: 1 where `sql` changed something, 0 where it did not; and how long the commit took, in ms. */
  | { id: number; kind: 'rows'; changed: Uint8Array[]; commitMs: number }
  | { id: number; kind: 'done' }
  | { id: number; kind: 'error'; code: string; message: string }

export type WriterMessage = WriterReply | { kind: 'ready' }
