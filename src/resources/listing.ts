/** Lists resources: only those that the caller may read. Source: protocol, section 4. */
import { isSystemAdmin, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { quote } from '../base/path.ts'
import { canRead, canWrite, requireNoLink, requireRead, requireWrite } from '../tree/permissions.ts'
import { describeAll, describeBriefly, describeController, describeRow, findNewest, hideRecipients, type ResourceInfo } from './info.ts'
import { CONTROLLER_FOLDER, resourceTypeNames, resourceTypeNumber } from '../wire/resource-types.ts'
import { filterInTurns, mapInTurns, sortInTurns } from '../base/long-lists.ts'
import { formatTimestamp } from '../base/time.ts'
import { detachedResource, isFolder, pathOf, type Resource } from '../tree/tree.ts'

export interface ListOptions {
  /** Also sub-folders, each entry with its path. */
  readonly recursive?: boolean
  /** Number of a type; sub-folders are listed whatever their own type. */
  readonly type?: number | undefined
  /** A name in which `*` stands for any text; case-sensitive. */
  readonly filter?: string | undefined
  readonly extended?: boolean
  /** The newest value of each sequence. */
  readonly newest?: boolean
  /** Most entries; undefined: all. Not together with `recursive`. */
  readonly limit?: number | undefined
  /** Only what comes after this name; not together with `recursive`. */
  readonly after?: string | undefined
}

/** Most entries of a page of a list. */
export const MAX_LIMIT = 10_000

/** How many characters of a text value a list contains. */
export const MAX_LISTED_TEXT = 1_000

/**
 * A folder's children sorted by name; with `recursive`, followed by those of each of its sub-folders.
 * With `limit` or `after` they are a page of them, by name in the order of its bytes: what follows comes after the name of the last.
 * @throws Fault forbidden; invalid when it is not a folder
 */
export async function listFolder(ctx: Context, actor: Actor, folder: Resource, options: ListOptions = {}): Promise<ResourceInfo[]> {
  requireRead(ctx, actor, folder)
  if (options.extended === true) requireNoLink(actor, 'attributes')
  if (!isFolder(folder)) throw invalid(`${pathOf(folder)} is not a folder.`)
  if (options.limit !== undefined || options.after !== undefined)
    return describeList(ctx, actor, await collectPage(ctx, actor, folder, options), options)
  const found: Resource[] = []
  await collect(ctx, actor, folder.children.values(), options, found)
  return describeList(ctx, actor, found, options)
}

/** The folders at the root that the caller may read. @throws Fault forbidden for anonymous callers */
export async function listRoots(ctx: Context, actor: Actor, options: ListOptions = {}): Promise<ResourceInfo[]> {
  if (actor.kind === 'anonymous') throw forbidden('Send a key, or sign in, to see which folders there are.')
  const found: Resource[] = []
  await collect(ctx, actor, ctx.tree.roots, options, found)
  return describeList(ctx, actor, found, options)
}

/**
 * All live resources of a type, by id.
 * @throws Fault forbidden for all but system admins
 */
export async function listByType(
  ctx: Context,
  actor: Actor,
  type: number,
  { extended = false, withPath = false }: { extended?: boolean; withPath?: boolean } = {},
): Promise<Record<string, ResourceInfo>> {
  if (!isSystemAdmin(actor)) throw forbidden('Only system admins list all resources of a type.')
  const found = await filterInTurns(ctx.turns, ctx.tree.ofType(type), () => true)
  const infos = extended ? await describeAll(ctx, found) : await mapInTurns(ctx.turns, found, describeBriefly)
  const byId: Record<string, ResourceInfo> = {}
  for (const info of infos) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const resource = ctx.tree.byId(info.id)
    if (!resource) continue
    if (withPath) info.path = pathOf(resource)
    if (type === CONTROLLER_FOLDER && !extended) Object.assign(info, describeController(ctx, info.id, undefined))
    byId[String(info.id)] = info
  }
  return byId
}

/**
 * The deleted resources of a folder that can be restored, newest first.
 * @throws Fault forbidden without write
 */
