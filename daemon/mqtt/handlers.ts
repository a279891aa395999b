/** What each publication does: calls the verb, and says how its fate will be known. */
import { decodeBase64 } from '../../src/base/base64.ts'
import { forbidden, invalid, notFound } from '../../src/base/fault.ts'
import { appendImage } from '../../src/sequences/images.ts'
import { findBelow, requireOwnFolder, resolveResource, sendMessage, updatesOf } from '../../src/messages/messages.ts'
import { parseFolderPayload, requireText, type ValueText } from '../../src/wire/mqtt-payload.ts'
import { requirePublish } from '../../src/messages/mqtt-topics.ts'
import { sendEmail, sendTextMessage } from '../../src/notifications/controller-mails.ts'
import { quote } from '../../src/base/path.ts'
import { requireWrite } from '../../src/tree/permissions.ts'
import type { ClientMessage } from '../../src/wire/client-messages.ts'
import { appendValues, showValue, type ValueUpdate } from '../../src/sequences/sequences.ts'
import { isImageSequence, pathOf, type Resource } from '../../src/tree/tree.ts'
import type { Exchange } from './exchange.ts'
import type { Publication } from './publication.ts'

/** Says that a publication has to be handled again, with those after it waiting, when the state of its sequences is in memory. */
export class NotReady {
  readonly until: Promise<unknown>
  constructor(until: Promise<unknown>) {
    this.until = until
  }
}

/**
 * `done`: it is. `taken`: it will be told by the intake when what it wrote is durable. A promise: those after it wait until that resolves.
 */
export type Handled = 'done' | 'taken' | NotReady | Promise<unknown>

/** @throws Fault, at once or by the promise */
export function handle(exchange: Exchange, publication: Publication): Handled {
  const { ctx, topics } = exchange
  const { actor } = publication
  const topic = (publication.target ??= topics.resolve(publication.topic))
  if (publication.payload.length === 0 && publication.retain && topic.kind !== 'sequence') {
    // Nothing but the end of a retained message.
    requirePublish(ctx, actor, topic)
    publication.passesOn = publication.mayStay = true
    return takeTurn(exchange, publication)
  }
  switch (topic.kind) {
    case 'sequence':
      if (isImageSequence(topic.resource))
        return appendImage(ctx, actor, topic.resource, publication.payload, { sender: publication.sender })
      return setValue(exchange, publication, topic.resource, { value: requireText(publication.payload), time: undefined })
    case 'beneath':
      requirePublish(ctx, actor, topic)
      publication.passesOn = publication.mayStay = true
      return takeTurn(exchange, publication)
    case 'folder': {
      const payload = parseFolderPayload(publication.payload, `/${topic.name}`)
      if (payload.kind === 'messages') return handleMessages(exchange, publication, topic.resource, payload.messages)
      publication.passesOn = true
      if (payload.kind === 'show') return show(exchange, publication, topic.resource, payload)
      publication.sequence = findSequence(topic.resource, payload.name)
      return setValue(exchange, publication, publication.sequence, payload)
    }
  }
}

/** What stores nothing comes after the values that were sent before it. */
function takeTurn({ intake }: Exchange, publication: Publication, action = (): void => {}): Handled {
  if (publication.peer.isBusy) {
    intake.takeAll(publication.actor, [], action, publication, undefined)
    return 'taken'
  }
  action()
  return 'done'
}

function setValue(
  { intake }: Exchange,
  publication: Publication,
  sequence: Resource,
  { value, time }: Omit<ValueUpdate, 'sequence'>,
): Handled {
  if (!intake.isReady(sequence)) return new NotReady(intake.load([sequence]))
  intake.take(publication.actor, sequence, value, time, publication, undefined)
  return 'taken'
}

