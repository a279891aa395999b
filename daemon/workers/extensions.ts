/** Extensions as a part of the daemon: set up before it listens, and told apart by the loop watch. */
import type { Context } from '../../src/context.ts'
import type { LoopWatch } from '../loop-watch.ts'
import type { Part } from '../parts.ts'

export const makeExtensions = (ctx: Context, loop: LoopWatch): Part => ({
  start: () => ctx.extensions.start(ctx, { begin: (name) => loop.lend(name) }),
  stop: () => ctx.extensions.stop(),
})