export async function listDeleted(ctx: Context, actor: Actor, folder: Resource): Promise<ResourceInfo[]> {
  requireWrite(ctx, actor, folder)
  const rows = await ctx.db
    .selectFrom('resources')
    .selectAll()
    .where('parent_id', '=', folder.id)
    .where('deleted', '=', 1)
    .orderBy('deletion_timestamp', 'desc')
    .orderBy('id', 'desc')
    .execute()
  const readable = await filterInTurns(ctx.turns, rows, (row) => canRead(ctx, actor, detachedResource(row, folder)))
  return mapInTurns(ctx.turns, readable, (row) => {
    const info = describeRow(row)
    if (!canWrite(ctx, actor, detachedResource(row, folder))) hideRecipients(info)
    return { ...info, deletion_timestamp: formatTimestamp(row.deletion_timestamp ?? 0) }
  })
}

/** The number of a type by name or digits. @throws Fault invalid */
export function requireType(text: string, field = 'type'): number {
  const type = resourceTypeNumber(text)
  if (type === undefined)
    throw invalid(
      `${field} is ${quote(text)}; allowed: ${Object.entries(resourceTypeNames)
        .map(([number, name]) => `${number} ${name}`)
        .join(', ')}.`,
    )
  return type
}

async function collect(ctx: Context, actor: Actor, children: Iterable<Resource>, options: ListOptions, found: Resource[]): Promise<void> {
  const readable = await filterInTurns(ctx.turns, children, (child) => canRead(ctx, actor, child))
  const sorted = await sortInTurns(ctx.turns, readable, (a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  for (const child of sorted) {
    if (isWanted(child, options)) found.push(child)
  }
  if (options.recursive === true)
    for (const child of sorted) if (isFolder(child)) await collect(ctx, actor, child.children.values(), options, found)
}

async function collectPage(ctx: Context, actor: Actor, folder: Resource, options: ListOptions): Promise<Resource[]> {
  const { limit = MAX_LIMIT, after, recursive = false } = options
  if (recursive) throw invalid('limit and after are for one folder: leave recursive out.')
  if (limit < 1 || limit > MAX_LIMIT) throw invalid(`limit is ${limit}; allowed: 1 to ${MAX_LIMIT.toLocaleString('en')}.`)
  const found: Resource[] = []
  for (const child of folder.children.inOrder(after)) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    if (isWanted(child, options) && canRead(ctx, actor, child) && found.push(child) === limit) break
  }
  return found
}

const isWanted = ({ type, name }: Resource, options: ListOptions): boolean =>
  (options.type === undefined || type === options.type) && (options.filter === undefined || matches(name, options.filter))

async function describeList(
  ctx: Context,
  actor: Actor,
  found: readonly Resource[],
  { recursive = false, extended = false, newest = false }: ListOptions,
): Promise<ResourceInfo[]> {
  const infos = extended ? await describeAll(ctx, found) : await mapInTurns(ctx.turns, found, describeBriefly)
  const byId = new Map(found.map((resource) => [resource.id, resource]))
  for (const info of infos) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const resource = byId.get(info.id)
    if (resource && extended && !canWrite(ctx, actor, resource)) hideRecipients(info)
    if (resource && recursive) info['fullPath'] = info.path = pathOf(resource)
    if (resource?.sequence && newest) info['newest'] = await describeNewest(ctx, resource)
  }
  return infos
}

/** For an image, the value is the id of its revision. */
async function describeNewest(ctx: Context, sequence: Resource): Promise<{ timestamp: string; value: number | string } | null> {
  const newest = await findNewest(ctx, sequence)
  return newest
    ? {
        timestamp: formatTimestamp(newest.time),
        value: typeof newest.value === 'string' ? newest.value.slice(0, MAX_LISTED_TEXT) : newest.value,
      }
    : null
}

/** Searches each part between stars after the previous one, which takes linear time for any pattern. */
export function matches(name: string, pattern: string): boolean {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return name === pattern
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= name.length - last.length
}
