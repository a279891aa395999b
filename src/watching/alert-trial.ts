/** When an alert rule would have been on, by the values that are stored. */
import type { Actor } from '../tree/actor.ts'
import type { AlertRule } from '../attributes/alert-rules.ts'
import { initialState, passTime, takeValue, type AlertState } from './alert-state.ts'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { requireRead } from '../tree/permissions.ts'
import { requireSpec, streamValues } from '../sequences/sequences.ts'
import type { Range } from '../storage/sequence-store.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'

export interface Firing {
  start_timestamp: string
  /** Null when it was still on at the end. */
  end_timestamp: string | null
  /** The value that was the newest when it started. */
  value: number | string | null
  /** False where its start would not have been told, because another was told a short while before. */
  told: boolean
}

export interface Trial {
  /** Values looked at. */
  values: number
  /** How often it would have been on. */
  count: number
  /** The first of these times. */
  firings: Firing[]
}

/** Most firings that are listed. */
export const MAX_FIRINGS = 1_000

/**
 * Runs a rule over stored values with the same machine that runs it live. Values that were only shown, because of
 * `min_storage_interval`, are not among them.
 * @param isStopped asked between chunks of values: nobody waits for the answer any more
 * @throws Fault forbidden, invalid
 */
export async function tryAlert(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  rule: AlertRule,
  range: Range,
  isStopped: () => boolean = () => false,
): Promise<Trial> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  if (isImageSequence(sequence)) throw invalid(`${pathOf(sequence)} is an image sequence: rules on it can't be tried.`)
  const end = Math.min(range.end ?? Number.MAX_SAFE_INTEGER, ctx.clock.now())
  const log = new FiringLog(rule)
  let state: AlertState | undefined = range.start === undefined ? undefined : initialState(range.start)
  let values = 0
  for await (const chunk of streamValues(ctx, actor, sequence, {
    start: range.start,
    end,
    order: 'ascending',
    limit: Number.MAX_SAFE_INTEGER,
  })) {
    for (let at = 0; at < chunk.times.length; at++) {
      const [time, value] = [chunk.times[at], chunk.values[at]]
      if (time === undefined || value === undefined) continue
      state ??= initialState(time)
      // In two steps, since what time alone starts the value may end.
      passTime(rule, state, time)
      log.look(state)
      takeValue(rule, state, time, value)
      log.look(state)
      values++
    }
    if (isStopped()) break
    await new Promise((resolve) => setImmediate(resolve))
  }
  if (state) {
    passTime(rule, state, end)
    log.look(state)
  }
  return { values, ...log.finish(end) }
}

/** Notes when the state turns on and off. */
class FiringLog {
  readonly #rule: AlertRule
  readonly #firings: { start: Micros; end: Micros | undefined; value: number | string | null }[] = []
  #isActive = false
  #count = 0

  constructor(rule: AlertRule) {
    this.#rule = rule
  }

  look(state: AlertState): void {
    if (state.isActive === this.#isActive) return
    this.#isActive = state.isActive
    const last = this.#firings.at(-1)
    if (!state.isActive) {
      if (last && this.#count === this.#firings.length) last.end = state.ended
      return
    }
    this.#count++
    if (this.#firings.length < MAX_FIRINGS)
      this.#firings.push({ start: state.started ?? 0, end: undefined, value: state.lastValue ?? null })
  }

  finish(now: Micros): Omit<Trial, 'values'> {
    let toldAt = Number.NEGATIVE_INFINITY
    const firings = this.#firings.map(({ start, end, value }): Firing => {
      // One that outlasts the quiet time is told when that is over.
      const tellable = Math.max(start, toldAt + this.#rule.quiet)
      const told = tellable <= (end ?? now)
      if (told) toldAt = tellable
      return { start_timestamp: formatTimestamp(start), end_timestamp: end === undefined ? null : formatTimestamp(end), value, told }
    })
    return { count: this.#count, firings }
  }
}
