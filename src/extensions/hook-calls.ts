/** Calls into an extension's code: with a budget of time, and so that what goes wrong there stays there. */
import { Fault } from '../base/fault.ts'
import { describeProblem } from './find.ts'
import { Interrupted, interruptible } from './interruption.ts'
import { runAs, type Origin } from './origin.ts'
import { TookTooLong, within } from './time-limit.ts'

/** Milliseconds without giving the event loop back that count as a failure. */
const MOST_HELD = 1_000

/** Told by the daemon's loop watch who holds the loop. */
export interface LoopObserver {
  /** A call into an extension begins. @returns to be called when it gives the loop back, and when it has ended */
  begin(name: string): { readonly paused: () => void; readonly ended: () => void }
}

export const noObserver: LoopObserver = { begin: () => ({ paused: () => {}, ended: () => {} }) }

/** What calls of one extension have in common. */
export interface HookOwner extends Origin {
  readonly timeLimit: number
  readonly observer: LoopObserver
  /** Why it is not called any more. */
  readonly offReason: string | undefined
  /** A loop that never ends: it fails once more if it is called again. */
  interrupted(hook: string, problem: string): void
}

const isOff = (owner: HookOwner): Fault => new Fault('busy', `The extension ${owner.name} is switched off.`)
const couldNot = (owner: HookOwner): Fault =>
  new Fault('internal', `The extension ${owner.name} failed. System admins find the reason at /-/system/extensions.`)

/**
 * @param hook for the log: `the page /`
 * @throws Fault the extension's refusal; or that it failed, which is counted and logged
 */
export async function callHook<T>(owner: HookOwner, hook: string, call: () => T | Promise<T>): Promise<T> {
  if (owner.offReason !== undefined) throw isOff(owner)
  const watched = owner.observer.begin(`extension ${owner.name}: ${hook}`)
  try {
    return await within(owner.timeLimit, hook, () => timed(owner, hook, watched.paused, call))
  } catch (error) {
    if (isA(error, Fault) && !isA(error, TookTooLong)) throw error
    tell(owner, hook, error)
    throw couldNot(owner)
  } finally {
    watched.ended()
  }
}

/** As {@link callHook}, for those that have to answer at once. @returns undefined when it failed */
export function callHookNow<T>(owner: HookOwner, hook: string, call: () => T): T | undefined {
  if (owner.offReason !== undefined) return undefined
  const watched = owner.observer.begin(`extension ${owner.name}: ${hook}`)
  try {
    return timed(owner, hook, watched.paused, call)
  } catch (error) {
    tell(owner, hook, error)
    return undefined
  } finally {
    watched.ended()
  }
}

/** For what nobody waits for: its refusals are failures, too. */
export async function callUnasked(owner: HookOwner, hook: string, call: () => unknown): Promise<unknown> {
  try {
    return await callHook(owner, hook, call)
  } catch (error) {
    if (error instanceof Fault && !['internal', 'busy'].includes(error.code)) owner.failed(hook, error.message)
    return undefined
  }
}

/** As instanceof, of anything that can be thrown: a proxy may throw when it is asked. */
function isA<T>(error: unknown, kind: abstract new (...given: never[]) => T): error is T {
  try {
    return error instanceof kind
  } catch {
    return false
  }
}

function tell(owner: HookOwner, hook: string, error: unknown): void {
  if (isA(error, Interrupted) && error.isBusy) owner.interrupted(hook, error.message)
  else owner.failed(hook, isA(error, Interrupted) ? error.message : describeProblem(error))
}

function timed<T>(owner: HookOwner, hook: string, paused: () => void, call: () => T): T {
  const began = performance.now()
  let isInterrupted = false
  try {
    return runAs(owner, () => interruptible(owner.timeLimit, call))
  } catch (error) {
    isInterrupted = isA(error, Interrupted)
    throw error
  } finally {
    paused()
    const held = performance.now() - began
    if (held > MOST_HELD && !isInterrupted)
      owner.failed(
        hook,
        `it held the event loop for ${Math.round(held)} ms, in which nothing else was answered: divide its work into steps.`,
      )
  }
}
