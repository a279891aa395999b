/** What each message of a WebSocket does. */
import type { Context } from '../../src/context.ts'
import { forbidden, invalid } from '../../src/fault.ts'
import { requireOwnFolder, resolveFolder, resolveResource, resolveSubscription, sendMessage, updateFolder, updatesOf } from '../../src/messages.ts'
import { sendEmail, sendTextMessage } from '../../src/notifications.ts'
import type { ClientMessage, FolderName } from '../../src/protocol.ts'
import { appendValue } from '../../src/sequences.ts'
import type { Micros } from '../../src/time.ts'
import type { Resource } from '../../src/tree.ts'
import type { Connection } from './connection.ts'

/**
 * Says that a message has to be handled again, with the ones after it waiting, when the state of its sequences is in
 * memory: only then can values be queued in the order in which they came.
 */
export class NotReady {
  readonly until: Promise<unknown>
  constructor(until: Promise<unknown>) {
    this.until = until
  }
}

/**
 * @returns undefined when it is done, or a promise that resolves when what it wrote is durable; later messages of the
 * connection need not wait for that
 * @throws Fault, at once or by the promise
 */
export function handle(ctx: Context, connection: Connection, message: ClientMessage): Promise<unknown> | NotReady | undefined {
  const { actor } = connection
  switch (message.kind) {
    case 'update_sequence': {
      const sequence = findResource(ctx, connection, message.sequence, message.folder, 'sequence')
      return setValue(ctx, connection, sequence, message.encoded ? decode(message.value) : message.value, message.time)
    }
    case 'write_resource': {
      const sequence = findResource(ctx, connection, message.path, message.folder, 'path')
      if (!sequence.sequence) throw invalid(`path: write_resource sets values of sequences; files are written over HTTP, with PUT.`)
      return setValue(ctx, connection, sequence, message.data, undefined)
    }
    case 'update': {
      const folder = resolveFolder(ctx, actor, message.folder)
      const updates = updatesOf(folder, message.parameters, message.time)
      const unknown = updates.filter(({ sequence }) => !ctx.sequenceStates.peek(sequence.id))
      if (unknown.length > 0) return new NotReady(Promise.all(unknown.map(({ sequence }) => ctx.sequenceStates.load(ctx, sequence))))
      return updateFolder(ctx, actor, folder, updates, message.parameters, connection.sender)
    }
    case 'other': {
      const folder = resolveFolder(ctx, actor, message.folder)
      const send = (): void => sendMessage(ctx, actor, folder, message.type, message.parameters, connection.sender)
      // Its turn comes after the values that were sent before it.
      if (connection.isBusy) return ctx.sequences.settled().then(send)
      send()
      return undefined
    }
    case 'subscribe':
      connection.subscribe(message.subscriptions.map((request) => resolveSubscription(ctx, actor, request)))
      return undefined
    case 'watchdog':
      if (actor.kind !== 'controller') throw forbidden('Only controllers have a watchdog.')
      ctx.liveness.watchdog(requireOwnFolder(ctx, actor, 'folder').id)
      return undefined
    case 'send_email':
      return sendEmail(ctx, actor, message)
    case 'send_text_message':
      return sendTextMessage(ctx, actor, message)
    case 'ping':
      return undefined
  }
}

function findResource(ctx: Context, connection: Connection, name: string, folder: FolderName | undefined, field: string): Resource {
  const find = (): Resource => resolveResource(ctx, connection.actor, name, folder, field)
  return folder === undefined ? connection.resource(name, find) : find()
}

function setValue(ctx: Context, connection: Connection, sequence: Resource, value: unknown, time: Micros | undefined): Promise<unknown> | NotReady {
  if (sequence.sequence && !ctx.sequenceStates.peek(sequence.id)) return new NotReady(ctx.sequenceStates.load(ctx, sequence))
  return appendValue(ctx, connection.actor, { sequence, value, time }, { sender: connection.sender })
}

/** Text that came as base64. @throws Fault invalid */
function decode(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(value)) throw invalid('value must be base64 when "encoded" is set.')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'base64'))
  } catch {
    throw invalid('value is not UTF-8 text in base64.')
  }
}
