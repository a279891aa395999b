/**
 * Writes the counts of limits that outlive a restart now and then: no request waits for it, and nothing is written when nothing was
 * counted.
 */
import type { Context } from '../../src/context.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 5_000

export const makeThrottleWriter = (ctx: Context): Periodic =>
  new Periodic(ctx, { name: 'writing counts of limits', everyMs: INTERVAL_MS, run: () => ctx.throttles.flush() })
