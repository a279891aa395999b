/** Changes properties of a resource: name, place, attributes, a controller's status, a user's view. Source: protocol, section 4. */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import { recordAudit } from '../audit/record.ts'
import type { Context } from '../context.ts'
import type { Db, ResourceUpdate, Tx } from '../database/schema.ts'
import { isUniqueViolation } from '../database/errors.ts'
import { changeJson } from '../database/json-columns.ts'
import { conflict, forbidden, invalid } from '../base/fault.ts'
import { checkOrganizationChanges } from './organizations.ts'
import { joinPath, quote, requireName, splitPath } from '../base/path.ts'
import { findByPath, refuseMissing } from '../tree/finding.ts'
import { requireRead, requireWrite } from '../tree/permissions.ts'
import { checkLabels } from '../attributes/labels.ts'
import {
  MAX_ATTRIBUTES,
  attributesText,
  checkSequenceAttributes,
  parseAttributes,
  type Attributes,
} from '../attributes/resource-attributes.ts'
import { takeQuotaOf } from '../tree/quotas.ts'
import { tellMoved } from './move-news.ts'
import { requireRemovable, requireWriteBelow } from './removal-checks.ts'
import { aboutResource, rowsWithin } from './removal.ts'
import { CONTROLLER_FOLDER, FILE, ORGANIZATION_FOLDER, REMOTE_FOLDER, SEQUENCE, isFolderType } from '../wire/resource-types.ts'
import { requireRootName } from '../tree/root-names.ts'
import { refOf } from '../sequences/sequences.ts'
import { changeTree, extentBelow, requireLive, requireReachable } from '../tree/tree-changes.ts'
import { isFolder, isImageSequence, isWithin, pathOf, type Resource } from '../tree/tree.ts'
import { IDENTITY_ATTRIBUTES } from '../attributes/lab-id.ts'
import { checkWatchChanges } from './watch-attributes.ts'

export interface ResourceChanges {
  readonly name?: string | undefined
  /** Absolute path of the folder to move it into; `/` is the root. */
  readonly parent?: string | undefined
  readonly userAttributes?: Attributes | undefined
  /** Replaces those of folders, files and apps (the server keeps `hash` and `size` of a file); merged into those of other types. */
  readonly systemAttributes?: Attributes | undefined
  /** Merged into a controller's status. */
  readonly status?: Attributes | undefined
  /** How this user wants to see the resource: any JSON value. Needs only read permission. */
  readonly view?: unknown
}

/**
 * Checks everything that can be checked before anything is changed.
 * @returns a function that makes the changes, in one transaction; it throws Fault conflict when the name is taken there
 * @throws Fault forbidden, invalid
 */
export async function planChanges(ctx: Context, actor: Actor, resource: Resource, changes: ResourceChanges): Promise<() => Promise<void>> {
  const { name, parent, userAttributes, systemAttributes, status, view } = changes
  const asked = [name, parent, userAttributes, systemAttributes, status]
  if (asked.some((change) => change !== undefined) || view === undefined) requireWrite(ctx, actor, resource)
  const isMoved = (name !== undefined && name !== resource.name) || parent !== undefined
  if (isMoved) {
    if (name !== undefined) requireName(name)
    requireRemovable(ctx, actor, resource)
    await requireTarget(ctx, ctx.db, actor, resource, changes)
  }
  if (status !== undefined && resource.type !== CONTROLLER_FOLDER) throw invalid(`status: ${pathOf(resource)} is not a controller.`)
  const update: ResourceUpdate = {}
  if (userAttributes !== undefined) update.user_attributes = attributesText(userAttributes, 'user_attributes')
  const given = systemAttributes === undefined ? undefined : parseAttributes(attributesText(systemAttributes, 'system_attributes'))
  const fitting = given && (await checkFitting(ctx, actor, resource, given))
  const mergeable = given && { ...fitting, ...checkWatchChanges(actor, resource, given) }
  const viewText = view === undefined ? undefined : requireView(ctx, actor, resource, view)
  return async () => {
    const [from, folder] = [pathOf(resource), resource.parent]
    await changeTree(ctx, async (tx) => {
      requireLive(ctx, resource)
      const move = isMoved ? await moveRow(ctx, actor, tx, resource, changes) : undefined
      const attributes = mergeable && (await mergeSystemAttributes(tx, resource, mergeable))
      if (Object.keys(update).length > 0) await tx.updateTable('resources').set(update).where('id', '=', resource.id).execute()
      if (resource.type === ORGANIZATION_FOLDER && given)
        await recordAudit(ctx, tx, actor, aboutResource('organization.changed', resource, { changes: JSON.stringify(given) }))
      // By name alone: recipients of alerts may be addresses with secrets in them.
      else if (attributes !== undefined)
        await recordAudit(ctx, tx, actor, aboutResource('resource.changed', resource, { changes: Object.keys(given ?? {}).join(', ') }))
      if (isMoved) await recordAudit(ctx, tx, actor, aboutResource('resource.moved', resource, { name, parent }))
      if (status) await mergeStatus(tx, resource, status)
      if (viewText !== undefined && actor.kind === 'user') await writeView(tx, resource, actor.userId, viewText)
      return () => {
        if (attributes !== undefined) ctx.tree.setSystemAttributes(resource, attributes)
        move?.()
      }
    })
    if (isMoved) tellMoved(ctx, resource.id, from, folder)
    if (mergeable?.['data_type'] !== undefined) ctx.sequenceStates.forget(resource.id)
  }
}

