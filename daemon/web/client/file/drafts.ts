/** What was typed and not saved outlives a reload, a crash of the tab's page, or a way through the sign-in page; it ends with the tab. */

export interface Draft {
  text: string
  /** The revision that it was made from. */
  base: number
  /** In milliseconds. */
  time: number
}

export class Drafts {
  readonly #key: string

  constructor(user: number, path: string) {
    this.#key = `rhizo-draft:${user}:${path}`
  }

  read(): Draft | undefined {
    try {
      const draft = JSON.parse(sessionStorage.getItem(this.#key) ?? 'null') as Draft | null
      return draft && typeof draft.text === 'string' && typeof draft.base === 'number' && typeof draft.time === 'number' ? draft : undefined
    } catch {
      return undefined
    }
  }

  /** @returns whether it is kept: browsers have no room for very large ones, and some have none at all */
  keep(draft: Draft): boolean {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(draft))
      return true
    } catch {
      this.drop()
      return false
    }
  }

  drop(): void {
    try {
      sessionStorage.removeItem(this.#key)
    } catch {
      // A browser that keeps nothing has nothing to drop.
    }
  }
}
