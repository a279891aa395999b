/** What a client that was let in says, packet by packet, and what it is answered. MQTT 3.1.1 and 5, sections 3 and 4. */
import { Fault, invalid } from '../../src/base/fault.ts'
import { SECOND } from '../../src/base/time.ts'
import { requireSubscribe } from '../../src/messages/mqtt-topics.ts'
import { bytesAsText, type PassedProperties } from '../../src/tree/mqtt-origin.ts'
import type { Connection } from './connection.ts'
import { encodeAcknowledgement, encodeSuback, encodeUnsuback, type Remark } from './frames.ts'
import type { AcknowledgementPacket, PublishPacket, SubscribePacket, UnsubscribePacket, WantedSubscription } from './packets/decode.ts'
import { isTooDeep, problemOf } from './packets/filters.ts'
import { Property, type Properties } from './packets/properties.ts'
import { Malformed, Reason, subscribeReason } from './packets/reasons.ts'
import type { Peer } from './peer.ts'
import { Replay, type Filters } from './replay.ts'
import type { Subscription } from './topic-tree.ts'
import type { MqttTransport } from './transport.ts'

/** Messages of QoS 1 and 2 that a client may have begun and not completed. */
export const MAX_RECEIVING = 1_000
/** Topics that a client may give a number. */
export const MAX_ALIASES = 32

export class Conversation {
  readonly #transport: MqttTransport
  readonly #connection: Connection
  readonly #peer: Peer
  /** Messages of QoS 1 that are not acknowledged yet. */
  #pendingMessages = 0
  readonly #aliases = new Map<number, string>()

  constructor(transport: MqttTransport, connection: Connection, peer: Peer) {
    this.#transport = transport
    this.#connection = connection
    this.#peer = peer
  }

  /** @throws Malformed for what ends the connection */
  take(packet: PublishPacket | AcknowledgementPacket | SubscribePacket | UnsubscribePacket): void {
    const peer = this.#peer
    switch (packet.type) {
      case 'publish':
        return this.#publish(peer, packet)
      case 'puback':
      case 'pubcomp':
        return peer.session?.confirmed(packet.messageId)
      case 'pubrec':
        return this.#received(peer, packet.messageId, packet.reason)
      case 'pubrel':
        return this.#released(peer, packet.messageId)
      case 'subscribe':
        return this.#subscribe(peer, packet)
      case 'unsubscribe':
        return this.#unsubscribe(peer, packet)
    }
  }

