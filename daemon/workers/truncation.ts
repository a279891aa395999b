/**
 * Keeps sequences to their `max_history`. How many values one holds is counted when it is first written to and reckoned
 * from then on; past a tenth more than it may keep, or 10,000, the oldest go, and it is counted again.
 */
import type { Context } from '../../src/context.ts'
import { trimSequence } from '../../src/sequences/retention.ts'

const MOST_BEYOND = 10_000

/** @returns stops it, once the step under way is done */
export function startTruncation(ctx: Context): () => Promise<void> {
  /** At most so many values each sequence holds; a repeated value counts twice until the next count. */
  const reckoned = new Map<number, number>()
  const due = new Set<number>()
  let running: Promise<void> | undefined
  let stopped = false

  async function run(): Promise<void> {
    for (const id of due) {
      due.delete(id)
      const sequence = ctx.tree.byId(id)
      if (stopped || !sequence?.sequence) continue
      try {
        reckoned.set(id, await trimSequence(ctx, sequence))
      } catch (error) {
        ctx.log.error({ err: error, sequence: id }, 'truncating a sequence failed')
      }
    }
    running = undefined
  }

  const unsubscribe = ctx.hub.on('valuesStored', ({ resource, count }) => {
    const keep = resource.sequence?.maxHistory
    if (keep === undefined) return
    const total = (reckoned.get(resource.id) ?? Number.POSITIVE_INFINITY) + count
    reckoned.set(resource.id, total)
    if (total <= keep + Math.min(MOST_BEYOND, keep / 10)) return
    due.add(resource.id)
    running ??= run()
  })
  return async () => {
    stopped = true
    unsubscribe()
    await running
  }
}