/** Where a change leads: the folder (undefined: the root), and the name in it. @throws Fault forbidden, invalid, conflict */
async function requireTarget(
  ctx: Context,
  db: Db,
  actor: Actor,
  resource: Resource,
  changes: ResourceChanges,
): Promise<{ folder: Resource | undefined; name: string }> {
  const name = changes.name ?? resource.name
  const folder = changes.parent === undefined ? resource.parent : findFolder(ctx, actor, resource, changes.parent)
  const field = changes.parent === undefined ? 'name' : 'parent'
  if (!folder) requireRootName(name, field)
  const taken = folder ? folder.children.get(name) : ctx.tree.descend([name])
  if (taken && taken.id !== resource.id)
    throw conflict(`${field}: there is a resource ${quote(joinPath(folder ? pathOf(folder) : '/', name))} already.`)
  requireReachable(folder, name, field, await extentBelow(db, resource))
  return { folder, name }
}

function findFolder(ctx: Context, actor: Actor, resource: Resource, path: string): Resource | undefined {
  const names = splitPath(path, 'parent')
  if (names.length === 0) {
    if (!isSystemAdmin(actor)) throw forbidden('Only system admins move folders to the root.')
    if (!isFolderType(resource.type)) throw invalid('parent: only folders stand at the root.')
    return undefined
  }
  const folder = findByPath(ctx, actor, path, 'parent')
  if (!folder) throw refuseMissing(ctx, actor, names, invalid(`parent: there is no folder ${quote(path)}.`))
  requireWrite(ctx, actor, folder)
  if (!isFolder(folder)) throw invalid(`parent: ${pathOf(folder)} is not a folder.`)
  if (resource.type === ORGANIZATION_FOLDER) throw invalid('parent: organization folders stay at the root.')
  if (isWithin(folder, resource)) throw invalid(`parent: ${pathOf(resource)} can't be moved into itself.`)
  return folder
}

/** Writes a new name or place. @returns a function that changes the tree */
async function moveRow(ctx: Context, actor: Actor, tx: Tx, resource: Resource, changes: ResourceChanges): Promise<() => void> {
  const { folder, name } = await requireTarget(ctx, tx, actor, resource, changes)
  // In another folder the resource inherits other permission records.
  if (folder !== resource.parent) await requireWriteBelow(ctx, tx, actor, resource)
  try {
    await tx
      .updateTable('resources')
      .set({ name, parent_id: folder?.id ?? null })
      .where('id', '=', resource.id)
      .execute()
  } catch (error) {
    if (isUniqueViolation(error))
      throw conflict(`${changes.parent === undefined ? 'name' : 'parent'}: there is a resource ${quote(name)} already.`)
    throw error
  }
  const organizationId = folder?.organizationId ?? resource.id
  if (organizationId === resource.organizationId) return () => ctx.tree.move(resource, folder, name)
  // Moves to another organization: everything below moves along, with the keys of its controllers.
  const ids = (await rowsWithin(tx, resource.id)).map((row) => row.id)
  await takeQuotaOf(ctx, tx, organizationId, ids)
  for (let from = 0; from < ids.length; from += 500) {
    const some = ids.slice(from, from + 500)
    await tx.updateTable('resources').set({ organization_id: organizationId }).where('id', 'in', some).execute()
    await tx.updateTable('keys').set({ organization_id: organizationId }).where('access_as_controller_id', 'in', some).execute()
  }
  const rows = (await rowsWithin(tx, resource.id)).filter((row) => row.deleted === 0)
  return () => {
    ctx.tree.remove(resource)
    ctx.tree.addAll(rows)
    ctx.keys.clear()
  }
}

