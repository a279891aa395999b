/** What a lab's data stands on. `open-engine.ts` chooses one by the scheme of the setting DATABASE_URI. */
import type { DatabaseEngine } from './database/engine.ts'
import type { BulkStorage } from './storage/bulk-storage.ts'
import type { SequenceStore } from './storage/sequence-store.ts'

export interface Engine extends DatabaseEngine {
  /** Values of numeric and text sequences. */
  readonly sequences: SequenceStore
  /** Content of large revisions. */
  readonly files: BulkStorage
  /** Waits for what is being written, and gives back all that was taken. */
  close(): Promise<void>
}
