/**
 * Parses messages of clients, from unknown input to types. All transports share it that carry a type and parameters; a WebSocket frame adds
 * an envelope. Source: protocol, section 6, with the old names of section 1.
 */
import { invalid } from '../base/fault.ts'
import { isObject, parseExactly, parseValuesJson, requireShallow } from '../base/json.ts'
import { requireModestJson } from '../base/json-bounds.ts'
import { requireTimestamp, timeOfSeconds, type Micros } from '../base/time.ts'
import { parseCounter, withoutCounter, type CounterReading } from './counter.ts'

/** Maximum length of a message's type, in characters. */
export const MAX_TYPE_LENGTH = 2_000
/** Maximum length of a message's text `id`, in characters. */
const MAX_ID_LENGTH = 100
/** Maximum length of a path or name, in characters; paths have their own, stricter rules. */
const MAX_NAME_LENGTH = 2_000

/** The id that a client gives its message, for the answer to it. */
export type FrameId = string | number
/** A path, a name below the controller's folder, `self`, or an id, as old clients send it. */
export type FolderName = string | number

export type Fields = Readonly<Record<string, unknown>>

export interface SubscriptionRequest {
  readonly folder: FolderName
  /** undefined: all types */
  readonly type: string | undefined
  readonly includeChildren: boolean
  /** Whether the values that the connection itself sends come back to it as `sequence_update`. */
  readonly includeSelf: boolean
}

export type ClientMessage =
  | { readonly kind: 'subscribe'; readonly subscriptions: readonly SubscriptionRequest[] }
  | {
      readonly kind: 'update_sequence'
      readonly folder: FolderName | undefined
      readonly sequence: string
      readonly value: unknown
      readonly encoded: boolean
      readonly time: Micros | undefined
      /** Of a device without a clock, in place of the time. */
      readonly counter?: CounterReading | undefined
    }
  | {
      readonly kind: 'update'
      readonly folder: FolderName | undefined
      readonly time: Micros | undefined
      /** Of a device without a clock, in place of the time; its names are not among the parameters. */
      readonly counter?: CounterReading | undefined
      readonly parameters: Fields
    }
  | { readonly kind: 'write_resource'; readonly folder: FolderName | undefined; readonly path: string; readonly data: unknown }
  | { readonly kind: 'send_email'; readonly recipients: readonly string[]; readonly subject: string; readonly body: string }
  | { readonly kind: 'send_text_message'; readonly recipients: readonly string[]; readonly body: string }
  | {
      readonly kind: 'add_note'
      readonly folder: FolderName | undefined
      /** Of a sequence, controller or folder; undefined: the folder itself. */
      readonly path: string | undefined
      readonly text: unknown
      readonly tags: unknown
      /** undefined: now */
      readonly start: Micros | undefined
      readonly end: Micros | undefined
    }
  | { readonly kind: 'watchdog' }
  /** Does nothing, but is answered. */
  | { readonly kind: 'ping' }
  /** For the subscribers of its folder. */
  | { readonly kind: 'other'; readonly type: string; readonly folder: FolderName | undefined; readonly parameters: unknown }

/** Types by name, including old names and aliases. */
const TYPES = new Map<string, ClientMessage['kind']>([
  ['subscribe', 'subscribe'],
  ['update_sequence', 'update_sequence'],
  ['updateSequence', 'update_sequence'],
  ['setNode', 'update_sequence'],
  ['update', 'update'],
  ['write_resource', 'write_resource'],
  ['writeResource', 'write_resource'],
  ['send_email', 'send_email'],
  ['sendEmail', 'send_email'],
  ['send_text_message', 'send_text_message'],
  ['sendTextMessage', 'send_text_message'],
  ['send_sms', 'send_text_message'],
  ['add_note', 'add_note'],
  ['watchdog', 'watchdog'],
  ['ping', 'ping'],
  ['connect', 'ping'],
])

/** News of the server, which rhizo-server has no such message for: nobody may pretend to be it. */
const NEWS_TYPES: ReadonlySet<string> = new Set(['values_removed', 'resource_moved'])
/** What the server says to one connection, or of one value. Clients of rhizo-server say them to each other too, without an id. */
const SPOKEN_TYPES: ReadonlySet<string> = new Set(['ack', 'error', 'sequence_update'])

