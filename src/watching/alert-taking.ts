/** Takes a value for one rule that is followed. */
import type { Micros } from '../base/time.ts'
import { followFiring } from './alert-firings.ts'
import type { FollowedRule } from './alert-records.ts'
import { newsOf, passTime, takeValue } from './alert-state.ts'

/** Rules that values alone turn on and off. */
const BY_VALUES: ReadonlySet<string> = new Set(['above', 'below', 'outside', 'rising', 'falling'])

/**
 * In two steps, since a value may end an alert that the passing of time starts. One that ends before anybody could be told that it began
 * is kept in `passed`: it is told all the same.
 * @param now the time at which it is judged whether it is news
 * @returns whether the value counted
 */
export function takeOne(followed: FollowedRule, time: Micros, value: number | string, now: Micros): boolean {
  const { rule, state, firings, told, isMuted } = followed
  if (state.lastTime !== undefined && time < state.lastTime) return false
  passTime(rule, state, time)
  if (state.isActive) followFiring(firings, state)
  const isUntold = state.isActive && BY_VALUES.has(rule.kind) && newsOf(rule, state, told, now, isMuted) === 'start'
  const { started } = state
  const counted = takeValue(rule, state, time, value)
  followFiring(firings, state, value)
  if (isUntold && !state.isActive && started !== undefined) followed.passed ??= { started, ended: state.ended ?? time }
  return counted
}

/**
 * Until when stored values were judged: what changed the state is in it.
 * @param from until when all were, at least
 */
export const judgedUntil = ({ state: { since, started, ended } }: FollowedRule, from: Micros): Micros =>
  Math.max(from, since ?? from, started ?? from, ended ?? from)
