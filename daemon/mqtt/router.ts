/**
 * From the hub to MQTT subscribers: each message of a folder as its topic's payload, each value also as bare text on the
 * topic of its sequence. What came by MQTT goes on as it came.
 */
import type { Context } from '../../src/context.ts'
import { cutPayload, findGuarded } from '../../src/messages/cut-updates.ts'
import type { Topics } from '../../src/messages/mqtt-topics.ts'
import type { Actor } from '../../src/tree/actor.ts'
import type { Message, Sender, Subscriber } from '../../src/tree/hub.ts'
import { canRead } from '../../src/tree/permissions.ts'
import { bytesAsText, textAsBytes, type MqttPublished, type PassedProperties } from '../../src/tree/mqtt-origin.ts'
import { isImageSequence, type Resource } from '../../src/tree/tree.ts'
import { showText } from '../../src/wire/mqtt-payload.ts'
import { Delivery, type DeliveryDetails } from './delivery.ts'
import type { QoS } from './frames.ts'
import type { Publication } from './publication.ts'
import { retainedKey, valueKey } from './replay.ts'
import { TopicTree, type Grant, type Match, type Subscription } from './topic-tree.ts'

/** What other transports bring, which know no quality of service, is worth delivering. */
const OTHERS_QOS: QoS = 1

/** Who hears what fits its filters. */
export interface Recipient {
  readonly actor: Actor
  readonly filters: Map<string, Subscription>
  /** Of the connection that it has now, by which it publishes. */
  readonly connectionId: string | undefined
  /** Set for another broker, which has delivered to its own clients what came from there: that does not go back. */
  readonly silentTo?: string | undefined
  /** @param grant of the subscriptions that fit */
  deliver(delivery: Delivery, grant: Grant): void
}

export class Router implements Subscriber {
  readonly sender: Sender = {}
  readonly #ctx: Context
  readonly #topics: Topics
  readonly #subscriptions = new TopicTree<Recipient>()
  #unsubscribes: (() => void)[] = []

  constructor(ctx: Context, topics: Topics) {
    this.#ctx = ctx
    this.#topics = topics
  }

