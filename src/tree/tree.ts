/**
 * The live resources: paths are resolved here, and the verbs that change resources say so here after their commits. A bounded number of
 * resources is in memory (`live-resources.ts`); others are read when they are asked for, by a few synchronous reads of an index. Deleted
 * resources, and what is below them, are not in it.
 *
 * Without a source (an engine that can't read synchronously) everything is read at the start and stays in memory.
 */
import { splitPath } from '../base/path.ts'
import type { Db } from '../database/schema.ts'
import { treeColumns, type TreeRow, type TreeSource } from '../database/tree-source.ts'
import type { PermissionRecord } from '../wire/permissions.ts'
import { CONTROLLER_FOLDER } from '../wire/resource-types.ts'
import { hasPatterns } from './alert-inheritance.ts'
import { keptLimit } from './kept-limit.ts'
import { KnownPaths } from './known-paths.ts'
import { LiveResources } from './live-resources.ts'
import { Memberships } from './memberships.ts'
import { NameOrders } from './name-orders.ts'
import type { CachedResource } from './resource-cache.ts'
import { parseSpecs, type Resource } from './resource.ts'
import { TreeWalk } from './tree-walk.ts'

export { treeColumns, type ChildName, type TreeRow } from '../database/tree-source.ts'
export { detachedResource, isFolder, isImageSequence, isWithin, pathOf, type Children, type Resource } from './resource.ts'

/** Something was made, moved or renamed, or removed with all that is below it. */
export interface TreeChange {
  readonly what: 'added' | 'moved' | 'removed'
  readonly resource: Resource
}

export class Tree extends TreeWalk {
  readonly #live: LiveResources
  readonly #members: Memberships
  readonly #watchers = new Set<(change: TreeChange) => void>()
  readonly #paths: KnownPaths
  /** Children of folders as people look at them. */
  readonly orders = new NameOrders(this)
  #version = 0
  #accessVersion = 0

  /**
   * @param source undefined: what is loaded and added is all that there is
   * @param maxKept resources in memory that nothing else holds
   */
  constructor(source?: TreeSource, maxKept = keptLimit()) {
    const live = new LiveResources(source, maxKept)
    super(live)
    this.#live = live
    this.#members = new Memberships(source)
    this.#paths = new KnownPaths(maxKept)
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
    return this.#live.cache.size
  }

