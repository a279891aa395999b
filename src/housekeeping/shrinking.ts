/** Gives pages of the database that hold nothing back to the disk, in steps so small that other work never waits long for the writer. */
import type { Context } from '../context.ts'

/** Pages to give back in the first step; later steps adapt to how long it took. */
const FIRST_PAGES = 128
/** In milliseconds: a step longer than LONG makes the next one smaller, one shorter than SHORT makes it larger. */
const LONG = 40
const SHORT = 15
/** Minimum number of free pages to keep: the journal of the next values soon uses them. */
const KEPT_PAGES = 2_000

/**
 * Gives free pages back, except those that will soon be reused.
 * @param isIdle how many of the free pages are of no use to anybody now; all unless given
 * @returns how many went
 */
export async function shrink(ctx: Context, isStopped: () => boolean, isIdle: (free: number) => number = (free) => free): Promise<number> {
  const { free: before, total } = await ctx.engine.vacuum(0)
  const kept = Math.max(KEPT_PAGES, Math.floor(total / 20))
  const idle = isIdle(before)
  if (idle <= 2 * kept) return 0
  const goal = before - (idle - kept)
  let free = before
  for (let pages = FIRST_PAGES; free > goal && !isStopped(); ) {
    const step = await ctx.engine.vacuum(Math.min(pages, free - goal))
    // A database from before incremental vacuum can't give pages back.
    if (step.free >= free) break
    free = step.free
    if (step.milliseconds > LONG) pages = Math.max(1, Math.floor(pages / 2))
    else if (step.milliseconds < SHORT) pages *= 2
    await new Promise((resolve) => setImmediate(resolve))
  }
  return before - free
}

/** Gives back what lies free for a while: an import leaves half of the file so, which nothing needs until the next one. */
export class Shrinking {
  readonly #ctx: Context
  /** Free pages at the last look. */
  #free = 0

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /** Gives back what was free at the last look, too, but for what is kept. @returns how many pages */
  async look(isStopped: () => boolean = () => false): Promise<number> {
    const given = await shrink(this.#ctx, isStopped, (free) => {
      const idle = Math.min(free, this.#free)
      this.#free = free
      return idle
    })
    this.#free -= given
    return given
  }
}
