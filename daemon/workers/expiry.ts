/** Removes values that are older than their sequence's `max_age`: at the start, and then by the clock, whether new ones come or not. */
import type { Context } from '../../src/context.ts'
import { trimSequence } from '../../src/sequences/retention.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 600_000

export const makeExpiry = (ctx: Context): Periodic =>
  new Periodic(ctx, {
    name: 'removing values that are too old',
    everyMs: INTERVAL_MS,
    isFirstAtStart: true,
    lease: 'expiry',
    run: async (isStopped) => {
      for (const sequence of ctx.tree.aging) {
        if (isStopped()) return
        try {
          await trimSequence(ctx, sequence)
        } catch (error) {
          // One that fails must not keep the others.
          ctx.log.error({ err: error, sequence: sequence.id }, 'removing the old values of a sequence failed')
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
  })
