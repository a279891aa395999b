/**
 * From the hub to MQTT subscribers: each message of a folder as its topic's payload, each value also as bare text on the
 * topic of its sequence. What came by MQTT goes on as it came.
 */
import type { Actor } from '../../src/tree/actor.ts'
import type { Context } from '../../src/context.ts'
import type { Message, Sender, Subscriber } from '../../src/tree/hub.ts'
import { showText } from '../../src/wire/mqtt-payload.ts'
import type { Topics } from '../../src/messages/mqtt-topics.ts'
import { isImageSequence, type Resource } from '../../src/tree/tree.ts'
import { Delivery } from './delivery.ts'
import type { QoS } from './frames.ts'
import { Publication, type Publisher } from './publication.ts'
import { retainedKey, valueKey } from './replay.ts'
import { TopicTree, type Match } from './topic-tree.ts'

/** What other transports bring, which know no quality of service, is worth delivering. */
const OTHERS_QOS: QoS = 1

/** Who hears what fits its filters. */
export interface Recipient {
  readonly actor: Actor
  readonly filters: Map<string, QoS>
  /** What came from there does not go back. */
  readonly peer: Publisher | undefined
  /** @param granted the QoS of the subscription */
  deliver(delivery: Delivery, granted: QoS): void
}

export class Router implements Subscriber {
  readonly sender: Sender = {}
  readonly #ctx: Context
  readonly #topics: Topics
  readonly #subscriptions = new TopicTree<Recipient>()
  #unsubscribe: (() => void) | undefined

  constructor(ctx: Context, topics: Topics) {
    this.#ctx = ctx
    this.#topics = topics
  }

  subscribe(recipient: Recipient, filter: string, qos: QoS): void {
    recipient.filters.set(filter, qos)
    this.#subscriptions.set(filter, recipient, qos)
    // While nobody listens the hub need not make messages for us.
    this.#unsubscribe ??= this.#ctx.hub.tap(this)
  }

  unsubscribe(recipient: Recipient, filter: string): void {
    recipient.filters.delete(filter)
    this.#subscriptions.delete(filter, recipient)
    if (this.#subscriptions.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  stop(): void {
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }

  /** A message of the hub. */
  deliver(message: Message): void {
    const { folder, sequence, sender, type, parameters } = message
    const origin = sender?.connection
    const publication = origin instanceof Publication ? origin : undefined
    const qos = publication?.qos ?? OTHERS_QOS
    const isPassedOn = publication?.passesOn === true && folder === publication.target?.resource
    const value = sequence && !isImageSequence(sequence) ? valueOf(parameters) : undefined
    if (sequence && value !== undefined) {
      const newest = this.#ctx.sequenceStates.peek(sequence.id)?.newest
      const isNewest = !newest || message.timestamp >= newest.time
      if (publication?.sequence === sequence) publication.isNewest = isNewest
      const about = (isOwnTopic: boolean) => ({
        qos,
        resource: sequence,
        sequenceId: sequence.id,
        replaces: isNewest ? valueKey(sequence, isOwnTopic) : undefined,
      })
      if (!isPassedOn)
        this.#spread(
          this.#match(folder),
          publication,
          sender,
          () => new Delivery(this.#topics.nameOf(folder), () => showText(sequence.name, message.timestamp, value), about(false)),
        )
      this.#spread(
        this.#subscriptions.matchExactly(this.#topics.nameOf(sequence)),
        publication,
        sender,
        () => new Delivery(this.#topics.nameOf(sequence), () => value, about(true)),
      )
    } else if (!isPassedOn) {
      const content = (): string => JSON.stringify({ [type]: parameters })
      this.#spread(
        this.#match(folder),
        publication,
        sender,
        () => new Delivery(this.#topics.nameOf(folder), content, { qos, resource: sequence ?? folder, sequenceId: undefined }),
      )
    }
  }

  /** Hands a publication to the other subscribers of its topic, as it came. */
  passOn(publication: Publication): void {
    const { topic, payload, qos, target, sequence } = publication
    if (!target) return
    // A value's readers are those of its sequence; the sender of another message is its whole controller, as everywhere.
    const sender = sequence || target.kind === 'beneath' ? undefined : publication.sender
    const replaces = sequence
      ? publication.isNewest
        ? valueKey(sequence, false)
        : undefined
      : publication.retain && publication.mayStay
        ? retainedKey(topic)
        : undefined
    this.#spread(
      this.#subscriptions.match(topic),
      publication,
      sender,
      () => new Delivery(topic, payload, { qos, resource: sequence ?? target.resource, sequenceId: sequence?.id, replaces }),
    )
  }

  #match(folder: Resource): readonly Match<Recipient>[] {
    return this.#subscriptions.match(this.#topics.nameOf(folder))
  }

  #spread(
    matches: readonly Match<Recipient>[],
    publication: Publication | undefined,
    sender: Sender | undefined,
    make: () => Delivery,
  ): void {
    let delivery: Delivery | undefined
    for (const { subscriber, qos } of matches) {
      if (publication !== undefined && publication.peer === subscriber.peer) continue
      const { actor } = subscriber
      if (sender?.controllerId !== undefined && actor.kind === 'controller' && actor.controllerId === sender.controllerId) continue
      subscriber.deliver((delivery ??= make()), qos)
    }
  }
}

function valueOf(parameters: unknown): string | undefined {
  const value = typeof parameters === 'object' && parameters !== null && 'value' in parameters ? parameters.value : undefined
  return typeof value === 'string' ? value : undefined
}
