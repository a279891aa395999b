/** The content of a folder as people look at it: one page at a time, sorted and filtered, with the newest values. */
import { readsByLink, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { filterInTurns, mapInTurns, sortedSlice } from '../base/long-lists.ts'
import { invalid } from '../base/fault.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { parseAttributes, type Attributes } from '../attributes/resource-attributes.ts'
import type { ResourceRow } from '../database/schema.ts'
import { findNewest } from './info.ts'
import { matches } from './listing.ts'
import { CONTROLLER_FOLDER, FILE, NUMERIC, SYSTEM_FOLDER } from '../wire/resource-types.ts'
import { readNewest, readValues } from '../sequences/sequences.ts'
import { readSummaries } from '../sequences/series/series.ts'
import { meanOf } from '../storage/sequence-store.ts'
import { DAY, type Micros } from '../base/time.ts'
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

/** @throws Fault forbidden; invalid when it is not a folder */
export async function readContents(ctx: Context, actor: Actor, folder: Resource, query: ContentsQuery): Promise<FolderContents> {
  requireRead(ctx, actor, folder)
  if (!isFolder(folder)) throw invalid(`${pathOf(folder)} is not a folder.`)
  const readable = await readableIn(ctx, actor, folder)
  const found = query.filter.trim() === '' ? readable : await filterByName(ctx, folder, readable, query.filter)
  const pages = Math.max(1, Math.ceil(found.length / query.size))
  const page = Math.min(Math.max(1, query.page), pages)
  const shown = await slice(ctx, found, query, (page - 1) * query.size)
  const files = new Map((await fileRows(ctx, shown)).map((row) => [row.id, row]))
  const entries: FolderEntry[] = []
  for (const resource of shown) entries.push(await describeEntry(ctx, actor, resource, files.get(resource.id)))
  return { entries, total: readable.length, found: found.length, page, pages }
}

/** What the actor may read of a folder that they may read, in natural order. @returns ids */
export async function readableIn(ctx: Context, actor: Actor, folder: Resource): Promise<readonly number[]> {
  const { ids, restricted } = await ctx.tree.orders.of(ctx.turns, folder)
  // Of what has no permission records of its own, only these may be readable by others than their folder.
  const isSpecial = readsByLink(actor) || (folder.name === SYSTEM_FOLDER && folder.parent === undefined)
  const isReadable = (id: number): boolean => {
    const child = ctx.tree.byId(id)
    return child !== undefined && canRead(ctx, actor, child)
  }
  if (isSpecial) return filterInTurns(ctx.turns, ids.slice(), isReadable)
  const hidden = new Set([...restricted].filter((id) => !isReadable(id)))
  return hidden.size === 0 ? ids.slice() : ids.filter((id) => !hidden.has(id))
}

async function filterByName(ctx: Context, folder: Resource, children: readonly number[], filter: string): Promise<readonly number[]> {
  const wanted = filter.trim().toLowerCase()
  const isWanted = (name: string): boolean => (wanted.includes('*') ? matches(name, wanted) : name.includes(wanted))
  const named = await filterInTurns(ctx.turns, folder.children.names(), ({ name }) => isWanted(name.toLowerCase()))
  const ids = new Set(named.map(({ id }) => id))
  return children.filter((id) => ids.has(id))
}

/** A page of children, which are in natural order, in the wanted one; those that are equal in it by name. */
async function slice(ctx: Context, children: readonly number[], query: ContentsQuery, start: number): Promise<Resource[]> {
  const { sort: by, descending, size } = query
  const resources = (some: readonly number[]): Resource[] => some.flatMap((id) => ctx.tree.byId(id) ?? [])
  if (by === 'name') {
    const end = children.length - start
    return resources(descending ? children.slice(Math.max(0, end - size), end).reverse() : children.slice(start, start + size))
  }
  const all = (await mapInTurns(ctx.turns, children, (id) => ctx.tree.byId(id))).filter((child) => child !== undefined)
  const sign = descending ? -1 : 1
  const places = new Map(children.map((id, place) => [id, place]))
  const ranks = await rankBy[by](ctx, all)
  const rank = ({ id }: Resource): number => ranks.get(id) ?? Number.NEGATIVE_INFINITY
  const place = ({ id }: Resource): number => places.get(id) ?? 0
  // Compare instead of subtracting, since two resources without a rank would give NaN.
  const compare = (a: Resource, b: Resource): number => (rank(a) === rank(b) ? place(a) - place(b) : rank(a) < rank(b) ? -sign : sign)
  return sortedSlice(ctx.turns, all, compare, start, start + size)
}

type Ranks = ReadonlyMap<number, number | undefined>

/** What children are sorted by, by id. */
const rankBy: Readonly<Record<Exclude<Sort, 'name'>, (ctx: Context, children: readonly Resource[]) => Promise<Ranks>>> = {
  kind: async (ctx, children) =>
    new Map(await mapInTurns(ctx.turns, children, ({ id, type, sequence }) => [id, type * 10 + (sequence?.dataType ?? 0)] as const)),
  size: async (ctx, children) => {
    const rows = await fileRows(ctx, children)
    return new Map(await mapInTurns(ctx.turns, rows, (row) => [row.id, sizeIn(parseAttributes(row.system_attributes))] as const))
  },
  time: async (ctx, children) => {
    const times = new Map((await fileRows(ctx, children)).map((row) => [row.id, row.modification_timestamp]))
    for (const child of children) {
      if (ctx.turns.isOver()) await ctx.turns.next()
      const time = child.type === FILE ? undefined : await timeOf(ctx, child)
      if (time !== undefined) times.set(child.id, time)
    }
    return times
  },
}

/** Number of rows in one query. */
const STEP = 500

type FileRow = Pick<ResourceRow, 'id' | 'modification_timestamp' | 'system_attributes'>

/** Those of the files among some resources. */
async function fileRows(ctx: Context, resources: readonly Resource[]): Promise<FileRow[]> {
  const ids = resources.filter(({ type }) => type === FILE).map(({ id }) => id)
  const rows: FileRow[] = []
  for (let from = 0; from < ids.length; from += STEP) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const some = ids.slice(from, from + STEP)
    const columns = ['id', 'modification_timestamp', 'system_attributes'] as const
    for (const row of await ctx.db.selectFrom('resources').select(columns).where('id', 'in', some).execute()) rows.push(row)
  }
  return rows
}

const sizeIn = ({ size }: Attributes): number | undefined => (typeof size === 'number' ? size : undefined)

/** Of what is no file. */
async function timeOf(ctx: Context, resource: Resource): Promise<Micros | undefined> {
  if (resource.sequence) return (await findNewest(ctx, resource))?.time
  const live = resource.type === CONTROLLER_FOLDER ? ctx.liveness.get(resource.id) : undefined
  return live?.lastMessage ?? live?.lastConnect
}

async function describeEntry(ctx: Context, actor: Actor, resource: Resource, file: FileRow | undefined): Promise<FolderEntry> {
  const hasValue = resource.sequence !== undefined && !isImageSequence(resource)
  const newest = hasValue ? await readNewest(ctx, actor, resource) : undefined
  return {
    resource,
    time: newest?.time ?? file?.modification_timestamp ?? (await timeOf(ctx, resource)),
    value: newest?.text.slice(0, MAX_SHOWN),
    size: file && sizeIn(parseAttributes(file.system_attributes)),
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