/** A value that is not stored. Names that are no sequences are for MQTT subscribers alone. */
function show(exchange: Exchange, publication: Publication, folder: Resource, { name, value, time }: ValueText): Handled {
  const { ctx } = exchange
  const { actor } = publication
  const sequence = findBelow(folder, name.split('/'))
  requireWrite(ctx, actor, sequence ?? folder)
  const isValue = sequence?.sequence !== undefined && !isImageSequence(sequence)
  if (isValue) publication.sequence = sequence
  publication.mayStay = !isValue
  return takeTurn(exchange, publication, () => {
    if (isValue) showValue(ctx, actor, sequence, value, time, publication.sender)
  })
}

function handleMessages(exchange: Exchange, publication: Publication, folder: Resource, messages: readonly ClientMessage[]): Handled {
  const { ctx, intake } = exchange
  const { actor } = publication
  const updates: ValueUpdate[] = []
  const actions: (() => void)[] = []
  const slow: (() => Promise<unknown>)[] = []
  const set = (sequence: Resource, value: unknown, isEncoded: boolean, time: ValueUpdate['time']): void => {
    if (!sequence.sequence) throw invalid(`${pathOf(sequence)} is not a sequence.`)
    if (isImageSequence(sequence))
      slow.push(() => appendImage(ctx, actor, sequence, decodeBase64(value, 'value'), { time, sender: publication.sender }))
    else updates.push({ sequence, value: isEncoded ? requireText(decodeBase64(value, 'value')) : value, time })
  }
  for (const message of messages) {
    switch (message.kind) {
      case 'update':
        requireWrite(ctx, actor, folder)
        updates.push(...updatesOf(folder, message.parameters, message.time))
        actions.push(() => sendMessage(ctx, actor, folder, 'update', message.parameters, publication.sender))
        publication.passesOn = true
        break
      case 'update_sequence':
        set(resolveResource(ctx, actor, message.sequence, message.folder, 'sequence'), message.value, message.encoded, message.time)
        break
      case 'write_resource':
        set(resolveResource(ctx, actor, message.path, message.folder, 'path'), message.data, false, undefined)
        break
      case 'other':
        requireWrite(ctx, actor, folder)
        actions.push(() => sendMessage(ctx, actor, folder, message.type, message.parameters, publication.sender))
        publication.passesOn = true
        break
      case 'watchdog':
        if (actor.kind !== 'controller') throw forbidden('Only controllers have a watchdog.')
        requireOwnFolder(ctx, actor, 'topic')
        actions.push(() => ctx.liveness.watchdog(actor.controllerId))
        break
      case 'send_email':
        slow.push(() => sendEmail(ctx, actor, message))
        break
      case 'send_text_message':
        slow.push(() => sendTextMessage(ctx, actor, message))
        break
      case 'ping':
      case 'subscribe':
        break
    }
  }
  publication.mayStay = messages.every(({ kind }) => kind === 'other')
  const act = (): void => actions.forEach((action) => action())
  if (slow.length > 0) return handleSlowly(slow, () => appendValues(ctx, actor, updates, { sender: publication.sender }), act)
  if (updates.length === 0) return takeTurn(exchange, publication, act)
  const sequences = updates.map(({ sequence }) => sequence)
  if (!sequences.every((sequence) => intake.isReady(sequence))) return new NotReady(intake.load(sequences))
  intake.takeAll(actor, updates, act, publication, undefined)
  return 'taken'
}

async function handleSlowly(slow: readonly (() => Promise<unknown>)[], append: () => Promise<unknown>, act: () => void): Promise<void> {
  for (const step of slow) await step()
  await append()
  act()
}

/** @throws Fault not_found, invalid */
function findSequence(folder: Resource, name: string): Resource {
  const found = folder.children.get(name) ?? findBelow(folder, name.split('/'))
  if (!found) throw notFound(`There is no sequence ${quote(name)} in ${pathOf(folder)}.`)
  if (!found.sequence) throw invalid(`${pathOf(found)} is not a sequence.`)
  if (isImageSequence(found)) throw invalid(`${pathOf(found)} is an image sequence: publish the JPEG itself to its topic.`)
  return found
}
