/**
 * A client that was let in: takes its publications in order, lets each be acknowledged when what it wrote is durable, and
 * hands it what its session hears. Its connection reads and answers the packets.
 */
import { recordRefusal } from '../../src/audit/refusals.ts'
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import type { MqttWillRow } from '../../src/database/mqtt-tables.ts'
import { toFault } from '../replies/fault-reply.ts'
import { MessageRate } from '../peers/message-rate.ts'
import { Outbox, type OutboxTarget } from '../peers/outbox.ts'
import type { Holding } from '../replies/answer-memory.ts'
import type { Connection } from './connection.ts'
import type { Delivery } from './delivery.ts'
import { encodePublish, publishProperties, type Publish } from './frames.ts'
import type { WillPacket } from './packets/decode.ts'
import { NO_PROPERTIES, Property } from './packets/properties.ts'
import { publishReason, Reason, type ReasonCode } from './packets/reasons.ts'
import { SECOND } from '../../src/base/time.ts'
import type { Fate } from '../../src/sequences/tally.ts'
import { inward, mountOf, outward } from './mount.ts'
import { Publication, type Done, type Packet, type Publisher } from './publication.ts'
import { Publications } from './publications.ts'
import { RefusalLog } from './refusal-log.ts'
import type { Session } from './session.ts'
import { fits, type Grant } from './topic-tree.ts'
import { explainSkipped } from './unstored.ts'
import type { MqttTransport } from './transport.ts'

/** Messages of QoS 1 and 2 that a client may have without having confirmed them, unless it takes fewer. */
const MAX_IN_FLIGHT = 100
/** Bytes that the network has not taken yet from which on each further message is counted. */
const MUCH = 65_536

export interface PeerDetails {
  /** The name that it gave itself, or was given. */
  readonly clientId: string
  /** Of MQTT 5: messages of QoS 1 and 2 that it takes without having confirmed them. */
  readonly maxInFlight: number | undefined
  /** Of MQTT 5: bytes of a packet that it takes. */
  readonly maxPacketSize: number | undefined
  /** Whether it wants to be told in words why something was refused. */
  readonly saysWhy: boolean
  /** Whether its session was to be kept when it came. */
  readonly isExpiring: boolean
}

export class Peer implements OutboxTarget, Publisher {
  readonly actor: Actor
  readonly address: string
  readonly clientId: string
  readonly connectionId: string
  /** Of its session: whom it acts as, then its id. Others, who may choose the same id, can neither end it nor take it over. */
  readonly name: string
  readonly maxInFlight: number
  readonly saysWhy: boolean
  readonly isExpiring: boolean
  /** Unset once another connection has taken it over. */
  session: Session | undefined
  readonly #transport: MqttTransport
  readonly #connection: Connection
  readonly #maxPacketSize: number
  readonly #outbox: Outbox
  readonly #refusals: RefusalLog
  #isReady = false
  #ending = false
  #isBanned = false
  #will: MqttWillRow | undefined
  readonly #publications: Publications
  /** Publications of QoS 2 under way, by their ids. */
  readonly #receiving = new Map<number, Publication>()
  #treeVersion: number
  readonly #rate: MessageRate
  /** Of the memory that readers share, once something waits. */
  #holding: Holding | undefined

