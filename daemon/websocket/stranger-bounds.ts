/** Bounds what a caller who has not said who they are may send by WebSocket: messages, bytes, time, and what all strangers hold. */
import type { Context } from '../../src/context.ts'
import type { Fault } from '../../src/base/fault.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import { FrameGuard } from '../peers/frame-guard.ts'
import { MessageRate, RATE_WINDOW } from '../peers/message-rate.ts'
import { STRANGER_BYTES, type Share } from '../requests/shared-memory.ts'
import { POLICY_VIOLATION, TRY_AGAIN_LATER } from './close-codes.ts'
import type { PeerSocket } from './peer-socket.ts'
import type { StrangerStream } from './stranger-stream.ts'

/** Messages a second, as a mean. */
const RATE = 20
/** How long one message may take to come in. */
const PATIENCE: Micros = 30 * SECOND

/** Where a stranger comes from, and their part of the memory for strangers. */
export interface Stranger {
  readonly stream: StrangerStream
  readonly share: Share
}

/** Ends the connection. @param fault is told before */
type End = (code: number, reason: string, fault?: Fault) => void

export class StrangerBounds {
  readonly #ctx: Context
  readonly #stream: StrangerStream
  readonly #share: Share
  readonly #end: End
  readonly #guard = new FrameGuard()
  readonly #rate: MessageRate
  /** Messages, pings and pongs that ws has handed over. */
  #handled = 0
  /** Bytes since ws had handed over all that was whole. */
  #pending = 0
  /** Bytes that wait for the end of a message. */
  #waiting = 0
  /** Chunks that hold parts of the unfinished message and nothing else. */
  #unfinished: Buffer[] = []
  #unfinishedSince: Micros | undefined

  constructor(ctx: Context, ws: PeerSocket, { stream, share }: Stranger, end: End) {
    this.#ctx = ctx
    this.#stream = stream
    this.#share = share
    this.#end = end
    this.#rate = new MessageRate(ctx, RATE)
    share.onCut(({ message }) => this.#cut(TRY_AGAIN_LATER, message))
    for (const event of ['message', 'ping', 'pong'] as const) ws.on(event, () => this.#hand())
    ws.once('close', () => this.#letGo())
    stream.open((chunk) => this.#admits(chunk))
  }

  /** Whether a message has been coming in for longer than it may. */
  get isOverdue(): boolean {
    return this.#unfinishedSince !== undefined && this.#ctx.clock.monotonic() - this.#unfinishedSince > PATIENCE
  }

  #admits(chunk: Buffer): boolean {
    const before = this.#guard.ended
    this.#waiting = this.#guard.follow(chunk, before + RATE * RATE_WINDOW)
    for (let count = before; count < this.#guard.ended; count++) {
      const tooFast = this.#rate.take()
      if (tooFast) return this.#cut(POLICY_VIOLATION, 'Too many messages.', tooFast)
    }
    if (this.#waiting === 0) this.#unfinished = []
    else if (this.#guard.ended === before) this.#unfinished.push(chunk)
    this.#unfinishedSince = this.#waiting === 0 ? undefined : (this.#unfinishedSince ?? this.#ctx.clock.monotonic())
    this.#pending += chunk.length
    if (this.#waiting > STRANGER_BYTES + chunk.length)
      return this.#cut(POLICY_VIOLATION, `Without a key, a message may have ${STRANGER_BYTES} bytes.`)
    this.#hold()
    return true
  }

  #hand(): void {
    this.#handled++
    if (!this.#isAllHanded) return
    this.#pending = 0
    this.#hold()
  }

  get #isAllHanded(): boolean {
    return this.#handled >= this.#guard.ended
  }

  #hold(): void {
    this.#share.hold(Math.max(this.#pending, this.#waiting))
  }

  #cut(code: number, reason: string, fault?: Fault): false {
    this.#end(code, reason, fault)
    this.#stream.finish()
    this.#letGo()
    return false
  }

  #letGo(): void {
    this.#share.release()
    // What ws still takes apart must stay.
    if (this.#isAllHanded) for (const chunk of this.#unfinished) this.#share.free(chunk)
    this.#unfinished = []
    this.#unfinishedSince = undefined
  }
}
