/** What a lab's data stands on. `open-engine.ts` chooses one by the scheme of the setting DATABASE_URI. */
import type { DatabaseEngine } from './database/engine.ts'
import type { BulkStorage } from './storage/bulk-storage.ts'
import type { SequenceStore } from './storage/sequence-store.ts'
import type { Bus } from './tree/bus.ts'
import type { Turns } from './base/turns.ts'
import type { HubEvent } from './tree/hub.ts'
import type { Clock } from './base/clock.ts'
import type { Log } from './base/log.ts'
import type { Observer } from './base/store-observer.ts'
import type { Settings } from './settings/settings.ts'

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
  /** Where other programs change the database from any machine: hears of what they changed, and tells the daemon of what they did. */
  readonly others?: { onChange(listener: () => void): void /** @returns whether there is one */; tell(): Promise<boolean> }
  /** Waits for what is being written, and gives back all that was taken. */
  close(): Promise<void>
}

export interface EngineOptions {
  readonly clock: Clock
  readonly log: Log
  readonly observer: Observer
  /** The daemon keeps resources in memory and lets no second one near; commands work beside it for a moment. */
  readonly isDaemon: boolean
  /** Changes nothing: each change is refused. */
  readonly isReadOnly: boolean
  /** Another machine writes the database: its pages change beneath. */
  readonly isFollowed?: boolean
  /** An empty database on a server is not made a lab's, as it can't be the one that is meant. */
  readonly mustExist?: boolean
  /** Nothing can be stored any more. */
  readonly onFatal: (error: Error) => void
}

export type OpenEngine = (settings: Settings, options: EngineOptions) => Promise<Engine>
