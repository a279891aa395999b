/** Writes what changed in the controllers' liveness now and then. */
import type { Context } from '../../src/context.ts'

const INTERVAL_MS = 10_000

/** @returns stops it */
export async function startLivenessWriter(ctx: Context): Promise<() => void> {
  await ctx.liveness.begin()
  const timer = setInterval(() => {
    ctx.liveness.flush().catch((error: unknown) => ctx.log.error({ err: error }, "writing the controllers' state failed"))
  }, INTERVAL_MS)
  return () => clearInterval(timer)
}
