/** The line below a chart: what it shows, in numbers, also for whoever watches the page. */
import { alignPoints } from '../../shared/chart-points.ts'
import type { Span } from '../../shared/chart-state.ts'
import { formatCount } from '../../shared/format.ts'
import { need } from '../dom.ts'
import type { Line } from './chart-data.ts'
import { showTime } from './zone.ts'

/** @param stretch seconds that one point may summarize */
export function describeChart(lines: readonly Line[], { from, to }: Span, stretch: number, zone: string): string {
  const shown = lines.flatMap(({ points, isHidden }) =>
    isHidden === true ? [] : points.filter(({ last_timestamp: last, first_timestamp: first }) => last >= from && first <= to),
  )
  const count = shown.reduce((sum, point) => sum + point.count, 0)
  const aligned = alignPoints(
    lines.map(({ points }) => points),
    stretch,
  )
  const gaps = aligned.lines.reduce((sum, { mean }) => sum + mean.filter((value) => value === null).length, 0)
  Object.assign(need('#chart-card', HTMLElement).dataset, {
    points: String(shown.length),
    values: String(count),
    gaps: String(gaps),
    from: String(from),
    to: String(to),
  })
  return (
    `${showTime(from, zone)} to ${showTime(to, zone)} ${zone} · ` +
    (count === 0 ? 'no values' : `${formatCount(count)} ${count === 1 ? 'value' : 'values'}`) +
    (shown.length < count ? ', summed up: the band shows least and greatest' : '')
  )
}
