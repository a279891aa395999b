/** Takes the event loop back from code that never gives it back. */
import { createContext, Script, type Context } from 'node:vm'

/** Of the time that a call may take, so much is computed by one that loops; one that computed less waited, or waited for the processor. */
const BUSY_SHARE = 0.8

/** What was interrupted. */
export class Interrupted extends Error {
  /** It computed nearly all the time. False: it waited, or the machine had no time for it. */
  readonly isBusy: boolean

  /** @param limit milliseconds that it had @param used milliseconds that processors worked for this process meanwhile */
  constructor(limit: number, used: number) {
    const isBusy = used >= limit * BUSY_SHARE
    const waited = isBusy ? '' : ` It had only ${Math.round(used)} ms of a processor meanwhile.`
    super(`it did not give the event loop back within ${limit / 1000} seconds (EXTENSION_TIME_LIMIT), and was interrupted.${waited}`)
    this.isBusy = isBusy
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
  const before = process.cpuUsage()
  try {
    SCRIPT.runInContext(place, { timeout: milliseconds, displayErrors: false })
  } catch (error) {
    throw isTimeout(error) ? new Interrupted(milliseconds, used(before)) : error
  }
  return result as T
}

function used(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

const isTimeout = (error: unknown): boolean => (error as { code?: unknown } | null | undefined)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
