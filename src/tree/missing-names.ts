/** Names that a folder does not have: devices ask for the same few optional files again and again. */

const MAX_NAMES = 20_000

export class MissingNames {
  readonly #names = new Set<string>()

  /** @param folderId undefined: the root */
  has(folderId: number | undefined, name: string): boolean {
    return this.#names.has(keyOf(folderId, name))
  }

  add(folderId: number | undefined, name: string): void {
    if (this.#names.size >= MAX_NAMES) this.#names.clear()
    this.#names.add(keyOf(folderId, name))
  }

  /** After one was added. */
  forget(folderId: number | undefined, name: string): void {
    this.#names.delete(keyOf(folderId, name))
  }

  /** After anything was moved or renamed: it may be there now. */
  clear(): void {
    this.#names.clear()
  }
}

const keyOf = (folderId = 0, name: string): string => `${folderId}/${name}`
