/** What a publication does, by its topic and payload: calls the verb, and says how its fate will be known. */
import { invalid, notFound } from '../../src/base/fault.ts'
import { typedValue } from '../../src/mapping/bare-values.ts'
import { readPayload } from '../../src/mapping/devices.ts'
import { findGuarded, hasGuarded } from '../../src/messages/cut-updates.ts'
import { findBelow, whyNoSequence } from '../../src/messages/messages.ts'
import { requirePublish, requireTopic, type Topic } from '../../src/messages/mqtt-topics.ts'
import { Exclusive, NotReady, type Outcome } from '../../src/messages/steps.ts'
import { appendImage } from '../../src/sequences/images.ts'
import { showValue } from '../../src/sequences/sequences.ts'
import { canWrite, requireWrite } from '../../src/tree/permissions.ts'
import { isImageSequence, pathOf, type Resource } from '../../src/tree/tree.ts'
import { parseFolderPayload, requireText, type Messages, type ValueText } from '../../src/wire/mqtt-payload.ts'
import { NUMERIC } from '../../src/wire/resource-types.ts'
import { readDevice } from './device-payloads.ts'
import { noteStrayNumber, noteUnsetClock } from './unstored.ts'
import type { MqttServices } from './services.ts'
import type { Publication } from './publication.ts'

const NOTHING_TO_CLEAR =
  'An empty retained message clears nothing here: whoever subscribes to a sequence gets its newest value, until that is deleted.'

/** @throws Fault, at once or by the promise */
export function handle(services: MqttServices, publication: Publication): Outcome {
  const { ctx, runner, topics } = services
  const { actor } = publication
  // Home Assistant says that it has started.
  if (services.discovery.isAbout(publication.topic)) return runner.inTurn(publication, () => {}, undefined)
  const topic = (publication.target ??= requireTopic(ctx, actor, publication.topic, (name) => topics.resolve(name)))
  // An empty retained message is nothing but the end of the one before it.
  const isEnd = publication.payload.length === 0 && publication.retain && topic.kind !== 'sequence'
  if (isEnd || topic.kind === 'beneath') {
    requirePublish(ctx, actor, topic)
    return isEnd ? passOn(services, publication) : takeData(services, publication, topic)
  }
  const { resource } = topic
  if (topic.kind === 'sequence') {
    if (isImageSequence(resource))
      return new Exclusive(appendImage(ctx, actor, resource, publication.payload, { sender: publication.sender }))
    if (publication.payload.length === 0 && publication.retain) throw invalid(NOTHING_TO_CLEAR)
    return runner.storeValue(publication, { sequence: resource, value: textOf(publication.payload, resource) }, undefined)
  }
  try {
    return takeForFolder(services, publication, topic)
  } catch (error) {
    // It goes on as it came, but not before what came before it.
    return runner.inTurn(
      publication,
      () => {
        throw error
      },
      undefined,
    )
  }
}

function takeForFolder(services: MqttServices, publication: Publication, topic: Topic): Outcome {
  const { ctx, runner } = services
  const { actor } = publication
  const { resource } = topic
  // Until it is known what it is.
  publication.passesOn = publication.isGuarded = true
  publication.holdsValues = false
  const payload = parseFolderPayload(publication.payload, `/${topic.name}`)
  if (payload.kind === 'data') {
    requireWrite(ctx, actor, resource)
    return takeData(services, publication, topic)
  }
  if (payload.kind === 'messages') return takeMessages(services, publication, topic, payload)
  publication.holdsValues = true
  publication.isGuarded = false
  publication.about = findGuarded(resource, { [payload.name]: null }).get(payload.name)
  if (payload.kind === 'show') return show(services, publication, resource, payload)
  publication.sequenceName = payload.name
  const wanted = { folder: resource, names: payload.name.split('/'), value: typedValue(payload.value) }
  if (!findBelow(resource, wanted.names) && ctx.devices.sightings.isWanted(ctx, actor, wanted))
    return new NotReady(ctx.devices.sightings.make(ctx, actor, [wanted]))
  const sequence = findSequence(services, publication, resource, payload.name)
  publication.valueText = payload.text
  if (payload.sinceStart !== undefined) noteUnsetClock(ctx, publication, payload.sinceStart)
  return runner.storeValue(publication, { sequence, value: payload.value, time: payload.time }, undefined)
}

function takeMessages(services: MqttServices, publication: Publication, topic: Topic, { messages, isMixed }: Messages): Outcome {
  const { ctx, runner } = services
  const { resource } = topic
  const { actor } = publication
  publication.holdsValues = messages.some(({ kind }) => kind === 'update')
  const unmade = runner.unmade(publication, messages)
  if (unmade) return unmade
  const isOwn = messages.some((message) => message.kind !== 'other' || ctx.messageTypes.find(message.type))
  const values = isOwn ? undefined : readDevice(services, publication, topic, true)
  if (values instanceof NotReady) return values
  publication.isGuarded =
    isMixed ||
    messages.some(
      (message) =>
        (message.kind === 'update' && findGuarded(resource, message.parameters).size > 0) ||
        (message.kind === 'other' && hasGuarded(resource, { [message.type]: message.parameters })),
    )
  publication.passesOn = messages.every((message) => ctx.messageTypes.passesAsItCame(message)) && canWrite(ctx, actor, resource)
  publication.mayStay = messages.every((message) => message.kind === 'other' && ctx.messageTypes.passesAsItCame(message))
  return runner.runAll(publication, messages, undefined, values)
}

/** What a device says in words of its own: its values are stored, and it goes on as it came. */
function takeData(services: MqttServices, publication: Publication, topic: Topic): Outcome {
  const { ctx, runner } = services
  const values = readDevice(services, publication, topic)
  if (values instanceof NotReady) return values
  if (topic.kind === 'folder') publication.isGuarded = hasGuarded(topic.resource, readPayload(publication.payload).json)
  if (!values) {
    noteStrayNumber(ctx, publication, topic.kind === 'folder' ? 'folder' : 'beneath')
    return passOn(services, publication)
  }
  publication.passesOn = publication.mayStay = true
  return runner.storeValues(publication, values, undefined)
}

function passOn({ runner }: MqttServices, publication: Publication): Outcome {
  publication.passesOn = publication.mayStay = true
  return runner.inTurn(publication, () => {}, undefined)
}

/** Devices say truths in words, which a numeric sequence takes as 1 and 0. @throws Fault invalid when it is no text */
function textOf(payload: Buffer, sequence: Resource): string {
  const text = requireText(payload)
  if (sequence.sequence?.dataType !== NUMERIC) return text
  return text === 'true' ? '1' : text === 'false' ? '0' : text
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
  if (!found) throw notFound(whyNoSequence(ctx, folder, name))
  if (!found.sequence) throw invalid(`${pathOf(found)} is not a sequence.`)
  if (isImageSequence(found)) throw invalid(`${pathOf(found)} is an image sequence: publish the JPEG itself to its topic.`)
  return found
}
