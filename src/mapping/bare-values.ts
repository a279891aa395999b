/** A payload that is one value: a number, a truth or a text. */
import { quote } from '../base/path.ts'
import { changesAsNumber, whyChanged } from '../base/whole-numbers.ts'
import type { Mapped, Payload } from './reading.ts'

const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/
/** Longest text that makes a sequence by itself: longer ones are documents, not values. */
const MAX_TEXT = 10_000
/** Last levels of topics on which something is asked for, not said. */
const COMMANDS: ReadonlySet<string> = new Set(['set', 'get', 'cmnd', 'cmd', 'command', 'rpc', 'request'])

/** Whether a topic is one by which devices are told what to do: a value of it would come again to each that subscribes. */
export function isCommand(topic: readonly string[]): boolean {
  // What a Shelly tells of its own accord is on events/rpc.
  if (topic.at(-1) === 'rpc' && topic.at(-2) === 'events') return false
  return COMMANDS.has(topic.at(-1)?.toLowerCase() ?? '') || topic.includes('cmnd')
}

/** A value of this server's own messages, whose clients send numbers as texts too. */
export function typedValue(value: unknown): unknown {
  return typeof value === 'string' && NUMBER.test(value) && Number.isFinite(Number(value)) ? Number(value) : value
}

/** undefined: it is none. */
export function readBare({ text, json }: Payload): number | string | boolean | undefined {
  if (text === undefined || text.length > MAX_TEXT) return undefined
  if (typeof json === 'boolean') return json
  if (NUMBER.test(text)) {
    const number = Number(text)
    return Number.isFinite(number) ? number : undefined
  }
  if (typeof json === 'object') return undefined
  return typeof json === 'string' ? json : text
}

/** What is wrong with a bare value; undefined: nothing. */
export const bareProblem = ({ text }: Payload, value: unknown): string | undefined =>
  typeof value === 'number' && text !== undefined && changesAsNumber(text.trim(), value)
    ? `${quote(text.trim())} ${whyChanged(value)}.`
    : undefined

/** A bare value as one reading of given names. */
export function mapBare(payload: Payload, names: readonly string[], switches = false): Mapped | undefined {
  const value = readBare(payload)
  if (value === undefined) return undefined
  const problem = bareProblem(payload, value)
  if (problem !== undefined) return { readings: [], problems: [{ names, message: problem }] }
  const isSwitch = switches && typeof value === 'string' && /^(?:on|off)$/i.test(value)
  return { readings: [{ names, value: isSwitch ? /^on$/i.test(value) : value }] }
}
