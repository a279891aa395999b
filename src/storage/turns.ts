/** Long work on the main thread gives others their turn: `if (turns.isOver()) await turns.next()`. */

/** How long it may keep others waiting, in milliseconds. */
const LONGEST = 4

export class Turns {
  #began = performance.now()

  isOver(): boolean {
    return performance.now() - this.#began > LONGEST
  }

  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#began = performance.now()
  }
}
