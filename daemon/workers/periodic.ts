/** What the daemon does from time to time. One run at a time, and an error ends that run alone. */
import type { Context } from '../../src/context.ts'
import type { Lease } from '../../src/database/lease.ts'
import type { Part } from '../parts.ts'

export interface PeriodicWork {
  /** For the log: what it does. */
  readonly name: string
  readonly everyMs: number
  /** Also does it at the start, which doesn't wait for it. */
  readonly isFirstAtStart?: boolean
  /** Of several daemons on one database one does it: the name of its lease. */
  readonly lease?: string
  /** @param isStopped asked between steps */
  run(isStopped: () => boolean): Promise<void>
}

export class Periodic implements Part {
  readonly #ctx: Pick<Context, 'log' | 'engine'>
  readonly #work: PeriodicWork
  #lease: Lease | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isStopped = false

  constructor(ctx: Pick<Context, 'log' | 'engine'>, work: PeriodicWork) {
    this.#ctx = ctx
    this.#work = work
  }

  async start(): Promise<void> {
    const { lease, everyMs, isFirstAtStart = false } = this.#work
    if (lease !== undefined) this.#lease = this.#ctx.engine.lease.take(lease)
    this.#timer = setInterval(() => {
      if (!this.#running) void this.run()
    }, everyMs)
    if (isFirstAtStart) void this.run()
  }

  /** Does it now, after the run that may be under way; resolves when it is done. */
  run(): Promise<void> {
    const next: Promise<void> = this.#runAfter(this.#running).finally(() => {
      if (this.#running === next) this.#running = undefined
    })
    this.#running = next
    return next
  }

  /** Resolves when the step under way is done. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearInterval(this.#timer)
    await this.#running
    await this.#lease?.release()
  }

  async #runAfter(before: Promise<void> | undefined): Promise<void> {
    await before
    if (this.#isStopped || this.#lease?.isHeld === false) return
    try {
      await this.#work.run(() => this.#isStopped)
    } catch (error) {
      this.#ctx.log.error({ err: error }, `${this.#work.name} failed`)
    }
  }
}
