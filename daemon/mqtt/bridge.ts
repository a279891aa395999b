/**
 * The link to an external broker, to which the daemon is a client: what comes from there goes to the verbs and is
 * acknowledged when it is durable, what comes by other ways goes there. Neither side's own messages come back to it: the
 * broker leaves out ours ("no local"), the router those that came from here.
 */
import type { IClientOptions, IConnackPacket, IPublishPacket, MqttClient, Packet } from 'mqtt'
import type { Actor, UserActor } from '../../src/tree/actor.ts'
import { BrokerActors, brokerOrganizations, findBrokerUser } from '../../src/people/broker-actors.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { canRead } from '../../src/tree/permissions.ts'
import { toFault } from '../replies/fault-reply.ts'
import type { Metrics, TransportCounts } from '../metrics.ts'
import { RECEIVE_MAXIMUM, readBridgeOptions, type BridgeOptions } from './bridge-options.ts'
import type { Delivery } from './delivery.ts'
import type { MqttServices } from './services.ts'
import { encodePuback, type QoS } from './frames.ts'
import { BridgeOutbox } from './bridge-outbox.ts'
import type { Fate } from '../../src/sequences/tally.ts'
import { Publication, type Done, type Publisher } from './publication.ts'
import { Publications } from './publications.ts'
import { RefusalLog } from './refusal-log.ts'
import { Repeats } from './repeats.ts'
import type { Recipient } from './router.ts'
import type { Subscription } from './topic-tree.ts'

/**
 * Waits between attempts to connect: doubled each time, and each by chance up to half as long again, lest all that lost a broker come back
 * at once.
 */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000

/** @returns undefined when the settings name no external broker @throws Fault invalid when they don't go together */
export function makeBridge(services: MqttServices, metrics: Metrics): Bridge | undefined {
  const options = readBridgeOptions(services.ctx.settings)
  if (!options) return undefined
  const bridge = new Bridge(services, options, metrics.transport('mqtt_bridge'))
  metrics.parts.set('mqtt_broker', () => (bridge.isConnected ? 'connected' : 'disconnected'))
  return bridge
}

export class Bridge implements Publisher, Recipient {
  readonly filters = new Map<string, Subscription>()
  readonly connectionId: string
  readonly silentTo: string
  readonly #services: MqttServices
  readonly #options: BridgeOptions
  readonly #counts: TransportCounts
  readonly #outbox: BridgeOutbox
  readonly #publications: Publications
  readonly #refusals: RefusalLog
  readonly #repeats = new Repeats<{ publication: Publication; isDone: boolean }>(RECEIVE_MAXIMUM)
  /** Messages of QoS 1 that are to be acknowledged by us and not by the client. */
  readonly #unacknowledged = new WeakMap<Packet, number>()
  #user: UserActor | undefined
  #actors: BrokerActors | undefined
  #client: MqttClient | undefined
  #isConnected = false
  #wasLost = false
  /** Why the attempt at hand fails has been said. */
  #hasFailed = false
  #wait = FIRST_WAIT_MS
  #treeVersion = -1
  #isSeeking = false
  #mustSeekAgain = false
  #isPaused = false

