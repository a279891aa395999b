/**
 * Whether an alert is on: a state machine that is told of values and of time passing, and of nothing else, so that live
 * values, a test on stored ones, and a restart all come to the same end. Nothing is sent from here; see alert-watch.ts and alert-news.ts.
 */
import type { AlertRule } from '../attributes/alert-rules.ts'
import type { Micros } from '../base/time.ts'

export interface AlertState {
  /** From when on the condition has held without a break; undefined while it does not. */
  since: Micros | undefined
  isActive: boolean
  /** When it started last, and when it ended. */
  started: Micros | undefined
  ended: Micros | undefined
  /** The newest value and its time; none yet: undefined. */
  lastTime: Micros | undefined
  lastValue: number | string | undefined
  /** Since when the value has been what it is. */
  changed: Micros | undefined
  /** Time before this does not count as silence or standstill: the rule was made then, or the server came up. */
  countsFrom: Micros
}

export const initialState = (countsFrom: Micros): AlertState => ({
  since: undefined,
  isActive: false,
  started: undefined,
  ended: undefined,
  lastTime: undefined,
  lastValue: undefined,
  changed: undefined,
  countsFrom,
})

/** When the alert starts if nothing else happens until then; undefined for never. */
export function dueTime(rule: AlertRule, state: AlertState): Micros | undefined {
  if (state.isActive) return undefined
  if (rule.kind === 'silent') return Math.max(state.lastTime ?? state.countsFrom, state.countsFrom) + rule.hold
  // What never had a value does not stand still; that is for `silent`.
  if (rule.kind === 'unchanged') return state.changed === undefined ? undefined : Math.max(state.changed, state.countsFrom) + rule.hold
  return state.since === undefined ? undefined : state.since + rule.hold
}

/** Time passes: an alert whose time has come starts. */
export function passTime(rule: AlertRule, state: AlertState, now: Micros): void {
  const due = dueTime(rule, state)
  if (due !== undefined && due <= now) start(state, due)
}

/**
 * A value of a time no older than the newest known comes in; an older one changes nothing.
 * @returns whether it counted
 */
export function takeValue(rule: AlertRule, state: AlertState, time: Micros, value: number | string): boolean {
  if (state.lastTime !== undefined && time < state.lastTime) return false
  passTime(rule, state, time)
  if (rule.kind === 'silent') end(state, time)
  else if (rule.kind === 'unchanged') takeForStandstill(rule, state, time, value)
  else takeForLimit(rule, state, time, Number(value))
  state.lastTime = time
  state.lastValue = value
  return true
}

function takeForStandstill(rule: AlertRule, state: AlertState, time: Micros, value: number | string): void {
  if (state.changed === undefined || value !== state.lastValue) {
    end(state, time)
    state.changed = time
  } else if (time - state.changed >= rule.hold && !state.isActive) {
    // It was seen to stand still, whether the server was up in between or not.
    start(state, state.changed + rule.hold)
  }
}

function takeForLimit(rule: AlertRule, state: AlertState, time: Micros, value: number): void {
  if (!isBeyond(rule, value, state.since !== undefined)) {
    state.since = undefined
    end(state, time)
    return
  }
  state.since ??= time
  passTime(rule, state, time)
}

/** @param wasBeyond then it takes the hysteresis to be fine again */
function isBeyond({ low, high, hysteresis }: AlertRule, value: number, wasBeyond: boolean): boolean {
  const margin = wasBeyond ? hysteresis : 0
  return value < low + margin || value > high - margin
}

function start(state: AlertState, time: Micros): void {
  state.isActive = true
  state.started = time
  state.ended = undefined
}

function end(state: AlertState, time: Micros): void {
  if (!state.isActive) return
  state.isActive = false
  state.ended = time
}

/**
 * The value that counted last was removed: it was none. The one before it counts again, with all that this means for the rule.
 * @param newest what is left; undefined: nothing
 * @param changed since when that has been what it is
 */
export function takeBack(
  rule: AlertRule,
  state: AlertState,
  newest: { time: Micros; value: number | string } | undefined,
  changed: Micros | undefined,
  now: Micros,
): void {
  // Whoever sent it was heard all the same.
  if (rule.kind === 'silent') return
  state.lastTime = state.lastValue = state.changed = undefined
  if (rule.kind === 'unchanged' || !newest || !isBeyond(rule, Number(newest.value), false)) {
    state.since = undefined
    end(state, now)
  }
  if (!newest) return
  takeValue(rule, state, newest.time, newest.value)
  if (rule.kind === 'unchanged') state.changed = changed
}

/**
 * The server came up, or its clock was set: silence and standstill go on from what was known of them.
 * @param silentSince of a time when there was a value: since when there has been none, without the times when nobody could be heard
 */
export function countOn(rule: AlertRule, state: AlertState, silentSince: (heard: Micros) => Micros): void {
  const known = rule.kind === 'unchanged' ? state.changed : state.lastTime
  if (known !== undefined) state.countsFrom = silentSince(known)
}

/** The server's clock was set: nothing that was known counts as silence, unless {@link countOn} says otherwise. */
export function countAnew(state: AlertState, now: Micros): void {
  state.countsFrom = now
  // Times to come were stamped by a clock that was wrong.
  for (const name of ['lastTime', 'changed', 'since'] as const) if ((state[name] ?? now) > now) state[name] = now
}

// ---- Who has been told

export interface Told {
  /** Whether the start was told, and the end not yet. */
  isStartTold: boolean
  /** When a start was told last. */
  toldAt: Micros | undefined
}

/**
 * What came in longer ago than this, and the time that the rule itself takes, wakes nobody: an import of old data, a controller that
 * catches up.
 */
export const RECENT: Micros = 3_600_000_000

/** What is to be told now, if anything. */
export function newsOf(rule: AlertRule, state: AlertState, told: Told, now: Micros): 'start' | 'end' | undefined {
  if (state.isActive === told.isStartTold) return undefined
  const isRecent = state.lastTime !== undefined && now - state.lastTime <= RECENT + rule.hold
  if (!state.isActive) return isRecent ? 'end' : undefined
  if (told.toldAt !== undefined && now >= told.toldAt && now - told.toldAt < rule.quiet) return undefined
  return rule.kind === 'silent' || isRecent ? 'start' : undefined
}