  /** Answers when the work is done. A failure ends the connection. */
  #answer(work: Promise<unknown>, answer: () => void): void {
    this.#connection.answering()
    work.then(
      () => {
        answer()
        this.#connection.answered()
      },
      (error: unknown) => {
        this.#connection.fail(error)
        this.#connection.answered()
      },
    )
  }

  // ---- Messages from the client

  #publish(peer: Peer, packet: PublishPacket): void {
    const { payload, qos, retain, messageId = 0 } = packet
    const topic = this.#topicOf(packet)
    const isReceiving = peer.isReceiving(messageId)
    if (
      qos > 0 &&
      !(qos === 2 && isReceiving) &&
      peer.receiving + this.#pendingMessages >= MAX_RECEIVING &&
      (qos === 2 || this.#connection.version === 5)
    )
      throw new Malformed(
        `maxInflightInbound exceeded: more than ${MAX_RECEIVING} messages that were begun and not completed`,
        Reason.receiveMaximum,
      )
    this.#connection.answering()
    if (qos === 1) this.#pendingMessages++
    const passed = this.#passedOn(packet.properties)
    peer.receive({ topic, payload, qos, retain, messageId: packet.messageId, passed }, (error, remark) => {
      if (qos === 1) this.#pendingMessages--
      if (error) this.#connection.fail(error)
      else if (qos === 1) this.#acknowledge(peer, 'puback', messageId, remark)
      else if (qos === 2) return this.#take2(peer, messageId, remark)
      this.#connection.answered()
    })
  }

  /** A message of QoS 2 was taken: that it was is kept, so that it counts once. */
  #take2(peer: Peer, messageId: number, remark: Remark | undefined): void {
    // By its refusal it is complete: its id is free again.
    const isRefused = this.#connection.version === 5 && remark !== undefined && remark.reason >= 0x80
    const noted = isRefused ? Promise.resolve() : this.#transport.sessions.noteReceived(peer.session, (received) => received.add(messageId))
    this.#answer(noted, () => this.#acknowledge(peer, 'pubrec', messageId, remark))
    this.#connection.answered()
  }

  #acknowledge(peer: Peer, type: 'puback' | 'pubrec', messageId: number, remark: Remark | undefined): void {
    const said = this.#connection.version === 5 && remark ? { ...remark, text: peer.saysWhy ? remark.text : undefined } : undefined
    this.#connection.write(
      peer.fit(encodeAcknowledgement(type, messageId, said), () => encodeAcknowledgement(type, messageId, said && { reason: said.reason })),
    )
  }

  /** @throws Malformed for a topic that is none */
  #topicOf({ topic, properties }: PublishPacket): string {
    const alias = properties?.get(Property.topicAlias)
    if (alias !== undefined && (alias === 0 || alias > MAX_ALIASES))
      throw new Malformed(`a topic alias of ${alias}; allowed: 1 to ${MAX_ALIASES}`, Reason.topicAlias)
    if (topic === '') {
      const known = alias === undefined ? undefined : this.#aliases.get(alias)
      if (known === undefined) throw new Malformed('an empty topic is not allowed in PUBLISH', Reason.protocolError)
      return known
    }
    if (topic.includes('+') || topic.includes('#')) throw new Malformed('+ and # are not allowed in PUBLISH', Reason.topicInvalid)
    // Before MQTT 5 there is no way to refuse it alone.
    if (this.#connection.version !== 5 && isTooDeep(topic)) throw new Malformed('the topic has too many levels')
    if (alias !== undefined) this.#aliases.set(alias, topic)
    return topic
  }

  #passedOn(properties: Properties | undefined): PassedProperties | undefined {
    if (!properties) return undefined
    const expiry = properties.get(Property.messageExpiry)
    if (properties.passedOn.length === 0 && expiry === undefined) return undefined
    return {
      properties: bytesAsText(properties.passedOn),
      ...(expiry === undefined ? {} : { expires: this.#transport.ctx.believed.now() + expiry * SECOND }),
    }
  }

  #released(peer: Peer, messageId: number): void {
    const isKnown = peer.session?.received.has(messageId) === true
    const noted = this.#transport.sessions.noteReceived(peer.session, (received) => received.delete(messageId))
    const remark = isKnown || this.#connection.version !== 5 ? undefined : { reason: Reason.idNotFound }
    this.#answer(noted, () => this.#connection.write(encodeAcknowledgement('pubcomp', messageId, remark)))
  }

  // ---- Messages to the client

  #received(peer: Peer, messageId: number, reason: number): void {
    if (reason >= 0x80) return peer.session?.confirmed(messageId)
    const isKnown = peer.session?.released(messageId) === true
    const remark = isKnown || this.#connection.version !== 5 ? undefined : { reason: Reason.idNotFound }
    this.#answer(this.#transport.records.durable(), () => this.#connection.write(encodeAcknowledgement('pubrel', messageId, remark)))
  }

  #subscribe(peer: Peer, { messageId, subscriptions, id }: SubscribePacket): void {
    const made: Filters[number][] = []
    const reasons: string[] = []
    /** Thousands of filters may be too many: that is found out once. */
    let tooMany: number | undefined
    const codes = subscriptions.map((given) => {
      const problem = problemOf(given.filter)
      const wanted = given.filter.startsWith('$share/') ? given : { ...given, filter: peer.inward(given.filter) }
      if (problem !== undefined && this.#connection.version !== 5) throw new Malformed(problem)
      if (tooMany !== undefined && peer.session?.filters.has(wanted.filter) !== true) return tooMany
      const { code, text, isNew, subscription, isFull } = this.#subscribeTo(peer, wanted, { id, problem })
      if (isFull === true) tooMany = code
      if (text !== undefined) reasons.push(text)
      if (subscription && (wanted.retainHandling === 0 || (wanted.retainHandling === 1 && isNew)))
        made.push({ topic: wanted.filter, subscription })
      return code
    })
    this.#answer(peer.session?.isKept ? this.#transport.records.durable() : Promise.resolve(), () => {
      const text = reasons.length > 0 && peer.saysWhy ? reasons.join(' ') : undefined
      this.#connection.write(
        peer.fit(encodeSuback(this.#connection.version, messageId, codes, text), () =>
          encodeSuback(this.#connection.version, messageId, codes),
        ),
      )
      this.#subscribed(peer, made)
    })
  }

  #unsubscribe(peer: Peer, { messageId, filters }: UnsubscribePacket): void {
    const codes = filters.map((filter) => {
      const problem = problemOf(filter)
      if (problem !== undefined && this.#connection.version !== 5) throw new Malformed(problem)
      if (problem !== undefined) return Reason.filterInvalid
      return this.#unsubscribeFrom(peer, peer.inward(filter)) ? Reason.success : Reason.noSubscriptionExisted
    })
    this.#answer(peer.session?.isKept ? this.#transport.records.durable() : Promise.resolve(), () =>
      this.#connection.write(encodeUnsuback(this.#connection.version, messageId, codes)),
    )
  }

  /** @throws Malformed for a session that was to end with its connection, and now is not */
  changeExpiry(seconds: number): void {
    const { session, isExpiring } = this.#peer
    if (seconds > 0 && !isExpiring)
      throw new Malformed('a session that was to end with its connection can no longer be kept', Reason.protocolError)
    if (!session?.isKept) return
    session.expiry = seconds >= this.#transport.ctx.settings.MQTT_SESSION_LIFETIME ? undefined : seconds
  }

  /** @param problem what is wrong with the filter @returns the granted QoS or why not, and whether there was none like it */
  #subscribeTo(
    peer: Peer,
    { filter, qos, noLocal, asPublished }: WantedSubscription,
    { id, problem }: { id: number | undefined; problem: string | undefined },
  ): { code: number; text?: string; isNew: boolean; subscription?: Subscription; isFull?: boolean } {
    const { session } = peer
    if (!session) return { code: Reason.unspecified, text: 'The session is over.', isNew: false }
    const isNew = !session.filters.has(filter)
    try {
      const { MAX_SUBSCRIPTIONS } = this.#transport.ctx.settings
      if (problem !== undefined) throw invalid(`${problem}.`)
      if (filter.startsWith('$share/')) return refuseShared(peer, filter)
      if (isNew && session.filters.size >= MAX_SUBSCRIPTIONS)
        throw new Fault('too_large', `${MAX_SUBSCRIPTIONS} subscriptions are the most that a client may have (MAX_SUBSCRIPTIONS).`)
      if (!this.#transport.discovery.isAbout(filter)) requireSubscribe(this.#transport.ctx, peer.actor, filter)
      const subscription: Subscription = {
        qos,
        ...(noLocal ? { noLocal } : {}),
        ...(asPublished ? { asPublished } : {}),
        ...(id === undefined ? {} : { id }),
      }
      this.#transport.router.subscribe(session, filter, subscription)
      this.#transport.sessions.record(session)
      return { code: qos, isNew, subscription }
    } catch (error) {
      const fault = this.#transport.faultOf(error)
      peer.refusedSubscription(filter, fault.message)
      return { code: subscribeReason(fault), text: fault.message, isNew, isFull: fault.code === 'too_large' }
    }
  }

  /** The client has been told so: it gets what is retained. */
  #subscribed(peer: Peer, filters: Filters): void {
    const { session } = peer
    if (session && filters.length > 0) (session.replay ??= new Replay(this.#transport, session, peer)).add(filters)
  }

  /** @returns whether there was such a subscription */
  #unsubscribeFrom({ session }: Peer, filter: string): boolean {
    if (!session?.filters.has(filter)) return false
    this.#transport.router.unsubscribe(session, filter)
    this.#transport.sessions.record(session)
    return true
  }
}

function refuseShared(peer: Peer, filter: string): { code: number; text: string; isNew: boolean } {
  const text = 'This server has no shared subscriptions: subscribe to the topic itself.'
  peer.refusedSubscription(filter, text)
  return { code: Reason.sharedSubscriptions, text, isNew: false }
}
