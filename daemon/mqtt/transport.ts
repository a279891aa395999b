/** MQTT: who may connect, what all connections share, and how they end. Source: protocol, section 7. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import { recordRefusal } from '../../src/audit/refusals.ts'
import type { Context } from '../../src/context.ts'
import { Fault, invalid, notFound } from '../../src/base/fault.ts'
import { MqttRecords } from '../../src/messages/mqtt-records.ts'
import { Topics } from '../../src/messages/mqtt-topics.ts'
import { quote } from '../../src/base/path.ts'
import type { Turns } from '../../src/base/turns.ts'
import type { ThrottleRule } from '../../src/tree/throttles.ts'
import { MINUTE } from '../../src/base/time.ts'
import { MessageRunner } from '../../src/messages/message-runner.ts'
import type { LoopWatch } from '../loop-watch.ts'
import { addressOf } from '../requests/address.ts'
import { toFault } from '../replies/fault-reply.ts'
import type { TransportCounts } from '../metrics.ts'
import { CorkedWrites } from '../peers/corked-writes.ts'
import { whoGivesWay } from '../peers/room-for-all.ts'
import { endOnLostRights } from '../peers/lost-rights.ts'
import type { OutboxOptions } from '../peers/outbox.ts'
import { Unanswered } from '../peers/unanswered.ts'
import type { Entrance } from '../requests/entrance.ts'
import type { Desk } from '../requests/pipeline.ts'
import type { AnswerMemory } from '../replies/answer-memory.ts'
import type { Share, SharedMemory } from '../requests/shared-memory.ts'
import type { Strangers } from '../requests/strangers.ts'
import { refuseUpgrade } from '../requests/upgrades.ts'
import { Periodic } from '../workers/periodic.ts'
import { makeBridge, type Bridge } from './bridge.ts'
import { Connection } from './connection.ts'
import { Discovery } from './discovery.ts'
import { logIn, sessionTokenOf } from './logins.ts'
import type { MqttServices } from './services.ts'
import type { ConnectPacket } from './packets/decode.ts'
import { Reason, type ReasonCode } from './packets/reasons.ts'
import { openEntrance, openListeners, type Listeners } from './listeners.ts'
import { Peer, type PeerDetails } from './peer.ts'
import { RefusalLog } from './refusal-log.ts'
import { Retained } from './retained.ts'
import { Router } from './router.ts'
import { Sessions } from './sessions.ts'
import { UnnamedStreams } from './unnamed-streams.ts'
import { Wills } from './wills.ts'
import { WebSocketStream } from './websocket-stream.ts'

const SUBPROTOCOLS = ['mqtt', 'mqttv3.1']
/** How often all connections are looked after. */
const TICK_MS = 1_000
const WORK_INTERVAL_MS = 60_000
/** How long a WebSocket's peer may take to answer our closing. */
const CLOSE_TIMEOUT_MS = 5_000
/** Most parts that a frame may be sent in: each takes time and memory by itself. */
const MAX_FRAGMENTS = 1_000
/** Longest name that a client may give itself. */
const MAX_CLIENT_ID = 200

export interface MqttOptions {
  /** In place of MQTT_TCP_PORT; 0 takes any free one. For tests. */
  readonly tcpPort?: number | undefined
  /** In place of ports: connections come by it. */
  readonly entrance?: Entrance | undefined
}

export class MqttTransport implements MqttServices {
  readonly ctx: Context
  readonly counts: TransportCounts
  readonly outboxOptions: OutboxOptions
  /** Memory for what waits to be read. */
  readonly answers: AnswerMemory
  readonly loop: LoopWatch
  readonly messageTurns: Turns
  readonly topics: Topics
  readonly router: Router
  readonly discovery: Discovery
  readonly runner: MessageRunner<undefined>
  readonly records: MqttRecords
  readonly retained: Retained
  readonly wills: Wills
  readonly unanswered = new Unanswered()
  readonly corkedWrites = new CorkedWrites()
  readonly #options: MqttOptions
  /** Memory for what callers send who are known. */
  readonly #bodies: SharedMemory
  readonly #strangers: Strangers
  readonly #websockets: WebSocketServer
  readonly #refusals: RefusalLog
  readonly #connectRule: ThrottleRule
  #listeners: Listeners | undefined
  /** To the external broker, where there is one. */
  readonly #bridge: Bridge | undefined
  /** All connections, those too that have not said who they are. */
  readonly #streams = new Set<Duplex>()
  /** Those that have not said who they are. */
  readonly #unnamed: UnnamedStreams
  readonly #peers = new Set<Peer>()
  readonly sessions: Sessions
  #worker: Periodic | undefined
  #stopped: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #unsubscribes: (() => void)[] = []

