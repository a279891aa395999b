/** Ends sessions whose time is over: a connection that is open asks nobody whether its session still is. */
import type { Context } from '../../src/context.ts'
import { endExpiredSessions } from '../../src/people/sessions.ts'

const INTERVAL_MS = 60_000

/** @returns stops it */
export function startSessionExpiry(ctx: Context): () => void {
  const timer = setInterval(() => {
    endExpiredSessions(ctx).catch((error: unknown) => ctx.log.error({ err: error }, 'ending expired sessions failed'))
  }, INTERVAL_MS)
  return () => clearInterval(timer)
}
