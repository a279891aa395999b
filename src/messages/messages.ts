/** Messages to folders, and values that come with them; for every transport. Source: protocol, sections 5 and 6. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid, notFound, type Fault } from '../base/fault.ts'
import type { Sender, Subscription } from '../tree/hub.ts'
import { isObject } from '../base/json.ts'
import { quote, splitPath } from '../base/path.ts'
import { findById, findByPath, refuseMissing } from '../tree/finding.ts'
import { canWrite, mayKnow, requireRead, requireWrite, unknownToAnybody } from '../tree/permissions.ts'
import { isNewsType, requireType, type Fields, type FolderName, type SubscriptionRequest } from '../wire/client-messages.ts'
import type { ValueUpdate } from '../sequences/sequences.ts'
import type { SkippedValue } from '../wire/answers.ts'
import type { Updates } from './steps.ts'
import type { Micros } from '../base/time.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import { SYSTEM_FOLDER } from '../wire/resource-types.ts'

/** Names in one `update` message. */
const MAX_UPDATES = 10_000
/** The calling controller's own folder. @throws Fault invalid for other callers, naming the field */
export function requireOwnFolder(ctx: Context, actor: Actor, field: string): Resource {
  const folder = actor.kind === 'controller' ? ctx.tree.byId(actor.controllerId) : undefined
  if (!folder) throw invalid(`${field}: only a controller has a folder of its own. Give an absolute path, such as /org/folder.`)
  return folder
}

/**
 * The folder that a message names: an absolute path, `self`, an id (of old), or a path without a leading slash, which is
 * below the controller's folder if it is there and absolute otherwise. None is the controller's own folder.
 * @throws Fault invalid, not_found
 */
export function resolveFolder(ctx: Context, actor: Actor, name: FolderName | undefined, field = 'folder'): Resource {
  if (name === undefined || name === 'self' || name === '[self]') return requireOwnFolder(ctx, actor, field)
  const found = typeof name === 'number' ? findById(ctx, actor, name) : findByName(ctx, actor, name, undefined, field)
  if (!found) throw refuse(ctx, actor, name, notFound(`${field}: there is no folder ${typeof name === 'number' ? name : quote(name)}.`))
  if (!isFolder(found)) throw invalid(`${field}: ${pathOf(found)} is not a folder.`)
  return found
}

/**
 * The folder that a caller with a key sends a message to. As with rhizo-server, one that is not there is not found; so is one that the
 * caller may not know of, which must not differ. The system's folder is no secret: it is refused.
 * @throws Fault not_found, invalid; forbidden without a key
 */
export function resolveRecipient(ctx: Context, actor: Actor, path: string, field: string): Resource {
  const isSystem = `${path}/`.startsWith(`/${SYSTEM_FOLDER}/`)
  if (isSystem || actor.kind === 'anonymous' || findByName(ctx, actor, path, undefined, field))
    return resolveFolder(ctx, actor, path, field)
  throw notFound(`${field}: there is no folder ${quote(path)}, or none that you may read or change.`)
}

/** Why there is nothing for the actor by that name. */
const refuse = (ctx: Context, actor: Actor, name: FolderName, missing: Fault): Fault => {
  if (typeof name === 'string' && name.startsWith('/')) return refuseMissing(ctx, actor, splitPath(name), missing)
  return actor.kind === 'anonymous' ? unknownToAnybody() : missing
}

/**
 * The resource that a path names; one without a leading slash is below `folder`, or else the controller's own.
 * @throws Fault invalid, not_found
 */
export function resolveResource(ctx: Context, actor: Actor, name: string, folder: FolderName | undefined, field: string): Resource {
  const found = findByName(ctx, actor, name, folder, field)
  if (!found) throw refuse(ctx, actor, name, notFound(`${field}: there is no resource ${quote(name)}.`))
  return found
}

