/** Values of several sequences in one list, newest first, fetched page by page. No DOM. */

export interface ValueRow {
  /** Place of its sequence in the list of paths. */
  readonly line: number
  /** Seconds since 1970. */
  readonly time: number
  readonly value: number
}

export interface ValuePage {
  /** Newest first. */
  readonly values: readonly { readonly time: number; readonly value: number }[]
  /** Where the next page begins; undefined: there is none. */
  readonly cursor: string | undefined
}

export type FetchValues = (path: string, cursor: string | undefined) => Promise<ValuePage>

interface Known {
  values: { time: number; value: number }[]
  cursor: string | undefined
  isBegun: boolean
}

export class ValuePages {
  readonly #paths: readonly string[]
  readonly #fetch: FetchValues
  readonly #known: Known[]

  constructor(paths: readonly string[], fetch: FetchValues) {
    this.#paths = paths
    this.#fetch = fetch
    this.#known = paths.map(() => ({ values: [], cursor: undefined, isBegun: false }))
  }

  /** Fetches the next page of each sequence that has one and keeps the others from being shown further back. */
  async more(): Promise<void> {
    const reach = this.#reach()
    await Promise.all(
      this.#known.map(async (known, at) => {
        const isNext = !known.isBegun || (known.cursor !== undefined && (known.values.at(-1)?.time ?? Number.NEGATIVE_INFINITY) >= reach)
        if (!isNext) return
        const { values, cursor } = await this.#fetch(this.#paths[at] ?? '', known.cursor)
        known.values.push(...values)
        known.cursor = cursor
        known.isBegun = true
      }),
    )
  }

  /** Whether there are values further back than those in {@link rows}. */
  get hasMore(): boolean {
    return this.#known.some(({ cursor, isBegun }) => !isBegun || cursor !== undefined)
  }

  /** As far back as the values of all sequences are known. */
  rows(): ValueRow[] {
    const reach = this.#reach()
    return this.#known
      .flatMap(({ values }, line) => values.filter(({ time }) => time >= reach).map(({ time, value }) => ({ line, time, value })))
      .sort((a, b) => b.time - a.time || a.line - b.line)
  }

  /** A value that has just come. @returns false when it does not belong before all others of its sequence */
  add(path: string, time: number, value: number): boolean {
    const known = this.#known[this.#paths.indexOf(path)]
    const newest = known?.values[0]
    if (!known || (newest && newest.time > time)) return false
    if (newest?.time === time) known.values.shift()
    known.values.unshift({ time, value })
    return true
  }

  /** Beyond this time values of some sequence may be missing. */
  #reach(): number {
    return Math.max(
      Number.NEGATIVE_INFINITY,
      ...this.#known.flatMap(({ values, cursor }) => (cursor === undefined ? [] : [values.at(-1)?.time ?? Number.NEGATIVE_INFINITY])),
    )
  }
}
