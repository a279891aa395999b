/**
 * Small changes of several callers share a transaction, and so a commit: while one is being synced, the next gathers. Each caller gets its
 * own result or error. When one of a transaction fails, none of it is written, and each is tried again by itself: what fails then is its
 * own fault, and it has seen what the others did.
 */
import type { Transact } from '../database/transact.ts'
import type { Tx } from '../database/schema.ts'
import { sideBySide } from '../database/side-by-side.ts'

/** Maximum number of changes of one transaction, so that other transactions don't wait long behind it. */
const MAX_SHARED = 64

/** How long a transaction waits for as many changes as the one before had, in milliseconds: their callers have just been answered. */
const GATHERING = 1

/** As in `changeTree`: makes a change, and returns what is to be done directly after the commit. It may be called again from its start. */
type Change<T> = (tx: Tx) => Promise<() => T>

interface Waiting {
  readonly change: Change<void>
  readonly isApart: boolean
  readonly reject: (error: unknown) => void
}

export interface ChangeOptions {
  /** Reads nothing that other changes write: several of those run side by side, and cost the database fewer messages. */
  readonly isApart?: boolean
}

export class SharedChanges {
  readonly #engine: { readonly transact: Transact }
  readonly #onUndone: () => void
  readonly #sideBySide: typeof sideBySide
  #waiting: Waiting[] = []
  #isRunning = false
  /** How many changes the last transaction had. */
  #usual = 0
  #onEnough: (() => void) | undefined

  /** @param onUndone called when changes that were made are not stored after all, before they are tried again */
  constructor(engine: { readonly transact: Transact }, onUndone: () => void = () => {}, together = sideBySide) {
    this.#engine = engine
    this.#onUndone = onUndone
    this.#sideBySide = together
  }

  /** @returns what the function that `change` returns does, after the commit @throws whatever `change` or the commit throws */
  run<T>(change: Change<T>, { isApart = false }: ChangeOptions = {}): Promise<T> {
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
      this.#waiting.push({ change: shared, isApart, reject })
      if (this.#waiting.length >= this.#usual) this.#onEnough?.()
      if (!this.#isRunning) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      const some = await this.#take()
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

  async #take(): Promise<Waiting[]> {
    if (this.#waiting.length < this.#usual) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, GATHERING)
        this.#onEnough = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#onEnough = undefined
    }
    const some = this.#waiting.splice(0, MAX_SHARED)
    this.#usual = some.length
    return some
  }

  async #tryTogether(some: readonly Waiting[]): Promise<boolean> {
    try {
      const done = await this.#engine.transact(async (tx) => {
        const apart = some.filter(({ isApart }) => isApart).map(({ change }) => change)
        const applies = apart.length > 1 ? await this.#sideBySide(tx, apart) : []
        for (const { change, isApart } of some) if (!isApart || apart.length === 1) applies.push(await change(tx))
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
