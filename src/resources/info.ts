/** Metadata objects of resources, as they are sent. Source: protocol, section 4. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { ControllerStatusRow, ResourceRow } from '../database/schema.ts'
import { isObject } from '../base/json.ts'
import { canWrite, requireNoLink, requireRead } from '../tree/permissions.ts'
import { parseAttributes, type Attributes } from '../attributes/resource-attributes.ts'
import { IDENTITY_ATTRIBUTES } from '../attributes/lab-id.ts'
import { CONTROLLER_FOLDER, FILE, ORGANIZATION_FOLDER, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { findNewestImage } from '../sequences/image-reading.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { isImageSequence, pathOf, type Resource } from '../tree/tree.ts'
import type { PermissionRecord } from '../wire/permissions.ts'

export interface ResourceInfo {
  id: number
  name: string
  type: number
  path?: string
  [field: string]: unknown
}

/** What a listing contains for each resource; {@link describeAll} adds the rest. */
export const describeBriefly = (resource: Pick<Resource, 'id' | 'name' | 'type'>): ResourceInfo => ({
  id: resource.id,
  name: resource.name,
  type: resource.type,
})

/**
 * All metadata of one resource, with its path and, for a user who has set one, their view.
 * @throws Fault forbidden
 */
export async function describeResource(ctx: Context, actor: Actor, resource: Resource): Promise<ResourceInfo> {
  requireRead(ctx, actor, resource)
  requireNoLink(actor, 'attributes')
  const [info] = await describeAll(ctx, [resource])
  if (!info) throw new Error(`resource ${resource.id} has no row`)
  if (!canWrite(ctx, actor, resource)) hideRecipients(info)
  info.path = pathOf(resource)
  const view = await readView(ctx, actor, resource)
  if (view !== undefined) info['view'] = view
  return info
}

/** A user's stored view of a resource; undefined if they have none, and for other actors. */
export async function readView(ctx: Context, actor: Actor, resource: Resource): Promise<unknown> {
  if (actor.kind !== 'user') return undefined
  const row = await ctx.db
    .selectFrom('resource_views')
    .select('view')
    .where('resource_id', '=', resource.id)
    .where('user_id', '=', actor.userId)
    .executeTakeFirst()
  return row && (JSON.parse(row.view) as unknown)
}

/** Number of rows in one query: limited by a statement's parameters, and by how long others wait. */
const STEP = 500

/** Extended metadata, without checking permissions; leaves out resources whose rows are gone. */
export async function describeAll(ctx: Context, resources: readonly Resource[]): Promise<ResourceInfo[]> {
  const infos: ResourceInfo[] = []
  for (let from = 0; from < resources.length; from += STEP) {
    const some = resources.slice(from, from + STEP)
    const ids = some.map(({ id }) => id)
    const rows = new Map((await ctx.db.selectFrom('resources').selectAll().where('id', 'in', ids).execute()).map((row) => [row.id, row]))
    const controllers = some.filter(({ type }) => type === CONTROLLER_FOLDER).map(({ id }) => id)
    const statuses = new Map(
      controllers.length === 0
        ? []
        : (await ctx.db.selectFrom('controller_status').selectAll().where('id', 'in', controllers).execute()).map((row) => [row.id, row]),
    )
    for (const resource of some) {
      if (ctx.turns.isOver()) await ctx.turns.next()
      const row = rows.get(resource.id)
      if (!row) continue
      const info = describeRow(row, resource.sequence ? await findNewest(ctx, resource) : undefined)
      if (row.type === CONTROLLER_FOLDER)
        Object.assign(info, describeController(ctx, row.id, statuses.get(row.id)), {
          status: parseAttributes(statuses.get(row.id)?.attributes ?? '{}'),
        })
      infos.push(info)
    }
  }
  return infos
}

/** Removes the recipients of alerts and watchdogs, which are only for callers who may change the resource. */
export function hideRecipients(info: ResourceInfo): void {
  const attributes = info['system_attributes'] as Attributes | undefined
  if (!attributes || !('alerts' in attributes || 'watchdog_recipients' in attributes)) return
  const { alerts, watchdog_recipients: _hidden, ...others } = attributes
  const rules = Array.isArray(alerts)
    ? (alerts as unknown[]).filter(isObject).map(({ recipients: _recipients, escalate_to: _second, ...rule }) => rule)
    : undefined
  info['system_attributes'] = info['settings'] = rules === undefined ? others : { ...others, alerts: rules }
}

interface Newest {
  revisionId: number
  time: Micros
  /** For an image, the id of its revision. */
  value: number | string
}

/** @param newest newest value of a sequence, which its row doesn't contain */
export function describeRow(row: ResourceRow, newest?: Newest): ResourceInfo {
  const creation = formatTimestamp(row.creation_timestamp)
  const modification = formatTimestamp(newest?.time ?? row.modification_timestamp)
  const systemAttributes = parseAttributes(row.system_attributes)
  if (row.type === ORGANIZATION_FOLDER && row.name === SYSTEM_FOLDER) for (const name of IDENTITY_ATTRIBUTES) delete systemAttributes[name]
  const revisionId = newest?.revisionId ?? row.last_revision_id
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    parent_id: row.parent_id,
    creationTimestamp: creation,
    creation_timestamp: creation,
    modificationTimestamp: modification,
    modification_timestamp: modification,
    permissions: row.permissions === null ? [] : (JSON.parse(row.permissions) as PermissionRecord[]),
    inherits_permissions: row.permissions === null,
    settings: systemAttributes,
    system_attributes: systemAttributes,
    user_attributes: parseAttributes(row.user_attributes),
    lastRevisionId: revisionId,
    last_revision_id: revisionId,
    ...(revisionId === null ? {} : { storage_path: storagePath(row, revisionId) }),
    ...(row.type === FILE ? { hash: systemAttributes['hash'] ?? null, size: systemAttributes['size'] ?? null } : {}),
  }
}

/** Old servers' path of a revision. Ours are stored elsewhere, but the path still identifies a revision. */
function storagePath(row: ResourceRow, revisionId: number): string {
  const digits = String(row.id).padStart(9, '0')
  return `${row.organization_id ?? row.id}/${digits.slice(-9, -6)}/${digits.slice(-6, -3)}/${digits.slice(-3)}/${row.id}_${revisionId}`
}

/** A sequence's newest value that is not ahead of the clock, or else the newest of all, without checking permissions. */
export async function findNewest(ctx: Context, sequence: Resource): Promise<Newest | undefined> {
  if (isImageSequence(sequence)) {
    const row = await findNewestImage(ctx, sequence)
    return row && { revisionId: row.id, time: row.timestamp, value: row.id }
  }
  const newest = await ctx.sequenceStates.lookUpNewest(ctx, sequence)
  return newest && { revisionId: newest.time, time: newest.time, value: newest.value }
}

/** A controller's connection state: from memory, which is ahead of the row. */
export function describeController(ctx: Context, id: number, row: ControllerStatusRow | undefined): Attributes {
  const live = ctx.liveness.get(id)
  const time = (known: Micros | undefined): string => (known === undefined ? '' : `${formatTimestamp(known).slice(0, -1)} Z`)
  return {
    client_version: live?.clientVersion ?? row?.client_version ?? '',
    web_socket_connected: (live?.connections ?? 0) > 0,
    last_connect_timestamp: time(live?.lastConnect ?? row?.last_connect_timestamp ?? undefined),
    last_watchdog_timestamp: time(live?.lastWatchdog ?? row?.last_watchdog_timestamp ?? undefined),
  }
}
