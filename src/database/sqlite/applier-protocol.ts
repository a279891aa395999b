/** The messages between the main thread and the thread that applies pages. */
import type { FaultCode } from '../../base/fault.ts'

export interface ApplierSettings {
  readonly path: string
  readonly pageBytes: number
}

export type ApplierRequest =
  /** Moves what the log holds into the database file, and answers hashes of so many groups of its pages, from the first on. */
  | { kind: 'settle'; id: number; groups: number }
  | { kind: 'discard'; id: number }
  | { kind: 'stage'; id: number; pages: Uint8Array }
  | { kind: 'commit'; id: number; pageCount: number }
  | { kind: 'close'; id: number }

export type ApplierReply =
  | { id: number; kind: 'hashes'; hashes: Uint8Array }
  | { id: number; kind: 'done' }
  | { id: number; kind: 'error'; code: FaultCode | undefined; message: string }
