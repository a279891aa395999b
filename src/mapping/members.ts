/** An object of JSON as readings: a member each, nested ones below the names of those that hold them. */
import { isObject } from '../base/json.ts'
import type { Micros } from '../base/time.ts'
import { unitOf } from '../tables/names.ts'
import { readMessageTime, timeNamesIn } from './message-time.ts'
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
  const timed = timing ? findTime(object, timing.now, drop) : {}
  let hasMore = false
  const isFull = (): boolean => readings.length + problems.length >= MAX_MEMBERS
  const take = (names: readonly string[], name: string, value: unknown, holder = names.at(-2), told?: string): void => {
    if (value === null || value === undefined) return
    const measured = isObject(value) ? withUnits(value) : undefined
    if (measured) return take(names, name, measured.value, holder, measured.units)
    if (isObject(value)) return walk(value, names)
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
      units: told ?? units(name, holder),
    })
  }
  const walk = (holder: Readonly<Record<string, unknown>>, names: readonly string[]): void => {
    for (const [name, value] of Object.entries(holder)) {
      if (drop?.has(name)) continue
      if (holder === timed.holder && name === timed.name) continue
      if (isFull()) {
        hasMore = true
        return
      }
      take([...names, nameOf(name)], name, value)
    }
  }
  walk(object, above)
  if (hasMore) problems.push({ names: above, message: `The message has more than ${MAX_MEMBERS} values; those after them are not taken.` })
  return { readings, problems, time: timed.time, doubt: timed.time === undefined ? timed.doubt : undefined }
}

interface Timed {
  /** The object that has it, and the name of its member. */
  readonly holder?: object
  readonly name?: string
  readonly time?: Micros
  readonly doubt?: string
}

/** The time of a message: a member at the top, or of the only object there. One that can't be believed is no reading, and is told. */
function findTime(object: Readonly<Record<string, unknown>>, now: Micros, drop: ReadonlySet<string> | undefined): Timed {
  const [only, ...others] = Object.values(object)
  const holder = others.length === 0 && isObject(only) ? only : object
  let doubtful: Timed = {}
  for (const name of timeNamesIn(holder)) {
    if (drop?.has(name)) continue
    const found = readMessageTime(holder[name], now)
    if (found && 'time' in found) return { holder, name, time: found.time }
    if (found && doubtful.name === undefined) doubtful = { holder, name, doubt: found.doubt }
  }
  return doubtful
}

/** `{"value": 21.5, "unit": "C"}`, which is one reading; undefined for any other object. */
function withUnits(object: Readonly<Record<string, unknown>>): { value: unknown; units: string } | undefined {
  let [value, units]: [unknown, string | undefined] = [undefined, undefined]
  for (const [name, member] of Object.entries(object)) {
    const plain = name.toLowerCase()
    if (plain === 'value' && typeof member !== 'object') value = member
    else if (/^(?:units?|uom|unit_of_measurement)$/.test(plain) && typeof member === 'string') units = unitOf(member)
    else return undefined
  }
  return value === undefined || units === undefined ? undefined : { value, units }
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
