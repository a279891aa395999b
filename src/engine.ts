/** What a lab's data stands on. `open-engine.ts` chooses one by the scheme of the setting DATABASE_URI. */
import type { DatabaseEngine } from './database/engine.ts'
import type { BulkStorage } from './storage/bulk-storage.ts'
import type { SequenceStore } from './storage/sequence-store.ts'
import type { Bus } from './tree/bus.ts'
import type { Turns } from './base/turns.ts'
import type { HubEvent } from './tree/hub.ts'

export interface Engine extends DatabaseEngine {
  /** Values of numeric and text sequences. */
  readonly sequences: SequenceStore
  /** Content of large revisions. */
  readonly files: BulkStorage
  /** Carries messages and shared notices between the hubs of all daemons. */
  readonly bus: Bus<HubEvent>
  /** Shares the event loop among long answers. */
  readonly turns: Turns
  /** Of a database that another machine writes and this one follows: reads again what is kept in memory, after pages changed. */
  readonly refresh?: () => void
  /** Waits for what is being written, and gives back all that was taken. */
  close(): Promise<void>
}
