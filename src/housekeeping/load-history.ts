/** How busy the server has been: samples of the last day, in memory, for administrators. */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'

/** What is sampled. Rates are averages since the previous sample. */
export const MEASURES = ['values', 'requests', 'messages', 'connections', 'memory', 'processor'] as const
export type Measure = (typeof MEASURES)[number]

/** `values`, `requests` and `messages` per second; `connections` open; `memory` resident, in bytes; `processor` in percent of one core. */
export type Sample = { readonly time: Micros } & Readonly<Record<Measure, number>>

/** A sample every half minute for a day takes some 160 kB. */
export const SAMPLE_SECONDS = 30
const CAPACITY = (24 * 3_600) / SAMPLE_SECONDS
const WIDTH = MEASURES.length + 1

export class StatisticsHistory {
  readonly #ring = new Float64Array(CAPACITY * WIDTH)
  #count = 0

  record(sample: Sample): void {
    const at = (this.#count % CAPACITY) * WIDTH
    this.#ring[at] = sample.time
    for (const [column, measure] of MEASURES.entries()) this.#ring[at + 1 + column] = sample[measure]
    this.#count++
  }

  /** All samples, oldest first, as columns of equal length. */
  read(): Record<'time' | Measure, number[]> {
    const kept = Math.min(this.#count, CAPACITY)
    const columns = { time: [], values: [], requests: [], messages: [], connections: [], memory: [], processor: [] } as Record<
      'time' | Measure,
      number[]
    >
    for (let n = this.#count - kept; n < this.#count; n++) {
      const at = (n % CAPACITY) * WIDTH
      columns.time.push(this.#ring[at] ?? 0)
      for (const [column, measure] of MEASURES.entries()) columns[measure].push(this.#ring[at + 1 + column] ?? 0)
    }
    return columns
  }
}

export interface ServerState {
  /** Samples of at most a day, oldest first. */
  readonly history: Readonly<Record<'time' | Measure, readonly number[]>>
  /** Size of the database with its write-ahead log, and free space on its disk, in bytes. */
  readonly databaseBytes: number
  readonly freeBytes: number | undefined
  /** Seconds since the program started. */
  readonly uptime: number
  readonly memoryBytes: number
  readonly nodeVersion: string
}

/** @throws Fault forbidden for all but system admins */
export async function readServerState(ctx: Context, actor: Actor): Promise<ServerState> {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins see how the server is.')
  const { used, free } = await ctx.engine.size()
  return {
    history: ctx.statistics.read(),
    databaseBytes: used,
    freeBytes: free,
    uptime: process.uptime(),
    memoryBytes: process.memoryUsage.rss(),
    nodeVersion: process.version,
  }
}
