/** The content of a folder as people look at it: one page at a time, sorted and filtered, with the newest values. */
import { readsByLink, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { filterInTurns, sortedSlice } from '../base/long-lists.ts'
import { invalid } from '../base/fault.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { describeAll, type ResourceInfo } from './info.ts'
import { matches } from './listing.ts'
import { CONTROLLER_FOLDER, FILE, NUMERIC, SEQUENCE, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { readNewest, readValues } from '../sequences/sequences.ts'
import { readSummaries } from '../sequences/series/series.ts'
import { meanOf } from '../storage/sequence-store.ts'
import { DAY, parseTimestamp, type Micros } from '../base/time.ts'
import { isFolder, isImageSequence, pathOf, type ChildName, type Resource } from '../tree/tree.ts'

export const SORTS = ['name', 'kind', 'time', 'size'] as const
export type Sort = (typeof SORTS)[number]

export interface ContentsQuery {
  readonly sort: Sort
  readonly descending: boolean
  /** Selects names that contain it, in any letter case; with `*`, names that match it completely. '' for all. */
  readonly filter: string
  /** Counted from 1; a page past the end means the last one. */
  readonly page: number
  readonly size: number
}

export interface FolderEntry {
  readonly resource: Resource
  /** Time of a sequence's newest value, of a file's newest revision, or of a controller's last message. */
  readonly time: Micros | undefined
  /** The newest value of a numeric or text sequence, cut when it is long. */
  readonly value: string | undefined
  /** Size of a file, in bytes. */
  readonly size: number | undefined
}

export interface FolderContents {
  readonly entries: FolderEntry[]
  /** Number of readable resources in the folder, and how many of them match the filter. */
  readonly total: number
  readonly found: number
  readonly page: number
  readonly pages: number
}

/** How many characters of a text value a list shows. */
const MAX_SHOWN = 200

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** Compares names in natural order: `fridge 2` before `fridge 10`. */
export const compareNames = (a: { name: string }, b: { name: string }): number =>
  collator.compare(a.name, b.name) || (a.name < b.name ? -1 : 1)

/** @throws Fault forbidden; invalid when it is not a folder */
export async function readContents(ctx: Context, actor: Actor, folder: Resource, query: ContentsQuery): Promise<FolderContents> {
  requireRead(ctx, actor, folder)
  if (!isFolder(folder)) throw invalid(`${pathOf(folder)} is not a folder.`)
  const readable = await readableIn(ctx, actor, folder)
  const found = filterByName(readable, query.filter)
  const pages = Math.max(1, Math.ceil(found.length / query.size))
  const page = Math.min(Math.max(1, query.page), pages)
  const shown = await slice(ctx, found, query, (page - 1) * query.size)
  const infos = new Map((await describeAll(ctx, shown)).map((info) => [info.id, info]))
  const entries: FolderEntry[] = []
  for (const resource of shown) {
    const info = infos.get(resource.id)
    if (info) entries.push(await describeEntry(ctx, actor, resource, info))
  }
  return { entries, total: readable.length, found: found.length, page, pages }
}

/** What the actor may read of a folder that they may read. */
async function readableIn(ctx: Context, actor: Actor, folder: Resource): Promise<ChildName[]> {
  // Of what has no permission records of its own, only these may be readable by others than their folder.
  const isSpecial = readsByLink(actor) || (folder.name === SYSTEM_FOLDER && folder.parent === undefined)
  return filterInTurns(ctx.turns, folder.children.names(), ({ id, isRestricted }) => {
    if (!isRestricted && !isSpecial) return true
    const child = ctx.tree.byId(id)
    return child !== undefined && canRead(ctx, actor, child)
  })
}

function filterByName(children: readonly ChildName[], filter: string): readonly ChildName[] {
  const wanted = filter.trim().toLowerCase()
  if (wanted === '') return children
  return children.filter(({ name }) => (wanted.includes('*') ? matches(name.toLowerCase(), wanted) : name.toLowerCase().includes(wanted)))
}

/** A page of children, in the wanted order; those that are equal in it by name. */
async function slice(ctx: Context, children: readonly ChildName[], query: ContentsQuery, start: number): Promise<Resource[]> {
  const { sort: by, descending, size } = query
  const sign = descending ? -1 : 1
  const resources = (some: readonly ChildName[]): Resource[] => some.flatMap(({ id }) => ctx.tree.byId(id) ?? [])
  if (by === 'name') return resources(await sortedSlice(ctx.turns, children, (a, b) => sign * compareNames(a, b), start, start + size))
  const all = resources(children)
  const ranks =
    by === 'kind'
      ? new Map(all.map((resource) => [resource.id, resource.type * 10 + (resource.sequence?.dataType ?? 0)]))
      : new Map((await describeAll(ctx, all)).map((info) => [info.id, by === 'size' ? sizeOf(info) : timeOf(ctx, info)]))
  const rank = ({ id }: Resource): number => ranks.get(id) ?? Number.NEGATIVE_INFINITY
  // Compare instead of subtracting, since two resources without a rank would give NaN.
  const compare = (a: Resource, b: Resource): number => (rank(a) === rank(b) ? compareNames(a, b) : rank(a) < rank(b) ? -sign : sign)
  return sortedSlice(ctx.turns, all, compare, start, start + size)
}

const sizeOf = (info: ResourceInfo): number | undefined => (typeof info['size'] === 'number' ? info['size'] : undefined)

function timeOf(ctx: Context, info: ResourceInfo): Micros | undefined {
  if (info.type === CONTROLLER_FOLDER) {
    const live = ctx.liveness.get(info.id)
    return live?.lastMessage ?? live?.lastConnect
  }
  if (info.type === SEQUENCE && info['last_revision_id'] === null) return undefined
  if (info.type !== SEQUENCE && info.type !== FILE) return undefined
  const time = info['modification_timestamp']
  return typeof time === 'string' ? parseTimestamp(time) : undefined
}

async function describeEntry(ctx: Context, actor: Actor, resource: Resource, info: ResourceInfo): Promise<FolderEntry> {
  const hasValue = resource.sequence !== undefined && !isImageSequence(resource)
  const newest = hasValue ? await readNewest(ctx, actor, resource) : undefined
  return {
    resource,
    time: newest?.time ?? timeOf(ctx, info),
    value: newest?.text.slice(0, MAX_SHOWN),
    size: sizeOf(info),
  }
}

export interface Trend {
  /** Times, ascending, and values. */
  readonly times: Micros[]
  readonly values: number[]
}

const TREND_POINTS = 48

/**
 * The recent trend of numeric sequences: the day before each one's newest value, or its last values if a day has few. Leaves out ids that
 * are not numeric sequences, or that the caller may not read. @returns by id
 */
export async function readTrends(ctx: Context, actor: Actor, ids: readonly number[]): Promise<Map<number, Trend>> {
  const trends = new Map<number, Trend>()
  for (const id of ids) {
    const sequence = ctx.tree.byId(id)
    if (sequence?.sequence === undefined || sequence.sequence.dataType !== NUMERIC || !canRead(ctx, actor, sequence)) continue
    const trend = await readTrend(ctx, actor, sequence)
    if (trend) trends.set(id, trend)
  }
  return trends
}

async function readTrend(ctx: Context, actor: Actor, sequence: Resource): Promise<Trend | undefined> {
  const newest = await readNewest(ctx, actor, sequence)
  if (!newest) return undefined
  const day = await readSummaries(ctx, actor, sequence, { start: newest.time - DAY, end: newest.time, cut: { points: TREND_POINTS } })
  if (day.length >= 8)
    return {
      times: day.map(({ summary: { first, last } }) => Math.round((first + last) / 2)),
      values: day.map(({ summary }) => meanOf(summary)),
    }
  const { times, values } = await readValues(ctx, actor, sequence, { end: newest.time, order: 'descending', limit: TREND_POINTS })
  return { times: times.reverse(), values: values.map(Number).reverse() }
}
