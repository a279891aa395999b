/** The state of a chart as its address contains it, so that a link shows the same. No DOM, so that tests and the server may use it. */
import { parseShow, type Show } from './chart-shows.ts'
import { parseZoneChoice, type ZoneChoice } from './zone-choice.ts'

export interface RangeChoice {
  readonly name: string
  readonly text: string
  /** Length in seconds; undefined: everything, or what the name says. */
  readonly seconds: number | undefined
}

const DAY = 86_400

/** Some end with the newest value, others are days of the calendar (see chart-windows.ts). */
export const RANGES: readonly RangeChoice[] = [
  { name: 'newest', text: 'Newest', seconds: undefined },
  { name: 'hour', text: 'Hour', seconds: 3_600 },
  { name: 'day', text: 'Day', seconds: DAY },
  { name: 'week', text: 'Week', seconds: 7 * DAY },
  { name: 'month', text: 'Month', seconds: 30 * DAY },
  { name: 'year', text: 'Year', seconds: 365 * DAY },
  { name: 'all', text: 'All', seconds: undefined },
  { name: 'today', text: 'Today', seconds: undefined },
  { name: 'yesterday', text: 'Yesterday', seconds: undefined },
  { name: 'this-week', text: 'This week', seconds: undefined },
]
/** The span that the newest values fill. */
const FIRST_RANGE = 'newest'

/** Maximum number of sequences on one chart: there are twelve colours, each with a whole and a broken line. */
export const MAX_LINES = 24
/** The shortest and the longest span that can be shown, in seconds. */
const SHORTEST = 0.001
const LONGEST = 400 * 365 * DAY

/** Seconds since 1970. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The first axis. */
export interface ChartAxis {
  /** undefined: as the values need it. */
  readonly min: number | undefined
  readonly max: number | undefined
  readonly isLog: boolean
}

export interface ChartState {
  /** A name of {@link RANGES}: what it shows follows the clock and the newest value. Ignored when there is a span. */
  readonly range: string
  readonly span: Span | undefined
  /** Paths of the other sequences. */
  readonly others: readonly string[]
  /** What the address names beyond what a chart holds; it comes in when others go. */
  readonly leftOut: readonly string[]
  /** How each line is shown: the page's own sequence, then the others. What is missing is ''. */
  readonly shows: readonly Show[]
  /** Places of lines that are hidden; 0 is the page's own sequence. */
  readonly hidden: readonly number[]
  readonly axis: ChartAxis
  readonly zone: ZoneChoice
  /** What is shown in place of the chart: each value, or what several of them are summed up to. */
  readonly table: '' | 'values' | 'summaries'
  readonly hasStatistics: boolean
  /** Limits for statistics. */
  readonly above: number | undefined
  readonly below: number | undefined
}

export function parseChartState(query: URLSearchParams): ChartState {
  const [from, to] = [timeOf(query.get('from')), timeOf(query.get('to'))]
  const range = query.get('range')
  const show = query.get('show')
  const named = [...new Set(query.getAll('with').filter((path) => path.startsWith('/')))]
  const others = named.slice(0, MAX_LINES - 1)
  const [min, max] = [numberOf(query.get('min')), numberOf(query.get('max'))]
  const isUpright = min === undefined || max === undefined || min < max
  return {
    range: RANGES.find(({ name }) => name === range)?.name ?? FIRST_RANGE,
    span: from !== undefined && to !== undefined && from < to ? clampSpan({ from, to }) : undefined,
    others,
    leftOut: named.slice(MAX_LINES - 1),
    shows: trimEnd(
      (query.get('as') ?? '')
        .split(',')
        .slice(0, others.length + 1)
        .map(parseShow),
    ),
    hidden: [...new Set((query.get('hide') ?? '').split(',').filter(Boolean).map(Number))]
      .filter((at) => Number.isInteger(at) && at >= 0 && at <= others.length)
      .sort((a, b) => a - b),
    axis: { min: isUpright ? min : undefined, max: isUpright ? max : undefined, isLog: query.get('axis') === 'log' },
    zone: parseZoneChoice(query.get('zone')),
    table: show === 'table' ? 'values' : show === 'summaries' ? 'summaries' : '',
    hasStatistics: query.get('statistics') === '1',
    above: numberOf(query.get('above')),
    below: numberOf(query.get('below')),
  }
}

