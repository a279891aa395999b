/**
 * The live resources: paths are resolved and permissions read here. A bounded number of resources is in memory; others are read when they
 * are asked for, by a few synchronous reads of an index. The verbs that change resources update the tree after their commits. Deleted
 * resources, and what is below them, are not in it.
 *
 * Without a source (an engine that can't read synchronously) everything is read at the start and stays in memory.
 */
import { splitPath } from '../base/path.ts'
import type { Db } from '../database/schema.ts'
import { treeColumns, type ChildName, type NameIndex, type NamedRow, type TreeRow, type TreeSource } from '../database/tree-source.ts'
import { CONTROLLER_FOLDER, isFolderType } from '../wire/resource-types.ts'
import type { PermissionRecord } from '../wire/permissions.ts'
import { hasPatterns } from './alert-inheritance.ts'
import { Memberships } from './memberships.ts'
import { MissingNames } from './missing-names.ts'
import { KeptChildren, ResourceCache, cachedResource, type CachedResource, type ChildFinder } from './resource-cache.ts'
import { compareBytes, detachedResource, parseSpecs, type Resource } from './resource.ts'
import { WatchedResources } from './watched-resources.ts'

export { treeColumns, type ChildName, type TreeRow } from '../database/tree-source.ts'
export { detachedResource, isFolder, isImageSequence, isWithin, pathOf, type Children, type Resource } from './resource.ts'

/** Maximum number of resources in memory that nothing else holds. */
const MAX_KEPT = 20_000
/** Maximum number of cached paths. */
const MAX_FOUND = 20_000
/** Rows that are read at a time. */
const PAGE = 250

/** Something was made, moved or renamed, or removed with all that is below it. */
export interface TreeChange {
  readonly what: 'added' | 'moved' | 'removed'
  readonly resource: Resource
}

export class Tree implements ChildFinder {
  readonly #source: TreeSource | undefined
  readonly #watchers = new Set<(change: TreeChange) => void>()
  readonly #roots = new KeptChildren(this, undefined)
  readonly #cache: ResourceCache
  readonly #members: Memberships
  readonly #watched: WatchedResources
  #version = 0
  #accessVersion = 0
  readonly #found = new Map<string, CachedResource>()
  #foundVersion = 0
  readonly #missing = new MissingNames()

  /** @param source undefined: what is loaded and added is all that there is */
  constructor(source?: TreeSource, maxKept = MAX_KEPT) {
    this.#source = source
    this.#cache = new ResourceCache(this.#roots, source ? maxKept : Number.POSITIVE_INFINITY)
    this.#members = new Memberships(source)
    this.#watched = new WatchedResources(source)
  }

  /** Increases with each change to resources, permissions or members: anything computed from an older version is stale. */
  get version(): number {
    return this.#version
  }
  /** As {@link version}, but stays as it is when resources are added: where a path led, and what somebody may do there, is as before. */
  get accessVersion(): number {
    return this.#accessVersion
  }
  /** Number of resources in memory. */
  get kept(): number {
    return this.#cache.size
  }

