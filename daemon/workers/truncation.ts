/**
 * Keeps sequences to their `max_history`. How many values one holds is counted when it is first written to and reckoned
 * from then on; past a tenth more than it may keep, or 10,000, the oldest go, and it is counted again.
 */
import type { Context } from '../../src/context.ts'
import type { Lease } from '../../src/database/lease.ts'
import { trimSequence } from '../../src/sequences/retention.ts'
import type { Part } from '../parts.ts'

const MOST_BEYOND = 10_000

export class Truncation implements Part {
  readonly #ctx: Context
  /** At most so many values each sequence holds; a repeated value counts twice until the next count. */
  readonly #reckoned = new Map<number, number>()
  readonly #due = new Set<number>()
  #lease: Lease | undefined
  #running: Promise<void> | undefined
  #isStopped = false
  #unsubscribe: (() => void) | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  async start(): Promise<void> {
    const lease = (this.#lease = this.#ctx.engine.lease.take('truncation'))
    this.#unsubscribe = this.#ctx.hub.on('valuesStored', ({ resource, count }) => {
      const keep = resource.sequence?.maxHistory
      if (keep === undefined || !lease.isHeld) return
      const total = (this.#reckoned.get(resource.id) ?? Number.POSITIVE_INFINITY) + count
      this.#reckoned.set(resource.id, total)
      if (total <= keep + Math.min(MOST_BEYOND, keep / 10)) return
      this.#due.add(resource.id)
      this.#running ??= this.#run()
    })
  }

  /** Resolves when the step under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#unsubscribe?.()
    await this.#running
    await this.#lease?.release()
  }

  async #run(): Promise<void> {
    for (const id of this.#due) {
      this.#due.delete(id)
      const sequence = this.#ctx.tree.byId(id)
      if (this.#isStopped || !sequence?.sequence) continue
      try {
        this.#reckoned.set(id, await trimSequence(this.#ctx, sequence))
      } catch (error) {
        this.#ctx.log.error({ err: error, sequence: id }, 'truncating a sequence failed')
      }
    }
    this.#running = undefined
  }
}
