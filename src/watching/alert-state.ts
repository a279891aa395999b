/**
 * Whether an alert is on: a state machine whose only input is values and time, so that live values, a test on stored ones, and a restart
 * give the same result. It sends nothing; see alert-watch.ts and alert-news.ts.
 */
import type { AlertRule } from '../attributes/alert-rules.ts'
import { limitsAt, nextChange, type ScheduledLimits } from '../attributes/alert-schedule.ts'
import { TimeZone } from '../base/time-zone.ts'
import type { Micros } from '../base/time.ts'
import { changeIn, noteRecent, type RecentPart } from './alert-rates.ts'

export interface AlertState {
  /** Since when the condition has held without a break; undefined while it does not. */
  since: Micros | undefined
  isActive: boolean
  /** When it last started, and when it ended. */
  started: Micros | undefined
  ended: Micros | undefined
  /** The newest value and its time; undefined if there is none yet. */
  lastTime: Micros | undefined
  lastValue: number | string | undefined
  /** Since when the value has been unchanged. */
  changed: Micros | undefined
  /** Time before this does not count as silence or standstill, because the rule was made or the server started then. */
  countsFrom: Micros
  /** Of `rising` and `falling`: values within the window. */
  readonly recent: RecentPart[]
  /** The clock that a schedule follows. */
  zone: TimeZone
  /** When the limits of a schedule change next; undefined: not known yet. */
  boundary: Micros | undefined
}

/** @param zone the clock that a schedule follows */
export const initialState = (countsFrom: Micros, zone: TimeZone = TimeZone.named('UTC')): AlertState => ({
  since: undefined,
  isActive: false,
  started: undefined,
  ended: undefined,
  lastTime: undefined,
  lastValue: undefined,
  changed: undefined,
  countsFrom,
  recent: [],
  zone,
  boundary: undefined,
})

/** When the alert starts if nothing else happens before; undefined for never. */
export function dueTime(rule: AlertRule, state: AlertState): Micros | undefined {
  if (state.isActive) return undefined
  if (rule.kind === 'silent') return Math.max(state.lastTime ?? state.countsFrom, state.countsFrom) + rule.hold
  // A sequence without values is not standing still; `silent` covers it.
  if (rule.kind === 'unchanged') return state.changed === undefined ? undefined : Math.max(state.changed, state.countsFrom) + rule.hold
  return state.since === undefined ? undefined : state.since + rule.hold
}

/** Lets time pass: starts an alert whose time has come. */
export function passTime(rule: AlertRule, state: AlertState, now: Micros): void {
  if (rule.schedule) passBoundaries(rule, rule.schedule, state, now)
  startWhenDue(rule, state, now)
}

/** At each change of its limits the newest value is judged again. */
function passBoundaries(rule: AlertRule, schedule: readonly ScheduledLimits[], state: AlertState, now: Micros): void {
  const { lastTime, lastValue } = state
  if (lastTime === undefined || lastValue === undefined) return
  state.boundary ??= nextChange(schedule, state.zone, lastTime)
  while (state.boundary <= now) {
    startWhenDue(rule, state, state.boundary)
    takeForLimit(rule, state, state.boundary, Number(lastValue))
    state.boundary = nextChange(schedule, state.zone, state.boundary)
  }
}

function startWhenDue(rule: AlertRule, state: AlertState, now: Micros): void {
  const due = dueTime(rule, state)
  if (due !== undefined && due <= now) start(state, due)
}