export const isNewsType = (type: string): boolean => NEWS_TYPES.has(type)

/** Whether the server itself sends messages of a type. */
export const isServerType = (type: string): boolean => isNewsType(type) || SPOKEN_TYPES.has(type)

/** Every type that the server acts on itself, with its old names; any other type goes to the subscribers of its folder. */
export const clientMessageTypes: readonly string[] = [...TYPES.keys()]

/** Whether the server gives messages of a type, or of an older name of it, a meaning of its own. */
export const isBuiltInType = (type: string): boolean => TYPES.has(type)

/** Parses a frame's text into an object. @throws Fault invalid; too_large for more than is parsed at once */
export function parseFrame(text: string): Fields {
  requireModestJson(text, 'The message')
  let frame: unknown
  try {
    frame = parseExactly(text)
  } catch {
    frame = parseValuesJson(text, 'The message')
  }
  if (!isObject(frame)) throw invalid('A message must be a JSON object with a type, such as {"type": "ping"}.')
  return frame
}

/** @throws Fault invalid unless it is a number or short text */
export function parseFrameId({ id }: Fields): FrameId | undefined {
  if (typeof id === 'number') return id
  if (id === undefined || id === null) return undefined
  if (typeof id !== 'string' || id.length > MAX_ID_LENGTH)
    throw invalid(`id must be a number or text of at most ${MAX_ID_LENGTH} characters.`)
  return id
}

/** Parses the message in a frame. @throws Fault invalid naming the field */
export function parseFrameMessage(frame: Fields): ClientMessage {
  return parseMessage(requireType(frame['type']), parseFolder(frame['folder'] ?? frame['folderId'], 'folder'), frame['parameters'])
}

/**
 * Parses a message by its type.
 * @param parameters an object, or of a type that the server has no meaning for, anything; null or undefined counts as an empty object
 * @throws Fault invalid naming the field
 */
export function parseMessage(type: string, folder: FolderName | undefined, parameters: unknown): ClientMessage {
  const kind = TYPES.get(type)
  if (kind === undefined) {
    requireShallow(parameters, 'parameters')
    return { kind: 'other', type, folder, parameters: parameters ?? {} }
  }
  const fields = parameters ?? {}
  if (!isObject(fields)) throw invalid('parameters must be a JSON object.')
  switch (kind) {
    case 'update_sequence':
      return parseUpdateSequence(folder, fields)
    case 'subscribe':
      return { kind, subscriptions: parseSubscriptions(fields['subscriptions']) }
    case 'update':
      return parseUpdate(folder, fields)
    case 'write_resource':
      return { kind, folder, path: requireName(fields['path'], 'path'), data: requireValue(fields['data'], 'data') }
    case 'send_email':
      return {
        kind,
        recipients: parseRecipients(fields['email_addresses'] ?? fields['emailAddresses'], 'email_addresses'),
        subject: requireText(fields['subject'] ?? '', 'subject'),
        body: requireText(fields['body'], 'body'),
      }
    case 'send_text_message':
      return {
        kind,
        recipients: parseRecipients(fields['phone_numbers'] ?? fields['phoneNumbers'], 'phone_numbers'),
        body: requireText(fields['message'], 'message'),
      }
    case 'add_note':
      return {
        kind,
        folder,
        path: fields['path'] === undefined ? undefined : requireName(fields['path'], 'path'),
        text: fields['text'],
        tags: fields['tags'],
        start: parseTime(fields['start_timestamp'] ?? fields['timestamp'], 'start_timestamp'),
        end: parseTime(fields['end_timestamp'], 'end_timestamp'),
      }
    case 'watchdog':
    case 'ping':
      return { kind }
    case 'other':
      return { kind, type, folder, parameters: fields }
  }
}

function parseUpdate(folder: FolderName | undefined, fields: Fields): ClientMessage {
  requireShallow(fields, 'parameters')
  const time = parseTime(fields['$t'], '$t')
  if (fields['$monotonic'] === undefined) return { kind: 'update', folder, time, parameters: fields }
  if (time !== undefined) throw invalid('$t and $monotonic are two times of the same values: send one of them.')
  return { kind: 'update', folder, time, counter: parseCounter(fields, 'values'), parameters: withoutCounter(fields) }
}

