/** Where paths led before: controllers send the same few paths again and again. */
import type { CachedResource } from './resource-cache.ts'

const MAX_PATHS = 20_000

export class KnownPaths {
  readonly #found = new Map<string, CachedResource>()

  get(path: string): CachedResource | undefined {
    return this.#found.get(path)
  }

  set(path: string, resource: CachedResource): void {
    if (this.#found.size >= MAX_PATHS) this.#found.clear()
    this.#found.set(path, resource)
  }

  /** After anything was moved, renamed or removed. */
  clear(): void {
    this.#found.clear()
  }
}