/**
 * Takes a value that is at least as new as the newest known one; ignores an older one.
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
    // Values prove that it stood still, even if the server was down in between.
    start(state, state.changed + rule.hold)
  }
}

function takeForLimit(rule: AlertRule, state: AlertState, time: Micros, value: number): void {
  if (rule.change) noteRecent(state.recent, rule.change.within, time, value)
  if (!isBeyondAt(rule, state, time, value)) {
    state.since = undefined
    end(state, time)
    return
  }
  state.since ??= time
  startWhenDue(rule, state, time)
}

function isBeyondAt(rule: AlertRule, state: AlertState, time: Micros, value: number): boolean {
  const wasBeyond = state.since !== undefined
  const { change, kind, hysteresis } = rule
  if (change && (kind === 'rising' || kind === 'falling'))
    return changeIn(state.recent, kind, value) > change.by - (wasBeyond ? hysteresis : 0)
  const limits = rule.schedule && limitsAt(rule.schedule, state.zone, time)
  return isBeyond(limits ? { ...limits, hysteresis } : rule, value, wasBeyond)
}

/** @param wasBeyond true: the value must come back past the hysteresis to be fine again */
function isBeyond({ low, high, hysteresis }: Pick<AlertRule, 'low' | 'high' | 'hysteresis'>, value: number, wasBeyond: boolean): boolean {
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
 * Undoes the value that counted last, because it was removed. The one before it counts again, with everything that follows for the rule.
 * @param newest the newest remaining value; undefined if there is none
 * @param changed since when that value has been unchanged
 * @param recent the values that remain of the window of a rule for changes, without that one
 */
export function takeBack(
  rule: AlertRule,
  state: AlertState,
  newest: { time: Micros; value: number | string } | undefined,
  changed: Micros | undefined,
  now: Micros,
  recent: readonly { time: Micros; value: number | string }[] = [],
): void {
  // The removed value was still a sign of life.
  if (rule.kind === 'silent') return
  state.lastTime = state.lastValue = state.changed = undefined
  seedRecent(rule, state, recent)
  const { since } = state
  state.since = undefined
  if (rule.kind === 'unchanged' || !newest || !isBeyondAt(rule, state, newest.time, Number(newest.value))) end(state, now)
  else state.since = since
  if (!newest) return
  takeValue(rule, state, newest.time, newest.value)
  if (rule.kind === 'unchanged') state.changed = changed
}

/** The window of a rule for changes, from what is stored. @param values in the order of their times */
export function seedRecent({ change }: AlertRule, state: AlertState, values: readonly { time: Micros; value: number | string }[]): void {
  state.recent.length = 0
  if (change) for (const { time, value } of values) noteRecent(state.recent, change.within, time, Number(value))
}

/**
 * After a start, or after the clock was set: silence and standstill continue from what was known before.
 * @param silentSince for the time of a value: since when there has been silence, not counting times when the server could hear nothing
 */
export function countOn(rule: AlertRule, state: AlertState, silentSince: (heard: Micros) => Micros): void {
  const known = rule.kind === 'unchanged' ? state.changed : state.lastTime
  if (known !== undefined) state.countsFrom = silentSince(known)
}

/** After the clock was set: nothing known counts as silence, unless {@link countOn} is called, too. */
export function countAnew(state: AlertState, now: Micros): void {
  state.countsFrom = now
  state.boundary = undefined
  // Times in the future were stamped by a wrong clock.
  for (const name of ['lastTime', 'changed', 'since'] as const) if ((state[name] ?? now) > now) state[name] = now
}

// ---- What has been announced

export interface Told {
  /** Whether the start was announced, and the end not yet. */
  isStartTold: boolean
  /** When a start was last announced. */
  toldAt: Micros | undefined
}

/**
 * Values that are older than this, plus the time that the rule itself takes, are not announced: they come from an import of old data, or a
 * controller that catches up.
 */
export const RECENT: Micros = 3_600_000_000

/** What to announce now, if anything. A mute holds beginnings back; the end of what was told is told, lest somebody go on believing it. */
export function newsOf(rule: AlertRule, state: AlertState, told: Told, now: Micros, isMuted = false): 'start' | 'end' | undefined {
  if (state.isActive === told.isStartTold) return undefined
  const isRecent = state.lastTime !== undefined && now - state.lastTime <= RECENT + rule.hold
  if (!state.isActive) return isRecent ? 'end' : undefined
  if (isMuted) return undefined
  if (told.toldAt !== undefined && now >= told.toldAt && now - told.toldAt < rule.quiet) return undefined
  return rule.kind === 'silent' || isRecent ? 'start' : undefined
}
