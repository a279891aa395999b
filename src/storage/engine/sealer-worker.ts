/** The sealer's thread. Packing values into blocks takes processor time that neither the main thread nor the writer can spare. */
import { setPriority } from 'node:os'
import { parentPort } from 'node:worker_threads'
import { Collector } from './collector.ts'
import { memoryOf, seal, type SealingJob, type SealingResult } from './sealing.ts'

const port = parentPort
if (!port) throw new Error('sealer-worker.ts runs as a worker thread')

/**
 * Sealing is background work, so this thread runs at low priority. On Linux a thread has a niceness of its own; elsewhere the whole process
 * would get it.
 */
const NICENESS = 10
if (process.platform === 'linux') setPriority(NICENESS)

/** On its way into a block each value passes through a dozen typed arrays. */
const BYTES_A_VALUE = 100
const collector = new Collector(1_000_000, 12_000_000)

export interface SealerRequest {
  readonly id: number
  readonly jobs: readonly SealingJob[]
}

export interface SealerReply {
  readonly id: number
  readonly results?: readonly SealingResult[]
  readonly error?: string
}

port.on('message', ({ id, jobs }: SealerRequest) => {
  try {
    const results = jobs.map(seal)
    // Transfer the jobs' memory back with the results, so that this thread doesn't keep it.
    const memory = [
      ...results.flatMap((result) => ('blocks' in result ? result.blocks.map(({ data }) => data.buffer) : [])),
      ...memoryOf(jobs),
    ]
    collector.discard(jobs.reduce((sum, { times }) => sum + times.length, 0) * BYTES_A_VALUE)
    port.postMessage(
      { id, results } satisfies SealerReply,
      [...new Set(memory)].filter((buffer) => buffer instanceof ArrayBuffer),
    )
  } catch (error) {
    port.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) } satisfies SealerReply)
  }
})
