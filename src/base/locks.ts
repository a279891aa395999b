/** One lock for each number, such as the id of a sequence: for work that changes its blocks or adds many values. */
export class NumberedLocks {
  readonly #tails = new Map<number, Promise<void>>()

  /** Runs the work when no other work holds any of the numbers. Must not be called within such work. */
  async hold<T>(ids: readonly number[], work: () => Promise<T>): Promise<T> {
    let release = (): void => {}
    const done = new Promise<void>((resolve) => (release = resolve))
    const before = ids.map((id) => this.#tails.get(id) ?? Promise.resolve())
    // Queue for all numbers in one step, so that no two works wait for each other.
    for (const id of ids) this.#tails.set(id, done)
    await Promise.all(before)
    try {
      return await work()
    } finally {
      release()
      for (const id of ids) if (this.#tails.get(id) === done) this.#tails.delete(id)
    }
  }
}
