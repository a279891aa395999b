/**
 * One WebSocket: takes frames in order, answers each when what it wrote is durable, and delivers what its caller may
 * read. An idle one owns no timer and next to no memory: what it needs it makes when it is first used.
 */
import type { Socket } from 'node:net'
import type { RawData } from 'ws'
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import { invalid, type Fault } from '../../src/base/fault.ts'
import type { Message, Sender, Subscriber, Subscription } from '../../src/tree/hub.ts'
import { canRead } from '../../src/tree/permissions.ts'
import { parseFrame, parseFrameId, parseFrameMessage, type Fields, type FrameId } from '../../src/wire/client-messages.ts'
import { writeAck, writeError, writeReply } from '../../src/wire/server-messages.ts'
import type { Caller } from '../../src/messages/caller.ts'
import { Exclusive, NotReady } from '../../src/messages/steps.ts'
import { toFault } from '../replies/fault-reply.ts'
import { MessageRate } from '../peers/message-rate.ts'
import { Outbox, type OutboxTarget } from '../peers/outbox.ts'
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from './close-codes.ts'
import { textOf, unitsOf } from './frame-data.ts'
import { KnownNames } from './known-names.ts'
import type { PeerSocket } from './peer-socket.ts'
import type { WebSocketTransport } from './websocket.ts'

/** Frames that may wait for the disk; past it the peer is not read from until half of them are done. A large frame counts for several. */
const MAX_PENDING = 20_000
/** Frames one after another that mean nothing, before the peer is taken for something else than a client of ours. */
const MAX_MALFORMED = 100
const TEXT = { binary: false }
/** What goes with a message until it is answered. */
export interface Ticket {
  readonly id: FrameId | undefined
  /** For how much the message counts among those that wait. */
  readonly units: number
}
/** Of the many small messages that want no answer. */
const NO_TICKET: Ticket = { id: undefined, units: 1 }

export class Connection implements Subscriber, OutboxTarget, Caller<Ticket> {
  readonly actor: Actor
  readonly sender: Sender
  readonly answersInOrder = false
  readonly #transport: WebSocketTransport
  readonly #ws: PeerSocket
  readonly #socket: Socket
  readonly #outbox: Outbox
  #subscriptions: Map<string, () => void> | undefined
  #names: KnownNames | undefined
  #treeVersion: number
  #ending = false
  /** False once the server stops. */
  #reading = true
  #corked = false
  /** Frames not answered yet, in units of {@link unitsOf}. */
  #pending = 0
  /** Frames that wait until the first of them has what it needs. */
  #held: RawData[] | undefined
  #malformed = 0
  readonly #rate: MessageRate
  /** Bytes read at the last ping, and pings since anything was heard. */
  #bytesRead = 0
  #silence = 0

