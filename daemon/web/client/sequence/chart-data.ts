/** Requests of a chart to the API. */
import { convertShown, shownUnits, type Conversion } from '../../../../src/base/units.ts'
import { convertPoints, pointOf, type Point } from '../../shared/chart-points.ts'
import { isMade, RATES, type Show } from '../../shared/chart-shows.ts'
import { GRACE, writeTime, type Span } from '../../shared/chart-state.ts'
import { unpackPoints, type PackedPoints } from '../../shared/packed-points.ts'
import type { ValuePage } from '../../shared/value-pages.ts'
import { escapePath } from '../../shared/paths.ts'
import { get, type Parameters } from '../api.ts'
import { unitSystem } from '../units.ts'
import { fetchOfPage } from './page-data.ts'

/** One sequence on the chart. */
export interface Line {
  readonly path: string
  readonly name: string
  units: string | undefined
  decimals: number | undefined
  /** From what is stored to what is shown, which units, decimals and points are; undefined: the same. */
  readonly conversion?: Conversion | undefined
  /** Time of its newest value, in seconds; undefined if it has none. */
  newest: number | undefined
  points: Point[]
  /** Missing: as it fits. */
  show?: Show
  isHidden?: boolean
}

/** Part of the span that is fetched on either side, so that lines extend to the edge and small moves need no waiting. */
const MARGIN = 0.1

/** @param points maximum number that the chart can show */
export async function fetchPoints(
  { path, conversion, show = '' }: Line,
  { from, to }: Span,
  points: number,
  signal: AbortSignal,
): Promise<Point[]> {
  const margin = (to - from) * MARGIN
  const rate = RATES[show]
  const query = new URLSearchParams({
    view: 'points',
    // A sum begins where the chart does.
    start_timestamp: writeTime(show === 'sum' ? from : from - margin),
    end_timestamp: writeTime(to + margin),
    max_points: String(Math.ceil(points * (1 + 2 * MARGIN))),
    ...(isMade(show) ? { as: rate === undefined ? show : 'rate' } : {}),
  })
  const stored = unpackPoints(await fetchOfPage<PackedPoints>(`${escapePath(path)}?${query.toString()}`, signal))
  // What is made of differences, or added up, has no zero of its own.
  const found = convertPoints(stored, conversion && isMade(show) ? { ...conversion, offset: 0 } : conversion)
  return rate === undefined
    ? found
    : found.map((point) => ({ ...point, min: point.min * rate, max: point.max * rate, mean: point.mean * rate }))
}

export interface Extent {
  readonly first: number | undefined
  readonly last: number | undefined
}

interface Info {
  units: string | null
  decimal_places: number | null
  data_type: string
  first_timestamp: string | null
  last_timestamp: string | null
}

const fetchInfo = (path: string): Promise<Info> => get<Info>('/sequences/info', { path })
const seconds = (timestamp: string | null): number | undefined => (timestamp === null ? undefined : Date.parse(timestamp) / 1000)

export async function fetchExtent(path: string): Promise<Extent> {
  const { first_timestamp: first, last_timestamp: last } = await fetchInfo(path)
  return { first: seconds(first), last: seconds(last) }
}

/** @returns 'strip' for a text sequence @throws ApiError; Error if the sequence can't be on a chart */
export async function fetchLine(path: string): Promise<Line | 'strip'> {
  const info = await fetchInfo(path)
  if (info.data_type === 'text') return 'strip'
  if (info.data_type !== 'numeric') throw new Error(`${path} holds no numbers, so that it can't be charted.`)
  return {
    path,
    name: nameOf(path),
    ...shownUnits(unitSystem(), { units: info.units ?? undefined, decimals: info.decimal_places ?? undefined }),
    newest: (await fetchNewest(path))?.last_timestamp ?? seconds(info.last_timestamp),
    points: [],
  }
}

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The newest value that is not to come, as a point; the newest of all where each is. */
export async function fetchNewest(path: string): Promise<Point | undefined> {
  const resource = `/resources${escapePath(path)}`
  const read = (more: Parameters): Promise<{ timestamps: number[]; values: string[] }> => get(resource, { count: 2, ...more })
  const past = await read({ end_timestamp: writeTime(Date.now() / 1000 + GRACE) })
  const { timestamps, values } = past.values.length > 0 ? past : await read({})
  const [time, value] = [timestamps.at(-1), values.at(-1)]
  return time === undefined || value === undefined ? undefined : pointOf(time, Number(value))
}

/** Values in one page of the table. */
const PAGE = 200

/** A page of values, newest first. @param cursor from the page before */
export async function fetchValues({ path, conversion }: Line, { from, to }: Span, cursor: string | undefined): Promise<ValuePage> {
  const found = await get<{ timestamps: number[]; values: string[]; cursor?: string }>(`/resources${escapePath(path)}`, {
    order: 'desc',
    count: PAGE,
    start_timestamp: writeTime(from),
    end_timestamp: writeTime(to),
    ...(cursor === undefined ? {} : { cursor }),
  })
  return {
    values: found.timestamps.map((time, at) => ({ time, value: convertShown(conversion, Number(found.values[at])) })),
    cursor: found.cursor,
  }
}
