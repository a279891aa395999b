/** After a start: clears away what uploads left in bulk storage when the power went. */
import type { Context } from '../../src/context.ts'
import { removeOrphans } from '../../src/content/orphans.ts'
import type { Part } from '../parts.ts'

export class OrphanRemoval implements Part {
  readonly #ctx: Context
  #running: Promise<void> | undefined
  #isStopped = false

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** Looks at what is there before anything is written, and removes in the background. */
  async start(): Promise<void> {
    const { log, storage } = this.#ctx
    const present = await storage.recover()
    this.#running = removeOrphans(this.#ctx, present, () => this.#isStopped).then(
      (removed) => {
        if (removed > 0) log.info({ removed }, 'removed content that no record names')
      },
      (error: unknown) => log.error({ err: error }, 'looking for content without records failed'),
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }
}
