/**
 * Keeps sequences to their `max_history`. How many values one holds is counted when it is first written to and reckoned
 * from then on; past a tenth more than it may keep, or 10,000, the oldest go, and it is counted again.
 */
import type { Context } from '../../src/context.ts'
import { trimSequence } from '../../src/sequences/retention.ts'
import type { ValuesCommitted } from '../../src/tree/value-notices.ts'

const MOST_BEYOND = 10_000

/** @returns stops it, once the step under way is done */
export function startTruncation(ctx: Context): () => Promise<void> {
  /** At most so many values each sequence holds; a repeated value counts twice until the next count. */
  const reckoned = new Map<number, number>()
  /** Values of imports under way, by sequence: counted when the import is over, so that it is not held up by cutting again and again. */
  const importing = new Map<number, number>()
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

  function count(id: number, stored: number): void {
    const keep = ctx.tree.byId(id)?.sequence?.maxHistory
    if (keep === undefined) return
    const total = (reckoned.get(id) ?? Number.POSITIVE_INFINITY) + stored
    reckoned.set(id, total)
    if (total <= keep + Math.min(MOST_BEYOND, keep / 10)) return
    due.add(id)
    running ??= run()
  }

  function take({ how, continues, sequences, shown }: ValuesCommitted): void {
    // Image sequences are cut as each image is stored.
    if (how === 'image' || how === 'shown') return
    const isImport = how === 'import'
    for (let [at, nextShown] = [0, 0]; at < sequences.length; ) {
      const id = sequences[at] ?? 0
      let stored = 0
      for (; at < sequences.length && sequences[at] === id; at++) {
        if (shown[nextShown] === at) nextShown++
        else stored++
      }
      if (isImport) importing.set(id, (importing.get(id) ?? 0) + stored)
      else if (stored > 0) count(id, stored)
    }
    if (!isImport || continues) return
    for (const [id, stored] of importing) count(id, stored)
    importing.clear()
  }

  const unsubscribes = [
    ctx.hub.on('valuesCommitted', take),
    ctx.hub.on('valuesRemoved', ({ sequence, why }) => {
      if (why === 'purge') reckoned.delete(sequence)
    }),
  ]
  return async () => {
    stopped = true
    for (const unsubscribe of unsubscribes) unsubscribe()
    await running
  }
}
