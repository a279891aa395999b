/**
 * Lets what one turn of the event loop writes to a connection leave in one system call. Where these calls take long, as for a large message
 * to thousands of subscribers, those that are left come in further turns. Nothing is overtaken: what is written to a connection in the
 * meantime leaves behind what it has.
 */
export interface Corked {
  /** Called once. */
  uncork(): void
}

/** How long the calls may hold the event loop at a stretch, in milliseconds. */
const LONGEST = 8

export interface CorkedWritesOptions {
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
}

export class CorkedWrites {
  readonly #now: () => number
  /** Those that this turn has corked. */
  #corked: Corked[] = []
  /** Those of earlier turns, and how many of them have been uncorked. */
  #late: Corked[] = []
  #done = 0
  readonly #uncork = (): void => {
    const corked = this.#corked
    this.#corked = []
    // Those of this turn go before the many that are late: an answer waits for none of them.
    const at = this.#uncorkFrom(corked, 0)
    if (at === corked.length) return
    if (this.#late.length === 0) setImmediate(this.#uncorkLate)
    for (const one of corked.slice(at)) this.#late.push(one)
  }
  readonly #uncorkLate = (): void => {
    this.#done = this.#uncorkFrom(this.#late, this.#done)
    if (this.#done < this.#late.length) return void setImmediate(this.#uncorkLate)
    this.#late = []
    this.#done = 0
  }

  constructor({ now = () => performance.now() }: CorkedWritesOptions = {}) {
    this.#now = now
  }

  /** For a connection that has corked its socket. */
  uncorkSoon(one: Corked): void {
    if (this.#corked.push(one) === 1) process.nextTick(this.#uncork)
  }

  /** @returns the place of the first one for which there was no time */
  #uncorkFrom(list: readonly Corked[], from: number): number {
    const began = this.#now()
    let at = from
    for (; at < list.length && (at === from || this.#now() - began < LONGEST); at++) list[at]?.uncork()
    return at
  }
}
