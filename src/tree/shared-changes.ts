/**
 * Small changes of several callers share a transaction, and so a commit: while one is being synced, the next gathers. Each caller gets its
 * own result or error. When one of a transaction fails, none of it is written, and each is tried again by itself: what fails then is its
 * own fault, and it has seen what the others did.
 */
import type { Transact } from '../database/transact.ts'
import type { Tx } from '../database/schema.ts'

/** Maximum number of changes of one transaction, so that other transactions don't wait long behind it. */
const MAX_SHARED = 64

/** As in `changeTree`: makes a change, and returns what is to be done directly after the commit. It may be called again from its start. */
type Change<T> = (tx: Tx) => Promise<() => T>

interface Waiting {
  readonly change: Change<void>
  readonly reject: (error: unknown) => void
}

export class SharedChanges {
  readonly #engine: { readonly transact: Transact }
  readonly #onUndone: () => void
  #waiting: Waiting[] = []
  #isRunning = false

  /** @param onUndone called when changes that were made are not stored after all, before they are tried again */
  constructor(engine: { readonly transact: Transact }, onUndone: () => void = () => {}) {
    this.#engine = engine
    this.#onUndone = onUndone
  }

  /** @returns what the function that `change` returns does, after the commit @throws whatever `change` or the commit throws */
  run<T>(change: Change<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const shared = async (tx: Tx): Promise<() => void> => {
        const apply = await change(tx)
        return () => {
          try {
            resolve(apply())
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)))
          }
        }
      }
      this.#waiting.push({ change: shared, reject })
      if (!this.#isRunning) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isRunning = true
    for (let some = this.#take(); some.length > 0; some = this.#take()) {
      if (some.length > 1 && (await this.#tryTogether(some))) continue
      for (const { change, reject } of some) {
        try {
          const apply = await this.#engine.transact(change)
          apply()
        } catch (error) {
          reject(error)
        }
      }
    }
    this.#isRunning = false
  }

  #take(): Waiting[] {
    return this.#waiting.splice(0, MAX_SHARED)
  }

  async #tryTogether(some: readonly Waiting[]): Promise<boolean> {
    try {
      const done = await this.#engine.transact(async (tx) => {
        const applies: (() => void)[] = []
        for (const { change } of some) applies.push(await change(tx))
        return applies
      })
      for (const apply of done) apply()
      return true
    } catch {
      this.#onUndone()
      return false
    }
  }
}