function parseUpdateSequence(folder: FolderName | undefined, fields: Fields): ClientMessage {
  const { encoded } = fields
  const time = parseTime(fields['timestamp'], 'timestamp')
  const counter = parseCounter(fields, 'plain')
  if (time !== undefined && counter) throw invalid('timestamp and monotonic are two times of the same value: send one of them.')
  return {
    kind: 'update_sequence',
    folder,
    sequence: requireName(fields['sequence'] ?? fields['node'], 'sequence'),
    value: requireValue(fields['value'], 'value'),
    encoded: encoded !== undefined && isFlag(encoded),
    time,
    ...(counter ? { counter } : {}),
  }
}

/** @throws Fault invalid */
export function requireType(type: unknown): string {
  if (typeof type !== 'string' || type === '') throw invalid(type === undefined ? 'type is missing.' : 'type must be text.')
  if (type.length > MAX_TYPE_LENGTH) throw invalid(`type is longer than ${MAX_TYPE_LENGTH} characters.`)
  return type
}

function parseSubscriptions(list: unknown): SubscriptionRequest[] {
  if (!Array.isArray(list)) throw invalid('subscriptions must be a list, such as [{"folder": "self"}].')
  return list.map((item: unknown, at) => {
    const where = `subscriptions[${at}]`
    if (!isObject(item)) throw invalid(`${where} must be an object with a folder.`)
    const folder = parseFolder(item['folder'] ?? item['folderId'], `${where}.folder`)
    if (folder === undefined) throw invalid(`${where}.folder is missing.`)
    const type = item['message_type'] ?? item['messageType'] ?? ''
    if (typeof type !== 'string' || type.length > MAX_TYPE_LENGTH)
      throw invalid(`${where}.message_type must be text of at most ${MAX_TYPE_LENGTH} characters.`)
    return {
      folder,
      type: type === '' ? undefined : type,
      includeChildren: isFlag(item['include_children'] ?? item['includeChildren'] ?? false),
      includeSelf: isFlag(item['include_self'] ?? item['includeSelf'] ?? false),
    }
  })
}

function parseFolder(folder: unknown, field: string): FolderName | undefined {
  if (folder === undefined || folder === null || folder === '') return undefined
  if (typeof folder === 'number' && Number.isSafeInteger(folder)) return folder
  return requireName(folder, field)
}

function requireName(name: unknown, field: string): string {
  if (typeof name !== 'string' || name === '')
    throw invalid(name === undefined ? `${field} is missing.` : `${field} must be the path or name of a resource.`)
  if (name.length > MAX_NAME_LENGTH) throw invalid(`${field} is longer than ${MAX_NAME_LENGTH} characters.`)
  return name
}

/** Accepts what any sequence may hold; the verb checks it for the type of its sequence. */
function requireValue(value: unknown, field: string): unknown {
  if (value === undefined) throw invalid(`${field} is missing.`)
  if (value === null) throw invalid(`${field} must be a number or text.`)
  requireShallow(value, field)
  return value
}

/** Parses a timestamp: text, or seconds since 1970. */
function parseTime(time: unknown, field: string): Micros | undefined {
  if (time === undefined || time === null || time === '') return undefined
  if (typeof time === 'string') return requireTimestamp(time, field)
  const micros = typeof time === 'number' ? timeOfSeconds(time) : undefined
  if (micros === undefined) throw invalid(`${field} must be a timestamp such as 2026-01-31T12:00:00Z, or seconds since 1970.`)
  return micros
}

/** Parses a list of texts, or one text with commas. */
function parseRecipients(recipients: unknown, field: string): string[] {
  const list: unknown[] = typeof recipients === 'string' ? recipients.split(',') : Array.isArray(recipients) ? recipients : []
  return list
    .map((recipient) => {
      if (typeof recipient !== 'string') throw invalid(`${field} must be a list of texts.`)
      return recipient.trim()
    })
    .filter((recipient) => recipient !== '')
}

function requireText(text: unknown, field: string): string {
  if (typeof text !== 'string') throw invalid(text === undefined ? `${field} is missing.` : `${field} must be text.`)
  return text
}

/** Old clients send 1 and 0, or text, for true and false. */
const isFlag = (value: unknown): boolean =>
  value === true ||
  (typeof value === 'number' && value !== 0) ||
  (typeof value === 'string' && !['', '0', 'false'].includes(value.toLowerCase()))
