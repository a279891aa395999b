/** Ends sessions whose time is over: a connection that is open asks nobody whether its session still is. */
import type { Context } from '../../src/context.ts'
import { endExpiredSessions } from '../../src/people/sessions.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 60_000

export const makeSessionExpiry = (ctx: Context): Periodic =>
  new Periodic(ctx, {
    name: 'ending expired sessions',
    everyMs: INTERVAL_MS,
    lease: 'session expiry',
    run: () => endExpiredSessions(ctx),
  })
