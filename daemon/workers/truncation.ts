/** Keeps sequences to their `max_history`: looks at one again after a tenth of it, or a thousand values, was added. */
import type { Context } from '../../src/context.ts'
import { refOf } from '../../src/sequences.ts'

const MOST_BETWEEN = 1_000

/** @returns stops it, once the step under way is done */
export function startTruncation(ctx: Context): () => Promise<void> {
  const added = new Map<number, number>()
  const due = new Set<number>()
  let running: Promise<void> | undefined
  let stopped = false

  async function run(): Promise<void> {
    for (const id of due) {
      due.delete(id)
      const sequence = ctx.tree.byId(id)
      if (stopped || !sequence?.sequence) continue
      try {
        await ctx.sequences.truncate(refOf(sequence), sequence.sequence.maxHistory)
      } catch (error) {
        ctx.log.error({ err: error, sequence: id }, 'truncating a sequence failed')
      }
    }
    running = undefined
  }

  const unsubscribe = ctx.hub.on('valuesStored', ({ resource, count }) => {
    const keep = resource.sequence?.maxHistory
    if (keep === undefined) return
    const total = (added.get(resource.id) ?? MOST_BETWEEN) + count
    if (total < Math.min(MOST_BETWEEN, Math.max(1, keep / 10))) {
      added.set(resource.id, total)
      return
    }
    added.set(resource.id, 0)
    due.add(resource.id)
    running ??= run()
  })
  return async () => {
    stopped = true
    unsubscribe()
    await running
  }
}
