/**
 * Bounds what some make the event loop read between two of its turns: strangers, and WebSockets of all others. It reads every socket that
 * has something, one after the other, before it does anything else: when a thousand of them send at one moment, everybody else waits for
 * all of them. So once their share of a turn is used up, no more of their sockets are read in it; they are read again some at a time, until
 * none is left over. While there are few, or they are quiet, nothing is held.
 *
 * A device that has just connected is a stranger until its first request is read. So the newest connections that have said nothing yet go
 * on before all others: in each turn of the loop one comes.
 */
import type { Socket } from 'node:net'

/** Milliseconds of the loop, in each of its turns, for reading what strangers send. */
const SLICE_MS = 2
/** Sockets that are read again at a time while some are held, and how many of the newest ones are among them. */
const AT_A_TIME = 16
const NEWEST = 8
/** Turns of the loop from one time to the next: each of them takes one connection of the many that may wait to be taken. */
const TURNS_BETWEEN = 16

export interface ReadingTurnsOptions {
  /** Milliseconds of the loop, in each of its turns. */
  readonly slice?: number
  /** Turns of the loop from one time that some are read again to the next. */
  readonly between?: number
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
  /** Calls back when the loop has read all sockets once more. */
  readonly after?: (turn: () => void) => void
}

/** What of a socket's handle decides whether the loop reads it, beside the stream, whose own pauses stay as they are. */
interface Handle {
  /** Whether the stream wants it to be read. */
  readonly reading?: boolean
  readStart?(): unknown
  readStop?(): unknown
}

export type Readable = Pick<Socket, 'destroyed' | 'once'>

export class ReadingTurns {
  readonly #slice: number
  readonly #between: number
  readonly #now: () => number
  readonly #after: (turn: () => void) => void
  /** Those that are read. */
  readonly #open = new Set<Readable>()
  /** Those that are not for now; the one that has waited for longest in front. */
  readonly #held = new Set<Readable>()
  /** Those that came last, the newest in front, unless they have been read since. */
  readonly #newest: Readable[] = []
  /** When the first stranger was read in this turn of the loop. */
  #began: number | undefined
  #isScheduled = false
  /** Turns since some were read again. */
  #turns = 0

  constructor({
    slice = SLICE_MS,
    between = TURNS_BETWEEN,
    now = () => performance.now(),
    after = (turn: () => void): void => void setImmediate(turn),
  }: ReadingTurnsOptions = {}) {
    this.#slice = slice
    this.#between = between
    this.#now = now
    this.#after = after
  }

  /** How many are held. */
  get held(): number {
    return this.#held.size
  }

  add(socket: Readable): void {
    this.#open.add(socket)
    if (this.#newest.unshift(socket) > NEWEST) this.#newest.pop()
    socket.once('close', () => {
      this.#forget(socket)
      this.read()
    })
  }

  /** Its caller has said who they are: it is read whenever it has something. */
  known(socket: Readable): void {
    if (this.#forget(socket)) startReading(socket)
  }

  /** Something of a stranger was read. @param socket of the one that has said something by it */
  read(socket?: Readable): void {
    if (socket) this.#isNewNoMore(socket)
    const now = this.#now()
    this.#began ??= now
    this.#schedule()
    if (now - this.#began > this.#slice) this.#holdAll()
  }

  #holdAll(): void {
    for (const socket of this.#open) {
      stopReading(socket)
      this.#held.add(socket)
    }
    this.#open.clear()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#after(() => {
      this.#isScheduled = false
      this.#began = undefined
      if (this.#held.size === 0) return
      if (++this.#turns % this.#between === 0) this.#release()
      this.#schedule()
    })
  }

  #release(): void {
    let count = 0
    for (const sockets of [this.#newest, this.#held])
      for (const socket of sockets) {
        if (count >= AT_A_TIME) return
        if (!this.#held.delete(socket)) continue
        this.#open.add(socket)
        startReading(socket)
        count++
      }
  }

  #isNewNoMore(socket: Readable): void {
    const at = this.#newest.indexOf(socket)
    if (at >= 0) this.#newest.splice(at, 1)
  }

  /** @returns whether it was held */
  #forget(socket: Readable): boolean {
    this.#isNewNoMore(socket)
    this.#open.delete(socket)
    return this.#held.delete(socket)
  }
}

const handleOf = (socket: Readable): Handle | null | undefined => (socket as { _handle?: Handle | null })._handle

function stopReading(socket: Readable): void {
  const handle = handleOf(socket)
  if (handle?.reading === true) handle.readStop?.()
}

function startReading(socket: Readable): void {
  const handle = handleOf(socket)
  if (!socket.destroyed && handle?.reading === true) handle.readStart?.()
}
