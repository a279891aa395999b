/**
 * Shares the event loop among everything long that answers requests: exports, lists, series, downloads. Awaiting what is there already
 * yields to nobody, so each of them says `if (turns.isOver()) await turns.next()` between its steps of a millisecond at most. All of them
 * together get one slice between two turns of the loop: a hundred exports delay a message no longer than one does. Callers take their turns
 * one after the other, however much one of them has that waits.
 */

import { Fault } from './fault.ts'

/** How long work may block the event loop, in milliseconds. */
const LONGEST = 4

export interface TurnsOptions {
  /** Milliseconds of work between two turns of the loop. */
  readonly longest?: number
  /** How many turns the loop makes before one that waits goes on. */
  readonly between?: number
  /** Whether those that wait go on in one turn as long as there is time, in place of one a turn: their steps are short. */
  readonly areMany?: boolean
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
}

interface Waiting {
  readonly caller: string
  readonly go: () => void
  readonly giveUp: () => void
}

/** Lets others have the event loop, where it is time for that; asked between steps of a millisecond or two. */
export type Pause = () => Promise<void> | undefined

/** The line that all wait in, and the clock that they look at. */
class Line {
  readonly #longest: number
  readonly #between: number
  readonly #areMany: boolean
  readonly #now: () => number
  /** What waits, by whose work it is; the caller whose turn is next in front. */
  readonly #waiting = new Map<string, Set<Waiting>>()
  /** When the work of this turn began; undefined: nothing has worked in it. */
  #began: number | undefined
  #isScheduled = false

  constructor({ longest = LONGEST, between = 1, areMany = false, now = () => performance.now() }: TurnsOptions) {
    this.#longest = longest
    this.#between = between
    this.#areMany = areMany
    this.#now = now
  }

  get length(): number {
    let length = 0
    for (const theirs of this.#waiting.values()) length += theirs.size
    return length
  }

  isOver(): boolean {
    const now = this.#now()
    if (this.#began === undefined) {
      this.#began = now
      this.#schedule()
    }
    return now - this.#began > this.#longest
  }

  add(waiting: Waiting): void {
    const theirs = this.#waiting.get(waiting.caller)
    if (theirs) theirs.add(waiting)
    else this.#waiting.set(waiting.caller, new Set([waiting]))
    this.#schedule()
  }

  remove(waiting: Waiting): void {
    const theirs = this.#waiting.get(waiting.caller)
    theirs?.delete(waiting)
    if (theirs?.size === 0) this.#waiting.delete(waiting.caller)
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#after(this.#between)
  }

  /** @param turns of the loop to wait for */
  #after(turns: number): void {
    // Sockets and timers have their turn before each immediate.
    setImmediate(() => {
      if (turns > 1) return this.#after(turns - 1)
      this.#isScheduled = false
      const first = this.#takeNext()
      this.#began = first && this.#now()
      if (!first) return
      this.#schedule()
      first.go()
      if (this.#areMany) this.#goOn()
    })
  }

  /** Lets the next one go on behind the one before it. */
  #goOn(): void {
    queueMicrotask(() =>
      queueMicrotask(() => {
        if (this.isOver()) return
        const next = this.#takeNext()
        if (!next) return
        next.go()
        this.#goOn()
      }),
    )
  }

  #takeNext(): Waiting | undefined {
    for (const [caller, theirs] of this.#waiting) {
      const [first] = theirs
      if (!first) continue
      theirs.delete(first)
      this.#waiting.delete(caller)
      if (theirs.size > 0) this.#waiting.set(caller, theirs)
      return first
    }
    return undefined
  }
}

export class Turns {
  readonly #line: Line
  /** The turns that these are of; undefined: these are those of nobody in particular. */
  readonly #all: Turns | undefined
  readonly #caller: string
  /** What waits by these turns, which another caller's are not. */
  readonly #waiting = new Set<Waiting>()
  #isLeft = false

  /** @param options or the turns of all, for those of a caller */
  constructor(options: TurnsOptions | Turns = {}, caller = '') {
    this.#all = options instanceof Turns ? options : undefined
    this.#line = options instanceof Turns ? options.#line : new Line(options)
    this.#caller = caller
  }

  /** How much waits, of all callers. */
  get waiting(): number {
    return this.#line.length
  }

  /** Whether the work of all, in this turn of the event loop, has had its time. */
  isOver(): boolean {
    return this.#all ? this.#all.isOver() : this.#line.isOver()
  }

  /** To be handed to what does not know the server. */
  readonly pause: Pause = () => (this.isOver() ? this.next() : undefined)

  /**
   * Waits for a turn of one's own. Callers come one after the other; of what one of them has, that which waits longer comes first.
   * @param by the caller's turns
   * @throws Fault busy once {@link leave} was called
   */
  next(by: Turns = this): Promise<void> {
    if (this.#all) return this.#all.next(by)
    if (by.#isLeft) return Promise.reject(nobodyLeft())
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        caller: by.#caller,
        go: () => {
          by.#waiting.delete(waiting)
          resolve()
        },
        giveUp: () => {
          this.#line.remove(waiting)
          reject(nobodyLeft())
        },
      }
      by.#waiting.add(waiting)
      this.#line.add(waiting)
    })
  }

  /**
   * Nobody needs the work any more that takes these turns: what waits is given up at once, in place of being kept until its turn, and so is
   * what would wait later.
   */
  leave(): void {
    this.#isLeft = true
    for (const waiting of this.#waiting) waiting.giveUp()
    this.#waiting.clear()
  }

  /** Turns in the same line, as one caller takes them. */
  of(caller: string): Turns {
    return new Turns(this.#all ?? this, caller)
  }
}

const nobodyLeft = (): Fault => new Fault('busy', 'The connection ended before the request had its turn.')
