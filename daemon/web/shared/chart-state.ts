/** The state of a chart as its address contains it, so that a link shows the same. No DOM, so that tests and the server may use it. */
import { parseZoneChoice, type ZoneChoice } from './zone-choice.ts'

export interface RangeChoice {
  readonly name: string
  readonly text: string
  /** Length in seconds; undefined: everything. */
  readonly seconds: number | undefined
}

const DAY = 86_400

export const RANGES: readonly RangeChoice[] = [
  { name: 'hour', text: 'Hour', seconds: 3_600 },
  { name: 'day', text: 'Day', seconds: DAY },
  { name: 'week', text: 'Week', seconds: 7 * DAY },
  { name: 'month', text: 'Month', seconds: 30 * DAY },
  { name: 'year', text: 'Year', seconds: 365 * DAY },
  { name: 'all', text: 'All', seconds: undefined },
]
const FIRST_RANGE = 'day'

/** Maximum number of sequences on one chart: there are eight colours. */
export const MAX_LINES = 8
/** The shortest and the longest span that can be shown, in seconds. */
const SHORTEST = 0.001
const LONGEST = 400 * 365 * DAY

/** Seconds since 1970. */
export interface Span {
  readonly from: number
  readonly to: number
}

export interface ChartState {
  /** A name of {@link RANGES}: the chart ends with the newest value and follows it. Ignored when there is a span. */
  readonly range: string
  readonly span: Span | undefined
  /** Paths of the other sequences. */
  readonly others: readonly string[]
  readonly zone: ZoneChoice
  readonly isTable: boolean
}

export function parseChartState(query: URLSearchParams): ChartState {
  const [from, to] = [timeOf(query.get('from')), timeOf(query.get('to'))]
  const range = query.get('range')
  return {
    range: RANGES.find(({ name }) => name === range)?.name ?? FIRST_RANGE,
    span: from !== undefined && to !== undefined && from < to ? clampSpan({ from, to }) : undefined,
    others: [...new Set(query.getAll('with').filter((path) => path.startsWith('/')))].slice(0, MAX_LINES - 1),
    zone: parseZoneChoice(query.get('zone')),
    isTable: query.get('show') === 'table',
  }
}

/** The query; '' for the default state. */
export function writeChartState({ range, span, others, zone, isTable }: ChartState): string {
  const query = new URLSearchParams()
  if (span) {
    query.set('from', writeTime(span.from))
    query.set('to', writeTime(span.to))
  } else if (range !== FIRST_RANGE) query.set('range', range)
  for (const path of others) query.append('with', path)
  if (zone !== '') query.set('zone', zone)
  if (isTable) query.set('show', 'table')
  return query.toString()
}

function timeOf(text: string | null): number | undefined {
  if (text === null || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return undefined
  const time = Date.parse(text) / 1000
  return Number.isFinite(time) ? time : undefined
}

/** To the millisecond, as the API accepts it. @param time seconds */
export const writeTime = (time: number): string => new Date(Math.round(time * 1000)).toISOString()

/** The range of dates that can be written, in seconds. */
const [EARLIEST, LATEST] = [-62_000_000_000, 253_000_000_000]

export function clampSpan({ from, to }: Span): Span {
  const middle = Math.min(Math.max((from + to) / 2, EARLIEST), LATEST)
  const half = Math.min(Math.max(to - from, SHORTEST), LONGEST) / 2
  return { from: Math.max(middle - half, EARLIEST), to: Math.min(middle + half, LATEST) }
}

/** @param factor below 1 zooms in @param at seconds, the time that stays in place */
export function zoomSpan({ from, to }: Span, factor: number, at = (from + to) / 2): Span {
  const length = Math.min(Math.max((to - from) * factor, SHORTEST), LONGEST)
  const part = (at - from) / (to - from)
  return clampSpan({ from: at - length * part, to: at + length * (1 - part) })
}

/** @param part of the span; negative: into the past */
export const moveSpan = ({ from, to }: Span, part: number): Span =>
  clampSpan({ from: from + (to - from) * part, to: to + (to - from) * part })

/** Seconds beyond the clock up to which a time is taken for now: values further ahead are still to come. */
export const GRACE = 60

/**
 * The span of a range that follows the newest value: up to now while values arrive, up to the newest if they stopped long ago.
 * @param newest undefined: there are no values @param first time of the oldest value, for `all`
 */
export function followSpan(range: string, now: number, newest: number | undefined, first: number | undefined): Span {
  const seconds = RANGES.find(({ name }) => name === range)?.seconds
  if (seconds === undefined) {
    const [from, to] = [first ?? now - DAY, newest ?? now]
    return to - from < 1 ? { from: from - 1_800, to: to + 1_800 } : { from, to: to + (to - from) / 100 }
  }
  const end = newest === undefined || (newest > now - seconds && newest <= now) ? now : newest + seconds / 100
  return { from: end - seconds, to: end }
}
