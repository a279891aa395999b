/**
 * One WebSocket: reads frames, delivers what its caller may read, and ends. An idle one owns no timer and next to no
 * memory: what it needs it makes when it is first used.
 */
import type { Socket } from 'node:net'
import type { RawData } from 'ws'
import { invalid, type Fault } from '../../src/base/fault.ts'
import { hasExpired } from '../../src/people/link-opening.ts'
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import type { Message, Sender, Subscriber, Subscription } from '../../src/tree/hub.ts'
import { canRead } from '../../src/tree/permissions.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { Corked } from '../peers/corked-writes.ts'
import { MessageRate } from '../peers/message-rate.ts'
import { Outbox, type OutboxTarget } from '../peers/outbox.ts'
import type { Holding } from '../replies/answer-memory.ts'
import type { Share } from '../requests/shared-memory.ts'
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from './close-codes.ts'
import { bytesOf } from './frame-data.ts'
import { Frames } from './frames.ts'
import type { PeerSocket } from './peer-socket.ts'
import { StrangerBounds, type Stranger } from './stranger-bounds.ts'
import type { StrangerStream } from './stranger-stream.ts'
import { Subscriptions } from './subscriptions.ts'
import type { WebSocketTransport } from './websocket.ts'

const TEXT = { binary: false }

/** What a frame of a client has beside its payload, in bytes: 6 when it is short, 14 when it is very long; and what a ping or pong has. */
const HEAD_BYTES = 8
const CONTROL_HEAD_BYTES = 6

/** Who is at the other end. */
export interface Caller {
  readonly actor: Actor
  readonly network: string
  /** Set for callers who have not said who they are. */
  readonly stranger: Stranger | undefined
  /** Of those who are known: of the memory for what they send. */
  readonly share: Share | undefined
}

export class Connection implements Subscriber, OutboxTarget, Corked {
  readonly actor: Actor
  readonly sender: Sender
  /** The network of its address, as far as one subscriber has all of it. */
  readonly network: string
  readonly #transport: WebSocketTransport
  readonly #ws: PeerSocket
  readonly #socket: Socket | StrangerStream
  readonly #outbox: Outbox
  #frames: Frames | undefined
  #subscriptions: Subscriptions | undefined
  #treeVersion: number
  #ending = false
  #isRefused = false
  /** False once the server stops. */
  #reading = true
  /** What this turn of the loop says to it, which leaves together, and its bytes. */
  #said: (Buffer | string)[] = []
  #saidBytes = 0
  /** Of those who are known. */
  readonly #rate: MessageRate | undefined
  /** Bytes read at the last ping, and pings since anything was heard. */
  #bytesRead = 0
  #silence = 0
  /** Of a stranger, who is counted there. */
  readonly #bounds: StrangerBounds | undefined
  /** Of those who are known. */
  readonly #share: Share | undefined
  /** Bytes since a message was whole, at most. */
  #gathered = 0
  #hasReceived = false
  /** Bytes that came; those of them that belong to whole messages, pings and pongs; and those of pings and pongs of the last chunk. */
  #came = 0
  #taken = 0
  #control = 0
  /** Frames that were counted: whole messages, pings and pongs, and what else came as parts of messages. */
  #counted = 0
  /** Of the memory that readers share, once something waits. */
  #holding: Holding | undefined

