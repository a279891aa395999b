/** One live resource, or one folder's children: from memory when they are there, else read, and kept for a while. */
import type { ChildName, TreeRow, TreeSource } from '../database/tree-source.ts'
import { MissingNames } from './missing-names.ts'
import { KeptChildren, KeptResource, ResourceCache, type CachedResource, type ChildFinder } from './resource-cache.ts'
import { compareBytes, type Resource } from './resource.ts'
import { WatchedResources } from './watched-resources.ts'

/** Rows that are read at a time. */
export const PAGE = 250

export class LiveResources implements ChildFinder {
  readonly source: TreeSource | undefined
  readonly roots = new KeptChildren(this, undefined)
  readonly cache: ResourceCache
  readonly watched: WatchedResources
  /** Whoever adds a name takes it out; whoever moves or renames clears it. */
  readonly missing = new MissingNames()

  /** @param source undefined: what is kept is all that there is, and all of it stays */
  constructor(source: TreeSource | undefined, maxKept: number) {
    this.source = source
    this.cache = new ResourceCache(this.roots, source ? maxKept : Number.POSITIVE_INFINITY)
    this.watched = new WatchedResources(source)
  }

  byId(id: number): CachedResource | undefined {
    const known = this.cache.get(id)
    if (known || !this.source) return known
    const row = this.source.byId(id)
    return row && this.rooted([row], true)[0]
  }

  /** Resources of rows, whose parents are looked up; leaves out what is below something deleted. */
  rooted(rows: readonly TreeRow[], isFound = false): CachedResource[] {
    return rows.flatMap((row) => {
      const known = this.cache.peek(row.id)
      if (known) return known
      const parent = row.parent_id === null ? undefined : this.byId(row.parent_id)
      return row.parent_id === null || parent ? this.keep(row, parent, isFound) : []
    })
  }

  /** @param isFound false: it is only listed */
  keep(row: TreeRow, parent: CachedResource | undefined, isFound: boolean): CachedResource {
    const resource = new KeptResource(this, row, parent, isFound)
    // First, as what is watched is held.
    this.watched.take(resource)
    this.cache.add(resource)
    return resource
  }

  childOf(parent: CachedResource | undefined, name: string): Resource | undefined {
    if (!this.source) return undefined
    if (this.missing.has(parent?.id, name)) return undefined
    const live = parent && this.byId(parent.id)
    // What was removed has no children any more.
    if (parent && !live) return undefined
    const row = this.source.byName(parent?.id ?? null, name)
    const found = row && this.#childOfRow(row, live, true)
    if (!found) this.missing.add(parent?.id, name)
    return found
  }

  /** Undefined while a move was committed of which the tree was not told yet: until then it is where it was. */
  #childOfRow(row: TreeRow, parent: CachedResource | undefined, isFound: boolean): CachedResource | undefined {
    const known = isFound ? this.cache.get(row.id) : this.cache.peek(row.id)
    if (!known) return this.keep(row, parent, isFound)
    return known.parent?.id === parent?.id && known.name === row.name ? known : undefined
  }

  *childrenOf(parent: CachedResource | undefined, after: string | undefined): IterableIterator<Resource> {
    const { source } = this
    if (!source) {
      const { children } = parent ?? { children: this.roots }
      const kept = children instanceof KeptChildren ? [...children.kept.values()] : []
      return yield* kept
        .sort((a, b) => compareBytes(a.name, b.name))
        .filter(({ name }) => after === undefined || compareBytes(name, after) > 0)
    }
    for (let isMore = true; isMore; ) {
      const live = parent && this.byId(parent.id)
      if (parent && !live) return
      const rows: TreeRow[] = source.children(live?.id ?? null, after, PAGE)
      // At once: rows are true for this moment only.
      yield* rows.flatMap((row) => this.#childOfRow(row, live, false) ?? [])
      after = rows.at(-1)?.name
      isMore = rows.length === PAGE
    }
  }

  namesOf(parent: CachedResource | undefined): ChildName[] {
    if (parent && !this.byId(parent.id)) return []
    if (this.source) return this.source.names(parent?.id ?? null)
    return [...this.childrenOf(parent, undefined)].map(({ id, name, type, permissions }) => ({
      id,
      name,
      type,
      isRestricted: permissions !== null,
    }))
  }
}