  constructor(transport: MqttTransport, connection: Connection, actor: Actor, details: PeerDetails) {
    const { clientId, maxInFlight = MAX_IN_FLIGHT, maxPacketSize = Number.POSITIVE_INFINITY, saysWhy, isExpiring } = details
    const { address } = connection
    this.#transport = transport
    this.#connection = connection
    this.actor = actor
    this.address = address
    this.clientId = clientId
    this.name = `${actorIdentity(actor)} ${clientId}`
    this.maxInFlight = Math.min(maxInFlight, MAX_IN_FLIGHT)
    this.#maxPacketSize = maxPacketSize
    this.saysWhy = saysWhy
    this.isExpiring = isExpiring
    this.connectionId = transport.ctx.hub.newConnectionId()
    this.#outbox = new Outbox(this, transport.outboxOptions)
    this.#refusals = new RefusalLog(transport.ctx, { transport: 'mqtt', caller: actorIdentity(actor), address, client: clientId })
    this.#treeVersion = transport.ctx.tree.version
    this.#rate = new MessageRate(transport.ctx)
    this.#publications = new Publications(transport, (publication, error) => this.#refuse(publication, error))
    connection.stream.on('drain', () => {
      if (this.#ending) return
      this.#outbox.drained()
      this.session?.replay?.goOn()
    })
  }

  /** Whether it may be sent to. */
  get isReady(): boolean {
    return this.#isReady && !this.#ending
  }

  /** Whether publications wait for the disk. */
  get isBusy(): boolean {
    return this.#publications.isBusy
  }

  /** The handshake is done: what waited for the client can go. */
  begin(): void {
    this.#isReady = true
    this.session?.resume()
  }

  // ---- In

  /** Whether it was told that it is let in. */
  get isLetIn(): boolean {
    return this.#isReady
  }

  /** Notes what is to be published when the connection ends without a goodbye. */
  keepWill({ topic, payload, qos, retain, properties }: WillPacket): void {
    this.#will = this.#transport.wills.put(this.actor, this.name, {
      topic: this.inward(topic),
      payload,
      qos,
      retain,
      properties: properties?.passedOn ?? NO_PROPERTIES,
      expiry: properties?.get(Property.messageExpiry),
      delay: properties?.get(Property.willDelay) ?? 0,
    })
  }

  /** Messages of QoS 2 that it has begun and not completed. */
  get receiving(): number {
    return (this.session?.received.size ?? 0) + this.#receiving.size
  }

  isReceiving(messageId: number): boolean {
    return this.#receiving.has(messageId) || this.session?.received.has(messageId) === true
  }

  /** A topic or filter of the client, as the server knows it. */
  inward(topic: string): string {
    return inward(this.#mount, topic)
  }

  /** What a client asks for that is no message counts as one, as each is answered. @throws Fault throttled */
  countRequest(): void {
    const tooFast = this.#rate.take()
    if (tooFast) throw tooFast
  }

  /** @param done tells the connection to acknowledge, or with an error to end */
  receive(given: Packet & { messageId?: number | undefined }, done: Done): void {
    const mount = this.#mount
    const packet = mount === undefined ? given : { ...given, topic: inward(mount, given.topic) }
    const { ctx, counts, loop } = this.#transport
    loop.works({ route: 'mqtt' })
    counts.received++
    if (this.actor.kind === 'controller') ctx.liveness.received(this.actor.controllerId)
    const tooFast = this.#rate.take()
    if (tooFast) {
      this.failed(tooFast.message)
      return done(tooFast)
    }
    this.#noticeChanges()
    if (this.#ending) return done()
    if (packet.qos === 2 && packet.messageId !== undefined) {
      const { messageId } = packet
      if (this.session?.received.has(messageId)) return done()
      const same = this.#receiving.get(messageId)
      if (same) return same.also(done)
      const publication = new Publication(this, packet, (error, remark) => {
        this.#receiving.delete(messageId)
        done(error, remark)
      })
      this.#receiving.set(messageId, publication)
      this.#publications.accept(publication)
    } else this.#publications.accept(new Publication(this, packet, done))
  }

  /** For a publication: what it wrote is durable, and the hub has heard of it. */
  stored(publication: Publication, fate: Fate): void {
    const skipped = typeof fate === 'object' ? explainSkipped(fate) : undefined
    if (skipped !== undefined) this.reply(publication.topic, skipped)
    this.#publications.stored(publication, fate)
  }

  /** For a publication: nothing of it was written. */
  refused(publication: Publication, error: unknown): void {
    this.#publications.refused(publication, error)
  }

  /**
   * MQTT 3.1.1 has no way to say no to a PUBLISH: it is acknowledged, or the connection ends (section 3.3.5). What is wrong will be so
   * each time that it comes, and would stop all that is behind it: it is acknowledged, and named where people look. MQTT_REFUSED: close
   * ends the connection for what is forbidden, which somebody may come to allow. MQTT 5 says no in the acknowledgement itself.
   */
  #refuse(publication: Publication, error: unknown): void {
    const { ctx } = this.#transport
    const fault = toFault(error, ctx.log, { transport: 'mqtt' })
    // What failed through no fault of its own must not be acknowledged, whatever the setting says.
    const isOurs = fault.code === 'busy' || fault.code === 'internal'
    const isEnd =
      publication.qos > 0 &&
      (isOurs || (ctx.settings.MQTT_REFUSED === 'close' && fault.code === 'forbidden' && this.#connection.version !== 5))
    recordRefusal(ctx, fault, { actor: this.actor, address: this.address }, 'a message by MQTT')
    if (!isOurs) ctx.skipNotes.note(ctx, this.actor, 'MQTT', publication.path, fault.message)
    this.#refusals.add(isEnd ? 'refused an MQTT message and ended the connection' : 'refused an MQTT message', {
      topic: publication.topic.slice(0, 200),
      reason: fault.message,
    })
    // Tells the client what was wrong, if it listens there.
    this.reply(publication.topic, JSON.stringify({ error: { message: fault.message, code: fault.code } }))
    publication.settle(isEnd ? fault : undefined, { reason: publishReason(fault, publication.target !== undefined), text: fault.message })
  }

  /** Sends the client something on a topic, if it listens there. */
  reply(topic: string, content: string): void {
    for (const filter of this.session?.filters.keys() ?? []) {
      if (!fits(filter, topic)) continue
      this.push(this.encode({ topic, payload: Buffer.from(content), qos: 0 }))
      return
    }
  }

  /** After resources changed: its controller may be gone. */
  #noticeChanges(): void {
    const { tree } = this.#transport.ctx
    if (this.#treeVersion === tree.version) return
    this.#treeVersion = tree.version
    if (this.actor.kind === 'controller' && !tree.byId(this.actor.controllerId))
      this.end('The controller was deleted.', { isBanned: true, reason: Reason.notAuthorized })
  }

  // ---- Out

  /** Bytes that the network has not taken yet. */
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount
  }

  get holding(): Holding {
    return (this.#holding ??= this.#transport.answers.holding({
      owner: actorIdentity(this.actor),
      isStranger: false,
      isShared: true,
      cut: ({ message }) => this.end(message, { reason: Reason.quota }),
    }))
  }

  get #mount(): string | undefined {
    return mountOf(this.#transport.ctx, this.actor)
  }

  /** A PUBLISH packet of the version that it speaks. @param expiry seconds for which the message is good */
  encode({ properties = NO_PROPERTIES, ...given }: Publish, expiry?: number, subscriptionIds: readonly number[] = []): Buffer {
    const mount = this.#mount
    const publish = mount === undefined ? given : { ...given, topic: outward(mount, given.topic) }
    if (this.#connection.version !== 5) return encodePublish(publish)
    return encodePublish({ ...publish, properties: publishProperties(properties, expiry, subscriptionIds) })
  }

  /** Whether a packet is as small as it wants them. */
  takes(frame: Buffer): boolean {
    return frame.length <= this.#maxPacketSize
  }

  /** A packet, or a shorter one that says the same to a client that takes no larger ones. */
  fit(frame: Buffer, shorter: () => Buffer): Buffer {
    return this.takes(frame) ? frame : shorter()
  }

  /** For a message of QoS 0. */
  hear(delivery: Delivery, { asPublished, ids }: Grant): void {
    const { topic, payload, properties, expires, sequenceId } = delivery
    const retain = delivery.retain || (asPublished && delivery.asksToBeRetained)
    if (expires === undefined && ids.length === 0 && retain === delivery.retain && this.#mount === undefined)
      return this.push(this.#connection.version === 5 ? delivery.frame5 : delivery.frame, sequenceId)
    const left = expires === undefined ? undefined : Math.ceil((expires - this.#transport.ctx.believed.now()) / SECOND)
    if (left === undefined || left > 0) this.push(this.encode({ topic, payload, qos: 0, retain, properties }, left, ids), sequenceId)
  }

  /** For a message of QoS 0, which a slow client may miss. */
  push(frame: Buffer, sequenceId?: number): void {
    if (!this.isReady || !this.takes(frame)) return
    this.#outbox.push(frame, sequenceId)
    if (this.actor.kind === 'controller') this.#transport.ctx.liveness.sent(this.actor.controllerId)
  }

  /** For a packet that must arrive; whoever hands it over sees to it that they are not too many. */
  write(frame: Buffer): void {
    if (!this.isReady) return
    this.#transport.counts.sent++
    if (this.actor.kind === 'controller') this.#transport.ctx.liveness.sent(this.actor.controllerId)
    this.send(frame)
  }

  /** For the outbox. */
  send(frame: Buffer): void {
    this.#connection.write(frame)
    this.noticeWaiting()
  }

  /** What must arrive waits in the connection, however much it is: answers too. */
  noticeWaiting(): void {
    if (!this.#ending && this.bufferedAmount > MUCH) this.#count()
  }

  #count(): void {
    this.#outbox.count(this.session?.isKept === false ? this.session.heldBytes : 0)
  }

  // ---- Life and death

  /** Looks after time: a subscriber that does not catch up is cut off, a deleted controller's connection ended. */
  check(): void {
    this.#noticeChanges()
    if (this.#ending) return
    this.#count()
    if (this.#outbox.isHopeless) this.end('Too slow: messages wait for longer than they may.', { reason: Reason.quota })
  }

  /** Ends the connection, with what its client wanted published then (its will), unless it is banned. */
  end(reason: string, { isBanned = false, reason: code = Reason.unspecified }: { isBanned?: boolean; reason?: ReasonCode } = {}): void {
    if (this.#ending) return
    this.#isBanned = isBanned
    this.#refusals.add('ended an MQTT connection', { reason })
    this.#connection.end(code, reason)
  }

  /** The server is stopping. */
  dismiss(): void {
    this.#connection.end(Reason.shuttingDown, 'The server is stopping.')
  }

  /** The connection ends: it broke the rules. */
  failed(reason: string): void {
    this.#refusals.add('ended an MQTT connection', { reason })
  }

  refusedSubscription(topic: string, reason: string): void {
    this.#refusals.add('refused an MQTT subscription', { topic: topic.slice(0, 200), reason })
  }

  /** Less was sent to a new subscriber than there is. */
  cutShort(topic: string, reason: string): void {
    this.#refusals.add('did not send all to a new MQTT subscriber', { topic: topic.slice(0, 200), reason })
  }

  /** The connection is over. @param isPolite with a goodbye, which voids the will */
  left(isPolite: boolean): void {
    this.#ending = true
    const { isStopping, wills } = this.#transport
    const will = this.#will
    this.#will = undefined
    const wait = Math.min(will?.delay ?? 0, this.session?.isKept ? (this.session.expiry ?? Number.POSITIVE_INFINITY) : 0)
    if (will && (isPolite || this.#isBanned)) wills.remove(will)
    // When the server stops, its next start says it.
    else if (will && !isStopping) wills.leave(will, this.actor, wait)
    this.#refusals.stop()
    this.#holding?.release()
    this.#transport.closed(this)
  }
}
