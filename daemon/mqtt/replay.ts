/**
 * What a new subscriber gets at once: retained messages, and the newest values of sequences in their form. It goes out in
 * small pieces, so that live messages hardly wait for it; what was heard live in the meantime is not sent again, so that no
 * older value comes after a newer one.
 */
import type { Context } from '../../src/context.ts'
import { showText } from '../../src/wire/mqtt-payload.ts'
import { resourcesFitting, type Topics } from '../../src/messages/mqtt-topics.ts'
import { canRead } from '../../src/tree/permissions.ts'
import { isFolder, isImageSequence, type Resource } from '../../src/tree/tree.ts'
import { Delivery } from './delivery.ts'
import type { Peer } from './peer.ts'
import type { Retained } from './retained.ts'
import type { Session } from './session.ts'
import type { Subscription } from './topic-tree.ts'

/** What one turn of the event loop sends at most. */
const STEP = 50
/** Unconfirmed messages, and bytes that the network has not taken, beyond which it waits. */
const MAX_QUEUED = 50
const MAX_BUFFERED = 65_536

export interface ReplaySource {
  readonly ctx: Context
  readonly topics: Topics
  readonly retained: Retained
  /** What is said on topics that nothing in the tree has. */
  readonly discovery: {
    fitting(filter: string): Generator<{ topic: string; resource: Resource; make: () => Delivery } | undefined>
  }
}

/** What a client has subscribed to. */
export type Filters = readonly { readonly topic: string; readonly subscription: Subscription }[]

/** What a value of a sequence that is heard live makes needless, on its folder's topic or its own. */
export const valueKey = (sequence: Resource, isOwnTopic: boolean): string => `${isOwnTopic ? 'v' : 'd'} ${sequence.id}`
export const retainedKey = (topic: string): string => `r ${topic}`

export class Replay {
  readonly #source: ReplaySource
  readonly #session: Session
  readonly #peer: Peer
  readonly #batches: Filters[] = []
  readonly #heard = new Set<string>()
  #goOn: (() => void) | undefined
  #running = false

  constructor(source: ReplaySource, session: Session, peer: Peer) {
    this.#source = source
    this.#session = session
    this.#peer = peer
  }

  /** What the client has subscribed to by one packet: whatever fits several of the filters comes once. */
  add(filters: Filters): void {
    this.#batches.push(filters)
    if (!this.#running) void this.#run()
  }

  /** It came live. */
  heard(key: string): void {
    this.#heard.add(key)
  }

  /** The client has confirmed something, the network taken something, or the connection ended. */
  goOn(): void {
    this.#goOn?.()
  }

  get #isOver(): boolean {
    return this.#session.peer !== this.#peer || !this.#peer.isReady
  }

  async #run(): Promise<void> {
    this.#running = true
    try {
      for (let filters = this.#batches.shift(); filters && !this.#isOver; filters = this.#batches.shift()) await this.#send(filters)
    } catch (error) {
      this.#source.ctx.log.error({ err: error }, 'sending a new MQTT subscriber the newest values failed')
    }
    this.#running = false
    if (this.#session.replay === this) this.#session.replay = undefined
  }

  async #send(filters: Filters): Promise<void> {
    const { MQTT_MAX_VALUES_ON_SUBSCRIBE: limit } = this.#source.ctx.settings
    const done = new Set<string>()
    const { turns } = this.#source.ctx
    let sent = 0
    for (const { topic: filter, subscription } of filters) {
      for (const item of this.#items(filter)) {
        if (turns.isOver()) await turns.next()
        if (item === undefined || done.has(item.key)) continue
        done.add(item.key)
        if (item.sequence && !canRead(this.#source.ctx, this.#session.actor, item.sequence)) continue
        if (sent >= limit)
          return this.#peer.cutShort(filter, `more than ${limit} retained messages and newest values fit (MQTT_MAX_VALUES_ON_SUBSCRIBE)`)
        if (item.sequence && !this.#source.ctx.sequenceStates.isCurrent(this.#source.ctx, item.sequence.id))
          await this.#source.ctx.sequenceStates.newest(this.#source.ctx, item.sequence)
        if (this.#isOver) return
        // From here to the delivery nothing else has its turn: what is newest now is newest then.
        const delivery = this.#heard.has(item.key) ? undefined : item.make()
        if (!delivery) continue
        const { qos, id } = subscription
        this.#session.deliver(delivery, { qos, asPublished: true, ids: id === undefined ? [] : [id] })
        if (++sent % STEP === 0) await this.#room()
        if (this.#isOver) return
      }
    }
  }

  *#items(filter: string): Generator<{ key: string; sequence?: Resource; make: () => Delivery | undefined } | undefined> {
    const { ctx, topics, retained, discovery } = this.#source
    for (const one of discovery.fitting(filter))
      yield one && canRead(ctx, this.#session.actor, one.resource) ? { key: retainedKey(one.topic), make: one.make } : undefined
    for (const topic of retained.fitting(filter))
      yield topic === undefined ? undefined : { key: retainedKey(topic), make: () => retained.delivery(topic) }
    const { MQTT_VALUES_ON_SUBSCRIBE: which } = ctx.settings
    if (which === 'none') return
    for (const fitting of resourcesFitting(ctx, filter)) {
      if (!fitting) {
        yield undefined
        continue
      }
      const { resource, isWide } = fitting
      if (isValueSequence(resource) && !isWide) {
        yield {
          key: valueKey(resource, true),
          sequence: resource,
          make: () => this.#value(resource, topics.nameOf(resource), (_time, text) => text),
        }
      } else if (isFolder(resource) && which === 'folders') {
        for (const sequence of resource.children.values()) {
          if (isValueSequence(sequence))
            yield {
              key: valueKey(sequence, false),
              sequence,
              make: () => this.#value(sequence, topics.nameOf(resource), (time, text) => showText(sequence.name, time, text)),
            }
        }
      } else yield undefined
    }
  }

  #value(sequence: Resource, topic: string, write: (time: number, text: string) => string): Delivery | undefined {
    const newest = this.#source.ctx.sequenceStates.peek(sequence.id)?.newest
    return (
      newest &&
      new Delivery(topic, () => write(newest.time, newest.text ?? String(newest.value)), {
        qos: 1,
        resource: sequence,
        sequenceId: sequence.id,
        retain: true,
      })
    )
  }

  /** Lets live messages through, and a slow client catch up. */
  async #room(): Promise<void> {
    await nextTurn()
    while (!this.#isOver && (this.#session.queued > MAX_QUEUED || this.#peer.bufferedAmount > MAX_BUFFERED)) {
      await new Promise<void>((resolve) => (this.#goOn = resolve))
      this.#goOn = undefined
    }
  }
}

const isValueSequence = (resource: Resource): boolean => resource.sequence !== undefined && !isImageSequence(resource)
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
