/** Leases: of several daemons on one database, one at a time does what must be done once. */

export interface Lease {
  /** Whether this process leads now. It can change at any time, so ask before each piece of work. */
  readonly isHeld: boolean
  /** Gives the lease to another process that wants it. Fine when it was given back already. */
  release(): Promise<void>
}

export interface Leases {
  /**
   * Asks for the lease of that name and returns at once; the lease is held as soon as no other process holds it.
   * @param name of the work that one process does
   * @throws Error when this process has asked for it already
   */
  take(name: string): Lease
}

/** Leases of the only process on its database, which always leads. */
export class SoleLeases implements Leases {
  readonly #taken = new Set<string>()

  take(name: string): Lease {
    if (this.#taken.has(name)) throw new Error(`the lease ${name} is taken already`)
    this.#taken.add(name)
    let isHeld = true
    return {
      get isHeld() {
        return isHeld
      },
      release: async () => {
        if (isHeld) this.#taken.delete(name)
        isHeld = false
      },
    }
  }
}
