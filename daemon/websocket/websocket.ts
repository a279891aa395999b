/** WebSockets: who may connect, what all connections share, and how they end. Source: protocol, section 6. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { recordRefusal } from '../../src/audit/refusals.ts'
import type { Context } from '../../src/context.ts'
import { actorIdentity, readsByLink, type Actor } from '../../src/tree/actor.ts'
import { Fault, forbidden, invalid } from '../../src/base/fault.ts'
import { subscriberNetwork } from '../../src/base/networks.ts'
import type { Turns } from '../../src/base/turns.ts'
import { MessageWriter } from '../../src/wire/server-messages.ts'
import { UpdateCuts } from '../../src/messages/cut-updates.ts'
import { MessageRunner } from '../../src/messages/message-runner.ts'
import type { LoopWatch } from '../loop-watch.ts'
import { addressOf } from '../requests/address.ts'
import { authenticate, isSameOrigin, type Authenticated } from '../requests/authentication.ts'
import { toFault } from '../replies/fault-reply.ts'
import { RareLine } from '../replies/rare-line.ts'
import { CorkedWrites } from '../peers/corked-writes.ts'
import { whoGivesWay } from '../peers/room-for-all.ts'
import { endOnLostRights } from '../peers/lost-rights.ts'
import type { OutboxOptions } from '../peers/outbox.ts'
import { Unanswered } from '../peers/unanswered.ts'
import type { Desk } from '../requests/pipeline.ts'
import type { AnswerMemory } from '../replies/answer-memory.ts'
import { ReadingTurns } from '../requests/reading-turns.ts'
import type { SharedMemory } from '../requests/shared-memory.ts'
import type { Strangers } from '../requests/strangers.ts'
import { refuseUpgrade } from '../requests/upgrades.ts'
import { GOING_AWAY, POLICY_VIOLATION, TRY_AGAIN_LATER } from './close-codes.ts'
import { Connection } from './connection.ts'
import type { Ticket } from './frames.ts'
import { PeerSocket } from './peer-socket.ts'
import type { Stranger } from './stranger-bounds.ts'
import { StrangerStream } from './stranger-stream.ts'

const SUBPROTOCOL = 'http-only'
/** How often all connections are looked after. */
const TICK_MS = 1_000
/** Milliseconds of the event loop, in each of its turns, for what comes of callers who are known: more than their messages have. */
const READING_MS = 24
/** Most connections without a key from one address (of IPv6: one /64). */
const MAX_OF_ADDRESS = 100
/** How long a peer may take to answer our closing. */
const CLOSE_TIMEOUT_MS = 5_000
const NO_BYTES = Buffer.alloc(0)
/** Most parts that a message may be sent in, and most pieces in which the network may bring one: each takes time and memory by itself. */
const MAX_FRAGMENTS = 1_000
const MAX_CHUNKS = 8_192

export class WebSocketTransport {
  readonly ctx: Context
  readonly loop: LoopWatch
  readonly messageTurns: Turns
  readonly outboxOptions: OutboxOptions
  /** Says which subscribers were cut off because they were too slow. */
  readonly slowOnes: RareLine
  /** Memory for what waits to be read. */
  readonly answers: AnswerMemory
  readonly writer = new MessageWriter()
  readonly cuts: UpdateCuts
  readonly corkedWrites = new CorkedWrites()
  /**
   * What the loop reads in one of its turns of those who are known. Messages take turns by themselves; pings and parts of messages are
   * taken apart as they come.
   */
  readonly reading = new ReadingTurns({ slice: READING_MS, between: 1 })
  /** Frames of all connections. */
  readonly unanswered = new Unanswered()
  readonly runner: MessageRunner<Ticket>
  readonly #server: WebSocketServer
  /** For callers who have not said who they are. */
  readonly #strangersServer: WebSocketServer
  readonly #strangers: Strangers
  /** Memory for what callers send who are known. */
  readonly #bodies: SharedMemory
  readonly #connections = new Set<Connection>()
  #whenEmpty: (() => void) | undefined
  #stopping = false
  #ticks = 0
  #timer: NodeJS.Timeout | undefined
  #unsubscribes: (() => void)[] = []

