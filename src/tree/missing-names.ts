/** Names that a folder does not have: devices ask for the same few optional files again and again. */

const MAX_NAMES = 20_000

export class MissingNames {
  readonly #names = new Set<string>()
  #version = 0

  /** @param version of the tree: what was missing in an earlier one may be there @param folderId undefined: the root */
  has(version: number, folderId: number | undefined, name: string): boolean {
    if (this.#version !== version || this.#names.size >= MAX_NAMES) {
      this.#names.clear()
      this.#version = version
    }
    return this.#names.has(keyOf(folderId, name))
  }

  /** After {@link has}, which says for which version. */
  add(folderId: number | undefined, name: string): void {
    this.#names.add(keyOf(folderId, name))
  }
}

const keyOf = (folderId = 0, name: string): string => `${folderId}/${name}`
