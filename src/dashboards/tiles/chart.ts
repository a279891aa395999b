/** `kind: chart`: numbers over a time that ends now. */
import { parseDuration } from '../../base/duration.ts'
import { DAY, SECOND, type Micros } from '../../base/time.ts'
import type { Summary } from '../../storage/sequence-store.ts'
import { readNewest } from '../../sequences/sequences.ts'
import { readChartPoints } from '../../sequences/series/series.ts'
import type { TileSequence } from '../../wire/dashboard-answers.ts'
import type { Settings, TileKind } from '../tile-kind.ts'
import { describeSequence, holdsNumbers, listOf, noteOf, textOf } from './described.ts'
import { limitsOf } from './limits.ts'

const DEFAULT_RANGE = '24h'
/** There are eight colours. */
const MAX_LINES = 8

export interface ChartData {
  readonly from: Micros
  readonly to: Micros
  readonly lines: readonly (TileSequence & { readonly points: readonly Summary[]; readonly limits: readonly number[] })[]
}

export const chartTile: TileKind = {
  name: 'chart',
  label: 'Chart',
  settings: [
    {
      name: 'sequences',
      label: 'Sequences of numbers',
      type: 'sequences',
      isRequired: true,
      holds: 'numbers',
      hint: `Up to ${MAX_LINES}.`,
    },
    { name: 'range', label: 'Time', type: 'range', otherwise: DEFAULT_RANGE, hint: '90m, 24h, 7d' },
  ],
  size: { width: 6, height: 4 },
  follows: ({ settings, paths }) => paths.sequences(listOf(settings, 'sequences'), holdsNumbers, 'numbers').found.slice(0, MAX_LINES),
  read: async ({ ctx, actor, settings, paths, room }) => {
    const named = paths.sequences(listOf(settings, 'sequences'), holdsNumbers, 'numbers')
    const found = named.found.slice(0, MAX_LINES)
    const problems =
      named.found.length > MAX_LINES
        ? [...named.problems, `Shown are the first ${MAX_LINES} of ${named.found.length} sequences.`]
        : named.problems
    const note = noteOf({ found, problems })
    const newest = await Promise.all(found.map(async (one) => (await readNewest(ctx, actor, one))?.time))
    const span = spanOf(rangeOf(settings), ctx.clock.now(), Math.max(...newest.map((time) => time ?? Number.NEGATIVE_INFINITY)))
    const lines: ChartData['lines'][number][] = []
    for (const one of found)
      lines.push({
        ...(await describeSequence(ctx, actor, one, found)),
        points: await readChartPoints(ctx, actor, one, { start: span.from, end: span.to }, room),
        limits: Object.values(limitsOf(one)).filter((limit) => limit !== undefined),
      })
    return { data: { ...span, lines } satisfies ChartData, note }
  },
}

/** The length of time that a tile shows. */
export const rangeOf = (settings: Settings, otherwise = DAY): Micros => parseDuration(textOf(settings, 'range') ?? '') ?? otherwise

/** Up to now while values come; up to the newest where they stopped before the range begins. */
export function spanOf(range: Micros, now: Micros, newest: Micros): { from: Micros; to: Micros } {
  const to = Number.isFinite(newest) && newest < now - range ? newest + SECOND : now
  return { from: to - range, to }
}