  constructor(transport: WebSocketTransport, ws: PeerSocket, socket: Socket, { actor, network, stranger, share }: Caller) {
    this.#transport = transport
    this.network = network
    this.#ws = ws
    this.#socket = stranger?.stream ?? socket
    this.actor = actor
    const connectionId = transport.ctx.hub.newConnectionId()
    this.sender = actor.kind === 'controller' ? { connectionId, controllerId: actor.controllerId } : { connectionId }
    this.#outbox = new Outbox<Buffer>(this, transport.outboxOptions)
    this.#treeVersion = transport.ctx.tree.version
    this.#rate = stranger ? undefined : new MessageRate(transport.ctx)
    this.#bounds = stranger && new StrangerBounds(transport.ctx, ws, stranger, (...how) => this.#endStranger(...how))
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary))
    ws.on('close', () => this.#closed())
    // ws closes by itself after an error; there is nothing left to do but not to let it end the process.
    ws.on('error', (error) => transport.ctx.log.debug({ reason: error.message }, 'a WebSocket failed'))
    this.#socket.on('drain', () => this.#drained())
    if (!share) return
    this.#share = share
    share.onCut(({ message }) => {
      this.end(TRY_AGAIN_LATER, message)
      this.terminate()
    })
    const control = ({ length }: Buffer): void => this.#takeControl(length)
    ws.on('ping', control).on('pong', control)
    transport.reading.add(socket)
    // After ws, which has handed over by then what is whole.
    socket.on('data', (chunk: Buffer) => this.#gathers(chunk.length))
  }

  /** Whether what it sent is not taken any more. What came before the peer itself ended the connection is. */
  get isRefused(): boolean {
    return this.#isRefused
  }

  // ---- In

  /** Bytes came. A message that is whole waits for its turn, which is counted elsewhere; one that is not gathers in memory. */
  #gathers(bytes: number): void {
    this.#transport.reading.read()
    this.#gathered = this.#hasReceived ? bytes : this.#gathered + bytes - this.#control
    this.#share?.hold(this.#hasReceived ? 0 : this.#gathered)
    this.#hasReceived = false
    this.#control = 0
    this.#came += bytes
    // Each part of a message has a head of its own.
    const parts = Math.floor((this.#came - this.#taken - this.#gathered) / HEAD_BYTES) - this.#counted
    if (parts > 0) this.#limitRate(parts)
  }

  #takeControl(bytes: number): void {
    this.#taken += bytes + CONTROL_HEAD_BYTES
    this.#control += bytes + CONTROL_HEAD_BYTES
    if (!this.#ending) this.#limitRate(1)
  }

  /** @returns whether it may go on */
  #limitRate(frames: number): boolean {
    this.#counted += frames
    if (this.#frames?.isTooFast === true) return false
    const tooFast = this.#rate?.take(frames)
    if (tooFast) this.#openFrames().endAsTooFast(tooFast)
    return tooFast === undefined
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#hasReceived = true
    this.#taken += bytesOf(data)
    if (this.#ending || this.#frames?.isTooFast === true) return
    this.#transport.outboxOptions.counts.received++
    if (this.actor.kind === 'controller') this.#transport.ctx.liveness.received(this.actor.controllerId)
    if (!this.#limitRate(1)) return
    const frames = this.#openFrames()
    if (isBinary) frames.refuseMalformed(invalid('Binary messages are not understood: send JSON as text.'))
    else frames.accept(data)
  }

  #openFrames(): Frames {
    return (this.#frames ??= new Frames(this.#transport, this))
  }

  #endStranger(code: number, reason: string, fault?: Fault): void {
    if (fault && !this.#ending) this.#openFrames().refuse(fault)
    this.end(code, reason)
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
    return this.#ws.bufferedAmount + this.#saidBytes
  }

  get holding(): Holding {
    return (this.#holding ??= this.#transport.answers.holding({
      owner: this.#bounds ? this.network : actorIdentity(this.actor),
      isStranger: this.#bounds !== undefined,
      isShared: true,
      cut: ({ message }) => {
        this.#cutOff(message)
        this.terminate()
      },
    }))
  }

  /** Framing and writing take most of the time that a message takes: for many subscribers they come in turns, after all have been told. */
  send(data: Buffer | string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return
    this.#saidBytes += data.length
    if (this.#said.push(data) === 1) this.#transport.corkedWrites.uncorkSoon(this)
  }

  uncork(): void {
    const said = this.#said
    this.#said = []
    this.#saidBytes = 0
    if (said.length === 0) return
    const isOne = said.length === 1
    if (!isOne) this.#socket.cork()
    for (const data of said) this.#ws.send(data, TEXT)
    if (!isOne) this.#socket.uncork()
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
    if (this.#bounds?.isOverdue === true) return this.terminate()
    if (this.#ending) return
    this.#outbox.count()
    if (this.#outbox.isHopeless) this.#cutOff('Too slow: messages wait for longer than they may.')
  }

  #cutOff(reason: string): void {
    if (this.#ending) return
    this.end(TRY_AGAIN_LATER, reason)
    this.#transport.slowOnes.warn(
      { caller: actorIdentity(this.actor), address: this.#socket.remoteAddress, reason },
      'cut off a subscriber that was too slow',
    )
  }

  /** Reads no more from the peer. */
  pause(): void {
    this.#reading = false
    this.#ws.pause()
  }

  /**
   * Ends the connection after what was handed to it; nothing is taken in or delivered any more.
   * @param isDeaf what comes is dropped as it is, in place of being taken apart until the peer ends too: it breaks rules
   */
  end(code: number, reason: string, { flush = false, isDeaf = false } = {}): void {
    if (this.#ending) return
    this.#ending = this.#isRefused = true
    if (flush) this.#outbox.flush()
    this.uncork()
    this.#subscriptions?.end()
    this.#ws.close(code, reason)
    if (isDeaf && !this.#bounds) this.#socket.removeAllListeners('data').on('data', () => {})
    // The peer's own close frame has to come in.
    this.#ws.resume()
  }

  terminate(): void {
    this.#ws.terminate()
  }

  #closed(): void {
    this.#ending = true
    this.#share?.release()
    this.#holding?.release()
    this.#subscriptions?.end()
    this.#transport.closed(this)
  }
}
