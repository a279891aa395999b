/**
 * The live resources in memory: paths are resolved and permissions read here, without a query. Loaded at start; the verbs that change
 * resources update it after their commits. Deleted resources are not in it.
 */
import { readAlertRules, type AlertRule } from '../attributes/alert-rules.ts'
import type { Db, ResourceRow } from '../database/schema.ts'
import { readSequenceSpec, type SequenceSpec } from '../attributes/sequence-spec.ts'
import { readQuota, type Quota } from '../attributes/quota.ts'
import { readTimezone } from '../attributes/timezone.ts'
import { effectiveRules, hasPatterns } from './alert-inheritance.ts'
import { splitPath } from '../base/path.ts'
import type { PermissionRecord } from '../wire/permissions.ts'
import { CONTROLLER_FOLDER, IMAGE, ORGANIZATION_FOLDER, SEQUENCE, isFolderType } from '../wire/resource-types.ts'
import { readWatchdogSpec, type WatchdogSpec } from '../attributes/watchdog-spec.ts'

export interface Resource {
  readonly id: number
  name: string
  readonly type: number
  parent: Resource | undefined
  /** Live children by name. */
  readonly children: Map<string, Resource>
  readonly organizationId: number
  /** Its own records; null: only inherited ones. */
  permissions: readonly PermissionRecord[] | null
  /** Present on sequences. */
  sequence: SequenceSpec | undefined
  /** Present on controllers that are watched. */
  watchdog: WatchdogSpec | undefined
  /** The rules in its own attributes; those of folders have a pattern of sequences in them. */
  ownAlerts: readonly AlertRule[] | undefined
  /** Present on sequences and controllers on which rules are followed: its own, and those of folders above. */
  alerts: readonly AlertRule[] | undefined
  /** Set on organizations that have a time zone: an IANA name. */
  timezone: string | undefined
  /** Set on organizations that may not store as much as they like. */
  quota: Quota | undefined
  /** Of folders: whether values for unknown names below it make sequences; undefined: as the folder above. */
  createsSequences: boolean | undefined
  /** Of an organization: whether its people must have a second factor. */
  requiresFactor: boolean
  /** Of an organization: whether secret links to what is in it are off. */
  forbidsLinks: boolean
}

/** The columns of a row that the tree needs. */
export type TreeRow = Pick<ResourceRow, 'id' | 'parent_id' | 'name' | 'type' | 'organization_id' | 'permissions' | 'system_attributes'>
export const treeColumns = ['id', 'parent_id', 'name', 'type', 'organization_id', 'permissions', 'system_attributes'] as const

export const isFolder = (resource: Resource): boolean => isFolderType(resource.type)

/** Maximum number of cached paths. */
const MAX_FOUND = 20_000

/** Something was made, moved or renamed, or removed with all that is below it. */
export interface TreeChange {
  readonly what: 'added' | 'moved' | 'removed'
  readonly resource: Resource
}

export class Tree {
  readonly #watchers = new Set<(change: TreeChange) => void>()
  readonly #byId = new Map<number, Resource>()
  readonly #roots = new Map<string, Resource>()
  /** Organization id → user id → whether an admin of it. */
  readonly #members = new Map<number, Map<number, boolean>>()
  /** Resources that workers examine again and again. */
  readonly #controllers = new Set<Resource>()
  readonly #alerted = new Set<Resource>()
  /** Folders with rules for what is in them. */
  readonly #patterned = new Set<Resource>()
  #version = 0
  readonly #found = new Map<string, Resource>()
  #foundVersion = 0

  /** Increases with each change to resources, permissions or members: anything computed from an older version is stale. */
  get version(): number {
    return this.#version
  }

