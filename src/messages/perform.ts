/** The table of message types and what each does, whatever transport it came by. Source: protocol, sections 6 and 7. */
import { decodeBase64 } from '../base/base64.ts'
import { Fault, forbidden, invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import type { Context } from '../context.ts'
import { addNote } from '../notes/notes.ts'
import { sendEmail, sendTextMessage } from '../notifications/controller-mails.ts'
import type { Enqueued } from '../notifications/queue.ts'
import { appendImage } from '../sequences/images.ts'
import { HeldMessage } from '../sequences/tally.ts'
import { requireWrite } from '../tree/permissions.ts'
import { isImageSequence, type Resource } from '../tree/tree.ts'
import type { ClientMessage, FolderName } from '../wire/client-messages.ts'
import { TEXT } from '../wire/resource-types.ts'
import type { Author, Caller } from './caller.ts'
import {
  requireMessage,
  requireOwnFolder,
  resolveFolder,
  resolveResource,
  resolveSubscription,
  sendMessage,
  updatesOf,
} from './messages.ts'
import { atOnce, awaited, exclusive, inTurn, storeValue, storeValues, type Step } from './steps.ts'

type Messages = { readonly [M in ClientMessage as M['kind']]: M }
type Kind = keyof Messages
/** A message of one of these kinds; spelt so that the compiler sees that a kind's entry of the table takes its message. */
type MessageOf<K extends Kind> = { [P in K]: Messages[P] & { readonly kind: P } }[K]

/** Each checks a message, with the permission to do it, and says what is to be done. @throws Fault when the message is refused */
const performs: { readonly [K in Kind]: (ctx: Context, author: Author, message: Messages[K]) => Step } = {
  update_sequence: (ctx, author, { sequence: name, folder, value, encoded, time }) => {
    const sequence = findResource(ctx, author, name, folder, 'sequence')
    if (isImageSequence(sequence)) {
      const bytes = decodeBase64(value, 'value')
      return exclusive(() => appendImage(ctx, author.actor, sequence, bytes, { time, sender: author.sender }))
    }
    requireOneValue(sequence, value, 'value')
    return storeValue(sequence, encoded ? decodeText(value) : value, time)
  },
  write_resource: (ctx, author, { path, folder, data }) => {
    const sequence = findResource(ctx, author, path, folder, 'path')
    if (!sequence.sequence) throw invalid('path: write_resource sets values of sequences; files are written over HTTP, with PUT.')
    if (isImageSequence(sequence)) {
      const bytes = decodeBase64(data, 'data')
      return exclusive(() => appendImage(ctx, author.actor, sequence, bytes, { sender: author.sender }))
    }
    requireOneValue(sequence, data, 'data')
    return storeValue(sequence, data, undefined)
  },
  update: (ctx, author, { folder: name, parameters, time }) => {
    const folder = resolveFolder(ctx, author.actor, name)
    requireWrite(ctx, author.actor, folder)
    return storeValues(folder, updatesOf(ctx, folder, parameters, time), () =>
      sendMessage(ctx, author.actor, folder, 'update', parameters, author.sender),
    )
  },
  other: (ctx, author, { type, folder: name, parameters }) => {
    const folder = resolveFolder(ctx, author.actor, name)
    requireMessage(ctx, author.actor, folder, type, parameters)
    return inTurn(() => sendMessage(ctx, author.actor, folder, type, parameters, author.sender))
  },
  subscribe: (ctx, author, { subscriptions }) =>
    atOnce(() => author.subscribe(subscriptions.map((request) => resolveSubscription(ctx, author.actor, request)))),
  add_note: (ctx, { actor }, { folder, path, text, tags, start, end }) => {
    const place = path === undefined ? resolveFolder(ctx, actor, folder) : resolveResource(ctx, actor, path, folder, 'path')
    requireWrite(ctx, actor, place)
    return awaited(async () => void (await addNote(ctx, actor, place, { text, tags, start, end })))
  },
  watchdog: (ctx, { actor }) => {
    if (actor.kind !== 'controller') throw forbidden('Only controllers have a watchdog.')
    const { id } = requireOwnFolder(ctx, actor, 'folder')
    return atOnce(() => ctx.liveness.watchdog(id))
  },
  send_email: (ctx, { actor }, message) => awaited(async () => heldOf(await sendEmail(ctx, actor, message))),
  send_text_message: (ctx, { actor }, message) => awaited(async () => heldOf(await sendTextMessage(ctx, actor, message))),
  ping: () => nothing,
}

/** The sender is to know when its message stays here. */
const heldOf = ({ reason }: Enqueued): HeldMessage | undefined => (reason === undefined ? undefined : new HeldMessage(reason))

const nothing = atOnce(() => {})

function performBuiltIn<K extends Kind>(ctx: Context, author: Author, message: MessageOf<K>): Step {
  return performs[message.kind](ctx, author, message)
}

/** What a message asks for, by the table or as an extension has registered it. @throws Fault when it is refused */
export function perform<T>(ctx: Context, caller: Caller<T>, message: ClientMessage, ticket: T): Step {
  const registered = message.kind === 'other' ? ctx.messageTypes.find(message.type) : undefined
  if (!registered || message.kind !== 'other') return performBuiltIn(ctx, caller, message)
  const { actor, sender } = caller
  const { parameters } = message
  if (!isObject(parameters)) throw invalid('parameters must be a JSON object.')
  return registered(ctx, { actor, sender, reply: (type, fields) => caller.reply(ticket, type, fields) }, { ...message, parameters })
}

function findResource(ctx: Context, { actor, names }: Author, name: string, folder: FolderName | undefined, field: string): Resource {
  if (folder !== undefined) return resolveResource(ctx, actor, name, folder, field)
  const known = names?.get(name)
  if (known) return known
  const found = resolveResource(ctx, actor, name, folder, field)
  names?.set(name, found)
  return found
}

/** Only text sequences take lists and objects, as text. @throws Fault invalid naming the field */
function requireOneValue({ sequence }: Resource, value: unknown, field: string): void {
  if (typeof value === 'object' && sequence?.dataType !== TEXT) throw invalid(`${field} must be a number or text.`)
}

/** Text that came as base64. @throws Fault invalid */
function decodeText(value: unknown): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(decodeBase64(value, 'value'))
  } catch (error) {
    if (error instanceof Fault) throw error
    throw invalid('value is not UTF-8 text in base64.')
  }
}
