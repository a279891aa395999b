/** The thread of a scheduled backup or proof: hashing, encrypting and checking would hold the main thread for too long. */
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { Clock } from '../base/clock.ts'
import { SECOND } from '../base/time.ts'
import { backUp } from './back-up.ts'
import type { BackupJob, BackupOutcome } from './backup-thread.ts'
import { proveNewest } from './prove.ts'

const port = parentPort
if (!port) throw new Error('backup-worker.ts runs as a worker thread')
/** On Linux a thread has a niceness of its own; elsewhere the whole process would get it. */
if (process.platform === 'linux') setPriority(10)

const job = workerData as BackupJob
const start = performance.now()
/** Goes on from the time that the main thread believes. */
const clock: Clock = {
  now: () => job.now + Math.round((performance.now() - start) * (SECOND / 1_000)),
  monotonic: () => performance.now() * 1_000,
}

async function work(): Promise<BackupOutcome> {
  const { settings, folder, isKnown } = job
  const key = settings.BACKUP_KEY
  if (job.kind === 'proof') return { proof: await proveNewest(folder, { settings, clock, key }) }
  const keep = { daily: settings.BACKUP_KEEP_DAILY, weekly: settings.BACKUP_KEEP_WEEKLY, monthly: settings.BACKUP_KEEP_MONTHLY }
  return { made: await backUp(folder, { settings, clock, key, hasSecrets: settings.BACKUP_SECRETS, isKnown, keep }) }
}

void work()
  .catch((error: unknown): BackupOutcome => ({ error: error instanceof Error ? error.message : String(error) }))
  .then((outcome) => {
    port.postMessage(outcome)
    port.close()
  })