  /** Hears of changes when they are committed. The watcher must not throw. @returns its own end */
  watch(watcher: (change: TreeChange) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #tell(what: TreeChange['what'], resource: Resource): void {
    for (const watcher of this.#watchers) watcher({ what, resource })
  }

  /** Reads everything from the database, replacing what is in memory. */
  async load(db: Db): Promise<void> {
    const resources = await db.selectFrom('resources').select(treeColumns).where('deleted', '=', 0).execute()
    const members = await db.selectFrom('organization_users').selectAll().execute()
    this.#byId.clear()
    this.#roots.clear()
    this.#members.clear()
    this.#controllers.clear()
    this.#alerted.clear()
    this.#patterned.clear()
    const watchers = [...this.#watchers]
    // What is read again was there before.
    this.#watchers.clear()
    this.addAll(resources)
    for (const watcher of watchers) this.#watchers.add(watcher)
    for (const row of members) this.setMember(row.organization_id, row.user_id, row.is_admin === 1)
    this.#version++
  }

  /** Adds rows in any order; leaves out those below a parent that is not live. */
  addAll(rows: readonly TreeRow[]): void {
    const waiting = new Map<number, TreeRow[]>()
    const ready: TreeRow[] = []
    for (const row of rows) {
      if (row.parent_id === null || this.#byId.has(row.parent_id)) ready.push(row)
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
    const parent = row.parent_id === null ? undefined : this.#byId.get(row.parent_id)
    const resource = detachedResource(row, parent)
    this.#byId.set(resource.id, resource)
    this.#siblings(parent).set(resource.name, resource)
    if (resource.type === CONTROLLER_FOLDER) this.#controllers.add(resource)
    if (hasPatterns(resource)) this.#patterned.add(resource)
    this.#settleAlerts(resource)
    this.#version++
    this.#tell('added', resource)
    return resource
  }

  /** Removes a resource and everything below it. */
  remove(resource: Resource): void {
    this.#siblings(resource.parent).delete(resource.name)
    const gone = [resource]
    for (let next = gone.pop(); next; next = gone.pop()) {
      this.#byId.delete(next.id)
      this.#controllers.delete(next)
      this.#alerted.delete(next)
      this.#patterned.delete(next)
      gone.push(...next.children.values())
    }
    this.#version++
    this.#tell('removed', resource)
  }

  /** Renames or moves a resource; the caller has checked that the new place is free. */
  move(resource: Resource, parent: Resource | undefined, name: string): void {
    this.#siblings(resource.parent).delete(resource.name)
    resource.parent = parent
    resource.name = name
    this.#siblings(parent).set(name, resource)
    if (this.#patterned.size > 0) this.#settleAlertsBelow(resource)
    this.#version++
    this.#tell('moved', resource)
  }

  setPermissions(resource: Resource, permissions: readonly PermissionRecord[] | null): void {
    resource.permissions = permissions
    this.#version++
  }

  setSystemAttributes(resource: Resource, systemAttributes: string): void {
    const { requiresFactor, forbidsLinks } = resource
    Object.assign(resource, parseSpecs(resource.type, systemAttributes))
    // Who may do what depends on them.
    if (resource.requiresFactor !== requiresFactor || resource.forbidsLinks !== forbidsLinks) this.#version++
    const hadPatterns = this.#patterned.has(resource)
    if (hasPatterns(resource)) this.#patterned.add(resource)
    else this.#patterned.delete(resource)
    if (hadPatterns || this.#patterned.has(resource)) this.#settleAlertsBelow(resource)
    else this.#settleAlerts(resource)
  }

  #settleAlerts(resource: Resource): void {
    resource.alerts = effectiveRules(resource)
    if (resource.alerts) this.#alerted.add(resource)
    else this.#alerted.delete(resource)
  }

  #settleAlertsBelow(resource: Resource): void {
    const below = [resource]
    for (let next = below.pop(); next; next = below.pop()) {
      this.#settleAlerts(next)
      below.push(...next.children.values())
    }
  }

  /** @param isAdmin undefined: no longer a member */
  setMember(organizationId: number, userId: number, isAdmin: boolean | undefined): void {
    let members = this.#members.get(organizationId)
    if (!members) this.#members.set(organizationId, (members = new Map<number, boolean>()))
    if (isAdmin === undefined) members.delete(userId)
    else members.set(userId, isAdmin)
    this.#version++
  }

  isMember(organizationId: number, userId: number): boolean {
    return this.#members.get(organizationId)?.has(userId) ?? false
  }
  isAdmin(organizationId: number, userId: number): boolean {
    return this.#members.get(organizationId)?.get(userId) ?? false
  }
  /** Ids of the organizations that a user belongs to. */
  organizationsOf(userId: number): number[] {
    return [...this.#members].filter(([, members]) => members.has(userId)).map(([id]) => id)
  }

  byId(id: number): Resource | undefined {
    return this.#byId.get(id)
  }

  /** @throws Fault invalid when the path is malformed */
  find(path: string, field?: string): Resource | undefined {
    const known = this.#known(path)
    if (known) return known
    const found = this.descend(splitPath(path, field))
    if (found) {
      if (this.#found.size >= MAX_FOUND) this.#found.clear()
      this.#found.set(path, found)
    }
    return found
  }

  /** Where a path led before, unless anything has changed since: controllers send the same few paths again and again. */
  #known(path: string): Resource | undefined {
    if (this.#foundVersion !== this.#version) {
      this.#found.clear()
      this.#foundVersion = this.#version
    }
    return this.#found.get(path)
  }

  /** The resource at the end of the names, outermost first; undefined if there is none, and for no names. */
  descend(names: readonly string[]): Resource | undefined {
    let resource: Resource | undefined
    let level = this.#roots
    for (const name of names) {
      resource = level.get(name)
      if (!resource) return undefined
      level = resource.children
    }
    return resource
  }

  get roots(): IterableIterator<Resource> {
    return this.#roots.values()
  }
  get resources(): IterableIterator<Resource> {
    return this.#byId.values()
  }

  /** All controllers. */
  get controllers(): ReadonlySet<Resource> {
    return this.#controllers
  }
  /** All resources with alert rules. */
  get alerted(): ReadonlySet<Resource> {
    return this.#alerted
  }

  get patterned(): ReadonlySet<Resource> {
    return this.#patterned
  }

  #siblings(parent: Resource | undefined): Map<string, Resource> {
    return parent ? parent.children : this.#roots
  }
}

/** A resource as the tree would hold it, without adding it; for checking who may restore a deleted one. */
export function detachedResource(row: TreeRow, parent: Resource | undefined): Resource {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    parent,
    children: new Map(),
    organizationId: row.organization_id ?? parent?.organizationId ?? row.id,
    permissions: parsePermissions(row.permissions),
    ...parseSpecs(row.type, row.system_attributes),
    alerts: undefined,
  }
}

/** The absolute path of a resource. */
export function pathOf(resource: Resource): string {
  let path = ''
  for (let at: Resource | undefined = resource; at; at = at.parent) path = `/${at.name}${path}`
  return path
}

/** True when `resource` is `ancestor` or below it. */
export function isWithin(resource: Resource, ancestor: Resource): boolean {
  for (let at: Resource | undefined = resource; at; at = at.parent) if (at === ancestor) return true
  return false
}

function parsePermissions(text: string | null): readonly PermissionRecord[] | null {
  if (text === null) return null
  return JSON.parse(text) as PermissionRecord[]
}

type Specs = Pick<
  Resource,
  'sequence' | 'watchdog' | 'ownAlerts' | 'timezone' | 'quota' | 'createsSequences' | 'requiresFactor' | 'forbidsLinks'
>

const NO_SPECS: Specs = {
  sequence: undefined,
  watchdog: undefined,
  ownAlerts: undefined,
  timezone: undefined,
  quota: undefined,
  createsSequences: undefined,
  requiresFactor: false,
  forbidsLinks: false,
}

/** Parses the attributes that are needed often. */
function parseSpecs(type: number, systemAttributes: string): Specs {
  if (type !== SEQUENCE && !isFolderType(type)) return NO_SPECS
  const attributes = JSON.parse(systemAttributes) as Record<string, unknown>
  const { create_sequences: creates } = attributes
  const none = isFolderType(type) && typeof creates === 'boolean' ? { ...NO_SPECS, createsSequences: creates } : NO_SPECS
  if (type === ORGANIZATION_FOLDER)
    return {
      ...none,
      ownAlerts: readAlertRules(attributes['alerts'], 'folder'),
      timezone: readTimezone(attributes['timezone']),
      quota: readQuota(attributes['quota']),
      requiresFactor: attributes['second_factor'] === 'required',
      forbidsLinks: attributes['secret_links'] === 'off',
    }
  if (type === CONTROLLER_FOLDER)
    return { ...none, watchdog: readWatchdogSpec(attributes), ownAlerts: readAlertRules(attributes['alerts'], 'controller') }
  if (type !== SEQUENCE) return { ...none, ownAlerts: readAlertRules(attributes['alerts'], 'folder') }
  const sequence = readSequenceSpec(attributes)
  return { ...none, sequence, ownAlerts: readAlertRules(attributes['alerts'], sequence.dataType) }
}

export const isImageSequence = (resource: Resource): boolean => resource.sequence?.dataType === IMAGE

/** The time zone of the organization that a resource belongs to; undefined: it has none. */
export const timezoneOf = (tree: Pick<Tree, 'byId'>, { organizationId }: Pick<Resource, 'organizationId'>): string | undefined =>
  tree.byId(organizationId)?.timezone