  constructor(transport: WebSocketTransport, ws: PeerSocket, socket: Socket, actor: Actor) {
    this.#transport = transport
    this.#ws = ws
    this.#socket = socket
    this.actor = actor
    this.sender = actor.kind === 'controller' ? { connection: this, controllerId: actor.controllerId } : { connection: this }
    this.#outbox = new Outbox<Buffer>(this, transport.outboxOptions)
    this.#treeVersion = transport.ctx.tree.version
    this.#rate = new MessageRate(transport.ctx)
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary))
    ws.on('close', () => this.#closed())
    // ws closes by itself after an error; there is nothing left to do but not to let it end the process.
    ws.on('error', (error) => transport.ctx.log.debug({ reason: error.message }, 'a WebSocket failed'))
    socket.on('drain', () => this.#drained())
  }

  get isEnding(): boolean {
    return this.#ending
  }

  /** Whether frames wait for the disk. */
  get isBusy(): boolean {
    return this.#pending > 0
  }

  // ---- In

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#ending) return
    this.#transport.outboxOptions.counts.received++
    if (this.actor.kind === 'controller') this.#transport.ctx.liveness.received(this.actor.controllerId)
    const tooFast = this.#rate.take()
    if (tooFast) {
      this.#fail(tooFast, undefined)
      this.end(POLICY_VIOLATION, 'Too many messages.')
    } else if (isBinary) {
      this.#refuseMalformed(invalid('Binary messages are not understood: send JSON as text.'))
    } else if (this.#hold(data)) this.#wait(unitsOf(data))
    else this.#take(data)
  }

  #take(data: RawData): void {
    this.#noticeChanges()
    if (this.#ending) return
    const { ctx, runner } = this.#transport
    const units = unitsOf(data)
    let ticket = units === 1 ? NO_TICKET : { id: undefined, units }
    let isUnderstood = false
    try {
      const frame = parseFrame(textOf(data))
      const id = parseFrameId(frame)
      if (id !== undefined) ticket = { id, units }
      const message = parseFrameMessage(frame)
      isUnderstood = true
      this.#malformed = 0
      const handled = runner.run(this, message, ticket)
      if (handled === 'taken') this.#wait(units)
      else if (handled === 'done') this.#acknowledge(ticket)
      else if (handled instanceof NotReady) this.#holdBack(data, ticket, handled.until)
      else if (handled instanceof Exclusive) this.#holdDuring(handled.done, ticket)
      else this.#answerLater(handled, ticket)
    } catch (error) {
      const fault = toFault(error, ctx.log, { transport: 'websocket' })
      if (isUnderstood) this.#fail(fault, ticket.id)
      else this.#refuseMalformed(fault, ticket.id)
    }
  }

  #answerLater(done: Promise<unknown>, ticket: Ticket): void {
    this.#wait(ticket.units)
    done.then(
      () => this.stored(ticket),
      (error: unknown) => this.refused(ticket, error),
    )
  }

  /** For the intake: what the message with that ticket wrote is durable. */
  stored(ticket: Ticket): void {
    this.#acknowledge(ticket)
    this.#settle(ticket.units)
  }

  /** For the intake: nothing of it was written. */
  refused(ticket: Ticket, error: unknown): void {
    this.#fail(toFault(error, this.#transport.ctx.log, { transport: 'websocket' }), ticket.id)
    this.#settle(ticket.units)
  }

  #refuseMalformed(fault: Fault, id?: FrameId): void {
    this.#fail(fault, id)
    if (++this.#malformed >= MAX_MALFORMED) this.end(POLICY_VIOLATION, `${MAX_MALFORMED} malformed messages in a row.`)
  }

  /** Keeps a frame, and all that come after it, until what it needs is there. */
  #holdBack(data: RawData, ticket: Ticket, ready: Promise<unknown>): void {
    this.#held = [data]
    this.#wait(ticket.units)
    ready.then(
      () => this.#release(),
      (error: unknown) => {
        this.#held?.shift()
        this.refused(ticket, error)
        this.#release()
      },
    )
  }

  /** Keeps the frames that come after one until that is done. */
  #holdDuring(done: Promise<unknown>, ticket: Ticket): void {
    this.#held = []
    this.#answerLater(done, ticket)
    const release = (): void => this.#release()
    done.then(release, release)
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const data of held) {
      // One of them may hold the others in its turn.
      if (this.#hold(data)) continue
      if (!this.#ending) this.#take(data)
      this.#settle(unitsOf(data))
    }
  }

  /** @returns whether the frame has to wait for the one before it */
  #hold(data: RawData): boolean {
    this.#held?.push(data)
    return this.#held !== undefined
  }

  #wait(units: number): void {
    this.#pending += units
    this.#transport.waiting(1)
    if (this.#pending >= MAX_PENDING) this.#ws.pause()
  }

  #settle(units: number): void {
    this.#pending -= units
    this.#transport.waiting(-1)
    if (this.#ws.isPaused) this.#resume()
  }

  #resume(): void {
    if (this.#reading && this.#pending <= MAX_PENDING / 2 && !this.#isClogged()) this.#ws.resume()
  }

  // ---- Out

  /** Bytes that the network has not taken yet. */
  get bufferedAmount(): number {
    return this.#ws.bufferedAmount
  }

  send(data: Buffer | string): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return
    if (!this.#corked) {
      // What one turn of the event loop brings leaves in one system call.
      this.#corked = true
      this.#socket.cork()
      this.#transport.uncorkSoon(this)
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

  deliver(message: Message): void {
    this.#noticeChanges()
    if (this.#ending || !canRead(this.#transport.ctx, this.actor, message.sequence ?? message.folder)) return
    this.#outbox.push(this.#transport.writer.write(message), message.sequence?.id)
    if (this.actor.kind === 'controller') this.#transport.ctx.liveness.sent(this.actor.controllerId)
  }

  reply({ id }: Ticket, type: string, parameters: Fields): void {
    this.send(writeReply(type, parameters, id, this.#transport.ctx.clock.now()))
  }

  #acknowledge({ id }: Ticket): void {
    if (id !== undefined) this.send(writeAck(id))
  }

  #fail(fault: Fault, id: FrameId | undefined): void {
    this.send(writeError(fault, id, this.#transport.ctx.clock.now()))
  }

  #drained(): void {
    this.#silence = 0
    if (this.#ending) return
    this.#outbox.drained()
    if (this.#ws.isPaused) this.#resume()
  }

  // ---- What the peer asked for

  /** @throws Fault invalid when there are too many; then none of them is added */
  subscribe(subscriptions: readonly Subscription[]): void {
    const { hub, settings } = this.#transport.ctx
    const fresh = new Map(
      subscriptions.map((subscription) => [
        `${subscription.folderId} ${subscription.includeChildren} ${subscription.type ?? ''}`,
        subscription,
      ]),
    )
    const known = (this.#subscriptions ??= new Map<string, () => void>())
    for (const key of known.keys()) fresh.delete(key)
    if (known.size + fresh.size > settings.MAX_SUBSCRIPTIONS)
      throw invalid(
        `subscriptions: this connection would have ${known.size + fresh.size}; at most ${settings.MAX_SUBSCRIPTIONS} are ` +
          'allowed (MAX_SUBSCRIPTIONS).',
      )
    for (const [key, subscription] of fresh) known.set(key, hub.subscribe(this, subscription))
  }

  get names(): KnownNames {
    return (this.#names ??= new KnownNames())
  }

  /** After resources, permissions or members changed: nothing remembered holds any more, and its controller may be gone. */
  #noticeChanges(): void {
    const { tree } = this.#transport.ctx
    if (this.#treeVersion === tree.version) return
    this.#treeVersion = tree.version
    this.#names = undefined
    if (this.actor.kind === 'controller' && !tree.byId(this.actor.controllerId)) this.end(POLICY_VIOLATION, 'The controller was deleted.')
  }

  // ---- Life and death

  /** Called once a ping interval. @returns false when nothing came from the peer for two of them */
  ping(): boolean {
    // Bytes, not pongs: in the middle of a long message over a slow line nothing else can come.
    const { bytesRead } = this.#socket
    if (bytesRead !== this.#bytesRead || (this.#ws.isPaused && this.#pending > 0)) this.#silence = 0
    this.#bytesRead = bytesRead
    if (this.#silence++ >= 2) return false
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.ping()
    return true
  }

  /** Looks after time: a subscriber that does not catch up is cut off, a deleted controller's connection ended. */
  check(): void {
    this.#noticeChanges()
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
    this.#forget()
    this.#ws.close(code, reason)
    // The peer's own close frame has to come in.
    this.#ws.resume()
  }

  terminate(): void {
    this.#ws.terminate()
  }

  #forget(): void {
    for (const unsubscribe of this.#subscriptions?.values() ?? []) unsubscribe()
    this.#subscriptions = undefined
    this.#names = undefined
  }

  #closed(): void {
    this.#ending = true
    this.#forget()
    this.#transport.closed(this)
  }
}
