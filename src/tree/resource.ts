/**
 * A resource as it is in memory. What was found by an id, a path or a name is one object as long as anything holds it; what a listing gives
 * is good for the moment, so compare resources by their ids.
 */
import { readAlertRules, type AlertRule } from '../attributes/alert-rules.ts'
import { readSequenceSpec, type SequenceSpec } from '../attributes/sequence-spec.ts'
import { readQuota, type Quota } from '../attributes/quota.ts'
import { readTimezone } from '../attributes/timezone.ts'
import type { ChildName, TreeRow } from '../database/tree-source.ts'
import type { PermissionRecord } from '../wire/permissions.ts'
import { CONTROLLER_FOLDER, IMAGE, ORGANIZATION_FOLDER, SEQUENCE, isFolderType } from '../wire/resource-types.ts'
import { readWatchdogSpec, type WatchdogSpec } from '../attributes/watchdog-spec.ts'

/** Live children of a resource, most of which need not be in memory. */
export interface Children {
  get(name: string): Resource | undefined
  has(name: string): boolean
  /** Read a page at a time, in no promised order. Others may be added and removed while somebody goes through them. */
  values(): IterableIterator<Resource>
  /** By name, in the order of its bytes. @param after the name before the first of them; missing: from the beginning */
  inOrder(after?: string): IterableIterator<Resource>
  /** All of them, without taking them into memory. */
  names(): ChildName[]
  readonly isEmpty: boolean
}

/** What the system attributes say that is needed often. */
export interface Specs {
  /** Present on sequences. */
  readonly sequence: SequenceSpec | undefined
  /** Present on controllers that are watched. */
  readonly watchdog: WatchdogSpec | undefined
  /** The rules in its own attributes; those of folders have a pattern of sequences in them. */
  readonly ownAlerts: readonly AlertRule[] | undefined
  /** Set on organizations that have a time zone: an IANA name. */
  readonly timezone: string | undefined
  /** Set on organizations that may not store as much as they like. */
  readonly quota: Quota | undefined
  /** Of folders: whether values for unknown names below it make sequences; undefined: as the folder above. */
  readonly createsSequences: boolean | undefined
  /** Of an organization: whether its people must have a second factor. */
  readonly requiresFactor: boolean
  /** Of an organization: whether secret links to what is in it are off. */
  readonly forbidsLinks: boolean
}

export interface Resource extends Readonly<Specs> {
  readonly id: number
  name: string
  readonly type: number
  parent: Resource | undefined
  readonly children: Children
  readonly organizationId: number
  /** Its own records; null: only inherited ones. */
  permissions: readonly PermissionRecord[] | null
  /** What its system attributes say, for a change of all of it; read it by its own properties. */
  specs: Specs
  /** Present on sequences and controllers on which rules are followed: its own, and those of folders above. */
  alerts: readonly AlertRule[] | undefined
}

export const NO_CHILDREN: Children = {
  get: () => undefined,
  has: () => false,
  values: () => [].values(),
  inOrder: () => [].values(),
  names: () => [],
  isEmpty: true,
}

/** Many are in memory, and most of them are files, which have no specs: those share an empty one. */
export abstract class RowResource implements Resource {
  readonly id: number
  name: string
  readonly type: number
  parent: Resource | undefined
  abstract readonly children: Children
  readonly organizationId: number
  permissions: readonly PermissionRecord[] | null
  specs: Specs
  alerts: readonly AlertRule[] | undefined = undefined

  constructor(row: TreeRow, parent: Resource | undefined) {
    this.id = row.id
    this.name = row.name
    this.type = row.type
    this.parent = parent
    this.organizationId = row.organization_id ?? parent?.organizationId ?? row.id
    this.permissions = parsePermissions(row.permissions)
    this.specs = parseSpecs(row.type, row.system_attributes)
  }

  get sequence(): SequenceSpec | undefined {
    return this.specs.sequence
  }
  get watchdog(): WatchdogSpec | undefined {
    return this.specs.watchdog
  }
  get ownAlerts(): readonly AlertRule[] | undefined {
    return this.specs.ownAlerts
  }
  get timezone(): string | undefined {
    return this.specs.timezone
  }
  get quota(): Quota | undefined {
    return this.specs.quota
  }
  get createsSequences(): boolean | undefined {
    return this.specs.createsSequences
  }
  get requiresFactor(): boolean {
    return this.specs.requiresFactor
  }
  get forbidsLinks(): boolean {
    return this.specs.forbidsLinks
  }
}

/** A resource as the tree would hold it, without adding it; for checking who may restore a deleted one. */
export const detachedResource = (row: TreeRow, parent: Resource | undefined): Resource => new DetachedResource(row, parent)

class DetachedResource extends RowResource {
  readonly children = NO_CHILDREN
}

/** The absolute path of a resource. */
export function pathOf(resource: Resource): string {
  let path = ''
  for (let at: Resource | undefined = resource; at; at = at.parent) path = `/${at.name}${path}`
  return path
}

/** True when `resource` is `ancestor` or below it. */
export function isWithin(resource: Resource, ancestor: Resource): boolean {
  for (let at: Resource | undefined = resource; at; at = at.parent) if (at.id === ancestor.id) return true
  return false
}

function parsePermissions(text: string | null): readonly PermissionRecord[] | null {
  if (text === null) return null
  return JSON.parse(text) as PermissionRecord[]
}

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
export function parseSpecs(type: number, systemAttributes: string): Specs {
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

export const isFolder = (resource: Resource): boolean => isFolderType(resource.type)

export const isImageSequence = (resource: Resource): boolean => resource.sequence?.dataType === IMAGE

/** As the database sorts names. */
export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))
