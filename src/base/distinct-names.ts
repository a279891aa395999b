/** Numbers names that occur more than once. Of each name the next number is remembered, so that a million of one take a million steps. */
export class DistinctNames {
  /** For each name that is taken, the number that the next of the same gets. */
  readonly #next = new Map<string, number>()
  readonly #keyOf: (name: string) => string
  /** Names that were tried, for tests. */
  steps = 0

  /** @param keyOf what of a name has to differ */
  constructor(keyOf: (name: string) => string = (name) => name) {
    this.#keyOf = keyOf
  }

  /** @param numbered the name with a number from 2 on @returns the first of them that is free, which is taken from now on */
  take(name: string, numbered: (number: number) => string): string {
    const key = this.#keyOf(name)
    let number = this.#next.get(key) ?? 1
    let found = number === 1 ? name : numbered(number)
    for (this.steps++; number > 1 && this.#next.has(this.#keyOf(found)); this.steps++) found = numbered(++number)
    this.#next.set(key, number + 1)
    if (number > 1) this.#next.set(this.#keyOf(found), 2)
    return found
  }
}
