/**
 * One WebSocket: reads frames, delivers what its caller may read, and ends. An idle one owns no timer and next to no
 * memory: what it needs it makes when it is first used.
 */
import type { Socket } from 'node:net'
import type { RawData } from 'ws'
import { invalid } from '../../src/base/fault.ts'
import { hasExpired } from '../../src/people/link-opening.ts'
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import type { Message, Sender, Subscriber, Subscription } from '../../src/tree/hub.ts'
import { canRead } from '../../src/tree/permissions.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import type { Corked } from '../peers/corked-writes.ts'
import { FrameGuard } from '../peers/frame-guard.ts'
import { MessageRate } from '../peers/message-rate.ts'
import { Outbox, type OutboxTarget } from '../peers/outbox.ts'
import { STRANGER_BYTES, type Share } from '../requests/strangers-memory.ts'
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from './close-codes.ts'
import { Frames } from './frames.ts'
import type { PeerSocket } from './peer-socket.ts'
import { Subscriptions } from './subscriptions.ts'
import type { WebSocketTransport } from './websocket.ts'

const TEXT = { binary: false }
/** Messages a second of a caller who has not said who they are, as a mean. */
const STRANGER_RATE = 20
/** How long one of their messages may take to come in. */
const STRANGER_PATIENCE: Micros = 30 * SECOND

/** Who is at the other end. */
export interface Caller {
  readonly actor: Actor
  readonly network: string
  /** Of the memory for callers who have not said who they are; undefined for those who have. */
  readonly share: Share | undefined
}

export class Connection implements Subscriber, OutboxTarget, Corked {
  readonly actor: Actor
  readonly sender: Sender
  /** The network of its address, as far as one subscriber has all of it. */
  readonly network: string
  readonly #transport: WebSocketTransport
  readonly #ws: PeerSocket
  readonly #socket: Socket
  readonly #outbox: Outbox
  #frames: Frames | undefined
  #subscriptions: Subscriptions | undefined
  #treeVersion: number
  #ending = false
  /** False once the server stops. */
  #reading = true
  #corked = false
  readonly #rate: MessageRate
  /** Bytes read at the last ping, and pings since anything was heard. */
  #bytesRead = 0
  #silence = 0
  /** Of a stranger: since when a message has been coming in. */
  #unfinishedSince: Micros | undefined

