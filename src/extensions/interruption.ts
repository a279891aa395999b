/** Takes the event loop back from code that never gives it back. */
import { createContext, Script, type Context } from 'node:vm'

/** What was interrupted. */
export class Interrupted extends Error {
  constructor(milliseconds: number) {
    super(`it did not give the event loop back within ${milliseconds / 1000} seconds (EXTENSION_TIME_LIMIT), and was interrupted.`)
  }
}

const SCRIPT = new Script('call()')
let place: Context | undefined

/**
 * What the call gives. V8 ends it after so many milliseconds, wherever it is, and nothing of it runs any more: neither its `catch` nor its
 * `finally`. What it does after its first wait is no part of the call. Costs a tenth of a millisecond, for the thread that watches.
 * @throws Interrupted, and what the call throws
 */
export function interruptible<T>(milliseconds: number, call: () => T): T {
  place ??= createContext({})
  let result: T | undefined
  place['call'] = () => {
    result = call()
  }
  try {
    SCRIPT.runInContext(place, { timeout: milliseconds, displayErrors: false })
  } catch (error) {
    throw isTimeout(error) ? new Interrupted(milliseconds) : error
  }
  return result as T
}

const isTimeout = (error: unknown): boolean => (error as { code?: unknown } | null | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
