/** Work that is cleaned up after. */

/**
 * Does the work, then cleans up, whether the work succeeded or not. Where both fail, what went wrong first is thrown: a full disk, say, and
 * not that something could not be closed on it.
 * @throws what the work throws; else what the clean-up throws
 */
export async function withCleanUp<T>(work: () => Promise<T>, cleanUp: () => Promise<void> | void): Promise<T> {
  let result: T
  try {
    result = await work()
  } catch (error) {
    try {
      await cleanUp()
    } catch {
      // Comes of the first error, or matters less.
    }
    throw error
  }
  await cleanUp()
  return result
}
