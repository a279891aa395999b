/** Takes the frames of one WebSocket in order, and answers each when what it wrote is durable. */
import { recordRefusal } from '../../src/audit/refusals.ts'
import type { RawData } from 'ws'
import type { Fault } from '../../src/base/fault.ts'
import type { Caller } from '../../src/messages/caller.ts'
import { actorIdentity, type Actor } from '../../src/tree/actor.ts'
import type { Sender, Subscription } from '../../src/tree/hub.ts'
import { parseFrame, parseFrameId, parseFrameMessage, type Fields, type FrameId } from '../../src/wire/client-messages.ts'
import { writeAck, writeError, writeReply } from '../../src/wire/server-messages.ts'
import { Reception, type ReceptionOwner } from '../peers/reception.ts'
import { toFault } from '../replies/fault-reply.ts'
import { POLICY_VIOLATION } from './close-codes.ts'
import type { Connection } from './connection.ts'
import { explainFate, type Fate } from '../../src/sequences/tally.ts'
import { textOf, unitsOf } from './frame-data.ts'
import { KnownNames } from './known-names.ts'
import type { WebSocketTransport } from './websocket.ts'

/** Frames that may wait for the disk; past it the peer is not read from until half of them are done. A large frame counts for several. */
const MAX_PENDING = 20_000
/** Frames one after another that mean nothing, before the peer is taken for something else than a client of ours. */
const MAX_MALFORMED = 100

/** What goes with a message until it is answered. */
export interface Ticket {
  readonly id: FrameId | undefined
  /** For how much the message counts among those that wait. */
  readonly units: number
}

/** For the watch of the loop: what messages do in one of its turns is put down to them together. */
const WORK = { route: 'websocket' }

/** Of the many small messages that want no answer. */
const NO_TICKET: Ticket = { id: undefined, units: 1 }

export class Frames implements ReceptionOwner<RawData, Ticket>, Caller<Ticket> {
  readonly actor: Actor
  readonly sender: Sender
  readonly answersInOrder = false
  readonly #transport: WebSocketTransport
  readonly #connection: Connection
  readonly #reception: Reception<RawData, Ticket>
  #names: KnownNames | undefined
  #malformed = 0
  #isWaitingForTurn = false
  #tooFast: Fault | undefined

  constructor(transport: WebSocketTransport, connection: Connection) {
    this.actor = connection.actor
    this.sender = connection.sender
    this.#transport = transport
    this.#connection = connection
    const { actor } = connection
    // Of strangers one message is taken a turn as it is.
    const turns = actor.kind === 'anonymous' ? undefined : transport.messageTurns.of(actorIdentity(actor))
    this.#reception = new Reception(this, transport.unanswered, turns)
  }

  /** Whether frames wait for the disk. */
  get isBusy(): boolean {
    return this.#reception.isBusy
  }

  /** Whether too many wait for more to be read, or all wait for their turn. */
  get isFull(): boolean {
    return this.#reception.pending > MAX_PENDING / 2 || this.#isWaitingForTurn
  }

  accept(data: RawData): void {
    this.#reception.accept(data, unitsOf(data))
  }

  /** For the reception. */
  take(data: RawData): void {
    this.#transport.loop.works(WORK)
    this.#connection.noticeChanges()
    if (this.#connection.isRefused) return
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
      this.#reception.follow(this.#transport.runner.run(this, message, ticket), data, ticket, units)
    } catch (error) {
      if (isUnderstood) this.failed(ticket, error)
      else this.refuseMalformed(toFault(error, this.#transport.ctx.log, { transport: 'websocket' }), ticket.id)
    }
  }

  /** Past many of them in a row the connection ends. */
  refuseMalformed(fault: Fault, id?: FrameId): void {
    this.refuse(fault, id)
    if (++this.#malformed >= MAX_MALFORMED)
      this.#connection.end(POLICY_VIOLATION, `${MAX_MALFORMED} malformed messages in a row.`, { isDeaf: true })
  }

  /** The peer sends more than it may: what came before is taken, and then the connection ends. */
  endAsTooFast(fault: Fault): void {
    this.#tooFast = fault
    if (!this.#reception.isHeldBack) this.#refuseForGood(fault)
  }

  /** Whether nothing that comes is taken any more. */
  get isTooFast(): boolean {
    return this.#tooFast !== undefined
  }

  #refuseForGood(fault: Fault): void {
    this.refuse(fault)
    this.#connection.end(POLICY_VIOLATION, 'Too many messages.', { isDeaf: true })
  }

  refuse(fault: Fault, id?: FrameId): void {
    this.#connection.send(writeError(fault, id, this.#transport.ctx.clock.now()))
  }

  // ---- For the reception

  succeeded({ id }: Ticket, fate: Fate): void {
    if (id !== undefined) this.#connection.send(writeAck(id, fate === undefined || fate === 'stored' ? undefined : explainFate(fate)))
  }

  failed({ id }: Ticket, error: unknown): void {
    const { ctx } = this.#transport
    const fault = toFault(error, ctx.log, { transport: 'websocket' })
    recordRefusal(ctx, fault, { actor: this.actor, address: this.#connection.network }, 'a message by WebSocket')
    this.refuse(fault, id)
  }

  waits(): void {
    if (this.#reception.pending >= MAX_PENDING) this.#connection.pauseReading()
  }

  settled(): void {
    this.#connection.resumeReading()
  }

  hadItsTime(): void {
    this.#isWaitingForTurn = true
    this.#connection.pauseReading()
  }

  caughtUp(): void {
    this.#isWaitingForTurn = false
    if (this.#tooFast) this.#refuseForGood(this.#tooFast)
    else this.#connection.resumeReading()
  }

  // ---- For the messages

  stored(ticket: Ticket, fate: Fate): void {
    this.#reception.stored(ticket, fate, ticket.units)
  }

  refused(ticket: Ticket, error: unknown): void {
    this.#reception.refused(ticket, error, ticket.units)
  }

  get names(): KnownNames {
    return (this.#names ??= new KnownNames(this.#transport.ctx.tree))
  }

  subscribe(subscriptions: readonly Subscription[]): void {
    this.#connection.subscribe(subscriptions)
  }

  reply({ id }: Ticket, type: string, parameters: Fields): void {
    this.#connection.send(writeReply(type, parameters, id, this.#transport.ctx.clock.now()))
  }
}