  constructor(transport: WebSocketTransport, ws: PeerSocket, socket: Socket, { actor, network, share }: Caller) {
    this.#transport = transport
    this.network = network
    this.#ws = ws
    this.#socket = socket
    this.actor = actor
    const connectionId = transport.ctx.hub.newConnectionId()
    this.sender = actor.kind === 'controller' ? { connectionId, controllerId: actor.controllerId } : { connectionId }
    this.#outbox = new Outbox<Buffer>(this, transport.outboxOptions)
    this.#treeVersion = transport.ctx.tree.version
    this.#rate = new MessageRate(transport.ctx, share ? STRANGER_RATE : undefined)
    if (share) this.#boundStranger(share)
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary))
    ws.on('close', () => this.#closed())
    // ws closes by itself after an error; there is nothing left to do but not to let it end the process.
    ws.on('error', (error) => transport.ctx.log.debug({ reason: error.message }, 'a WebSocket failed'))
    socket.on('drain', () => this.#drained())
  }

  get isEnding(): boolean {
    return this.#ending
  }

  // ---- In

  /** What gathers of a stranger's unfinished message is bounded by bytes, by time, and by what all strangers hold. */
  #boundStranger(share: Share): void {
    const guard = new FrameGuard()
    const { clock } = this.#transport.ctx
    // Chunks that hold parts of the unfinished message and nothing else.
    let unfinished: Buffer[] = []
    const letGo = (): void => {
      share.release()
      for (const chunk of unfinished.splice(0)) share.free(chunk)
    }
    const cut = (code: number, reason: string): void => {
      this.end(code, reason)
      // What is unfinished keeps a close frame from being read.
      this.#ws.terminate()
      letGo()
    }
    share.onCut(({ message }) => cut(TRY_AGAIN_LATER, message))
    this.#socket.on('data', (chunk: Buffer) => {
      const before = guard.ended
      const waiting = guard.follow(chunk)
      if (waiting === 0) unfinished = []
      else if (guard.ended === before) unfinished.push(chunk)
      this.#unfinishedSince = waiting === 0 ? undefined : (this.#unfinishedSince ?? clock.monotonic())
      if (waiting > STRANGER_BYTES + chunk.length) cut(POLICY_VIOLATION, `Without a key, a message may have ${STRANGER_BYTES} bytes.`)
      else share.hold(waiting)
    })
    this.#ws.once('close', letGo)
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#ending) return
    this.#transport.loop.works({ route: 'websocket' })
    this.#transport.outboxOptions.counts.received++
    if (this.actor.kind === 'controller') this.#transport.ctx.liveness.received(this.actor.controllerId)
    const frames = (this.#frames ??= new Frames(this.#transport, this))
    const tooFast = this.#rate.take()
    if (tooFast) {
      frames.refuse(tooFast)
      this.end(POLICY_VIOLATION, 'Too many messages.')
    } else if (isBinary) frames.refuseMalformed(invalid('Binary messages are not understood: send JSON as text.'))
    else frames.accept(data)
  }

  pauseReading(): void {
    this.#ws.pause()
  }

  /** Unless there is another reason not to read. */
  resumeReading(): void {
    if (this.#ws.isPaused && this.#reading && this.#frames?.isFull !== true && !this.#isClogged()) this.#ws.resume()
  }

  // ---- Out

  /** Bytes that the network has not taken yet. */
  get bufferedAmount(): number {
    return this.#ws.bufferedAmount
  }

  send(data: Buffer | string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      this.#transport.corkedWrites.uncorkSoon(this)
    }
    this.#ws.send(data, TEXT)
  }

  uncork(): void {
    this.#corked = false
    this.#socket.uncork()
    // A peer that sends and does not read its answers is not read from either.
    if (this.#isClogged()) this.#ws.pause()
  }

  /** Past a stream's high-water mark at least, since only then it tells when it has drained. */
  #isClogged(): boolean {
    return this.bufferedAmount > Math.max(this.#transport.outboxOptions.bound, 65_536)
  }

  deliver(message: Message, folder: Resource, sequence: Resource | undefined): void {
    this.noticeChanges()
    if (this.#ending || !canRead(this.#transport.ctx, this.actor, sequence ?? folder)) return
    const heard = this.#transport.cuts.cut(this.actor, message, folder)
    if (!heard) return
    // Newer values take the place of older ones, and of nothing else.
    this.#outbox.push(this.#transport.writer.write(heard), heard.isNews === true ? undefined : heard.sequenceId)
    if (this.actor.kind === 'controller') this.#transport.ctx.liveness.sent(this.actor.controllerId)
  }

  mayRead(folder: Resource): boolean {
    return canRead(this.#transport.ctx, this.actor, folder)
  }

  #drained(): void {
    this.#silence = 0
    if (this.#ending) return
    this.#outbox.drained()
    this.resumeReading()
  }

  /** @throws Fault invalid when there are too many; then none of them is added */
  subscribe(subscriptions: readonly Subscription[]): void {
    this.#subscriptions ??= new Subscriptions(this.#transport.ctx, this)
    this.#subscriptions.add(subscriptions)
  }

  // ---- Life and death

  /** After resources, permissions or members changed: its controller may be gone. */
  noticeChanges(): void {
    const { tree } = this.#transport.ctx
    if (this.#treeVersion === tree.version) return
    this.#treeVersion = tree.version
    if (this.actor.kind === 'controller' && !tree.byId(this.actor.controllerId)) this.end(POLICY_VIOLATION, 'The controller was deleted.')
  }

  /** Called once a ping interval. @returns false when nothing came from the peer for two of them */
  ping(): boolean {
    // Bytes, not pongs: in the middle of a long message over a slow line nothing else can come.
    const { bytesRead } = this.#socket
    if (bytesRead !== this.#bytesRead || (this.#ws.isPaused && this.#frames?.isBusy === true)) this.#silence = 0
    this.#bytesRead = bytesRead
    if (this.#silence++ >= 2) return false
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping()
    return true
  }

  /** Looks after time: a subscriber that does not catch up is cut off, a deleted controller's connection ended. */
  check(): void {
    this.noticeChanges()
    if (hasExpired(this.#transport.ctx, this.actor)) this.end(POLICY_VIOLATION, 'The secret link has expired.')
    if (this.#unfinishedSince !== undefined && this.#transport.ctx.clock.monotonic() - this.#unfinishedSince > STRANGER_PATIENCE)
      return this.terminate()
    if (this.#ending || !this.#outbox.isHopeless) return
    this.end(TRY_AGAIN_LATER, 'Too slow: messages wait for longer than they may.')
    this.#transport.ctx.log.warn(
      { caller: actorIdentity(this.actor), address: this.#socket.remoteAddress },
      'cut off a subscriber that was too slow',
    )
  }

  /** Reads no more from the peer. */
  pause(): void {
    this.#reading = false
    this.#ws.pause()
  }

  /** Ends the connection after what was handed to it; nothing is taken in or delivered any more. */
  end(code: number, reason: string, { flush = false } = {}): void {
    if (this.#ending) return
    this.#ending = true
    if (flush) this.#outbox.flush()
    this.#subscriptions?.end()
    this.#ws.close(code, reason)
    // The peer's own close frame has to come in.
    this.#ws.resume()
  }

  terminate(): void {
    this.#ws.terminate()
  }

  #closed(): void {
    this.#ending = true
    this.#subscriptions?.end()
    this.#transport.closed(this)
  }
}
