/** Tidies bulk storage: at the start, when nothing is being written, what uploads left when the power went; then once a day. */
import type { Context } from '../../src/context.ts'
import { tidyStorage } from '../../src/content/orphans.ts'
import type { Part } from '../parts.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 86_400_000

export class OrphanRemoval implements Part {
  readonly #ctx: Context
  readonly #worker: Periodic
  /** As found at the start: later, what is not finished is being written. */
  #unfinished: readonly string[] = []

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#worker = new Periodic(ctx, {
      name: 'tidying bulk storage',
      everyMs: INTERVAL_MS,
      isFirstAtStart: true,
      lease: 'bulk storage',
      run: (isStopped) => this.#tidy(isStopped),
    })
  }

  /** Looks at what is there before anything is written, and tidies in the background. */
  async start(): Promise<void> {
    this.#unfinished = (await this.#ctx.storage.survey('unfinished')).unfinished
    await this.#worker.start()
  }

  run(): Promise<void> {
    return this.#worker.run()
  }

  stop(): Promise<void> {
    return this.#worker.stop()
  }

  async #tidy(isStopped: () => boolean): Promise<void> {
    const { log, storage } = this.#ctx
    const found = { ...(await storage.survey()), unfinished: [...this.#unfinished] }
    this.#unfinished = []
    const { discarded, restored, removed } = await tidyStorage(this.#ctx, found, isStopped)
    if (discarded > 0) log.warn({ pieces: discarded }, 'put content that no record names into the trash of bulk storage, for 30 days')
    if (restored > 0) log.warn({ pieces: restored }, 'brought content back from the trash of bulk storage, as records name it')
    const left = await storage.tidy?.(this.#ctx.believed.now())
    if (left !== undefined && left > 0) log.info({ objects: left }, 'removed leftovers from the bucket')
    if (removed > 0) log.info({ pieces: removed }, 'removed content for good that was in the trash of bulk storage')
  }
}
