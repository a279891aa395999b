/** Waiting for what comes about by itself: the test goes on as soon as it has, however slow the machine is. */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'

/** @returns what `look` gives once that is neither undefined nor false */
export async function waitFor<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  for (const end = performance.now() + 60_000; performance.now() < end; await pause(5)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
  }
  return assert.fail(`it did not come about that ${what}`)
}
