/** An object of JSON as readings: a member each, nested ones below the names of those that hold them. */
import { isObject } from '../base/json.ts'
import type { Micros } from '../base/time.ts'
import { isTimeName, readMessageTime } from './message-time.ts'
import { nameOf, type Mapped, type Problem, type Reading } from './reading.ts'
import { sureUnits } from './sure-units.ts'

/** Members of one message. */
export const MAX_MEMBERS = 1_000

export interface MemberOptions {
  /** Names above the members. */
  readonly above?: readonly string[]
  /** Lists become a value an element, by their index from 0; otherwise they are named as refused. */
  readonly arrays?: boolean
  /** Members, at any depth, that are no values of interest. */
  readonly drop?: ReadonlySet<string>
  /** Units by the names of members, where they are sure; a name without its holders. */
  readonly units?: (name: string, holder: string | undefined) => string | undefined
  /** Members whose ON and OFF are truths. */
  readonly switches?: RegExp
  /** Whether a member at the top may be the time of the message. */
  readonly time?: { readonly now: Micros }
}

export const LIST_PROBLEM = 'It is a list: lists are taken where a mapping says "arrays: true".'

/** Nothing of `null`, which says that there is no value. */
export function readMembers(object: Readonly<Record<string, unknown>>, options: MemberOptions = {}): Mapped {
  const { above = [], arrays = false, drop, units = sureUnits, switches, time: timing } = options
  const readings: Reading[] = []
  const problems: Problem[] = []
  let time: Micros | undefined
  let doubt: string | undefined
  let hasMore = false
  const isFull = (): boolean => readings.length + problems.length >= MAX_MEMBERS
  const take = (names: readonly string[], name: string, value: unknown, holder = names.at(-2)): void => {
    if (value === null || value === undefined) return
    if (isObject(value)) return walk(value, names, name)
    if (Array.isArray(value)) {
      if (!arrays) problems.push({ names, message: LIST_PROBLEM })
      else
        for (const [at, item] of value.entries()) {
          if (isFull()) hasMore = true
          if (hasMore) return
          take([...names, String(at)], name, item, holder)
        }
      return
    }
    const problem = valueProblem(value)
    if (problem !== undefined) return void problems.push({ names, message: problem })
    const isSwitch = switches?.test(name) === true && typeof value === 'string' && /^(?:on|off)$/i.test(value)
    readings.push({
      names,
      value: isSwitch ? /^on$/i.test(value) : (value as number | string | boolean),
      units: units(name, holder),
    })
  }
  const walk = (holder: Readonly<Record<string, unknown>>, names: readonly string[], holderName: string | undefined): void => {
    for (const [name, value] of Object.entries(holder)) {
      if (drop?.has(name)) continue
      if (timing && holderName === undefined && time === undefined && isTimeName(name)) {
        const found = readMessageTime(value, timing.now)
        if (found && 'time' in found) {
          time = found.time
          continue
        }
        if (found) {
          doubt = found.doubt
          continue
        }
      }
      if (isFull()) {
        hasMore = true
        // Its time may still come, at the top.
        if (holderName === undefined && timing && time === undefined) continue
        return
      }
      take([...names, nameOf(name)], name, value)
    }
  }
  walk(object, above, undefined)
  if (hasMore) problems.push({ names: above, message: `The message has more than ${MAX_MEMBERS} values; those after them are not taken.` })
  return { readings, problems, time, doubt: time === undefined ? doubt : undefined }
}

/** What is wrong with a value, whatever its sequence. */
export function valueProblem(value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined
  if (!Number.isFinite(value)) return `${value} is no finite number.`
  // JSON.parse has rounded it already.
  if (Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < 1e21)
    return `${value} is an integer beyond 2^53, which a number of 64 bits with a decimal point can't hold.`
  return undefined
}