  constructor(ctx: Context, { metrics, strangers, bodies, answers, loop, messageTurns }: Desk) {
    this.ctx = ctx
    this.loop = loop
    this.messageTurns = messageTurns
    this.#bodies = bodies
    this.answers = answers.memory
    this.slowOnes = new RareLine(ctx.log)
    this.cuts = new UpdateCuts(ctx)
    this.#strangers = strangers
    this.runner = new MessageRunner(ctx, 'WebSocket')
    this.outboxOptions = { bound: ctx.settings.MAX_OUTBOX_SIZE, clock: ctx.clock, counts: metrics.transport('websocket') }
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: ctx.settings.MAX_FRAME_SIZE,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_CHUNKS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      WebSocket: PeerSocket,
      handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    } as const
    this.#server = new WebSocketServer<typeof PeerSocket>(options)
    // Hundreds of strangers who send at once may not hold the loop together: of each, one message is taken a turn.
    this.#strangersServer = new WebSocketServer<typeof PeerSocket>({ ...options, allowSynchronousEvents: false })
    for (const server of [this.#server, this.#strangersServer])
      server.on('wsClientError', (error, socket) => refuseUpgrade(socket as Socket, invalid(`${error.message}.`)))
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#unsubscribes = endOnLostRights(this.ctx.hub, (reason, isAffected) => this.#endThose(reason, isAffected))
  }

  /** Takes over an HTTP connection that asks for a WebSocket, or refuses it with a status and JSON. */
  upgrade(incoming: IncomingMessage, socket: Socket, head: Buffer): void {
    // Until ws listens itself.
    const onError = (): void => void socket.destroy()
    socket.on('error', onError)
    this.#admit(incoming).then(
      (who) => {
        socket.off('error', onError)
        if (socket.destroyed) return
        // Counted with the other WebSockets from now on; as long as nobody has said who they are, it is read as strangers are.
        this.#strangers.sockets.known(socket)
        if (who.actor.kind !== 'anonymous') this.#strangers.reading.known(socket)
        const address = addressOf(this.ctx, incoming)
        if (who.actor.kind !== 'anonymous') this.#server.handleUpgrade(incoming, socket, head, (ws) => this.#open(ws, socket, who, address))
        else {
          const stream = new StrangerStream(socket, head)
          const stranger = { stream, share: this.#strangers.memory.share() }
          this.#strangersServer.handleUpgrade(incoming, stream, NO_BYTES, (ws) => this.#open(ws, socket, who, address, stranger))
        }
      },
      (error: unknown) => {
        const fault = toFault(error, this.ctx.log, { where: 'websocket' })
        recordRefusal(this.ctx, fault, { actor: undefined, address: addressOf(this.ctx, incoming) }, 'a WebSocket')
        refuseUpgrade(socket, fault)
      },
    )
  }

  async #admit(incoming: IncomingMessage): Promise<Authenticated> {
    const { headers } = incoming
    this.#requireService()
    const who = await authenticate(this.ctx, headers, addressOf(this.ctx, incoming))
    if ((who.sessionToken !== undefined || readsByLink(who.actor)) && !isSameOrigin(headers)) {
      // A browser sends the cookie along whatever page asks: only our own pages may use it.
      throw forbidden('This page is not of this server: a WebSocket of another origin needs a key.')
    }
    this.#requireService()
    this.#requireRoomFor(who.actor)
    if (who.actor.kind === 'anonymous') this.#requireRoomForAnonymous(addressOf(this.ctx, incoming))
    return who
  }

  #requireService(): void {
    if (this.#stopping) throw new Fault('busy', 'The server is stopping. Try again in a moment.', { retryAfter: 5 })
  }

