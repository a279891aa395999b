/** After a start: clears away what uploads left in bulk storage when the power went. */
import type { Context } from '../../src/context.ts'
import { removeOrphans } from '../../src/content/orphans.ts'

/** Looks at what is there before anything is written, and removes in the background. @returns stops it */
export async function startOrphanRemoval(ctx: Context): Promise<() => Promise<void>> {
  const present = await ctx.storage.recover()
  let stopped = false
  const running = removeOrphans(ctx, present, () => stopped).then(
    (removed) => {
      if (removed > 0) ctx.log.info({ removed }, 'removed content that no record names')
    },
    (error: unknown) => ctx.log.error({ err: error }, 'looking for content without records failed'),
  )
  return async () => {
    stopped = true
    await running
  }
}
