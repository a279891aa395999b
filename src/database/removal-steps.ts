/** Removing many rows in transactions so small that none holds the writer for long. */

/** Rows of the first transaction; later ones take as many as fit. */
const FIRST = 100
const MOST = 1_000
/** How long a transaction may take, and what is short, in milliseconds. */
const LONG = 40
const SHORT = 15

/**
 * Calls `remove` until it finds fewer rows than it may take.
 * @param remove takes away at most so many rows, in one transaction, and says how many
 * @param isStopped asked between transactions
 * @returns how many rows went
 */
export async function removeInSteps(remove: (limit: number) => Promise<number>, isStopped: () => boolean = () => false): Promise<number> {
  let total = 0
  for (let limit = FIRST; !isStopped(); ) {
    const began = performance.now()
    const removed = await remove(limit)
    total += removed
    if (removed < limit) break
    const milliseconds = performance.now() - began
    if (milliseconds > LONG) limit = Math.max(1, Math.floor(limit / 2))
    else if (milliseconds < SHORT) limit = Math.min(MOST, limit * 2)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return total
}