  constructor(ctx: Context, { metrics, strangers, bodies, answers, loop, messageTurns }: Desk, options: MqttOptions = {}) {
    this.ctx = ctx
    this.loop = loop
    this.messageTurns = messageTurns
    this.#bodies = bodies
    this.answers = answers.memory
    this.#strangers = strangers
    this.#unnamed = new UnnamedStreams(ctx, strangers)
    this.#options = options
    this.#bridge = makeBridge(this, metrics)
    this.counts = metrics.transport('mqtt')
    this.outboxOptions = { bound: ctx.settings.MAX_OUTBOX_SIZE, clock: ctx.clock, counts: this.counts }
    this.topics = new Topics(ctx)
    this.router = new Router(ctx, this.topics)
    this.discovery = new Discovery(ctx, this.router)
    this.runner = new MessageRunner(ctx, 'MQTT')
    this.#refusals = new RefusalLog(ctx, { transport: 'mqtt' })
    this.records = new MqttRecords(ctx.engine)
    this.retained = new Retained(ctx, { topics: this.topics, records: this.records, refusals: this.#refusals })
    this.wills = new Wills(this, this.#refusals)
    this.sessions = new Sessions(this, this.#refusals, () => this.counts.dropped++)
    metrics.watchMqtt(() => ({ ...this.sessions.count(), retained: this.retained.size }))
    this.#connectRule = { what: 'MQTT connections from your address', limit: ctx.settings.MQTT_CONNECT_RATE, window: MINUTE }
    const websocketOptions = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: ctx.settings.MAX_FRAME_SIZE,
      maxFragments: MAX_FRAGMENTS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: (offered: Set<string>) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
    }
    this.#websockets = new WebSocketServer(websocketOptions)
    this.#websockets.on('wsClientError', (error, socket) => refuseUpgrade(socket as Socket, invalid(`${error.message}.`)))
  }

  get isStopping(): boolean {
    return this.#stopped !== undefined
  }

  /** The TCP port that it listens on, if it does. */
  get tcpPort(): number | undefined {
    return this.#listeners?.tcpPort
  }

  /** @throws Fault when a port that somebody asked for is taken, or the certificate can't be used */
  async start(): Promise<void> {
    const { hub } = this.ctx
    const state = await this.records.load()
    this.retained.restore(state.retained)
    this.sessions.restore(state)
    await this.wills.publish(state.wills)
    await this.discovery.start()
    const { tcpPort, entrance } = this.#options
    const open = (socket: Socket): void => {
      socket.setNoDelay(true)
      socket.setKeepAlive(true, 60_000)
      const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
      this.#open(socket, address, () => this.#unnamed.add(socket, socket, address))
    }
    if (this.ctx.settings.MQTT_EMBEDDED)
      this.#listeners = entrance
        ? openEntrance(entrance, open)
        : await openListeners(this.ctx, {
            override: tcpPort,
            open,
            watchHandshakes: (server) => this.#strangers.watchHandshakes(this.ctx, server),
          })
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#worker = new Periodic(this.ctx, { name: 'ending MQTT sessions', everyMs: WORK_INTERVAL_MS, run: async () => this.#expire() })
    await this.#worker.start()
    this.#unsubscribes = [
      ...endOnLostRights(hub, (reason, isAffected) => this.#endThose(reason, isAffected)),
      hub.on('userChanged', ({ userId }) => this.#bridge?.userChanged(userId)),
    ]
    this.#bridge?.start()
  }

  /** Takes over an HTTP connection that asks for a WebSocket. Who it is it says by MQTT. */
  upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    const { MQTT_EMBEDDED, MQTT_HOST = '' } = this.ctx.settings
    if (!MQTT_EMBEDDED)
      return refuseUpgrade(
        socket,
        notFound(`This server serves no MQTT itself (MQTT_EMBEDDED is false): connect to the broker ${quote(MQTT_HOST)}.`),
      )
    this.#websockets.handleUpgrade(incoming, socket, head, (ws) => {
      const stream = new WebSocketStream(ws)
      const address = addressOf(this.ctx, incoming)
      this.#open(stream, address, () => this.#unnamed.addUpgraded(stream, socket, address), sessionTokenOf(this.ctx, incoming))
    })
  }

  /** @param count counts it among those that have not said who they are */
  #open(stream: Duplex, address: string, count: () => void, sessionToken?: string): void {
    if (this.isStopping) return void stream.destroy()
    this.#streams.add(stream)
    stream.once('close', () => this.#streams.delete(stream))
    count()
    new Connection(this, stream, address, sessionToken)
  }

  // ---- For connections

  /** Why a client may not even say who it is, if so. */
  refusalOf({ address }: Connection): string | undefined {
    try {
      this.ctx.throttles.take(this.#connectRule, address)
      return undefined
    } catch (error) {
      return this.faultOf(error).message
    }
  }

  /** Finds out who a client is. @throws Fault unauthenticated, throttled, invalid, busy */
  async admit({ address, stream, sessionToken }: Connection, packet: ConnectPacket, clientId: string): Promise<Actor> {
    if (clientId.length > MAX_CLIENT_ID) throw invalid(`The client's id is longer than ${MAX_CLIENT_ID} characters.`)
    const actor = await logIn(this.ctx, packet, { address, sessionToken })
    if (this.isStopping) throw new Fault('busy', 'The server is stopping. Try again in a moment.')
    if (stream.destroyed) throw new Fault('busy', 'The client has gone.')
    this.#requireRoomFor(actor)
    return actor
  }

  /** Of the memory for what callers send who are known. */
  shareFor(actor: Actor): Share {
    return this.#bodies.share(actorIdentity(actor))
  }

  /** When there are too many, somebody who has many of them may have to give one up. */
  #requireRoomFor(newcomer: Actor): void {
    const { MAX_CONNECTIONS } = this.ctx.settings
    if (this.#peers.size < MAX_CONNECTIONS) return
    const last = whoGivesWay(this.#peers, newcomer)
    if (!last) throw new Fault('busy', `There are ${MAX_CONNECTIONS} connections (MAX_CONNECTIONS).`)
    last.end(`there are ${MAX_CONNECTIONS} connections (MAX_CONNECTIONS), most of them this caller's`, { reason: Reason.quota })
  }

  /** Notes a client that is let in. @param userName `key`, or what it calls its version */
  enter(connection: Connection, actor: Actor, userName: string | undefined, details: PeerDetails): Peer {
    const { stream, address } = connection
    this.#unnamed.named(stream)
    const peer = new Peer(this, connection, actor, details)
    this.#peers.add(peer)
    this.counts.connections = this.#peers.size
    const version = userName === 'key' ? undefined : userName?.slice(0, 80)
    if (actor.kind === 'controller') this.ctx.liveness.connected(actor.controllerId, version, address)
    return peer
  }

  /** For a client that is not let in. */
  refuse({ address }: Connection, error: unknown): Fault {
    const fault = this.faultOf(error)
    recordRefusal(this.ctx, fault, { actor: undefined, address }, 'MQTT')
    return fault
  }

  /** For the log; never shown with more than its sentence. */
  faultOf(error: unknown): Fault {
    return toFault(error, this.ctx.log, { transport: 'mqtt' })
  }

  /** A connection broke, or broke the rules, and is being closed. */
  failed({ address, peer }: Connection, error: Error): void {
    const isNetwork = 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$|^ERR_STREAM/.test(error.code)
    if (isNetwork || error instanceof Fault || this.isStopping) this.ctx.log.debug({ reason: error.message }, 'an MQTT connection failed')
    else if (peer) peer.failed(error.message)
    else this.#refusals.add('refused an MQTT connection', { reason: `${error.message} (${address})` })
  }

  // ---- For peers

  /** A connection is closed. */
  closed(peer: Peer): void {
    if (!this.#peers.delete(peer)) return
    this.counts.connections = this.#peers.size
    if (peer.actor.kind === 'controller') this.ctx.liveness.disconnected(peer.actor.controllerId)
    const { session } = peer
    if (session?.peer === peer) this.sessions.left(session)
  }

  /** Ends what nobody will come back for. */
  #expire(): void {
    this.sessions.expire()
    this.retained.sweep()
    this.discovery.check()
  }

  /** Files were changed that it read at its start. */
  reload(): void {
    this.#listeners?.reload()
  }

  /** Does now what is done from time to time; resolves when it is on the disk. */
  async runWorkers(): Promise<void> {
    await this.#worker?.run()
    await this.records.durable()
  }

  #tick(): void {
    this.#bridge?.check()
    for (const peer of this.#peers) peer.check()
    this.wills.check()
    this.discovery.check()
  }

  #endThose(reason: string, isAffected: (peer: Peer) => boolean, code: ReasonCode = Reason.administrative): void {
    for (const peer of this.#peers) if (isAffected(peer)) peer.end(reason, { isBanned: true, reason: code })
  }

  /** Takes no more connections, finishes what was received, and cuts the connections. Takes at most SHUTDOWN_TIMEOUT. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop())
  }

  async #stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe()
    this.#listeners?.close()
    this.#bridge?.pause()
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      this.unanswered.none(),
      new Promise<void>((resolve) => (timer = setTimeout(resolve, this.ctx.settings.SHUTDOWN_TIMEOUT * 1000))),
    ])
    clearTimeout(timer)
    // What was acknowledged in this turn leaves first.
    await new Promise((resolve) => setImmediate(resolve))
    await this.#bridge?.stop(this.ctx.settings.SHUTDOWN_TIMEOUT * 1000)
    for (const peer of this.#peers) peer.dismiss()
    await new Promise((resolve) => setImmediate(resolve))
    for (const stream of this.#streams) stream.destroy()
    this.discovery.stop()
    this.router.stop()
    this.#websockets.close()
    await this.#worker?.stop()
    await this.records.durable().catch((error: unknown) => this.ctx.log.error({ err: error }, 'writing the state of MQTT clients failed'))
  }
}
