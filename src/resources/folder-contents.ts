/** The content of a folder as people look at it: one page at a time, sorted and filtered, with the newest values. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { filterInTurns, sortInTurns } from '../base/long-lists.ts'
import { invalid } from '../base/fault.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { describeAll, type ResourceInfo } from './info.ts'
import { matches } from './listing.ts'
import { CONTROLLER_FOLDER, FILE, NUMERIC, SEQUENCE } from '../wire/resource-types.ts'
import { readNewest, readValues } from '../sequences/sequences.ts'
import { readSummaries } from '../sequences/series/series.ts'
import { meanOf } from '../storage/sequence-store.ts'
import { DAY, parseTimestamp, type Micros } from '../base/time.ts'
import { isFolder, isImageSequence, pathOf, type Resource } from '../tree/tree.ts'

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
  const readable = await filterInTurns(ctx.turns, folder.children.values(), (child) => canRead(ctx, actor, child))
  const found = await sortInTurns(ctx.turns, filterByName(readable, query.filter), compareNames)
  const sorted = await sort(ctx, found, query)
  const pages = Math.max(1, Math.ceil(sorted.length / query.size))
  const page = Math.min(Math.max(1, query.page), pages)
  const shown = sorted.slice((page - 1) * query.size, page * query.size)
  const infos = new Map((await describeAll(ctx, shown)).map((info) => [info.id, info]))
  const entries: FolderEntry[] = []
  for (const resource of shown) {
    const info = infos.get(resource.id)
    if (info) entries.push(await describeEntry(ctx, actor, resource, info))
  }
  return { entries, total: readable.length, found: found.length, page, pages }
}

function filterByName(resources: readonly Resource[], filter: string): Resource[] {
  const wanted = filter.trim().toLowerCase()
  if (wanted === '') return [...resources]
  return resources.filter(({ name }) => (wanted.includes('*') ? matches(name.toLowerCase(), wanted) : name.toLowerCase().includes(wanted)))
}

/** @param resources sorted by name, which is the order among equals */
async function sort(ctx: Context, resources: Resource[], { sort: by, descending }: ContentsQuery): Promise<Resource[]> {
  if (by === 'name') return descending ? resources.reverse() : resources
  const ranks =
    by === 'kind'
      ? new Map(resources.map((resource) => [resource.id, resource.type * 10 + (resource.sequence?.dataType ?? 0)]))
      : new Map((await describeAll(ctx, resources)).map((info) => [info.id, by === 'size' ? sizeOf(info) : timeOf(ctx, info)]))
  const rank = ({ id }: Resource): number => ranks.get(id) ?? Number.NEGATIVE_INFINITY
  const sign = descending ? -1 : 1
  // Compare instead of subtracting, since two resources without a rank would give NaN.
  return sortInTurns(ctx.turns, resources, (a, b) => (rank(a) === rank(b) ? 0 : rank(a) < rank(b) ? -sign : sign))
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
  const { times, values } = await readValues(ctx, actor, sequence, { order: 'descending', limit: TREND_POINTS })
  return { times: times.reverse(), values: values.map(Number).reverse() }
}
