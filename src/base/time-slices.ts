/** Lets long work on the main thread yield to the event loop: `if (slices.isOver()) await slices.next()`. */

/** How long the work may block the event loop, in milliseconds. */
const LONGEST = 4

export class TimeSlices {
  readonly #longest: number
  #began = performance.now()

  /** @param longest milliseconds of one slice */
  constructor(longest = LONGEST) {
    this.#longest = longest
  }

  isOver(): boolean {
    return performance.now() - this.#began > this.#longest
  }

  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#began = performance.now()
  }
}