  subscribe(recipient: Recipient, filter: string, subscription: Subscription): void {
    recipient.filters.set(filter, subscription)
    this.#subscriptions.set(filter, recipient, subscription)
    // While nobody listens the hub need not make messages for us.
    if (this.#unsubscribes.length > 0) return
    const { hub } = this.#ctx
    this.#unsubscribes = [hub.tap(this), hub.on('mqttPublished', (published) => this.#handOn(published))]
  }

  unsubscribe(recipient: Recipient, filter: string): void {
    recipient.filters.delete(filter)
    this.#subscriptions.delete(filter, recipient)
    if (this.#subscriptions.size === 0) this.stop()
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe()
  }

  /** A message of the hub. */
  deliver(message: Message, folder: Resource, sequence: Resource | undefined): void {
    const value = sequence && !isImageSequence(sequence) ? valueOf(message.parameters) : undefined
    if (sequence && value !== undefined) return this.#deliverValue(message, folder, sequence, value)
    const { sender, type, parameters } = message
    if (sender?.mqtt?.folderId === folder.id) return
    this.#spread(this.#match(folder), sender, () => {
      const qos = sender?.mqtt?.qos ?? OTHERS_QOS
      return new Delivery(this.#topics.nameOf(folder), () => JSON.stringify({ [type]: parameters }), {
        qos,
        resource: sequence ?? folder,
        cut: type === 'update' && findGuarded(folder, parameters).size > 0 ? this.#cutterOf(folder) : undefined,
      })
    })
  }

  #deliverValue({ sender, timestamp }: Message, folder: Resource, sequence: Resource, value: string): void {
    const { qos = OTHERS_QOS, folderId, asItCame, passed } = sender?.mqtt ?? {}
    const newest = this.#ctx.sequenceStates.peek(sequence.id)?.newest
    const isNewest = !newest || timestamp >= newest.time
    const spread = (matches: readonly Match<Recipient>[], topic: string, isOwnTopic: boolean, content: () => string): void =>
      this.#spread(matches, sender, () => {
        const replaces = isNewest ? valueKey(sequence, isOwnTopic) : undefined
        const said = passed && passed.topic === topic ? detailsOf(passed) : undefined
        const asksToBeRetained = said !== undefined && passed?.isRetained === true
        return new Delivery(topic, content, { qos, resource: sequence, sequenceId: sequence.id, replaces, asksToBeRetained, ...said })
      })
    // Who reads the folder hears it in the `update` that it came with.
    const others =
      sender?.inUpdate?.folderId === folder.id
        ? this.#match(folder).filter(({ subscriber }) => !canRead(this.#ctx, subscriber.actor, folder))
        : this.#match(folder)
    if (folderId !== folder.id) spread(others, this.#topics.nameOf(folder), false, () => showText(sequence.name, timestamp, value))
    const own = this.#topics.nameOf(sequence)
    spread(this.#subscriptions.matchExactly(own), own, true, () => value)
    if (asItCame) spread(this.#subscriptions.match(asItCame.topic), asItCame.topic, false, () => asItCame.text)
  }

  /** Hands a publication to the subscribers of its topic, as it came: its publisher too, unless it wants none of its own (MQTT 5). */
  passOn({ topic, payload, qos, retain, mayStay, isGuarded, target, about, peer, passed }: Publication): void {
    const { hub } = this.#ctx
    if (!target || !hub.hears('mqttPublished')) return
    const { connectionId } = peer
    hub.notify('mqttPublished', {
      topic,
      payload: bytesAsText(payload),
      qos,
      isRetained: retain && mayStay,
      asksToBeRetained: retain,
      resourceId: (about ?? target.resource).id,
      isGuarded,
      sender: { connectionId },
      ...passed,
    })
  }

  /** Something that the server itself says. */
  announce(delivery: Delivery): void {
    this.#spread(this.#subscriptions.match(delivery.topic), undefined, () => delivery)
  }

  #handOn({ topic, payload, qos, isRetained, asksToBeRetained, resourceId, isGuarded, sender, ...passed }: MqttPublished): void {
    const resource = this.#ctx.tree.byId(resourceId)
    if (!resource) return
    const replaces = isRetained ? retainedKey(topic) : undefined
    this.#spread(this.#subscriptions.match(topic), sender, () => {
      const cut = isGuarded ? this.#cutterOf(resource) : undefined
      return new Delivery(topic, textAsBytes(payload), { qos, resource, replaces, cut, asksToBeRetained, ...detailsOf(passed) })
    })
  }

  #cutterOf(folder: Resource) {
    return (actor: Actor, payload: Buffer): Buffer | undefined => cutPayload(this.#ctx, actor, folder, payload)
  }

  #match(folder: Resource): readonly Match<Recipient>[] {
    return this.#subscriptions.match(this.#topics.nameOf(folder))
  }

  #spread(matches: readonly Match<Recipient>[], sender: Sender | undefined, make: () => Delivery): void {
    const connectionId = sender?.connectionId
    let delivery: Delivery | undefined
    for (const { subscriber, grant, own } of matches) {
      if (connectionId !== undefined && connectionId === subscriber.silentTo) continue
      const granted = connectionId !== undefined && connectionId === subscriber.connectionId ? own : grant
      if (!granted) continue
      const heard = (delivery ??= make()).for(subscriber.actor)
      if (heard) subscriber.deliver(heard, granted)
    }
  }
}

/** What a publisher of MQTT 5 said of a message. */
function detailsOf({ properties, expires }: PassedProperties): Pick<DeliveryDetails, 'properties' | 'expires'> {
  return { expires, ...(properties === undefined ? {} : { properties: textAsBytes(properties) }) }
}

function valueOf(parameters: unknown): string | undefined {
  const value = typeof parameters === 'object' && parameters !== null && 'value' in parameters ? parameters.value : undefined
  return typeof value === 'string' ? value : undefined
}
