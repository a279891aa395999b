/** Creates resources of all types. Source: protocol, section 4. */
import type { Actor } from '../tree/actor.ts'
import { isSystemAdmin } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import { insertControllerParts } from './controller-parts.ts'
import type { ResourceRow, Tx } from '../database/schema.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { recordContent, type ContentSource } from '../content/content.ts'
import { newFileName, prepareFile, prepareNewFile, recordNewFile, type PreparedFile } from '../content/intake.ts'
import { insertOrganization, organizationMade } from './organizations.ts'
import { requireName, splitPath } from '../base/path.ts'
import { checkLabels } from '../attributes/labels.ts'
import { attributesText, newSequenceAttributes, parseAttributes, type Attributes } from '../attributes/resource-attributes.ts'
import { requireQuotaLeft, takeQuota } from '../tree/quotas.ts'
import { insertResource, type NewResource } from '../tree/resource-records.ts'
import { ofNewest, planRows } from './new-rows.ts'
import { purgeDeleted } from './removal.ts'
import { requireUntaken } from './taken-names.ts'
import { CONTROLLER_FOLDER, FILE, ORGANIZATION_FOLDER, SEQUENCE, isFolderType } from '../wire/resource-types.ts'
import { findPlace, insertFolders, requireReachable } from '../tree/tree-changes.ts'
import type { Micros } from '../base/time.ts'
import { checkNewWatch } from './watch-attributes.ts'

export interface CreateRequest {
  /** Absolute path of the folder; missing folders are created as basic folders. */
  readonly folder: string
  readonly name: string
  readonly type: number
  /** Must contain `data_type` for sequences. */
  readonly systemAttributes?: Attributes
  readonly userAttributes?: Attributes | undefined
  readonly creationTimestamp?: Micros | undefined
  readonly modificationTimestamp?: Micros | undefined
  /** Content of a file; without it the file is empty. */
  readonly content?: ContentSource
  /** Keeps a file as it is; otherwise it is taken in as old clients expect it (see `prepareNewFile`). */
  readonly asIs?: boolean
}

/**
 * Creates a resource. A deleted resource of the same name is then removed for good, if the caller may do that.
 * @returns its id
 * @throws Fault conflict when the name is taken; forbidden without write on the deepest folder that exists; invalid, too_large, busy
 */
export async function createResource(ctx: Context, actor: Actor, request: CreateRequest): Promise<number> {
  const folder = splitPath(request.folder)
  const name = requireName(request.type === FILE && request.asIs !== true ? newFileName(request.name) : request.name)
  const given = request.systemAttributes ?? {}
  const systemAttributes = {
    ...(request.type === SEQUENCE ? newSequenceAttributes(given) : parseAttributes(attributesText(given, 'system_attributes'))),
    ...checkLabels(given),
    ...checkNewWatch(actor, request.type, given),
  }
  const resource = {
    name,
    type: request.type,
    systemAttributes,
    userAttributes: attributesText(request.userAttributes ?? {}, 'user_attributes'),
    ...(request.creationTimestamp === undefined ? {} : { creationTimestamp: request.creationTimestamp }),
    ...(request.modificationTimestamp === undefined ? {} : { modificationTimestamp: request.modificationTimestamp }),
  }
  requireFitting(actor, folder, request.type)
  requireFree(ctx, actor, folder, name)
  const insert = async (revisions: readonly PreparedFile[] = []): Promise<number> => {
    await purgeHidden(ctx, actor, folder, name)
    return addShared(ctx, actor, folder, resource, revisions)
  }
  if (request.type !== FILE) return insert()
  await requireQuotaFor(ctx, folder)
  const content = request.content ?? new Uint8Array(0)
  const revisions = request.asIs === true ? [await prepareFile(ctx, name, content)] : await prepareNewFile(ctx, request.name, content)
  return recordContent(
    ctx,
    revisions.map((revision) => revision.content),
    () => insert(revisions),
  )
}

/**
 * Adds a resource, and the missing folders above it, in a transaction that others share.
 * @param orElse makes the change where something else has to be done, and says undefined where not
 * @returns its id
 * @throws Fault as {@link createResource}
 */