  constructor(services: MqttServices, options: BridgeOptions, counts: TransportCounts) {
    const { ctx } = services
    this.#services = services
    this.connectionId = this.silentTo = ctx.hub.newConnectionId()
    this.#options = options
    this.#counts = counts
    this.#refusals = new RefusalLog(ctx, { transport: 'mqtt', broker: options.broker })
    this.#publications = new Publications(services, (publication, error) => this.#refuse(publication, error))
    this.#outbox = new BridgeOutbox(ctx, counts, this.#refusals)
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  get actor(): Actor {
    return this.#user ?? { kind: 'anonymous' }
  }

  get isBusy(): boolean {
    return this.#publications.isBusy
  }

  start(): void {
    void this.#seekUser()
  }

  /** To be called from time to time: what there is to exchange may have changed. */
  check(): void {
    if (!this.#user) void this.#seekUser()
    else if (this.#treeVersion !== this.#services.ctx.tree.version) this.#follow()
  }

  /** The account may have lost its rights, or be gone. */
  userChanged(userId: number): void {
    if (this.#user?.userId === userId) void this.#seekUser()
  }

  /** Finds whom it acts for. Without them nothing is exchanged, and the broker is left alone. */
  async #seekUser(): Promise<void> {
    if (this.#isPaused) return
    this.#mustSeekAgain = this.#isSeeking
    if (this.#isSeeking) return
    this.#isSeeking = true
    const { ctx } = this.#services
    try {
      const user = await findBrokerUser(ctx, this.#options.user)
      this.#user = user
      this.#actors = new BrokerActors(ctx, user)
      if (!this.#client) await this.#open()
      this.#follow()
    } catch (error) {
      this.#refusals.add('exchanges nothing with the external MQTT broker', {
        reason: toFault(error, ctx.log, { transport: 'mqtt' }).message,
      })
      this.#user = this.#actors = undefined
      this.#follow()
      const client = this.#client
      this.#client = undefined
      this.#lost()
      await client?.endAsync(true)
    } finally {
      this.#isSeeking = false
      if (this.#mustSeekAgain) void this.#seekUser()
    }
  }

  // ---- The connection

  async #open(): Promise<void> {
    // Loaded only where there is an external broker: memory is short on a Pi.
    const { default: mqtt } = await import('mqtt')
    if (this.#isPaused) return
    const options: IClientOptions = { ...this.#options.client, reconnectPeriod: this.#nextWait() }
    const client = mqtt.connect(options)
    this.#client = client
    client.handleMessage = (packet, done) => this.#receive(client, packet, done)
    client.on('packetreceive', (packet) => {
      if (packet.cmd !== 'publish' || packet.qos !== 1 || packet.messageId === undefined) return
      // The client would acknowledge it too soon, or else read nothing until it is durable.
      this.#unacknowledged.set(packet, packet.messageId)
      packet.qos = 0
    })
    client.on('connect', (packet) => this.#connected(client, packet))
    client.on('disconnect', ({ reasonCode }) =>
      this.#refusals.add('the external MQTT broker ended the connection', { reason: `reason code ${reasonCode ?? 0}` }),
    )
    client.on('error', (error) => this.#failed(error))
    client.on('close', () => {
      if (this.#client === client) this.#closed()
      client.options.reconnectPeriod = this.#nextWait()
    })
  }

  #nextWait(): number {
    const wait = this.#wait * (1 + Math.random() / 2)
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS)
    return Math.round(wait)
  }

  #connected(client: MqttClient, { sessionPresent, properties }: IConnackPacket): void {
    if (!sessionPresent) this.#repeats.clear()
    this.#isConnected = true
    this.#counts.connections = 1
    this.#wait = FIRST_WAIT_MS
    this.#services.ctx.log.info(
      { broker: this.#options.broker, session: sessionPresent ? 'continued' : 'new' },
      this.#wasLost ? 'connected to the external MQTT broker again' : 'connected to the external MQTT broker',
    )
    this.#treeVersion = -1
    this.#follow()
    this.#outbox.open(client, properties?.receiveMaximum)
  }

  #lost(): void {
    if (!this.#isConnected) return
    this.#isConnected = false
    this.#outbox.close()
    this.#counts.connections = 0
    this.#wasLost = true
    if (!this.#isPaused)
      this.#services.ctx.log.warn({ broker: this.#options.broker }, 'lost the connection to the external MQTT broker; tries again')
  }

  /** An attempt to connect, or a connection, has come to its end. */
  #closed(): void {
    if (this.#isConnected) this.#lost()
    else if (!this.#hasFailed) this.#failed(new Error('it closed the connection before it let us in'))
    this.#hasFailed = false
  }

  #failed(error: Error & { code?: unknown }): void {
    this.#hasFailed = true
    if (this.#isPaused) return
    const isOld = error.code === 1 || error.code === 132
    const isRefused = error.code === 134 || error.code === 135
    const hint = isOld ? ' (it must speak MQTT 5)' : isRefused ? ' (MQTT_USER_NAME and MQTT_PASSWORD)' : ''
    const reason = `${error.message || String(error.code)}${hint}`
    this.#refusals.add("can't reach the external MQTT broker", { reason })
  }

  /** Keeps its subscriptions, on both sides, to the organizations that it may exchange something of. */
  #follow(): void {
    const { ctx, router } = this.#services
    this.#treeVersion = ctx.tree.version
    const wanted = new Set(this.#user ? brokerOrganizations(ctx, this.#user).map((name) => `${name}/#`) : [])
    const gone = [...this.filters.keys()].filter((filter) => !wanted.has(filter))
    for (const filter of gone) router.unsubscribe(this, filter)
    for (const filter of wanted) if (!this.filters.has(filter)) router.subscribe(this, filter, { qos: 1 })
    const client = this.#client
    if (!client || !this.#isConnected) return
    if (gone.length > 0) client.unsubscribe(gone)
    for (const filter of wanted) {
      // What is retained there is no news (rh 2); what is to be retained says so (rap).
      client.subscribe(filter, { qos: 1, nl: true, rap: true, rh: 2 }, (error, granted) => {
        const code = granted?.[0]?.qos
        const isRefused = (error !== null && this.#isConnected) || (code !== undefined && code > 2)
        if (isRefused)
          this.#refusals.add('the external MQTT broker refused a subscription', {
            topic: filter,
            reason: error?.message ?? `reason code ${code}`,
          })
      })
    }
  }

  // ---- In

  #receive(client: MqttClient, packet: IPublishPacket, done: (error?: Error) => void): void {
    const { topic, retain, dup } = packet
    const messageId = this.#unacknowledged.get(packet)
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    // What is not taken is not acknowledged either: the broker sends it again.
    if (this.#isPaused || !this.#actors) return done()
    this.#counts.received++
    if (messageId === undefined) return this.#publications.accept(this.#publish({ topic, payload, qos: 0, retain }, () => done()))
    done()
    const acknowledge = this.#acknowledgement(client, messageId)
    const known = dup ? this.#repeats.find(messageId, topic, payload) : undefined
    if (known) {
      if (known.isDone) acknowledge()
      else known.publication.also(acknowledge)
      return
    }
    const settled: Done = (error) => {
      note.isDone = true
      if (!error) return acknowledge()
      this.#repeats.forget(messageId)
      // It can't be stored now: with the next connection it comes again, and by then there may be room on the disk.
      client.stream.destroy()
    }
    const note = { publication: this.#publish({ topic, payload, qos: 1, retain }, settled), isDone: false }
    this.#repeats.note(messageId, topic, payload, note)
    this.#publications.accept(note.publication)
  }

  #publish(packet: { topic: string; payload: Buffer; qos: QoS; retain: boolean }, done: Done): Publication {
    const { ctx } = this.#services
    const resource = this.#resourceOf(packet.topic)
    const actor = (resource && this.#actors?.actorOn(resource)) ?? this.actor
    if (actor.kind === 'controller') ctx.liveness.received(actor.controllerId)
    return new Publication(this, packet, done, actor)
  }

  /** undefined for a topic that is refused when it is handled. */
  #resourceOf(topic: string): Resource | undefined {
    try {
      return this.#services.topics.resolve(topic).resource
    } catch {
      return undefined
    }
  }

  /** Sends the PUBACK, unless the connection that the message came by is gone. */
  #acknowledgement(client: MqttClient, messageId: number): () => void {
    const { stream } = client
    return () => {
      if (client.stream === stream && !stream.destroyed) stream.write(encodePuback(messageId))
    }
  }

  stored(publication: Publication, fate: Fate): void {
    this.#publications.stored(publication, fate)
  }

  refused(publication: Publication, error: unknown): void {
    this.#publications.refused(publication, error)
  }

  /** Clients of the broker hear an answer on the topic that they published to. */
  reply(topic: string, content: string): void {
    this.#outbox.push({ topic, payload: Buffer.from(content), qos: 0, sequenceId: undefined })
  }

  /** What is wrong stays wrong, and is acknowledged; only what the server can't do now is not. */
  #refuse(publication: Publication, error: unknown): void {
    const fault = toFault(error, this.#services.ctx.log, { transport: 'mqtt' })
    const isTemporary = fault.code === 'busy' || fault.code === 'internal'
    const { ctx } = this.#services
    if (!isTemporary) ctx.skipNotes.note(ctx, publication.actor, 'MQTT', publication.path, fault.message)
    this.#refusals.add(
      isTemporary && publication.qos > 0
        ? 'could not store a message of the external MQTT broker, and has it sent again'
        : 'refused a message of the external MQTT broker',
      { topic: publication.topic.slice(0, 200), reason: fault.message },
    )
    publication.settle(isTemporary ? fault : undefined)
  }

  // ---- Out

  /** A message for the broker. */
  deliver(delivery: Delivery): void {
    if (canRead(this.#services.ctx, this.actor, delivery.resource)) this.#outbox.push(delivery)
  }

  // ---- The end

  /** Takes nothing any more. */
  pause(): void {
    this.#isPaused = true
  }

  /** Once what was taken is settled: lets what waits for the broker go there, for at most so long, and takes leave. */
  async stop(milliseconds: number): Promise<void> {
    const { router } = this.#services
    for (const filter of [...this.filters.keys()]) router.unsubscribe(this, filter)
    await this.#outbox.settled(milliseconds)
    const [client, isOrderly] = [this.#client, this.#isConnected && this.#outbox.isIdle]
    this.#client = undefined
    this.#isConnected = false
    this.#counts.connections = 0
    this.#refusals.stop()
    await client?.endAsync(!isOrderly)
  }
}
