/** Lets what one turn of the event loop writes to a connection leave in one system call. */
export interface Corked {
  /** Called once, at the end of the turn. */
  uncork(): void
}

export class CorkedWrites {
  #corked: Corked[] = []
  readonly #uncork = (): void => {
    const corked = this.#corked
    this.#corked = []
    for (const one of corked) one.uncork()
  }

  /** For a connection that has corked its socket. */
  uncorkSoon(one: Corked): void {
    if (this.#corked.push(one) === 1) process.nextTick(this.#uncork)
  }
}
