/** Takes new names into the index of names, once there are so many that searches would be slow without it. */
import type { Context } from '../../src/context.ts'
import { indexNames, MAX_BEHIND } from '../../src/housekeeping/name-indexing.ts'
import type { Part } from '../parts.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 600_000
/** From this on the log says what it does, and how far it is. */
const MANY = 100_000
const MINUTE_MS = 60_000

export class NameIndexer implements Part {
  readonly #ctx: Context
  readonly #worker: Periodic
  #added = 0
  #end: (() => void) | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#worker = new Periodic(ctx, {
      name: 'indexing names',
      everyMs: INTERVAL_MS,
      isFirstAtStart: true,
      lease: 'names',
      run: (isStopped) => this.#index(isStopped),
    })
  }

  async start(): Promise<void> {
    await this.#worker.start()
    this.#end = this.#ctx.tree.watch(({ what }) => {
      if (what !== 'added' || ++this.#added < MAX_BEHIND) return
      this.#added = 0
      void this.#worker.run()
    })
  }

  run(): Promise<void> {
    return this.#worker.run()
  }

  async stop(): Promise<void> {
    this.#end?.()
    await this.#worker.stop()
  }

  async #index(isStopped: () => boolean): Promise<void> {
    const { log, tree } = this.#ctx
    const behind = tree.nameIndex?.behind() ?? 0
    if (behind < MAX_BEHIND) return
    if (behind < MANY) return void (await indexNames(this.#ctx, isStopped))
    log.info({ names: behind }, 'making the index of names, beside other work: until it is done, searches take longer')
    const told = setInterval(() => log.info({ left: tree.nameIndex?.behind() }, 'making the index of names'), MINUTE_MS)
    try {
      const names = await indexNames(this.#ctx, isStopped)
      if (!isStopped()) log.info({ names }, 'made the index of names')
    } finally {
      clearInterval(told)
    }
  }
}
