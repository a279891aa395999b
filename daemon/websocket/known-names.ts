/** Resources by the names that one connection uses for them; to be dropped when the tree changes. */
import type { Resource } from '../../src/tree/tree.ts'

/** Names remembered for one connection. */
const MAX_NAMES = 10_000

export class KnownNames {
  readonly #resources = new Map<string, Resource>()

  get(name: string): Resource | undefined {
    return this.#resources.get(name)
  }

  set(name: string, resource: Resource): void {
    if (this.#resources.size >= MAX_NAMES) this.#resources.clear()
    this.#resources.set(name, resource)
  }
}
