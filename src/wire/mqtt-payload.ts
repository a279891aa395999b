/**
 * Parses payloads of MQTT messages to a folder's topic: text that stores or shows one value, a JSON object of types and their
 * parameters, or whatever else a device says there. Source: protocol, section 7.
 */
import { isUtf8 } from 'node:buffer'
import { invalid } from '../base/fault.ts'
import { isObject, parseValuesJson } from '../base/json.ts'
import { quote } from '../base/path.ts'
import { isBuiltInType, isNewsType, MAX_TYPE_LENGTH, parseMessage, requireType, type ClientMessage } from './client-messages.ts'
import { formatTimestamp, parseTimestamp, timeOfSeconds, type Micros } from '../base/time.ts'

/** Maximum number of types in one JSON object. */
const MAX_MESSAGES = 100
/** Maximum length of a name in a text payload, in characters; paths have their own, stricter rules. */
const MAX_NAME_LENGTH = 2_000
const COMMA = 0x2c
const BRACE = 0x7b
/** 2000-01-01: fewer seconds are those since a device was started, of one that never set its clock. */
const FIRST_SECOND = 946_684_800
const SECONDS = /^\d{1,12}(?:\.\d{1,6})?$/

/** One value as text: `s,NAME,TIMESTAMP,VALUE` stores it, `d,…` only shows it to subscribers. */
export interface ValueText {
  readonly kind: 'store' | 'show'
  /** Name of a sequence below the topic's folder. */
  readonly name: string
  /** undefined: the server adds the time. */
  readonly time: Micros | undefined
  /** Seconds of a clock that was never set, which count from the device's start: `time` is not known. */
  readonly sinceStart?: string | undefined
  readonly value: string
  /** The whole payload. */
  readonly text: string
}

export interface Messages {
  readonly kind: 'messages'
  readonly messages: readonly ClientMessage[]
  /** Whether the payload has types besides that only pass from client to client. */
  readonly isMixed: boolean
}

/** `data`: no message of this protocol; an object of values, or anything else that passes from client to client. */
export type MqttPayload = ValueText | Messages | { readonly kind: 'data' }

/**
 * Parses a payload to a folder's topic.
 * @param folder the folder's absolute path, to which the messages go
 * @throws Fault invalid
 */
export function parseFolderPayload(payload: Buffer, folder: string): MqttPayload {
  const [first, second] = [payload[0], payload[1]]
  if (second === COMMA && (first === 0x73 || first === 0x64)) return parseValueText(first === 0x73 ? 'store' : 'show', requireText(payload))
  return first === BRACE || isSpace(first) ? parseObject(requireText(payload), folder) : { kind: 'data' }
}

/** The text of a payload. @throws Fault invalid when it is not UTF-8 */
export function requireText(payload: Buffer): string {
  if (!isUtf8(payload)) throw invalid('The payload is not UTF-8 text.')
  return payload.toString('utf8')
}

function parseValueText(kind: 'store' | 'show', text: string): ValueText {
  const afterName = text.indexOf(',', 2)
  const afterTime = text.indexOf(',', afterName + 1)
  if (afterName < 0 || afterTime < 0) throw invalid(`The payload ${quote(text)} must be ${text[0] ?? ''},NAME,TIMESTAMP,VALUE.`)
  const name = text.slice(2, afterName)
  if (name === '' || name.length > MAX_NAME_LENGTH) throw invalid(`NAME in the payload ${quote(text)} must be the name of a sequence.`)
  const timestamp = text.slice(afterName + 1, afterTime)
  const value = text.slice(afterTime + 1)
  if (SECONDS.test(timestamp) && Number(timestamp) < FIRST_SECOND)
    return { kind, name, time: undefined, sinceStart: timestamp, value, text }
  return { kind, name, time: parseTime(timestamp), value, text }
}

/** A controller without a clock leaves it empty; some send seconds since 1970. */
function parseTime(text: string): Micros | undefined {
  if (text === '') return undefined
  const time = parseTimestamp(text) ?? (SECONDS.test(text) ? timeOfSeconds(Number(text)) : undefined)
  if (time === undefined)
    throw invalid(`TIMESTAMP in the payload is ${quote(text)}; it must be UTC such as 2026-01-31T12:00:00Z, seconds since 1970, or empty.`)
  return time
}

/** Types that can't be told to subscribers of other transports: they pass on as they came, to those of MQTT alone. */
const isForeign = (type: string): boolean => type === '' || type.length > MAX_TYPE_LENGTH || type === 'subscribe' || isNewsType(type)

/**
 * What its sender is told of such a type. Clients of rhizo-server send by MQTT too what they subscribe to by WebSocket.
 * @throws Fault invalid
 */
function explainForeign(type: string, parameters: unknown): void {
  if (type === 'subscribe' && isObject(parameters) && Array.isArray(parameters['subscriptions'])) return
  if (type === 'subscribe') throw invalid('subscribe: MQTT has its own SUBSCRIBE packet for that.')
  if (isNewsType(requireType(type)))
    throw invalid(`type ${quote(type)} is for the server's own messages: only MQTT subscribers hear this one.`)
}

/** An object of messages has an object of parameters for each type, or nothing; any other member is a value. */
function parseObject(text: string, folder: string): MqttPayload {
  const object = parseValuesJson(text, 'The payload')
  if (!isObject(object)) return { kind: 'data' }
  const entries = Object.entries(object)
  if (entries.length === 0) throw invalid('The payload names no type, such as {"watchdog": {}}.')
  const isOfMessages = entries.every(([, value]) => value === null || isObject(value)) || entries.every(([type]) => isBuiltInType(type))
  if (!isOfMessages) return { kind: 'data' }
  if (entries.length > MAX_MESSAGES) throw invalid(`The payload has ${entries.length} types; at most ${MAX_MESSAGES} are allowed.`)
  const own = entries.filter(([type]) => !isForeign(type))
  if (own.length === 0) {
    for (const [type, parameters] of entries) explainForeign(type, parameters)
    return { kind: 'data' }
  }
  const messages = own.map(([type, parameters]) => parseMessage(type, folder, parameters))
  return { kind: 'messages', messages, isMixed: own.length < entries.length }
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/** The text that tells MQTT subscribers of a folder about a value that was sent in another way. */
export const showText = (name: string, time: Micros, value: string): string => `d,${name},${formatTimestamp(time)},${value}`
