/**
 * How long to wait between attempts: from a quarter of a second, doubling up to half a minute, with jitter so that a lab's controllers
 * don't all return at once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../base/fault.ts'

const FIRST = 250
const LONGEST = 30_000

/** Milliseconds to wait before attempt number `attempt` (0 is the first repetition). */
export function backoff(attempt: number, longest = LONGEST): number {
  const full = Math.min(FIRST * 2 ** Math.min(attempt, 20), longest)
  return full / 2 + Math.random() * (full / 2)
}

/** Whether the same request may succeed later, unchanged. */
export const isPassing = (error: unknown): error is Fault =>
  error instanceof Fault && (error.code === 'busy' || error.code === 'throttled' || error.code === 'internal')

export interface RetryOptions {
  /** Whether to try again after this failure; called before each wait. `waited` is in milliseconds. */
  persist: (waited: number, error: Fault) => boolean
  onOutage?: (error: Fault, waited: number) => void
  longestWait?: number
  signal?: AbortSignal
}

/** Repeats an idempotent action through outages. `waited` is the milliseconds since its first failure. */
export async function retrying<T>(act: () => Promise<T>, options: RetryOptions): Promise<T> {
  let failedSince: number | undefined
  for (let attempt = 0; ; attempt++) {
    try {
      return await act()
    } catch (error) {
      if (!isPassing(error) || options.signal?.aborted === true) throw error
      failedSince ??= performance.now()
      const waited = performance.now() - failedSince
      if (!options.persist(waited, error)) throw error
      options.onOutage?.(error, waited)
      await sleep(
        Math.max(backoff(attempt, options.longestWait ?? 5_000), (error.retryAfter ?? 0) * 1000),
        undefined,
        options.signal === undefined ? {} : { signal: options.signal },
      )
    }
  }
}
