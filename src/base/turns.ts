/**
 * Shares the event loop among everything long that answers requests: exports, lists, series, downloads. Awaiting what is there already
 * yields to nobody, so each of them says `if (turns.isOver()) await turns.next()` between its steps of a millisecond at most. All of them
 * together get one slice between two turns of the loop: a hundred exports delay a message no longer than one does.
 */

/** How long work may block the event loop, in milliseconds. */
const LONGEST = 4

export interface TurnsOptions {
  /** Milliseconds of work between two turns of the loop. */
  readonly longest?: number
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
}

export class Turns {
  readonly #longest: number
  readonly #now: () => number
  readonly #waiting: (() => void)[] = []
  /** When the work of this turn began; undefined: nothing has worked in it. */
  #began: number | undefined
  #isScheduled = false

  constructor({ longest = LONGEST, now = () => performance.now() }: TurnsOptions = {}) {
    this.#longest = longest
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

  /** Waits for a turn of one's own; those that wait longer come first. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    // Sockets and timers have their turn before each immediate.
    setImmediate(() => {
      this.#isScheduled = false
      const first = this.#waiting.shift()
      this.#began = first && this.#now()
      if (!first) return
      this.#schedule()
      first()
    })
  }
}
