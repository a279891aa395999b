/**
 * Small changes of several callers share a transaction, and so a commit: while one is being synced, the next gathers. Each caller gets its
 * own result or error. Those that only add rows, which they can name beforehand, share the statements too. When one of a transaction
 * fails, none of it is written, and each is tried again by itself: what fails then is its own fault, and it has seen what the others did.
 */
import type { Transact } from '../database/transact.ts'
import type { Tx } from '../database/schema.ts'

/** Maximum number of changes of one transaction, so that other transactions don't wait long behind it. */
const MAX_SHARED = 64

/**
 * How long a transaction waits for as many changes as the one before had and left waiting, in milliseconds: they were just answered.
 */
const GATHERING = 1

/** As in `changeTree`: makes a change, and returns what is to be done directly after the commit. It may be called again from its start. */
type Change<T> = (tx: Tx) => Promise<() => T>

/** A change that only adds rows. Both functions may be called again from their start. */
export interface Addition<Rows, Written, T> {
  /**
   * Checks whether it may be made, and says what it adds, with the transaction begun and nothing of it written.
   * @returns undefined: it has to be made as any other change
   * @throws Fault it may not be made
   */
  plan(): Rows | undefined
  /** What is to be done directly after the commit. */
  apply(written: Written): T
}

/** Adds the rows of several changes. @returns what was added for each @throws when the rows of one can't be added */
export type AddRows<Rows, Written> = (tx: Tx, additions: readonly Rows[]) => Promise<readonly Written[]>

interface Waiting<Rows, Written> {
  readonly change: Change<void>
  readonly addition: Addition<Rows, Written, void> | undefined
  readonly reject: (error: unknown) => void
}

export class SharedChanges<Rows, Written> {
  readonly #engine: { readonly transact: Transact }
  readonly #add: AddRows<Rows, Written>
  readonly #onUndone: () => void
  #waiting: Waiting<Rows, Written>[] = []
  #isRunning = false
  /** How many changes the last transaction had, and waited for its end. */
  #usual = 0
  #onEnough: (() => void) | undefined

  /** @param onUndone called when changes that were made are not stored after all, before they are tried again */
  constructor(engine: { readonly transact: Transact }, add: AddRows<Rows, Written>, onUndone: () => void = () => {}) {
    this.#engine = engine
    this.#add = add
    this.#onUndone = onUndone
  }

  /**
   * @param change makes it where `addition` is missing or has no rows for it
   * @returns what the function that `change` returns does, or `addition.apply`, after the commit
   * @throws whatever the two or the commit throw
   */
  run<T>(change: Change<T>, addition?: Addition<Rows, Written, T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (apply: () => T): void => {
        try {
          resolve(apply())
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      this.#waiting.push({
        change: async (tx) => {
          const apply = await change(tx)
          return () => settle(apply)
        },
        addition: addition && {
          plan: () => addition.plan(),
          apply: (written) => settle(() => addition.apply(written)),
        },
        reject,
      })
      if (this.#waiting.length >= this.#usual) this.#onEnough?.()
      if (!this.#isRunning) void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      const some = await this.#take()
      if (some.length === 1 || !(await this.#tryTogether(some))) await this.#makeEach(some)
      // All of these may be back before long.
      this.#usual = Math.min(some.length + this.#waiting.length, MAX_SHARED)
    }
    this.#isRunning = false
  }

  async #makeEach(some: readonly Waiting<Rows, Written>[]): Promise<void> {
    for (const one of some) {
      try {
        const apply = await this.#engine.transact((tx) => this.#make(tx, one))
        apply()
      } catch (error) {
        one.reject(error)
      }
    }
  }

  async #take(): Promise<Waiting<Rows, Written>[]> {
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
    return this.#waiting.splice(0, MAX_SHARED)
  }

  async #make(tx: Tx, { change, addition }: Waiting<Rows, Written>): Promise<() => void> {
    const rows = addition?.plan()
    if (!addition || rows === undefined) return change(tx)
    const [written] = await this.#add(tx, [rows])
    return () => addition.apply(written as Written)
  }

  async #tryTogether(some: readonly Waiting<Rows, Written>[]): Promise<boolean> {
    try {
      const done = await this.#engine.transact(async (tx) => {
        const applies: (() => void)[] = []
        const planned: { rows: Rows; addition: Addition<Rows, Written, void> }[] = []
        const others: Change<void>[] = []
        for (const { change, addition, reject } of some) {
          try {
            const rows = addition?.plan()
            if (addition && rows !== undefined) planned.push({ rows, addition })
            else others.push(change)
          } catch (error) {
            applies.push(() => reject(error))
          }
        }
        const added =
          planned.length === 0
            ? []
            : await this.#add(
                tx,
                planned.map(({ rows }) => rows),
              )
        planned.forEach(({ addition }, at) => applies.push(() => addition.apply(added[at] as Written)))
        for (const change of others) applies.push(await change(tx))
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