  /** When there are too many, somebody who has many of them may have to give one up. */
  #requireRoomFor(newcomer: Actor): void {
    const { MAX_CONNECTIONS } = this.ctx.settings
    if (this.#connections.size < MAX_CONNECTIONS) return
    const last = whoGivesWay(this.#connections, newcomer)
    if (!last)
      throw new Fault('busy', `The server has ${MAX_CONNECTIONS} WebSocket connections and takes no more (MAX_CONNECTIONS).`, {
        retryAfter: 60,
      })
    last.end(TRY_AGAIN_LATER, `There are ${MAX_CONNECTIONS} connections (MAX_CONNECTIONS), most of them yours: others come in.`)
    last.terminate()
    this.closed(last)
  }

  /** Anonymous visitors may not take the places of the lab's own controllers and people, nor one of them those of the others. */
  #requireRoomForAnonymous(address: string): void {
    const network = subscriberNetwork(address)
    let [anonymous, near] = [0, 0]
    for (const { actor, network: theirs } of this.#connections) {
      if (actor.kind !== 'anonymous') continue
      anonymous++
      if (theirs === network) near++
    }
    const refusal = (count: number, where: string, setting: string): Fault =>
      new Fault('busy', `The server has ${count} WebSocket connections without a key${where} and takes no more of them${setting}.`, {
        retryAfter: 60,
      })
    const most = Math.ceil(this.ctx.settings.MAX_CONNECTIONS / 2)
    if (anonymous >= most) throw refusal(anonymous, '', ' (half of MAX_CONNECTIONS)')
    if (near >= MAX_OF_ADDRESS) throw refusal(near, ' from your address', '')
  }

  #open(ws: PeerSocket, socket: Socket, { actor, clientName }: Authenticated, address: string, stranger?: Stranger): void {
    const share = stranger ? undefined : this.#bodies.share(actorIdentity(actor))
    this.#connections.add(new Connection(this, ws, socket, { actor, network: subscriberNetwork(address), stranger, share }))
    this.outboxOptions.counts.connections = this.#connections.size
    if (actor.kind === 'controller') this.ctx.liveness.connected(actor.controllerId, clientName, address)
  }

  /** For connections: one of them is closed. */
  closed(connection: Connection): void {
    if (!this.#connections.delete(connection)) return
    this.outboxOptions.counts.connections = this.#connections.size
    if (connection.actor.kind === 'controller') this.ctx.liveness.disconnected(connection.actor.controllerId)
    if (this.#connections.size === 0) this.#whenEmpty?.()
  }

  #tick(): void {
    const isPing = ++this.#ticks % this.ctx.settings.PING_INTERVAL === 0
    for (const connection of this.#connections) {
      if (isPing && !connection.ping()) connection.terminate()
      else connection.check()
    }
  }

  #endThose(reason: string, isAffected: (connection: Connection) => boolean): void {
    for (const connection of this.#connections) if (isAffected(connection)) connection.end(POLICY_VIOLATION, reason)
  }

  /**
   * Takes no more connections, finishes what was received, and tells clients that the server goes away. Takes at most
   * SHUTDOWN_TIMEOUT; then connections are cut.
   */
  async stop(): Promise<void> {
    this.#stopping = true
    clearInterval(this.#timer)
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe()
    const timeout = new AbortController()
    const timer = setTimeout(() => timeout.abort(), this.ctx.settings.SHUTDOWN_TIMEOUT * 1000)
    try {
      await this.#readOut(timeout.signal)
      for (const connection of this.#connections) connection.pause()
      await orAborted(timeout.signal, (done) => void this.unanswered.none().then(done))
      for (const connection of this.#connections) connection.end(GOING_AWAY, 'The server is stopping.', { flush: true })
      await orAborted(timeout.signal, (done) => {
        this.#whenEmpty = done
        if (this.#connections.size === 0) done()
      })
    } finally {
      clearTimeout(timer)
    }
    for (const connection of this.#connections) connection.terminate()
    this.#server.close()
    this.#strangersServer.close()
  }

  /** Lets come in what peers have sent already: until a turn of the event loop brings nothing new. */
  async #readOut(signal: AbortSignal): Promise<void> {
    const { counts } = this.outboxOptions
    const until = performance.now() + (this.ctx.settings.SHUTDOWN_TIMEOUT * 1000) / 4
    for (let quiet = 0; quiet < 3 && !signal.aborted && performance.now() < until; ) {
      const before = counts.received
      await new Promise((resolve) => setImmediate(resolve))
      quiet = counts.received === before ? quiet + 1 : 0
    }
  }
}

/** Resolves when `start`'s callback is called, or when the signal aborts. */
function orAborted(signal: AbortSignal, start: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
    start(resolve)
  })
}
