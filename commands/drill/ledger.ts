/** What a server acknowledged, and when: what must be there after each cut that comes later. */

/** A value: `time` in microseconds. A file: the SHA-1 of its content, or undefined once its removal was acknowledged. */
export type Fact =
  | { readonly kind: 'value'; readonly path: string; readonly time: number; readonly value: number }
  | { readonly kind: 'file'; readonly path: string; readonly hash: string | undefined }

interface Entry {
  readonly fact: Fact
  /** When the answer was read, and when its request was sent, in nanoseconds of the machine's monotonic clock. */
  readonly acknowledged: bigint
  readonly asked: bigint
}

const NEVER = 2n ** 63n

export class Ledger {
  readonly #entries: Entry[] = []

  /** How many changes were acknowledged. */
  get size(): number {
    return this.#entries.reduce((sum, { acknowledged }) => (acknowledged === NEVER ? sum : sum + 1), 0)
  }

  /**
   * Does what changes something, and enters what it changed when that was acknowledged. Of what got no answer, or an error, only
   * files are entered: they may be as before or as after from then on.
   */
  async enter(facts: readonly Fact[], change: () => Promise<unknown>): Promise<boolean> {
    const asked = process.hrtime.bigint()
    try {
      await change()
    } catch {
      for (const fact of facts) if (fact.kind === 'file') this.#entries.push({ fact, acknowledged: NEVER, asked })
      return false
    }
    const acknowledged = process.hrtime.bigint()
    for (const fact of facts) this.#entries.push({ fact, acknowledged, asked })
    return true
  }

  /**
   * What must be there after a cut at that moment. A file that was being changed then may be as before or as after, so it is left out.
   */
  at(moment: bigint): { values: Map<string, Map<number, number>>; files: Map<string, string | undefined> } {
    const values = new Map<string, Map<number, number>>()
    const files = new Map<string, string | undefined>()
    for (const { fact, acknowledged } of this.#entries) {
      if (acknowledged > moment) continue
      if (fact.kind === 'file') files.set(fact.path, fact.hash)
      else {
        const times = values.get(fact.path) ?? new Map<number, number>()
        values.set(fact.path, times.set(fact.time, fact.value))
      }
    }
    for (const { fact, acknowledged, asked } of this.#entries)
      if (fact.kind === 'file' && asked <= moment && acknowledged > moment) files.delete(fact.path)
    return { values, files }
  }
}