export function addShared(
  ctx: Context,
  actor: Actor,
  folder: readonly string[],
  resource: Omit<NewResource, 'parent'>,
  revisions: readonly PreparedFile[],
  orElse?: () => ((tx: Tx) => Promise<() => number>) | undefined,
): Promise<number> {
  return ctx.sharedChanges.run((tx) => (orElse?.() ?? ((own: Tx) => insertAt(ctx, actor, own, folder, resource, revisions)))(tx), {
    plan: () => (orElse?.() ? undefined : planRows(ctx, actor, folder, resource, revisions)),
    apply: (row) => {
      ctx.tree.addAll([row])
      return row.id
    },
  })
}

/** @throws Fault too_large when the organization has no room for files */
export async function requireQuotaFor(ctx: Context, folder: readonly string[]): Promise<void> {
  const organization = ctx.tree.descend(folder.slice(0, 1))
  if (organization) await requireQuotaLeft(ctx, organization.id, 'file_bytes')
}

/** @throws Fault forbidden, invalid, conflict */
function requireFree(ctx: Context, actor: Actor, folder: readonly string[], name: string): void {
  findPlace(ctx, actor, folder, 'path')
  requireUntaken(ctx, folder, name)
}

/** Removes for good what was deleted under a name that is about to be reused, but for what the actor may not remove. */
export async function purgeHidden(ctx: Context, actor: Actor, folder: readonly string[], name: string): Promise<void> {
  const parent = ctx.tree.descend(folder)
  if (parent || folder.length === 0) await purgeDeleted(ctx, actor, parent, name)
}

/**
 * Inserts a resource and the missing folders above it, checking again inside the transaction.
 * @param revisions of a file, oldest first
 * @returns a function that adds them to the tree and returns the id
 */
export async function insertAt(
  ctx: Context,
  actor: Actor,
  tx: Tx,
  folder: readonly string[],
  resource: Omit<NewResource, 'parent'>,
  revisions: readonly PreparedFile[] = [],
): Promise<() => number> {
  const place = findPlace(ctx, actor, folder, 'path')
  requireUntaken(ctx, folder, resource.name)
  requireReachable(place.folder, [...place.missing, resource.name].join('/'), 'path', { levels: place.missing.length, bytes: 0 })
  const { parent, rows } = await insertFolders(ctx, tx, place)
  const row = await insertTyped(ctx, tx, { ...resource, ...ofNewest(resource, revisions), parent })
  rows.push(row)
  if (row.type === ORGANIZATION_FOLDER) await recordAudit(ctx, tx, actor, organizationMade(row))
  if (row.type === CONTROLLER_FOLDER) rows.push(...(await insertControllerParts(ctx, tx, row)))
  if (parent) for (const { content } of revisions) await takeQuota(ctx, tx, parent.organizationId, 'file_bytes', content.size)
  if (revisions.length > 0)
    await recordNewFile(tx, row, resource.modificationTimestamp ?? resource.creationTimestamp ?? ctx.clock.now(), revisions)
  return () => {
    ctx.tree.addAll(rows)
    return row.id
  }
}

async function insertTyped(ctx: Context, tx: Tx, resource: NewResource): Promise<ResourceRow> {
  if (resource.type !== ORGANIZATION_FOLDER) return insertResource(ctx, tx, resource)
  const fullName = resource.systemAttributes?.['full_name']
  return insertOrganization(ctx, tx, {
    fullName: typeof fullName === 'string' && fullName !== '' ? fullName : resource.name,
    folderName: resource.name,
    timezone: resource.systemAttributes?.['timezone'],
  })
}

function requireFitting(actor: Actor, folder: readonly string[], type: number): void {
  if (type === ORGANIZATION_FOLDER) {
    if (!isSystemAdmin(actor)) throw forbidden('Only system admins make organizations.')
    if (folder.length > 0) throw invalid('path: organization folders stand at the root, so path must be "/".')
  }
  if (folder.length === 0 && !isFolderType(type)) throw invalid('path: only folders stand at the root; name a folder.')
}
