/** The main thread's side of a scheduled backup or proof. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { workerUrl } from '../base/worker-url.ts'
import type { Micros } from '../base/time.ts'
import type { Settings } from '../settings/settings.ts'
import type { MadeBackup } from './make-backup.ts'
import type { Proof } from './prove.ts'

export interface BackupJob {
  readonly kind: 'backup' | 'proof'
  readonly settings: Settings
  readonly folder: string
  /** The folder held backups before. */
  readonly isKnown: boolean
  readonly now: Micros
}

export type BackupOutcome = { readonly made: MadeBackup } | { readonly proof: Proof } | { readonly error: string }

export class BackupThread {
  readonly #worker: Worker

  /** Begins at once. */
  constructor(job: BackupJob) {
    // Networks are objects with methods, which do not go over; a backup asks nothing of them.
    this.#worker = new Worker(workerUrl('backup/backup-worker'), {
      workerData: { ...job, settings: { ...job.settings, trustedProxies: [] } },
    })
  }

  /** Never throws. */
  async outcome(): Promise<BackupOutcome> {
    try {
      const ended = once(this.#worker, 'exit').then((): [BackupOutcome] => [{ error: 'The thread of the backup ended before its time.' }])
      const [outcome] = (await Promise.race([once(this.#worker, 'message'), ended])) as [BackupOutcome]
      return outcome
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Ends it; what it left half-made is no backup, and the next one removes it. */
  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}
