/** Transactions on PostgreSQL: one at a time of this process, and again from their start when they clash with those of another. */
import { setTimeout as pause } from 'node:timers/promises'
import { Fault } from '../../base/fault.ts'
import type { Db } from '../schema.ts'
import type { Transact } from '../transact.ts'
import { isClash } from './errors.ts'

/** How often one is tried, and the longest wait before the second, in milliseconds. */
const MOST_TRIES = 10
const FIRST_WAIT = 10

export function makeRetryingTransact(database: Db): Transact {
  let tail: Promise<unknown> = Promise.resolve()
  const run = async <T>(work: Parameters<Transact>[0]): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return (await database.transaction().setIsolationLevel('serializable').execute(work)) as T
      } catch (error) {
        if (!isClash(error)) throw error
        if (tries === MOST_TRIES)
          throw new Fault('busy', 'Others changed the same at the same time again and again: nothing was stored. Try again.', {
            retryAfter: 1,
            cause: error,
          })
        // At different times, or they clash again.
        await pause(Math.random() * FIRST_WAIT * 2 ** Math.min(tries, 6))
      }
    }
  }
  return <T>(work: Parameters<Transact>[0]): Promise<T> => {
    const result = tail.then(() => run<T>(work))
    tail = result.catch(() => {})
    return result
  }
}
