/** Publications that were not written for this server: what they say goes to sequences, and they go on as they came. */
import { isObject } from '../../src/base/json.ts'
import type { Context } from '../../src/context.ts'
import type { Request } from '../../src/mapping/reading.ts'
import { valuesOf } from '../../src/mapping/device-values.ts'
import { placeOf, readPayload } from '../../src/mapping/devices.ts'
import type { Topic } from '../../src/messages/mqtt-topics.ts'
import { NotReady, type Updates } from '../../src/messages/steps.ts'
import { makerOf } from '../../src/resources/first-sight.ts'
import { bytesAsText } from '../../src/tree/mqtt-origin.ts'
import { pathOf, type Resource } from '../../src/tree/tree.ts'
import { noteDoubtfulTime } from './unstored.ts'
import type { MqttServices } from './services.ts'
import type { Publication } from './publication.ts'

/**
 * The values in a publication to the topic of a folder, or beneath one.
 * @param isMessage whether it goes to the subscribers of the folder as a message of its own type, too
 * @returns undefined when there are none; NotReady until their sequences are made
 */
export function readDevice(
  { ctx }: MqttServices,
  publication: Publication,
  { name, kind, resource }: Topic,
  isMessage = false,
): Updates | NotReady | undefined {
  const { actor, payload } = publication
  const levels = name.split('/')
  const place = placeOf(resource, kind === 'beneath' ? levels.slice(pathOf(resource).split('/').length - 1) : [])
  if (!place || payload.length === 0) return undefined
  if (!isMessage) ctx.devices.recent.add(place.base.id, place.topic.join('/'), payload, ctx.clock.now())
  const loading = ctx.devices.prepare(ctx, place)
  if (loading) return new NotReady(loading)
  const read = readPayload(payload)
  const mapped = ctx.devices.read(ctx, place, read, kind === 'folder' ? resource : undefined, isMessage)
  if (!mapped) return undefined
  const { updates, skipped, wanted } = valuesOf(ctx, actor, place.base, mapped)
  if (wanted.length > 0) {
    // Its topic may stand for one of them then.
    publication.target = undefined
    return new NotReady(ctx.devices.sightings.make(ctx, actor, wanted))
  }
  if (mapped.asks) ask(ctx, place.base, mapped.asks)
  if (mapped.doubt !== undefined && updates.length > 0) noteDoubtfulTime(ctx, publication, mapped.doubt)
  // Of a bare value it is said where it went.
  if (updates.length === 0 && !isObject(read.json) && !makerOf(place.base)) return undefined
  return updates.length + skipped.length === 0 ? undefined : { updates, skipped }
}

/** Tells a device something on a topic of its own. */
function ask({ hub, log }: Context, base: Resource, { topic, payload }: Request): void {
  const name = [pathOf(base).slice(1), ...topic].join('/')
  log.info({ topic: name }, 'a device is asked to describe itself again')
  if (!hub.hears('mqttPublished')) return
  hub.notify('mqttPublished', {
    topic: name,
    payload: bytesAsText(payload),
    qos: 0,
    isRetained: false,
    asksToBeRetained: false,
    resourceId: base.id,
    isGuarded: false,
    sender: { connectionId: '' },
  })
}