async function checkFitting(ctx: Context, actor: Actor, resource: Resource, given: Attributes): Promise<Attributes> {
  if (resource.type === ORGANIZATION_FOLDER) return checkOrganizationChanges(ctx, actor, resource, given)
  const fitting = resource.type === SEQUENCE ? await checkSequenceChanges(ctx, resource, given) : given
  return { ...fitting, ...checkLabels(given) }
}

/** The data type decides where values are stored, so it can only change while there are none. @throws Fault invalid */
async function checkSequenceChanges(ctx: Context, sequence: Resource, given: Attributes): Promise<Attributes> {
  const checked = checkSequenceAttributes(given)
  for (const name of ['units', 'decimal_places', 'alerts', 'max_age']) if (given[name] === null) checked[name] = null
  if (given['max_age'] === '') checked['max_age'] = null
  const dataType = checked['data_type']
  if (dataType === undefined || dataType === sequence.sequence?.dataType) return checked
  const hasValues = isImageSequence(sequence)
    ? await ctx.db.selectFrom('resource_revisions').select('id').where('resource_id', '=', sequence.id).limit(1).executeTakeFirst()
    : await ctx.sequences.newest(refOf(sequence))
  if (hasValues)
    throw invalid(
      `data_type: ${pathOf(sequence)} holds values of its present type. Delete them first (data_only=1), or make another sequence.`,
    )
  return checked
}

/** @returns the attributes as they are now; undefined when there is no such row */
const mergeSystemAttributes = (tx: Tx, resource: Resource, given: Attributes): Promise<string | undefined> =>
  changeJson(tx, 'resources.system_attributes', resource.id, (before) => {
    const isMerged = [SEQUENCE, CONTROLLER_FOLDER, ORGANIZATION_FOLDER, REMOTE_FOLDER].includes(resource.type)
    const after: Attributes = isMerged ? { ...before, ...given } : given
    for (const [name, value] of Object.entries(after)) if (value === null && isMerged) delete after[name]
    if (resource.type === ORGANIZATION_FOLDER) for (const name of IDENTITY_ATTRIBUTES) if (name in before) after[name] = before[name]
    if (resource.type === FILE) Object.assign(after, 'hash' in before ? { hash: before['hash'], size: before['size'] } : {})
    return attributesText(after, 'system_attributes')
  })

const mergeStatus = (tx: Tx, controller: Resource, status: Attributes): Promise<string | undefined> =>
  changeJson(tx, 'controller_status.attributes', controller.id, (now) => attributesText({ ...now, ...status }, 'status'))

function requireView(ctx: Context, actor: Actor, resource: Resource, view: unknown): string {
  if (actor.kind !== 'user') throw forbidden('view: only users have views. Sign in, or send the key of a user.')
  requireRead(ctx, actor, resource)
  const text = JSON.stringify(view)
  if (text.length > MAX_ATTRIBUTES) throw invalid(`view is longer than ${MAX_ATTRIBUTES} characters.`)
  return text
}

async function writeView(tx: Tx, resource: Resource, userId: number, view: string): Promise<void> {
  await tx
    .insertInto('resource_views')
    .values({ resource_id: resource.id, user_id: userId, view })
    .onConflict((clash) => clash.columns(['resource_id', 'user_id']).doUpdateSet({ view }))
    .execute()
}
