/** What each message of a WebSocket does. */
import { decodeBase64 } from '../../src/base/base64.ts'
import type { Context } from '../../src/context.ts'
import { Fault, forbidden, invalid } from '../../src/base/fault.ts'
import { appendImage } from '../../src/sequences/images.ts'
import {
  requireOwnFolder,
  resolveFolder,
  resolveResource,
  resolveSubscription,
  sendMessage,
  updatesOf,
} from '../../src/messages/messages.ts'
import { sendEmail, sendTextMessage } from '../../src/notifications/controller-mails.ts'
import { requireWrite } from '../../src/tree/permissions.ts'
import type { ClientMessage, FolderName, FrameId } from '../../src/wire/client-messages.ts'
import type { Micros } from '../../src/base/time.ts'
import { isImageSequence, type Resource } from '../../src/tree/tree.ts'
import type { ValueIntake } from '../../src/sequences/value-intake.ts'
import type { Connection } from './connection.ts'

/** What goes with a message until it is answered. */
export interface Ticket {
  readonly id: FrameId | undefined
  /** For how much the message counts among those that wait. */
  readonly units: number
}

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

/** Says that the messages after this one wait until it is done. */
export class Exclusive {
  readonly done: Promise<unknown>
  constructor(done: Promise<unknown>) {
    this.done = done
  }
}

/**
 * `done`: it is. `taken`: the connection will be told by the intake when what it wrote is durable. A promise: when that
 * resolves.
 */
export type Handled = 'done' | 'taken' | NotReady | Exclusive | Promise<unknown>

/** @throws Fault, at once or by the promise */
export function handle(ctx: Context, intake: ValueIntake<Ticket>, connection: Connection, message: ClientMessage, ticket: Ticket): Handled {
  const { actor } = connection
  switch (message.kind) {
    case 'update_sequence': {
      const sequence = findResource(ctx, connection, message.sequence, message.folder, 'sequence')
      if (isImageSequence(sequence))
        return new Exclusive(
          appendImage(ctx, actor, sequence, decodeBase64(message.value, 'value'), { time: message.time, sender: connection.sender }),
        )
      return setValue(intake, connection, sequence, message.encoded ? decodeText(message.value) : message.value, message.time, ticket)
    }
    case 'write_resource': {
      const sequence = findResource(ctx, connection, message.path, message.folder, 'path')
      if (!sequence.sequence) throw invalid('path: write_resource sets values of sequences; files are written over HTTP, with PUT.')
      if (isImageSequence(sequence))
        return new Exclusive(appendImage(ctx, actor, sequence, decodeBase64(message.data, 'data'), { sender: connection.sender }))
      return setValue(intake, connection, sequence, message.data, undefined, ticket)
    }
    case 'update': {
      const folder = resolveFolder(ctx, actor, message.folder)
      requireWrite(ctx, actor, folder)
      const updates = updatesOf(folder, message.parameters, message.time)
      const sequences = updates.map(({ sequence }) => sequence)
      if (!sequences.every((sequence) => intake.isReady(sequence))) return new NotReady(intake.load(sequences))
      intake.takeAll(
        actor,
        updates,
        () => sendMessage(ctx, actor, folder, 'update', message.parameters, connection.sender),
        connection,
        ticket,
      )
      return 'taken'
    }
    case 'other': {
      const folder = resolveFolder(ctx, actor, message.folder)
      const send = (): void => sendMessage(ctx, actor, folder, message.type, message.parameters, connection.sender)
      // Its turn comes after the values that were sent before it.
      if (connection.isBusy) {
        intake.takeAll(actor, [], send, connection, ticket)
        return 'taken'
      }
      send()
      return 'done'
    }
    case 'subscribe':
      connection.subscribe(message.subscriptions.map((request) => resolveSubscription(ctx, actor, request)))
      return 'done'
    case 'watchdog':
      if (actor.kind !== 'controller') throw forbidden('Only controllers have a watchdog.')
      ctx.liveness.watchdog(requireOwnFolder(ctx, actor, 'folder').id)
      return 'done'
    case 'send_email':
      return sendEmail(ctx, actor, message)
    case 'send_text_message':
      return sendTextMessage(ctx, actor, message)
    case 'ping':
      return 'done'
  }
}

function findResource(ctx: Context, connection: Connection, name: string, folder: FolderName | undefined, field: string): Resource {
  const find = (): Resource => resolveResource(ctx, connection.actor, name, folder, field)
  return folder === undefined ? connection.resource(name, find) : find()
}

function setValue(
  intake: ValueIntake<Ticket>,
  connection: Connection,
  sequence: Resource,
  value: unknown,
  time: Micros | undefined,
  ticket: Ticket,
): Handled {
  if (!intake.isReady(sequence)) return new NotReady(intake.load([sequence]))
  intake.take(connection.actor, sequence, value, time, connection, ticket)
  return 'taken'
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
