/**
 * Loads an extension's file in a thread of its own first. A loop in the file itself, outside of its functions, would hold the whole process
 * for ever, and before it can say why; a thread can be ended.
 */
import { Worker } from 'node:worker_threads'
import { invalid } from '../base/fault.ts'
import { within } from './time-limit.ts'

/** What goes wrong in other ways is told when the file is loaded for good. */
const LOADER = `import(require('node:worker_threads').workerData).catch(() => {}).then(() => process.exit(0))`

const MEMORY = { maxOldGenerationSizeMb: 512 }

/** @param milliseconds that it may take @throws Fault TookTooLong; invalid when it takes 512 MB */
export async function tryLoading(url: string, milliseconds: number): Promise<void> {
  // What it prints is printed when it is loaded for good.
  const worker = new Worker(LOADER, { eval: true, workerData: url, stdout: true, stderr: true, resourceLimits: MEMORY })
  const begun = new Promise<void>((resolve) => worker.once('online', resolve).once('error', () => resolve()))
  const ended = new Promise<void>((resolve, reject) => {
    worker.once('exit', () => resolve())
    worker.once('error', (error) => {
      const isFull = (error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
      if (isFull) reject(invalid(`loading its file takes more than ${MEMORY.maxOldGenerationSizeMb} MB of memory.`))
      else resolve()
    })
  })
  try {
    // The time that a busy machine takes for the thread is not the file's.
    await begun
    await within(milliseconds, 'loading its file', () => ended)
  } finally {
    await worker.terminate()
  }
}
