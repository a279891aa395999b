/** Writes what changed in the controllers' liveness now and then. */
import type { Context } from '../../src/context.ts'

const INTERVAL_MS = 10_000

/** @returns stops it */
export function startLivenessWriter(ctx: Context): () => void {
  const timer = setInterval(() => {
    ctx.liveness.flush().catch((error: unknown) => ctx.log.error({ err: error }, "writing the controllers' state failed"))
  }, INTERVAL_MS)
  return () => clearInterval(timer)
}
