/**
 * Keeps sequences to their `max_history`. How many values one holds is counted when it is first written to and reckoned
 * from then on; past a tenth more than it may keep, or 10,000, the oldest go, and it is counted again.
 */
import type { Context } from '../../src/context.ts'
import type { Lease } from '../../src/database/lease.ts'
import { trimSequence } from '../../src/sequences/retention.ts'
import type { ValuesCommitted } from '../../src/tree/value-notices.ts'
import type { Part } from '../parts.ts'

const MOST_BEYOND = 10_000

export class Truncation implements Part {
  readonly #ctx: Context
  /** At most so many values each sequence holds; a repeated value counts twice until the next count. */
  readonly #reckoned = new Map<number, number>()
  /** Values of imports under way, by sequence: counted when the import is over, so that it is not held up by cutting again and again. */
  readonly #importing = new Map<number, number>()
  readonly #due = new Set<number>()
  #lease: Lease | undefined
  #running: Promise<void> | undefined
  #isStopped = false
  #unsubscribes: (() => void)[] = []

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  async start(): Promise<void> {
    const { hub, engine } = this.#ctx
    const lease = (this.#lease = engine.lease.take('truncation'))
    this.#unsubscribes = [
      hub.on('valuesCommitted', (committed) => {
        if (lease.isHeld) this.#take(committed)
      }),
      hub.on('valuesRemoved', ({ sequence, why }) => {
        if (why === 'purge') this.#reckoned.delete(sequence)
      }),
    ]
  }

  /** Resolves when the step under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe()
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

  #count(id: number, stored: number): void {
    const keep = this.#ctx.tree.byId(id)?.sequence?.maxHistory
    if (keep === undefined) return
    const total = (this.#reckoned.get(id) ?? Number.POSITIVE_INFINITY) + stored
    this.#reckoned.set(id, total)
    if (total <= keep + Math.min(MOST_BEYOND, keep / 10)) return
    this.#due.add(id)
    this.#running ??= this.#run()
  }

  #take({ how, continues, sequences, shown }: ValuesCommitted): void {
    // Image sequences are cut as each image is stored.
    if (how === 'image' || how === 'shown') return
    const isImport = how === 'import'
    for (let [at, nextShown] = [0, 0]; at < sequences.length; ) {
      const id = sequences[at] ?? 0
      let stored = 0
      for (; at < sequences.length && sequences[at] === id; at++) {
        if (shown[nextShown] === at) nextShown++
        else stored++
      }
      if (isImport) this.#importing.set(id, (this.#importing.get(id) ?? 0) + stored)
      else if (stored > 0) this.#count(id, stored)
    }
    if (!isImport || continues) return
    for (const [id, stored] of this.#importing) this.#count(id, stored)
    this.#importing.clear()
  }
}
