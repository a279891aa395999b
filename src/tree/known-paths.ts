/** Where paths led before: controllers send the same few paths again and again. */
import type { CachedResource } from './resource-cache.ts'

export class KnownPaths {
  readonly #limit: number
  readonly #found = new Map<string, CachedResource>()

  /** @param limit number of paths, above which all are forgotten */
  constructor(limit: number) {
    this.#limit = limit
  }

  get(path: string): CachedResource | undefined {
    return this.#found.get(path)
  }

  set(path: string, resource: CachedResource): void {
    if (this.#found.size >= this.#limit) this.#found.clear()
    this.#found.set(path, resource)
  }

  /** After anything was moved, renamed or removed. */
  clear(): void {
    this.#found.clear()
  }
}