  /** Hears of changes when they are committed. The watcher must not throw. @returns its own end */
  watch(watcher: (change: TreeChange) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Hears when other alert rules hold for a resource than before. The watcher must not throw. @returns its own end */
  watchRules(watcher: () => void): () => void {
    return this.#live.watched.watchRules(watcher)
  }

  #tell(what: TreeChange['what'], resource: Resource): void {
    for (const watcher of this.#watchers) watcher({ what, resource })
  }

  /** Forgets what is in memory, and reads what is always there: resources that workers watch. */
  async load(db: Db): Promise<void> {
    const { source, cache, watched } = this.#live
    const rows = source ? [] : await db.selectFrom('resources').select(treeColumns).where('deleted', '=', 0).execute()
    const members = source ? [] : await db.selectFrom('organization_users').selectAll().execute()
    cache.clear()
    this.#members.clear()
    watched.clear()
    const watchers = [...this.#watchers]
    // What is read again was there before.
    this.#watchers.clear()
    this.addAll(rows)
    for (const watcher of watchers) this.#watchers.add(watcher)
    for (const row of members) this.setMember(row.organization_id, row.user_id, row.is_admin === 1)
    if (source) {
      for (const row of [...this.ofType(CONTROLLER_FOLDER), ...this.#live.rooted(source.ruled())]) cache.get(row.id)
      watched.settleAll((id) => this.#live.byId(id))
    }
    this.#changeAccess()
  }

  #changeAccess(): void {
    this.#accessVersion++
    this.#paths.clear()
    this.#change()
  }

  #change(): void {
    this.#version++
    this.#live.missing.clear()
  }

  /** Adds rows in any order; leaves out those below a parent that is not live. */
  addAll(rows: readonly TreeRow[]): void {
    const waiting = new Map<number, TreeRow[]>()
    const ready: TreeRow[] = []
    const coming = new Set(rows.map(({ id }) => id))
    for (const row of rows) {
      if (row.parent_id === null || (!coming.has(row.parent_id) && this.#live.byId(row.parent_id))) ready.push(row)
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
    const known = this.#live.cache.get(row.id)
    const resource = known ?? this.#live.keep(row, row.parent_id === null ? undefined : this.#live.byId(row.parent_id), true)
    this.#version++
    this.#live.missing.forget(row.parent_id ?? undefined, row.name)
    this.orders.add(resource)
    this.#tell('added', resource)
    return resource
  }

  /** Removes a resource and everything below it. */
  remove(resource: Resource): void {
    const { cache, watched } = this.#live
    const known = cache.peek(resource.id)
    if (known) for (const gone of cache.remove(known)) watched.delete(gone)
    for (const gone of watched.within(resource)) {
      watched.delete(gone)
      const kept = cache.peek(gone.id)
      if (kept) cache.remove(kept)
    }
    this.#changeAccess()
    this.#tell('removed', resource)
  }

  /** Renames or moves a resource; the caller has checked that the new place is free. */
  move(resource: Resource, parent: Resource | undefined, name: string): void {
    const isRuled = this.#live.watched.reaches(resource)
    const known = this.#live.cache.get(resource.id)
    if (known) this.#live.cache.move(known, parent && this.#live.byId(parent.id), name)
    if (known !== resource) Object.assign(resource, { parent, name })
    if (known && (isRuled || this.#live.watched.reaches(known))) this.#live.watched.settleBelow(known, (id) => this.#live.byId(id))
    this.#changeAccess()
    this.#tell('moved', resource)
  }

  setPermissions(resource: Resource, permissions: readonly PermissionRecord[] | null): void {
    for (const one of [resource, this.#live.cache.peek(resource.id)]) if (one) one.permissions = permissions
    this.#changeAccess()
  }

  setSystemAttributes(resource: Resource, systemAttributes: string): void {
    const known = this.#live.byId(resource.id)
    const { requiresFactor, forbidsLinks } = resource
    const specs = parseSpecs(resource.type, systemAttributes)
    for (const one of [resource, known]) if (one) one.specs = specs
    // Who may do what depends on them.
    if (resource.requiresFactor !== requiresFactor || resource.forbidsLinks !== forbidsLinks) this.#changeAccess()
    if (!known) return
    const hadPatterns = this.#live.watched.patterned.has(known)
    if (hadPatterns || hasPatterns(known)) this.#live.watched.settleBelow(known, (id) => this.#live.byId(id))
    else this.#live.watched.settle(known)
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
    return this.#live.byId(id)
  }

  /** What a resource is now, without keeping it in memory for that; undefined when it is not in the tree any more. */
  current(resource: Resource): Resource | undefined {
    return this.#live.cache.peek(resource.id) ?? this.#live.byId(resource.id)
  }

  /** @throws Fault invalid when the path is malformed */
  find(path: string, field?: string): Resource | undefined {
    const known = this.#paths.get(path)
    if (known) {
      known.isAsked = true
      return known
    }
    const found = this.descend(splitPath(path, field))
    if (found) this.#paths.set(path, found as CachedResource)
    return found
  }

  /** The resource at the end of the names, outermost first; undefined if there is none, and for no names. */
  descend(names: readonly string[]): Resource | undefined {
    let resource: Resource | undefined
    for (const name of names) {
      resource = (resource ? resource.children : this.#live.roots).get(name)
      if (!resource) return undefined
    }
    return resource
  }

  get roots(): IterableIterator<Resource> {
    return this.#live.roots.values()
  }

  /** All controllers. */
  get controllers(): ReadonlySet<Resource> {
    return this.#live.watched.controllers
  }
  /** All resources with alert rules. */
  get alerted(): ReadonlySet<Resource> {
    return this.#live.watched.alerted
  }
  /** Increases whenever other alert rules hold for a resource than before. */
  get rulesVersion(): number {
    return this.#live.watched.rulesVersion
  }
  /** Folders with rules for what is in them. */
  get patterned(): ReadonlySet<Resource> {
    return this.#live.watched.patterned
  }
}

/** The time zone of the organization that a resource belongs to; undefined: it has none. */
export const timezoneOf = (tree: Pick<Tree, 'byId'>, { organizationId }: Pick<Resource, 'organizationId'>): string | undefined =>
  tree.byId(organizationId)?.timezone
