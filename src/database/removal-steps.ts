/** Removes many rows in transactions so small that none keeps the writer for long. */

/** Number of rows in the first transaction; later ones adapt to how long it took. */
const FIRST = 100
const MOST = 1_000
/** In milliseconds: a transaction longer than LONG makes the next one smaller, one shorter than SHORT makes it larger. */
const LONG = 40
const SHORT = 15

/**
 * Calls `remove` until it removes fewer rows than it may.
 * @param remove removes at most this many rows in one transaction, and returns how many
 * @param isStopped called before each transaction; true ends the removal
 * @returns how many rows were removed
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
