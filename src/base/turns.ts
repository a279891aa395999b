/**
 * Shares the event loop among everything long that answers requests: exports, lists, series, downloads. Awaiting what is there already
 * yields to nobody, so each of them says `if (turns.isOver()) await turns.next()` between its steps of a millisecond at most. All of them
 * together get one slice between two turns of the loop: a hundred exports delay a message no longer than one does. Callers take their turns
 * one after the other, however much one of them has that waits.
 */

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
  readonly go: () => void
  readonly isGone: () => boolean
}

const neverGone = (): boolean => false

/** Lets others have the event loop, where it is time for that; asked between steps of a millisecond or two. */
export type Pause = () => Promise<void> | undefined

export class Turns {
  readonly #longest: number
  readonly #between: number
  readonly #areMany: boolean
  readonly #now: () => number
  /** What waits, by whose work it is; the caller whose turn is next in front. */
  readonly #waiting = new Map<string, Waiting[]>()
  /** When the work of this turn began; undefined: nothing has worked in it. */
  #began: number | undefined
  #isScheduled = false

  constructor({ longest = LONGEST, between = 1, areMany = false, now = () => performance.now() }: TurnsOptions = {}) {
    this.#longest = longest
    this.#between = between
    this.#areMany = areMany
    this.#now = now
  }

  /** Whether the work of all, in this turn of the event loop, has had its time. */
  isOver(): boolean {
    const now = this.#now()
    if (this.#began === undefined) {
      this.#began = now
      this.#schedule()
    }
    return now - this.#began > this.#longest
  }

  /** To be handed to what does not know the server. */
  readonly pause = (caller?: string): Promise<void> | undefined => (this.isOver() ? this.next(undefined, caller) : undefined)

  /**
   * Waits for a turn of one's own. Callers come one after the other; of what one of them has, that which waits longer comes first.
   * @param isGone whether nobody needs the work any more: it is let go on beside the next one, to end at once
   * @param caller whose work it is; that of nobody in particular is one caller's
   */
  next(isGone = neverGone, caller = ''): Promise<void> {
    return new Promise((go) => {
      const theirs = this.#waiting.get(caller)
      if (theirs) theirs.push({ go, isGone })
      else this.#waiting.set(caller, [{ go, isGone }])
      this.#schedule()
    })
  }

  /** The same turns, as one caller takes them. */
  of(caller: string): Turns {
    return new TurnsOfCaller(this, caller)
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
      let first = this.#takeNext()
      while (first?.isGone() === true) {
        first.go()
        first = this.#takeNext()
      }
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
      const first = theirs.shift()
      this.#waiting.delete(caller)
      if (theirs.length > 0) this.#waiting.set(caller, theirs)
      return first
    }
    return undefined
  }
}

class TurnsOfCaller extends Turns {
  readonly #all: Turns
  readonly #caller: string

  constructor(all: Turns, caller: string) {
    super()
    this.#all = all
    this.#caller = caller
  }

  override isOver(): boolean {
    return this.#all.isOver()
  }

  override readonly pause: Pause = () => this.#all.pause(this.#caller)

  override next(isGone?: () => boolean): Promise<void> {
    return this.#all.next(isGone, this.#caller)
  }
}