function findByName(ctx: Context, actor: Actor, name: string, folder: FolderName | undefined, field: string): Resource | undefined {
  if (name.startsWith('/')) return findByPath(ctx, actor, name, field)
  const names = splitPath(`/${name}`, field)
  const base =
    folder !== undefined ? resolveFolder(ctx, actor, folder) : actor.kind === 'controller' ? ctx.tree.byId(actor.controllerId) : undefined
  const found = (base && findBelow(base, names)) ?? ctx.tree.descend(names)
  return found && mayKnow(ctx, actor, found) ? found : undefined
}

/** The resource at the end of names below a folder, outermost first. */
export function findBelow(base: Resource, names: readonly string[]): Resource | undefined {
  let found: Resource | undefined = base
  for (const name of names) found = found?.children.get(name)
  return names.length > 0 ? found : undefined
}

/** What to subscribe to at the hub. @throws Fault invalid, not_found, forbidden */
export function resolveSubscription(
  ctx: Context,
  actor: Actor,
  { folder, type, includeChildren, includeSelf }: SubscriptionRequest,
): Subscription {
  const found = resolveFolder(ctx, actor, folder)
  requireRead(ctx, actor, found)
  return { folderId: found.id, type, includeChildren, includeSelf }
}

/**
 * A client may say `sequence_update` too, as with rhizo-server. Whoever hears it takes it for a value, so it must be of a sequence that its
 * sender may set. What is not there and what the sender may not know of are answered alike.
 * @throws Fault forbidden
 */
function requireOwnValue(ctx: Context, actor: Actor, { id, name }: Fields): void {
  const isOwn = (found: Resource | undefined): boolean => found?.sequence !== undefined && canWrite(ctx, actor, found)
  const isOthersId = typeof id === 'number' && !isOwn(ctx.tree.byId(id))
  const isOthersName = typeof name === 'string' && name.startsWith('/') && !isOwn(ctx.tree.descend(name.slice(1).split('/')))
  if (isOthersId || isOthersName) throw forbidden('sequence_update: its id and name must be those of a sequence that you may change.')
}

/** @throws Fault forbidden, invalid unless the actor may say it to the folder's subscribers */
export function requireMessage(ctx: Context, actor: Actor, folder: Resource, type: string, parameters: unknown): void {
  if (isNewsType(requireType(type))) throw invalid(`type ${quote(type)} is for the server's own messages: choose another.`)
  requireWrite(ctx, actor, folder)
  if (!isFolder(folder)) throw invalid(`${pathOf(folder)} is not a folder.`)
  if (type === 'sequence_update' && isObject(parameters)) requireOwnValue(ctx, actor, parameters)
}

/** Hands a message to the subscribers of a folder. @throws Fault forbidden, invalid */
export function sendMessage(ctx: Context, actor: Actor, folder: Resource, type: string, parameters: unknown, sender?: Sender): void {
  requireMessage(ctx, actor, folder, type, parameters)
  ctx.hub.publish({ folder, type, parameters, timestamp: ctx.clock.now(), ...(sender ? { sender } : {}) })
}

/**
 * Which sequences an `update` message sets: names below its folder that are sequences. Others are only passed on, and named as skipped.
 * @throws Fault invalid
 */
export function updatesOf(ctx: Context, folder: Resource, parameters: Fields, time: Micros | undefined): Updates {
  const entries = Object.entries(parameters)
  if (entries.length > MAX_UPDATES) throw invalid(`parameters has more than ${MAX_UPDATES} names.`)
  const updates: ValueUpdate[] = []
  const skipped: SkippedValue[] = []
  for (const [name, value] of entries) {
    if (name === '$t') continue
    const found = findBelow(folder, name.split('/'))
    if (found?.sequence) updates.push({ sequence: found, value, time })
    else skipped.push({ path: `${pathOf(folder)}/${name}`, message: whyNoSequence(ctx, folder, name) })
  }
  return { updates, skipped }
}

/** Also when one was to be made at first sight and could not. */
export const whyNoSequence = (ctx: Context, folder: Resource, name: string): string =>
  ctx.devices.sightings.failureOf(ctx, folder, name.split('/')) ?? `There is no sequence ${quote(name)} in ${pathOf(folder)}.`
