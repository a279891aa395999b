/**
 * One connection of an MQTT client: takes its publications in order, lets each be acknowledged when what it wrote is
 * durable, and hands it what its session hears. The broker (aedes) reads and answers the packets.
 */
import { recordRefusal } from '../../src/audit/refusals.ts'
import type { Client } from 'aedes'
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import { forbidden } from '../../src/base/fault.ts'
import { toFault } from '../replies/fault-reply.ts'
import { MessageRate } from '../peers/message-rate.ts'
import { Outbox, type OutboxTarget } from '../peers/outbox.ts'
import { encodePublish } from './frames.ts'
import type { Fate } from '../../src/sequences/tally.ts'
import { Publication, type Done, type Packet, type Publisher } from './publication.ts'
import { Publications } from './publications.ts'
import { RefusalLog } from './refusal-log.ts'
import type { Session } from './session.ts'
import { fits } from './topic-tree.ts'
import { explainSkipped } from './unstored.ts'
import type { MqttTransport } from './transport.ts'

export class Peer implements OutboxTarget, Publisher {
  readonly actor: Actor
  readonly address: string
  readonly clientId: string
  readonly connectionId: string
  /** Unset once another connection has taken it over. */
  session: Session | undefined
  readonly #transport: MqttTransport
  readonly #client: Client
  readonly #outbox: Outbox
  readonly #refusals: RefusalLog
  #isReady = false
  #ending = false
  #isBanned = false
  #willId: number | undefined
  #corked = false
  readonly #publications: Publications
  /** Publications of QoS 2 under way, by their ids. */
  readonly #receiving = new Map<number, Publication>()
  #treeVersion: number
  readonly #rate: MessageRate

  constructor(transport: MqttTransport, client: Client, actor: Actor, { address, clientId }: { address: string; clientId: string }) {
    this.#transport = transport
    this.#client = client
    this.actor = actor
    this.address = address
    this.clientId = clientId
    this.connectionId = transport.ctx.hub.newConnectionId()
    this.#outbox = new Outbox(this, transport.outboxOptions)
    this.#refusals = new RefusalLog(transport.ctx, { transport: 'mqtt', caller: actorIdentity(actor), address, client: clientId })
    this.#treeVersion = transport.ctx.tree.version
    this.#rate = new MessageRate(transport.ctx)
    this.#publications = new Publications(transport, (publication, error) => this.#refuse(publication, error))
    client.conn.on('drain', () => {
      if (this.#ending) return
      this.#outbox.drained()
      this.session?.replay?.goOn()
    })
    client.conn.once('close', () => this.#closed())
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

  /** What is to be published when the connection ends without a goodbye. Resolves when that is on the disk. */
  async keepWill(will: Packet): Promise<void> {
    this.#willId = this.#transport.wills.put(this.actor, will)
    await this.#transport.records.durable()
  }

  /** @param done tells the broker to acknowledge, or with an error to end the connection */
  receive(packet: Packet & { messageId?: number | undefined }, done: Done): void {
    const { ctx, counts, loop, wills } = this.#transport
    // After the end only the will can come.
    if (this.#client.closed) {
      if (this.#isBanned) return done(forbidden('Whom the client acted as may no longer do so.'))
      const id = this.#willId
      this.#willId = undefined
      const publication = new Publication(this, packet, (error) => {
        if (id !== undefined) wills.remove(id)
        done(error)
      })
      return this.#publications.accept(publication)
    }
    loop.works({ route: 'mqtt' })
    counts.received++
    if (this.actor.kind === 'controller') ctx.liveness.received(this.actor.controllerId)
    const tooFast = this.#rate.take()
    if (tooFast) {
      this.failed(tooFast.message)
      done(tooFast)
      return
    }
    this.#noticeChanges()
    if (packet.qos === 2 && packet.messageId !== undefined) {
      const { messageId } = packet
      if (this.session?.received.has(messageId)) return done()
      const same = this.#receiving.get(messageId)
      if (same) return same.also(done)
      const publication = new Publication(this, packet, (error) => {
        this.#receiving.delete(messageId)
        done(error)
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
   * ends the connection for what is forbidden, which somebody may come to allow.
   */
  #refuse(publication: Publication, error: unknown): void {
    const { ctx } = this.#transport
    const fault = toFault(error, ctx.log, { transport: 'mqtt' })
    // What failed through no fault of its own must not be acknowledged, whatever the setting says.
    const isOurs = fault.code === 'busy' || fault.code === 'internal'
    const isEnd = publication.qos > 0 && (isOurs || (ctx.settings.MQTT_REFUSED === 'close' && fault.code === 'forbidden'))
    recordRefusal(ctx, fault, { actor: this.actor, address: '' }, 'a message by MQTT')
    if (!isOurs) ctx.skipNotes.note(ctx, this.actor, 'MQTT', publication.path, fault.message)
    this.#refusals.add(isEnd ? 'refused an MQTT message and ended the connection' : 'refused an MQTT message', {
      topic: publication.topic.slice(0, 200),
      reason: fault.message,
    })
    // Tells the client what was wrong, if it listens there.
    this.reply(publication.topic, JSON.stringify({ error: { message: fault.message, code: fault.code } }))
    publication.settle(isEnd ? fault : undefined)
  }

  /** Sends the client something on a topic, if it listens there. */
  reply(topic: string, content: string): void {
    for (const filter of this.session?.filters.keys() ?? []) {
      if (!fits(filter, topic)) continue
      this.push(encodePublish({ topic, payload: Buffer.from(content), qos: 0 }))
      return
    }
  }

  /** After resources changed: its controller may be gone. */
  #noticeChanges(): void {
    const { tree } = this.#transport.ctx
    if (this.#treeVersion === tree.version) return
    this.#treeVersion = tree.version
    if (this.actor.kind === 'controller' && !tree.byId(this.actor.controllerId)) this.end('The controller was deleted.', true)
  }

  // ---- Out

  /** Bytes that the network has not taken yet. */
  get bufferedAmount(): number {
    return this.#client.conn.writableLength
  }

  /** For a message of QoS 0, which a slow client may miss. */
  push(frame: Buffer, sequenceId?: number): void {
    if (!this.isReady) return
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
    const { conn } = this.#client
    if (conn.destroyed) return
    if (!this.#corked) {
      this.#corked = true
      conn.cork()
      this.#transport.corkedWrites.uncorkSoon(this)
    }
    conn.write(frame)
  }

  uncork(): void {
    this.#corked = false
    this.#client.conn.uncork()
  }

  // ---- Life and death

  /** Looks after time: a subscriber that does not catch up is cut off, a deleted controller's connection ended. */
  check(): void {
    this.#noticeChanges()
    if (!this.#ending && this.#outbox.isHopeless) this.end('Too slow: messages wait for longer than they may.')
  }

  /** Ends the connection, with what its client wanted published then (its will), unless it is banned. */
  end(reason: string, isBanned = false): void {
    if (this.#ending) return
    this.#ending = true
    this.#isBanned = isBanned
    this.#refusals.add('ended an MQTT connection', { reason })
    this.#client.close()
  }

  /** The broker ends it: it broke the rules. */
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

  #closed(): void {
    this.#ending = true
    // A goodbye voids the will. When we stop, it is not said: the next start says it.
    if (this.#willId !== undefined && !this.#transport.isStopping) this.#transport.wills.remove(this.#willId)
    this.#refusals.stop()
    this.#transport.closed(this.#client)
  }
}
