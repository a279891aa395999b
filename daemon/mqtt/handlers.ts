/** What a publication does, by its topic and payload: calls the verb, and says how its fate will be known. */
import { invalid, notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { findGuarded } from '../../src/messages/cut-updates.ts'
import { findBelow } from '../../src/messages/messages.ts'
import { requirePublish, requireTopic } from '../../src/messages/mqtt-topics.ts'
import { Exclusive, type Outcome } from '../../src/messages/steps.ts'
import { appendImage } from '../../src/sequences/images.ts'
import { showValue } from '../../src/sequences/sequences.ts'
import { requireWrite } from '../../src/tree/permissions.ts'
import { isImageSequence, pathOf, type Resource } from '../../src/tree/tree.ts'
import { parseFolderPayload, requireText, type ValueText } from '../../src/wire/mqtt-payload.ts'
import { noteStrayNumber, noteUnsetClock } from './unstored.ts'
import type { MqttServices } from './services.ts'
import type { Publication } from './publication.ts'

const NOTHING_TO_CLEAR =
  'An empty retained message clears nothing here: whoever subscribes to a sequence gets its newest value, until that is deleted.'

/** @throws Fault, at once or by the promise */
export function handle(services: MqttServices, publication: Publication): Outcome {
  const { ctx, runner, topics } = services
  const { actor } = publication
  const topic = (publication.target ??= requireTopic(ctx, actor, publication.topic, (name) => topics.resolve(name)))
  // An empty retained message is nothing but the end of the one before it.
  const isEnd = publication.payload.length === 0 && publication.retain && topic.kind !== 'sequence'
  if (isEnd || topic.kind === 'beneath') {
    requirePublish(ctx, actor, topic)
    if (topic.kind === 'beneath') noteStrayNumber(ctx, publication)
    publication.passesOn = publication.mayStay = true
    return runner.inTurn(publication, () => {}, undefined)
  }
  const { resource } = topic
  if (topic.kind === 'sequence') {
    if (isImageSequence(resource))
      return new Exclusive(appendImage(ctx, actor, resource, publication.payload, { sender: publication.sender }))
    if (publication.payload.length === 0 && publication.retain) throw invalid(NOTHING_TO_CLEAR)
    return runner.storeValue(publication, { sequence: resource, value: requireText(publication.payload) }, undefined)
  }
  const payload = parseFolderPayload(publication.payload, `/${topic.name}`)
  if (payload.kind === 'messages') {
    const { messages } = payload
    publication.isGuarded = messages.some((message) => message.kind === 'update' && findGuarded(resource, message.parameters).size > 0)
    publication.passesOn = messages.some((message) => ctx.messageTypes.isPassedOn(message))
    publication.mayStay = messages.every((message) => message.kind === 'other' && ctx.messageTypes.isPassedOn(message))
    return runner.runAll(publication, messages, undefined)
  }
  publication.passesOn = true
  if (payload.kind === 'show') return show(services, publication, resource, payload)
  publication.sequenceName = payload.name
  const sequence = findSequence(services, publication, resource, payload.name)
  publication.valueText = payload.text
  if (payload.sinceStart !== undefined) noteUnsetClock(ctx, publication, payload.sinceStart)
  return runner.storeValue(publication, { sequence, value: payload.value, time: payload.time }, undefined)
}

/** A value that is not stored. Names that are no sequences are for MQTT subscribers alone. */
function show({ ctx, runner }: MqttServices, publication: Publication, folder: Resource, { name, value, time, text }: ValueText): Outcome {
  const { actor } = publication
  const sequence = findBelow(folder, name.split('/'))
  const isValue = sequence !== undefined && isValueSequence(sequence)
  // What is no value is said on the folder's topic, whatever else has that name.
  requireWrite(ctx, actor, isValue ? sequence : folder)
  if (isValue) publication.valueText = text
  publication.mayStay = !isValue
  const tell = (): void => {
    if (isValue) showValue(ctx, actor, sequence, value, time, publication.sender)
  }
  return runner.inTurn(publication, tell, undefined)
}

const isValueSequence = (resource: Resource): boolean => resource.sequence !== undefined && !isImageSequence(resource)

/** @throws Fault forbidden, not_found, invalid */
function findSequence({ ctx }: MqttServices, { actor }: Publication, folder: Resource, name: string): Resource {
  const found = folder.children.get(name) ?? findBelow(folder, name.split('/'))
  if (found && !isValueSequence(found)) requireWrite(ctx, actor, found)
  if (!found) throw notFound(`There is no sequence ${quote(name)} in ${pathOf(folder)}.`)
  if (!found.sequence) throw invalid(`${pathOf(found)} is not a sequence.`)
  if (isImageSequence(found)) throw invalid(`${pathOf(found)} is an image sequence: publish the JPEG itself to its topic.`)
  return found
}
