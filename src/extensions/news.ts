/** News for a listener of an extension: handed over one call at a time, and bounded while the listener is busy. */
import { callUnasked, type HookOwner } from './hook-calls.ts'

/** News that wait for a listener. */
const MOST_WAITING = 10_000
/** News in one call. */
const MOST_AT_ONCE = 1_000

export class News<T> {
  readonly #owner: HookOwner
  readonly #hook: string
  readonly #tell: (news: readonly T[], gap: boolean) => unknown
  #waiting: T[] = []
  #gap = false
  #isTelling = false

  constructor(owner: HookOwner, hook: string, tell: (news: readonly T[], gap: boolean) => unknown) {
    this.#owner = owner
    this.#hook = hook
    this.#tell = tell
  }

  add(one: T): void {
    if (this.#waiting.length >= MOST_WAITING) this.#gap = true
    else this.#waiting.push(one)
    if (this.#isTelling) return
    this.#isTelling = true
    // Whoever brought the news goes on first, and more may come in the same turn.
    setImmediate(() => void this.#tellAll())
  }

  async #tellAll(): Promise<void> {
    while (this.#waiting.length > 0 || this.#gap) {
      const [news, gap] = [this.#waiting.splice(0, MOST_AT_ONCE), this.#gap]
      this.#gap = false
      if (this.#owner.offReason !== undefined) this.#waiting = []
      else await callUnasked(this.#owner, this.#hook, () => this.#tell(news, gap))
    }
    this.#isTelling = false
  }
}
