/** Unsaved text survives a reload, a crash of the page, or the sign-in page; it is dropped with the tab. */

export interface Draft {
  text: string
  /** The revision that it is based on. */
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

  /** @returns whether it was stored: browsers have no room for very large drafts, and some have none at all */
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
      // If the browser stores nothing, there is nothing to drop.
    }
  }
}
