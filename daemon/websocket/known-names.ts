/** Resources by the names that one connection uses for them, while the tree stays as it is. */
import type { Resource, Tree } from '../../src/tree/tree.ts'

/** Names remembered for one connection. */
const MAX_NAMES = 10_000

export class KnownNames {
  readonly #tree: Tree
  readonly #resources = new Map<string, Resource>()
  #version: number

  constructor(tree: Tree) {
    this.#tree = tree
    this.#version = tree.version
  }

  get(name: string): Resource | undefined {
    if (this.#version !== this.#tree.version) {
      this.#version = this.#tree.version
      this.#resources.clear()
    }
    return this.#resources.get(name)
  }

  /** For a name that {@link get} has just missed. */
  set(name: string, resource: Resource): void {
    if (this.#resources.size >= MAX_NAMES) this.#resources.clear()
    this.#resources.set(name, resource)
  }
}
