/** Writes what changed in the controllers' liveness now and then. */
import type { Context } from '../../src/context.ts'
import type { Part } from '../parts.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 10_000

export class LivenessWriter implements Part {
  readonly #ctx: Context
  readonly #worker: Periodic

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#worker = new Periodic(ctx, {
      name: "writing the controllers' state",
      everyMs: INTERVAL_MS,
      run: () => ctx.liveness.flush(),
    })
  }

  async start(): Promise<void> {
    await this.#ctx.liveness.begin()
    await this.#worker.start()
  }

  stop(): Promise<void> {
    return this.#worker.stop()
  }
}