  /** Hears of changes when they are committed. The watcher must not throw. @returns its own end */
  watch(watcher: (change: TreeChange) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #tell(what: TreeChange['what'], resource: Resource): void {
    for (const watcher of this.#watchers) watcher({ what, resource })
  }

  /** Forgets what is in memory, and reads what is always there: resources that workers watch. */
  async load(db: Db): Promise<void> {
    const rows = this.#source ? [] : await db.selectFrom('resources').select(treeColumns).where('deleted', '=', 0).execute()
    const members = this.#source ? [] : await db.selectFrom('organization_users').selectAll().execute()
    this.#cache.clear()
    this.#members.clear()
    this.#watched.clear()
    const watchers = [...this.#watchers]
    // What is read again was there before.
    this.#watchers.clear()
    this.addAll(rows)
    for (const watcher of watchers) this.#watchers.add(watcher)
    for (const row of members) this.setMember(row.organization_id, row.user_id, row.is_admin === 1)
    if (this.#source) {
      for (const row of [...this.ofType(CONTROLLER_FOLDER), ...this.#rooted(this.#source.ruled())]) this.#cache.get(row.id)
      this.#watched.settleAll((id) => this.#get(id))
    }
    this.#changeAccess()
  }

  #changeAccess(): void {
    this.#version++
    this.#accessVersion++
  }

  /** Adds rows in any order; leaves out those below a parent that is not live. */
  addAll(rows: readonly TreeRow[]): void {
    const waiting = new Map<number, TreeRow[]>()
    const ready: TreeRow[] = []
    const coming = new Set(rows.map(({ id }) => id))
    for (const row of rows) {
      if (row.parent_id === null || (!coming.has(row.parent_id) && this.#get(row.parent_id))) ready.push(row)
      else {
        const list = waiting.get(row.parent_id)
        if (list) list.push(row)
        else waiting.set(row.parent_id, [row])
      }
    }
    for (let row = ready.pop(); row; row = ready.pop()) {
      this.add(row)
      const below = waiting.get(row.id)
      if (below) ready.push(...below)
    }
  }

  add(row: TreeRow): Resource {
    // Somebody may have asked for it between its commit and now.
    const resource = this.#cache.get(row.id) ?? this.#keep(row, row.parent_id === null ? undefined : this.#get(row.parent_id), true)
    this.#version++
    this.#tell('added', resource)
    return resource
  }

  /** Removes a resource and everything below it. */
  remove(resource: Resource): void {
    const known = this.#cache.peek(resource.id)
    if (known) for (const gone of this.#cache.remove(known)) this.#watched.delete(gone)
    for (const gone of this.#watched.within(resource)) {
      this.#watched.delete(gone)
      const kept = this.#cache.peek(gone.id)
      if (kept) this.#cache.remove(kept)
    }
    this.#changeAccess()
    this.#tell('removed', resource)
  }

  /** Renames or moves a resource; the caller has checked that the new place is free. */
  move(resource: Resource, parent: Resource | undefined, name: string): void {
    const isRuled = this.#watched.reaches(resource)
    const known = this.#cache.get(resource.id)
    if (known) this.#cache.move(known, parent && this.#get(parent.id), name)
    if (known !== resource) Object.assign(resource, { parent, name })
    if (known && (isRuled || this.#watched.reaches(known))) this.#watched.settleBelow(known, (id) => this.#get(id))
    this.#changeAccess()
    this.#tell('moved', resource)
  }

  setPermissions(resource: Resource, permissions: readonly PermissionRecord[] | null): void {
    for (const one of [resource, this.#cache.peek(resource.id)]) if (one) one.permissions = permissions
    this.#changeAccess()
  }

  setSystemAttributes(resource: Resource, systemAttributes: string): void {
    const known = this.#get(resource.id)
    const { requiresFactor, forbidsLinks } = resource
    const specs = parseSpecs(resource.type, systemAttributes)
    for (const one of [resource, known]) if (one) Object.assign(one, specs)
    // Who may do what depends on them.
    if (resource.requiresFactor !== requiresFactor || resource.forbidsLinks !== forbidsLinks) this.#changeAccess()
    if (!known) return
    const hadPatterns = this.#watched.patterned.has(known)
    if (hadPatterns || hasPatterns(known)) this.#watched.settleBelow(known, (id) => this.#get(id))
    else this.#watched.settle(known)
    if (known !== resource) resource.alerts = known.alerts
  }

  /** @param isAdmin undefined: no longer a member */
  setMember(organizationId: number, userId: number, isAdmin: boolean | undefined): void {
    this.#members.set(organizationId, userId, isAdmin)
    this.#changeAccess()
  }

  isMember(organizationId: number, userId: number): boolean {
    return this.#members.of(userId).has(organizationId)
  }
  isAdmin(organizationId: number, userId: number): boolean {
    return this.#members.of(userId).get(organizationId) ?? false
  }
  /** Ids of the organizations that a user belongs to. */
  organizationsOf(userId: number): number[] {
    return [...this.#members.of(userId).keys()]
  }

  byId(id: number): Resource | undefined {
    return this.#get(id)
  }

  /** What a resource is now, without keeping it in memory for that; undefined when it is not in the tree any more. */
  current(resource: Resource): Resource | undefined {
    return this.#cache.peek(resource.id) ?? this.#get(resource.id)
  }

  #get(id: number): CachedResource | undefined {
    const known = this.#cache.get(id)
    if (known || !this.#source) return known
    const row = this.#source.byId(id)
    return row && this.#rooted([row], true)[0]
  }

  /** Resources of rows, whose parents are looked up; leaves out what is below something deleted. */
  #rooted(rows: readonly TreeRow[], isFound = false): CachedResource[] {
    return rows.flatMap((row) => {
      const known = this.#cache.peek(row.id)
      if (known) return known
      const parent = row.parent_id === null ? undefined : this.#get(row.parent_id)
      return row.parent_id === null || parent ? this.#keep(row, parent, isFound) : []
    })
  }

  #keep(row: TreeRow, parent: CachedResource | undefined, isFound: boolean): CachedResource {
    const resource = cachedResource(this, row, parent, isFound)
    // First, as what is watched is held.
    this.#watched.take(resource)
    this.#cache.add(resource)
    return resource
  }

  childOf(parent: CachedResource | undefined, name: string): Resource | undefined {
    if (!this.#source) return undefined
    if (this.#missing.has(this.#version, parent?.id, name)) return undefined
    const live = parent && this.#get(parent.id)
    // What was removed has no children any more.
    if (parent && !live) return undefined
    const row = this.#source.byName(parent?.id ?? null, name)
    const found = row && this.#childOfRow(row, live, true)
    if (!found) this.#missing.add(parent?.id, name)
    return found
  }

  /** Undefined while a move was committed of which the tree was not told yet: until then it is where it was. */
  #childOfRow(row: TreeRow, parent: CachedResource | undefined, isFound: boolean): CachedResource | undefined {
    const known = isFound ? this.#cache.get(row.id) : this.#cache.peek(row.id)
    if (!known) return this.#keep(row, parent, isFound)
    return known.parent?.id === parent?.id && known.name === row.name ? known : undefined
  }

  *childrenOf(parent: CachedResource | undefined, after: string | undefined): IterableIterator<Resource> {
    const source = this.#source
    const { children } = parent ?? { children: this.#roots }
    if (!source) {
      const kept = children instanceof KeptChildren ? [...children.kept.values()] : []
      return yield* kept
        .sort((a, b) => compareBytes(a.name, b.name))
        .filter(({ name }) => after === undefined || compareBytes(name, after) > 0)
    }
    for (let isMore = true; isMore; ) {
      const live = parent && this.#get(parent.id)
      if (parent && !live) return
      const rows: TreeRow[] = source.children(live?.id ?? null, after, PAGE)
      // At once: rows are true for this moment only.
      yield* rows.flatMap((row) => this.#childOfRow(row, live, false) ?? [])
      after = rows.at(-1)?.name
      isMore = rows.length === PAGE
    }
  }

  namesOf(parent: CachedResource | undefined): ChildName[] {
    if (parent && !this.#get(parent.id)) return []
    if (this.#source) return this.#source.names(parent?.id ?? null)
    return [...this.childrenOf(parent, undefined)].map(({ id, name, type, permissions }) => ({
      id,
      name,
      type,
      isRestricted: permissions !== null,
    }))
  }

  /** @throws Fault invalid when the path is malformed */
  find(path: string, field?: string): Resource | undefined {
    const known = this.#known(path)
    if (known) {
      known.isAsked = true
      return known
    }
    const found = this.descend(splitPath(path, field))
    if (found) {
      if (this.#found.size >= MAX_FOUND) this.#found.clear()
      this.#found.set(path, found as CachedResource)
    }
    return found
  }

  /** Where a path led before, unless something has moved since: controllers send the same few paths again and again. */
  #known(path: string): CachedResource | undefined {
    if (this.#foundVersion !== this.#accessVersion) {
      this.#found.clear()
      this.#foundVersion = this.#accessVersion
    }
    return this.#found.get(path)
  }

  /** The resource at the end of the names, outermost first; undefined if there is none, and for no names. */
  descend(names: readonly string[]): Resource | undefined {
    let resource: Resource | undefined
    for (const name of names) {
      resource = (resource ? resource.children : this.#roots).get(name)
      if (!resource) return undefined
    }
    return resource
  }

  get roots(): IterableIterator<Resource> {
    return this.#roots.values()
  }

  /**
   * Everything that is not deleted itself, a page at a time: names alone, without taking resources into memory. What lies in something
   * deleted is among it, and {@link byId} doesn't find its parent.
   */
  *names(): IterableIterator<NamedRow[]> {
    if (!this.#source) {
      for (const { id, parent, name, type, permissions } of this.resources)
        yield [{ id, parentId: parent?.id ?? null, name, type, isRestricted: permissions !== null }]
      return
    }
    for (let after: number | undefined = 0; after !== undefined; ) {
      const rows: NamedRow[] = this.#source.allNames(after, PAGE)
      yield rows
      after = rows.length === PAGE ? rows.at(-1)?.id : undefined
    }
  }

  /** Finds names by a part of them; undefined: there is no such index, as all names are in memory. */
  get nameIndex(): NameIndex | undefined {
    return this.#source?.nameIndex
  }

  /** Names of all that lies in some folders, higher levels first, a page at a time, without taking resources into memory. */
  *below(folders: readonly number[]): IterableIterator<NamedRow[]> {
    const source = this.#source
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

  /** All resources of a type, read a page at a time. */
  *ofType(type: number): IterableIterator<Resource> {
    if (!this.#source) return yield* [...this.resources].filter((resource) => resource.type === type)
    for (let after: number | undefined = 0; after !== undefined; ) {
      const rows: TreeRow[] = this.#source.ofType(type, after, PAGE)
      yield* this.#rooted(rows)
      after = rows.length === PAGE ? rows.at(-1)?.id : undefined
    }
  }

  /** Sequences that keep their values for a limited time. */
  get aging(): Resource[] {
    const found = this.#source ? this.#rooted(this.#source.aging()) : [...this.resources]
    return found.filter(({ sequence }) => sequence?.maxAge !== undefined)
  }

  /** Everything, read a page at a time. */
  get resources(): IterableIterator<Resource> {
    return this.#below(this.#roots.values())
  }

  /**
   * What went with a resource that was removed, which the database still has as it was. None of it is in the tree any more: for who has to
   * tell its end.
   */
  *goneWith(removed: Resource): IterableIterator<Resource> {
    if (!this.#source) return void (yield* this.#below(removed.children.values()))
    for (let after: string | undefined = ''; after !== undefined; ) {
      const rows: TreeRow[] = this.#source.children(removed.id, after, PAGE)
      for (const row of rows) {
        const one = detachedResource(row, removed)
        yield one
        yield* this.goneWith(one)
      }
      after = rows.length === PAGE ? rows.at(-1)?.name : undefined
    }
  }

  *#below(children: Iterable<Resource>): IterableIterator<Resource> {
    for (const child of children) {
      yield child
      yield* this.#below(child.children.values())
    }
  }

  /** All controllers. */
  get controllers(): ReadonlySet<Resource> {
    return this.#watched.controllers
  }
  /** All resources with alert rules. */
  get alerted(): ReadonlySet<Resource> {
    return this.#watched.alerted
  }
  /** Folders with rules for what is in them. */
  get patterned(): ReadonlySet<Resource> {
    return this.#watched.patterned
  }
}

/** The time zone of the organization that a resource belongs to; undefined: it has none. */
export const timezoneOf = (tree: Pick<Tree, 'byId'>, { organizationId }: Pick<Resource, 'organizationId'>): string | undefined =>
  tree.byId(organizationId)?.timezone
