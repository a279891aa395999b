/**
 * The resources that are in memory. Above a limit, those go that were not asked for since the cache was looked through last. As long as
 * something else holds one of them it comes back as the same object, so that a change reaches everybody.
 */
import type { ChildName, TreeRow } from '../database/tree-source.ts'
import { isFolderType } from '../wire/resource-types.ts'
import { isImageSequence, NO_CHILDREN, RowResource, type Children, type Resource } from './resource.ts'

/** Part of the limit that goes at a time. */
const SHARE = 8
/** References to resources that went, before those are looked for that nothing holds any more. */
const LEAST_WEAK = 10_000

/** How the children of a resource are found when they are not in memory. */
export interface ChildFinder {
  childOf(parent: CachedResource | undefined, name: string): Resource | undefined
  /** By name, in the order of its bytes. @param after the name before the first of them; undefined: from the beginning */
  childrenOf(parent: CachedResource | undefined, after: string | undefined): IterableIterator<Resource>
  namesOf(parent: CachedResource | undefined): ChildName[]
}

export class KeptChildren implements Children {
  readonly #finder: ChildFinder
  readonly #parent: CachedResource | undefined
  /** Those that are in memory. */
  readonly kept = new Map<string, CachedResource>()

  constructor(finder: ChildFinder, parent: CachedResource | undefined) {
    this.#finder = finder
    this.#parent = parent
  }

  get(name: string): Resource | undefined {
    const known = this.kept.get(name)
    if (!known) return this.#finder.childOf(this.#parent, name)
    known.isAsked = true
    known.isShared = true
    return known
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  values(): IterableIterator<Resource> {
    return this.#finder.childrenOf(this.#parent, undefined)
  }

  inOrder(after?: string): IterableIterator<Resource> {
    return this.#finder.childrenOf(this.#parent, after)
  }

  names(): ChildName[] {
    return this.#finder.namesOf(this.#parent)
  }

  get isEmpty(): boolean {
    return this.values().next().done === true
  }
}

export interface CachedResource extends Resource {
  parent: CachedResource | undefined
  /** Asked for since the cache was looked through last. */
  isAsked: boolean
  /** Somebody may hold it for longer: it was found by itself, is the parent of another one, or is watched. */
  isShared: boolean
}

export class KeptResource extends RowResource implements CachedResource {
  declare parent: CachedResource | undefined
  isAsked: boolean
  isShared: boolean
  readonly #finder: ChildFinder
  #children: KeptChildren | undefined

  /**
   * @param row of a live resource below `parent`
   * @param isFound false: it is only listed
   */
  constructor(finder: ChildFinder, row: TreeRow, parent: CachedResource | undefined, isFound: boolean) {
    super(row, parent)
    if (parent) parent.isShared = true
    this.#finder = finder
    this.isAsked = isFound
    this.isShared = isFound
  }

  /** Made when first asked for: most folders are only listed. A sequence of images holds that of its thumbnails. */
  get children(): Children {
    if (!isFolderType(this.type) && !isImageSequence(this)) return NO_CHILDREN
    return (this.#children ??= new KeptChildren(this.#finder, this))
  }
}

export class ResourceCache {
  readonly #limit: number
  readonly #roots: KeptChildren
  readonly #kept = new Map<number, CachedResource>()
  /** Shared ones that went. */
  readonly #weak = new Map<number, WeakRef<CachedResource>>()
  #weakLimit = LEAST_WEAK

  /** @param limit Infinity where there is nothing to read them from again */
  constructor(roots: KeptChildren, limit: number) {
    this.#roots = roots
    this.#limit = limit
  }

  get size(): number {
    return this.#kept.size
  }

  /** Asks for one: it stays for a while, if it is in memory at all. */
  get(id: number): CachedResource | undefined {
    const known = this.peek(id)
    if (known) known.isShared = known.isAsked = true
    return known
  }

  peek(id: number): CachedResource | undefined {
    return this.#kept.get(id) ?? (this.#weak.size === 0 ? undefined : this.#bringBack(id))
  }

  add(resource: CachedResource): void {
    this.#kept.set(resource.id, resource)
    this.#siblings(resource.parent)?.set(resource.name, resource)
    if (this.#kept.size > this.#limit) this.#makeRoom()
  }

  /** Takes a resource and everything below it out. @returns them */
  remove(resource: CachedResource): CachedResource[] {
    this.#siblings(resource.parent)?.delete(resource.name)
    const gone = [resource, ...this.#weakWithin(resource)]
    for (const next of gone) {
      this.#kept.delete(next.id)
      this.#weak.delete(next.id)
      if (next.children instanceof KeptChildren) gone.push(...next.children.kept.values())
    }
    return gone
  }

  move(resource: CachedResource, parent: CachedResource | undefined, name: string): void {
    this.#siblings(resource.parent)?.delete(resource.name)
    if (parent) parent.isShared = true
    resource.parent = parent
    resource.name = name
    this.#siblings(parent)?.set(name, resource)
  }

  clear(): void {
    this.#kept.clear()
    this.#weak.clear()
    this.#roots.kept.clear()
  }

  #siblings(parent: CachedResource | undefined): Map<string, CachedResource> | undefined {
    const children = parent ? parent.children : this.#roots
    return children instanceof KeptChildren ? children.kept : undefined
  }

  #bringBack(id: number): CachedResource | undefined {
    const held = this.#weak.get(id)?.deref()
    if (!held) return undefined
    this.#weak.delete(id)
    this.add(held)
    return held
  }

  #makeRoom(): void {
    let wanted = Math.max(1, Math.floor(this.#limit / SHARE))
    for (const resource of this.#kept.values()) {
      if (wanted === 0) break
      this.#kept.delete(resource.id)
      if (resource.isAsked) {
        resource.isAsked = false
        this.#kept.set(resource.id, resource)
        continue
      }
      wanted--
      this.#siblings(resource.parent)?.delete(resource.name)
      if (resource.isShared) this.#weak.set(resource.id, new WeakRef(resource))
    }
    if (this.#weak.size > this.#weakLimit) this.#forgetUnheld()
  }

  #forgetUnheld(): void {
    for (const [id, reference] of this.#weak) if (!reference.deref()) this.#weak.delete(id)
    this.#weakLimit = Math.max(LEAST_WEAK, 2 * this.#weak.size)
  }

  #weakWithin(ancestor: CachedResource): CachedResource[] {
    const within: CachedResource[] = []
    for (const reference of this.#weak.values()) {
      const held = reference.deref()
      for (let at = held?.parent; held && at; at = at.parent)
        if (at === ancestor) {
          within.push(held)
          break
        }
    }
    return within
  }
}
