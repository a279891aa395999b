/** Writes when keys and secret links were last used; rarely, since an SD card wears out. */
import type { Context } from '../../src/context.ts'
import { Periodic } from './periodic.ts'

const INTERVAL_MS = 600_000

export const makeKeyUseWriter = (ctx: Context): Periodic =>
  new Periodic(ctx, { name: 'writing the last uses of keys and links', everyMs: INTERVAL_MS, run: () => flushUses(ctx) })

async function flushUses(ctx: Context): Promise<void> {
  await ctx.keys.flushUses(ctx)
  await ctx.linkUses.flush(ctx)
}
