/**
 * The queue of one subscriber. As long as the network keeps up, messages are sent directly. A slow subscriber costs a bounded queue: past
 * the bound only the newest value of each sequence is kept, other messages are dropped, and a subscriber that has not caught up after a
 * while should be disconnected.
 */
import type { Clock } from '../../src/base/clock.ts'
import { SECOND, type Micros } from '../../src/base/time.ts'
import type { TransportCounts } from '../metrics.ts'
import type { Holding } from '../replies/answer-memory.ts'

/** A queued message: bytes, or an object that stands for that many. */
export interface Message {
  readonly length: number
}

export interface OutboxTarget<M extends Message = Buffer> {
  /** Bytes that were passed on but not sent yet. */
  readonly bufferedAmount: number
  /** Of the memory that readers share; missing: what waits is the server's own. */
  readonly holding?: Holding
  send(data: M): void
}

/**
 * Maximum bytes to pass on before queueing begins. Larger than a stream's high-water mark, so that the stream reports when it has drained.
 */
const DIRECT = 65_536
/** Bytes up to which what a subscriber has not taken yet is not worth counting. */
const SOME = 4_096
/** How long a subscriber may stay past the bound before it should be disconnected. */
const PATIENCE: Micros = 30 * SECOND

interface Waiting<M> {
  data: M
  readonly sequenceId: number | undefined
}

export interface OutboxOptions {
  /** Maximum bytes in the queue. */
  readonly bound: number
  readonly clock: Clock
  readonly counts: TransportCounts
  /** Called when the bound is passed and values begin to collapse. */
  readonly collapsing?: () => void
}

export class Outbox<M extends Message = Buffer> {
  readonly #target: OutboxTarget<M>
  readonly #options: OutboxOptions
  #queue: Waiting<M>[] | undefined
  #head = 0
  #bytes = 0
  /** While past the bound: the queued value of each sequence. */
  #newest: Map<number, Waiting<M>> | undefined
  #overSince: Micros | undefined
  #isCounted = false

  /** @param options shared by all outboxes of a transport */
  constructor(target: OutboxTarget<M>, options: OutboxOptions) {
    this.#target = target
    this.#options = options
  }

  /** @param sequenceId set for a value, which a newer one of its sequence may replace */
  push(data: M, sequenceId?: number): void {
    if (!this.#queue && this.#target.bufferedAmount < DIRECT) this.#hand(data)
    else {
      this.#enqueue(data, sequenceId)
      this.count()
    }
  }

  /** Counts what waits for the subscriber, in the queue and beyond it. @param more bytes that wait elsewhere */
  count(more = 0): void {
    const { bufferedAmount } = this.#target
    const bytes = this.#bytes + more + (bufferedAmount > SOME ? bufferedAmount : 0)
    if (bytes > 0 || this.#isCounted) this.#target.holding?.hold(bytes)
    this.#isCounted = bytes > 0
  }

  /** Call it when the target has sent what it was passed. */
  drained(): void {
    if (this.#isCounted) this.#target.holding?.moved()
    this.#handOn()
    if (this.#isCounted) this.count()
  }

  #handOn(): void {
    while (this.#queue && this.#target.bufferedAmount < DIRECT) this.#shift(this.#queue)
  }

  /** Passes on everything in the queue, before an orderly end. */
  flush(): void {
    while (this.#queue) this.#shift(this.#queue)
  }

  /** True for a subscriber that has been past the bound for too long without catching up. */
  get isHopeless(): boolean {
    if (this.#overSince === undefined) return false
    return this.#options.clock.monotonic() - this.#overSince >= PATIENCE
  }

  #hand(data: M): void {
    this.#options.counts.sent++
    this.#target.send(data)
  }

  #enqueue(data: M, sequenceId: number | undefined): void {
    const { bound, clock, counts } = this.#options
    let queue = (this.#queue ??= [])
    if (!this.#newest && this.#bytes + data.length > bound) {
      this.#overSince = clock.monotonic()
      this.#options.collapsing?.()
      queue = this.#collapse(queue)
    }
    const older = sequenceId === undefined ? undefined : this.#newest?.get(sequenceId)
    if (older) {
      this.#bytes += data.length - older.data.length
      older.data = data
      counts.collapsed++
      return
    }
    // The newest value of a sequence may exceed the bound, but only up to twice the bound, because there may be any number of sequences.
    if (this.#bytes + data.length > (sequenceId === undefined ? bound : 2 * bound)) {
      counts.dropped++
      return
    }
    const waiting: Waiting<M> = { data, sequenceId }
    queue.push(waiting)
    this.#bytes += data.length
    if (sequenceId !== undefined) this.#newest?.set(sequenceId, waiting)
  }

  /** Keeps the newest value of each sequence, and all other messages. */
  #collapse(queue: readonly Waiting<M>[]): Waiting<M>[] {
    const newest = (this.#newest = new Map<number, Waiting<M>>())
    const kept: Waiting<M>[] = []
    for (let at = queue.length - 1; at >= this.#head; at--) {
      const waiting = queue[at]
      if (!waiting) continue
      if (waiting.sequenceId !== undefined) {
        if (newest.has(waiting.sequenceId)) {
          this.#bytes -= waiting.data.length
          this.#options.counts.collapsed++
          continue
        }
        newest.set(waiting.sequenceId, waiting)
      }
      kept.push(waiting)
    }
    this.#queue = kept.reverse()
    this.#head = 0
    return this.#queue
  }

  #shift(queue: Waiting<M>[]): void {
    const waiting = queue[this.#head++]
    if (waiting) {
      this.#bytes -= waiting.data.length
      if (waiting.sequenceId !== undefined) this.#newest?.delete(waiting.sequenceId)
      this.#hand(waiting.data)
    }
    if (this.#head < queue.length) {
      if (this.#head >= 1_000 && this.#head * 2 >= queue.length) {
        queue.splice(0, this.#head)
        this.#head = 0
      }
      return
    }
    this.#queue = undefined
    this.#newest = undefined
    this.#overSince = undefined
    this.#head = 0
    this.#bytes = 0
  }
}
