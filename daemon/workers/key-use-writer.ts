/** Writes when and from where keys were last used; rarely, since an SD card wears out. */
import type { Context } from '../../src/context.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 600_000

export const makeKeyUseWriter = (ctx: Context): Periodic =>
  new Periodic(ctx, { name: 'writing the last uses of keys', everyMs: INTERVAL_MS, run: () => ctx.keys.flushUses(ctx) })
