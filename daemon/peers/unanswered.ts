/** Counts what a transport has taken and not answered yet, so that a stop can wait for it. */
export class Unanswered {
  #count = 0
  #whenNone: (() => void) | undefined

  /** @param by so many more, or (negative) fewer */
  change(by: number): void {
    this.#count += by
    if (this.#count === 0) this.#whenNone?.()
  }

  /** Resolves when all is answered. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenNone = resolve
      if (this.#count === 0) resolve()
    })
  }
}
