/** Evaluates an alert rule on stored values: when would it have been on? */
import type { Actor } from '../tree/actor.ts'
import type { AlertRule } from '../attributes/alert-rules.ts'
import { initialState, passTime, takeValue, type AlertState } from './alert-state.ts'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { requireRead } from '../tree/permissions.ts'
import { requireSpec, streamValues } from '../sequences/sequences.ts'
import type { Range } from '../storage/sequence-store.ts'
import { zoneFor } from './watchdog.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import type { AlertFiring, AlertTrial } from '../wire/answers.ts'

/** Maximum number of firings that are listed. */
export const MAX_FIRINGS = 1_000

/**
 * Runs a rule on stored values with the same state machine that evaluates it live. Values that were only shown, because of
 * `min_storage_interval`, are not among them.
 * @param isStopped called between chunks of values; true when the answer is no longer wanted
 * @throws Fault forbidden, invalid
 */
export async function tryAlert(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  rule: AlertRule,
  range: Range,
  isStopped: () => boolean = () => false,
): Promise<AlertTrial> {
  requireRead(ctx, actor, sequence)
  requireSpec(sequence)
  if (isImageSequence(sequence)) throw invalid(`${pathOf(sequence)} is an image sequence: rules on it can't be tried.`)
  const end = Math.min(range.end ?? Number.MAX_SAFE_INTEGER, ctx.clock.now())
  const log = new FiringLog(rule)
  const zone = zoneFor(ctx, sequence)
  let state: AlertState | undefined = range.start === undefined ? undefined : initialState(range.start, zone)
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
      state ??= initialState(time, zone)
      // In two steps, since a value may end an alert that the passing of time starts.
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
  return { values, units: sequence.sequence?.units ?? null, ...log.finish(end) }
}

/** Records when the state turns on and off. */
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

  finish(now: Micros): Omit<AlertTrial, 'values' | 'units'> {
    let toldAt = Number.NEGATIVE_INFINITY
    const firings = this.#firings.map(({ start, end, value }): AlertFiring => {
      // A firing that outlasts the quiet time is announced when that ends.
      const tellable = Math.max(start, toldAt + this.#rule.quiet)
      const told = tellable <= (end ?? now)
      if (told) toldAt = tellable
      return { start_timestamp: formatTimestamp(start), end_timestamp: end === undefined ? null : formatTimestamp(end), value, told }
    })
    return { count: this.#count, firings }
  }
}
