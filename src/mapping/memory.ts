/** What devices of one folder said of themselves, and later messages refer to: bounded, and gone with the process. */

const MAX_KEYS = 5_000

export class Memory {
  readonly #said = new Map<string, unknown>()

  get(key: string): unknown {
    return this.#said.get(key)
  }

  /** The one that was told longest ago gives way. */
  set(key: string, value: unknown): void {
    this.#said.delete(key)
    const oldest = this.#said.size >= MAX_KEYS ? this.#said.keys().next().value : undefined
    if (oldest !== undefined) this.#said.delete(oldest)
    this.#said.set(key, value)
  }
}
