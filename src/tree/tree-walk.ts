/** Ways through many resources, or all of them, a page at a time: for lists, searches, and workers that look at all of a kind. */
import type { NameIndex, NamedRow, TreeRow } from '../database/tree-source.ts'
import { isFolderType } from '../wire/resource-types.ts'
import { PAGE, type LiveResources } from './live-resources.ts'
import { detachedResource, type Resource } from './resource.ts'

export class TreeWalk {
  readonly #live: LiveResources

  constructor(live: LiveResources) {
    this.#live = live
  }

  /** Everything. */
  get resources(): IterableIterator<Resource> {
    return this.#withDescendants(this.#live.roots.values())
  }

  *#withDescendants(children: Iterable<Resource>): IterableIterator<Resource> {
    for (const child of children) {
      yield child
      yield* this.#withDescendants(child.children.values())
    }
  }

  /**
   * Everything that is not deleted itself: names alone, without taking resources into memory. What lies in something deleted is among it,
   * and the tree doesn't find its parent.
   */
  *names(): IterableIterator<NamedRow[]> {
    const { source } = this.#live
    if (!source) {
      for (const { id, parent, name, type, permissions } of this.resources)
        yield [{ id, parentId: parent?.id ?? null, name, type, isRestricted: permissions !== null }]
      return
    }
    for (let after: number | undefined = 0; after !== undefined; ) {
      const rows: NamedRow[] = source.allNames(after, PAGE)
      yield rows
      after = rows.length === PAGE ? rows.at(-1)?.id : undefined
    }
  }

  /** Finds names by a part of them; undefined: there is no such index, as all names are in memory. */
  get nameIndex(): NameIndex | undefined {
    return this.#live.source?.nameIndex
  }

  /** Names of all that lies in some folders, higher levels first, without taking resources into memory. */
  *below(folders: readonly number[]): IterableIterator<NamedRow[]> {
    const { source } = this.#live
    if (!source) return
    for (let level = [...folders], next: number[] = []; level.length > 0; level = next, next = [])
      for (const parentId of level)
        for (let after: string | undefined = ''; after !== undefined; ) {
          const rows: TreeRow[] = source.children(parentId, after, PAGE)
          yield rows.map(({ id, name, type, permissions }) => ({ id, parentId, name, type, isRestricted: permissions !== null }))
          for (const { id, type } of rows) if (isFolderType(type)) next.push(id)
          after = rows.length === PAGE ? rows.at(-1)?.name : undefined
        }
  }

  /** All resources of a type. */
  *ofType(type: number): IterableIterator<Resource> {
    const { source } = this.#live
    if (!source) return yield* [...this.resources].filter((resource) => resource.type === type)
    for (let after: number | undefined = 0; after !== undefined; ) {
      const rows: TreeRow[] = source.ofType(type, after, PAGE)
      yield* this.#live.rooted(rows)
      after = rows.length === PAGE ? rows.at(-1)?.id : undefined
    }
  }

  /** Sequences that keep their values for a limited time. */
  get aging(): Resource[] {
    const { source } = this.#live
    const found = source ? this.#live.rooted(source.aging()) : [...this.resources]
    return found.filter(({ sequence }) => sequence?.maxAge !== undefined)
  }

  /**
   * What went with a resource that was removed, which the database still has as it was. None of it is in the tree any more: for who has to
   * tell its end.
   */
  *goneWith(removed: Resource): IterableIterator<Resource> {
    const { source } = this.#live
    if (!source) return void (yield* this.#withDescendants(removed.children.values()))
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows: TreeRow[] = source.children(removed.id, after, PAGE)
      for (const row of rows) {
        const one = detachedResource(row, removed)
        yield one
        yield* this.goneWith(one)
      }
      after = rows.length === PAGE ? rows.at(-1)?.name : undefined
    }
  }
}
