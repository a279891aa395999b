/** One at a time for each sequence: what changes its blocks, or brings many values. */
export class SequenceLocks {
  readonly #tails = new Map<number, Promise<void>>()

  /** Does the work when nobody else holds any of the sequences. Must not be called within such work. */
  async hold<T>(ids: readonly number[], work: () => Promise<T>): Promise<T> {
    let release = (): void => {}
    const done = new Promise<void>((resolve) => (release = resolve))
    const before = ids.map((id) => this.#tails.get(id) ?? Promise.resolve())
    // All places are taken in one step, so that no two wait for each other.
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
