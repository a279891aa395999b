/** A chart that ends now: points of the server, and values as they come. */
import { convertShown, shownUnits } from '../../../../../src/base/units.ts'
import { appendValue, convertPoints, type Point } from '../../../shared/chart-points.ts'
import type { ChartTileData } from '../../../shared/dashboard-tiles.ts'
import { formatValue } from '../../../shared/format.ts'
import { unpackPoints } from '../../../shared/packed-points.ts'
import { escapePath } from '../../../shared/paths.ts'
import { make } from '../../dom.ts'
import type { Line } from '../../sequence/chart-data.ts'
import { Drawing } from '../../sequence/chart-drawing.ts'
import { unitSystem } from '../../units.ts'
import { setText } from '../set-text.ts'
import type { ViewMaker } from '../tile-view.ts'

/** Points of a line, of which so many came after it was read, before it is read again. */
const MOST_NEW = 1_000
const LEAST_HEIGHT = 90
/** Milliseconds after which a chart is drawn again, though it moved by less than a pixel. */
const SETTLED_MS = 4_000

export const makeChart: ViewMaker = (body, page) => {
  const legend = make('ul', { class: 'panel-legend' })
  const place = make('div', { class: 'chart panel-chart', role: 'img' })
  body.replaceChildren(legend, place)
  let lines: Line[] = []
  let span = { from: 0, to: 1 }
  let read = 0
  let fresh = 0
  /** Whether the chart ends now; it ends with the newest value where that came long ago. */
  let follows = true
  let readings: HTMLElement[] = []
  let drawing: Drawing | undefined
  /** Where the lines were drawn up to, when, and whether values came after that. */
  let drawn = { to: 0, at: 0 }
  let isBehind = false
  /** Points that it has room for. To ask with each value would have the browser lay the page out each time. */
  let room = 1
  const showReadings = (points?: readonly (Point | undefined)[]): void => {
    for (const [at, line] of lines.entries()) {
      const point = points ? points[at] : line.points.at(-1)
      const value = points ? point?.mean : (point?.newest ?? point?.mean)
      const reading = readings[at]
      if (reading) setText(reading, value === undefined ? '–' : formatValue(value, { decimals: line.decimals, units: line.units }))
    }
  }
  const draw = (): void => {
    drawing?.draw(lines, span, (span.to - span.from) / room, page.zone)
    drawn = { to: span.to, at: page.now() }
    isBehind = false
    showReadings()
  }
  /** Whether it would be drawn within a pixel of where it is. */
  const isStill = (): boolean => span.to - drawn.to < (span.to - span.from) / room
  const tellAge = (): void => {
    const last = Math.max(...lines.map(({ newest }) => newest ?? Number.NEGATIVE_INFINITY))
    page.tellAge(Number.isFinite(last) ? last * 1000 : undefined)
  }
  const describe = (): void => {
    place.setAttribute('aria-label', `Chart of ${lines.map(({ name }, at) => `${name} ${readings[at]?.textContent ?? ''}`).join(', ')}`)
  }
  return {
    get paths() {
      return lines.map(({ path }) => path)
    },
    show: (data) => {
      const found = data as ChartTileData
      span = { from: found.from / 1e6, to: found.to / 1e6 }
      follows = Math.abs(found.to / 1000 - page.now()) < 60_000
      const system = unitSystem()
      lines = found.lines.map(({ path, name, points: packed, ...own }) => {
        const shown = shownUnits(system, own)
        const points = convertPoints(unpackPoints(packed), shown.conversion)
        return { path, name, ...shown, points, newest: points.at(-1)?.last_timestamp }
      })
      read = Math.max(0, ...lines.map(({ points }) => points.length))
      fresh = 0
      readings = lines.map(() => make('span', { class: 'is-number' }))
      legend.replaceChildren(
        ...lines.map(({ path, name }, at) =>
          make(
            'li',
            {},
            make('span', { class: `swatch is-series-${(at % 8) + 1}`, 'aria-hidden': 'true' }),
            make('a', { href: escapePath(path), title: path }, name),
            readings[at] ?? '',
          ),
        ),
      )
      drawing ??= new Drawing(
        place,
        { onSelect: () => undefined, onDoubleClick: () => undefined, onCursor: (points) => showReadings(points) },
        { limits: (found.lines[0]?.limits ?? []).map((limit) => convertShown(lines[0]?.conversion, limit)), stretches: [] },
        () => Math.max(LEAST_HEIGHT, Math.floor(body.clientHeight - legend.offsetHeight - 6)),
      )
      room = drawing.room
      draw()
      tellAge()
      describe()
    },
    take: (values) => {
      let isLate = false
      for (const { name, value, timestamp } of values) {
        const line = lines.find(({ path }) => path === name)
        const [time, number] = [Date.parse(timestamp) / 1000, Number(value)]
        if (!line || value === undefined || !Number.isFinite(number)) continue
        if (!appendValue(line.points, time, convertShown(line.conversion, number))) isLate = true
        line.newest = Math.max(line.newest ?? time, time)
        fresh++
      }
      follows ||= lines.some(({ newest }) => newest !== undefined && newest > span.to)
      if (follows) move()
      // To draw axes and lines again is most of a wall's work. Who watches sees the number at once.
      isBehind = follows && isStill()
      if (isBehind) showReadings()
      else draw()
      tellAge()
      return isLate || fresh > MOST_NEW + read
    },
    tick: () => {
      tellAge()
      describe()
      if (!follows || lines.length === 0) return
      move()
      if (isBehind && page.now() - drawn.at > SETTLED_MS) draw()
      else if (!isBehind && !isStill()) {
        drawing?.move(span)
        drawn = { to: span.to, at: page.now() }
      }
    },
    renew: () => {
      drawing?.resize()
      room = drawing?.room ?? room
      drawing?.renew(lines, page.zone)
    },
  }

  /** To now, or to a value that is ahead of the clock. */
  function move(): void {
    const newest = Math.max(...lines.map(({ newest: last }) => last ?? Number.NEGATIVE_INFINITY))
    const now = page.now() / 1000
    // Measurements that are replayed come with times of their own.
    const to = newest < now - (span.to - span.from) ? newest : Math.max(now, newest)
    span = { from: to - (span.to - span.from), to }
  }
}