/** The query; '' for the default state. */
export function writeChartState(state: ChartState): string {
  const { range, span, others, zone, table, axis } = state
  const query = new URLSearchParams()
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  if (span) {
    set('from', writeTime(span.from))
    set('to', writeTime(span.to))
  } else if (range !== FIRST_RANGE) set('range', range)
  for (const path of [...others, ...state.leftOut]) query.append('with', path)
  set('as', trimEnd(state.shows).join(','))
  set('hide', state.hidden.join(','))
  set('min', axis.min)
  set('max', axis.max)
  if (axis.isLog) set('axis', 'log')
  set('zone', zone)
  set('show', table === 'values' ? 'table' : table)
  if (state.hasStatistics) set('statistics', 1)
  set('above', state.above)
  set('below', state.below)
  return query.toString()
}

/** Without what is the default anyway. */
const trimEnd = (shows: readonly Show[]): Show[] => shows.slice(0, shows.findLastIndex((show) => show !== '') + 1)

/** Where a sequence stands: the page's own is 0. */
export const placeOf = ({ others }: Pick<ChartState, 'others'>, path: string): number => others.indexOf(path) + 1

/** The state with another sequence at the end. */
export const withLine = (state: ChartState, path: string): ChartState => ({ ...state, others: [...state.others, path] })

/** The state with a line shown that was hidden, or hidden that was shown. */
export function withToggled(state: ChartState, path: string): ChartState {
  const [at, { hidden }] = [placeOf(state, path), state]
  return { ...state, hidden: hidden.includes(at) ? hidden.filter((other) => other !== at) : [...hidden, at].sort((a, b) => a - b) }
}

/** The state without a sequence; those after it keep how they are shown, and the first that was left out comes in. */
export function withoutLine(state: ChartState, path: string): ChartState {
  const place = state.others.indexOf(path) + 1
  if (place === 0) return state
  return {
    ...state,
    others: [...state.others.filter((other) => other !== path), ...state.leftOut.slice(0, 1)],
    leftOut: state.leftOut.slice(1),
    shows: state.shows.filter((_, at) => at !== place),
    hidden: state.hidden.filter((at) => at !== place).map((at) => (at > place ? at - 1 : at)),
  }
}

export function numberOf(text: string | null): number | undefined {
  if (text === null || text.trim() === '') return undefined
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
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

/** Part of its length by which the chart of the newest values reaches beyond the newest before it ends there. */
const LAG = 0.2

/** What a range depends on. */
export interface Following {
  /** Seconds since 1970. */
  readonly now: number
  /** undefined: there are no values */
  readonly newest: number | undefined
  /** Time of the oldest value, for `all`. */
  readonly first?: number | undefined
  /** Seconds that the newest values fill, for `newest`. */
  readonly filled?: number | undefined
}

/** The span of a range that follows the newest value: up to now while values arrive, up to the newest if they stopped long ago. */
export function followSpan(range: string, { now, newest, first, filled }: Following): Span {
  if (range === 'all') {
    const [from, to] = [first ?? now - DAY, newest ?? now]
    return to - from < 1 ? { from: from - 1_800, to: to + 1_800 } : { from, to: to + (to - from) / 100 }
  }
  const isNewest = range === FIRST_RANGE
  const seconds = (isNewest ? filled : RANGES.find(({ name }) => name === range)?.seconds) ?? DAY
  const lag = isNewest ? seconds * LAG : seconds
  const end = newest === undefined || (newest > now - lag && newest <= now) ? now : newest + seconds / 100
  return { from: end - seconds, to: end }
}
