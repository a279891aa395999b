/** A chart as an SVG file that stands for itself: with its title, axes, legend, limits and zone. No DOM, so that tests may use it. */
import { partOf } from '../../../src/base/part-of.ts'
import type { ChartAlerts } from './chart-alerts.ts'
import type { Column } from './chart-points.ts'
import type { Form } from './chart-shows.ts'
import type { Span } from './chart-state.ts'
import { formatNumber, formatTime } from './format.ts'
import { labelOf } from './time-axis.ts'

export interface PictureScale {
  readonly units: string
  readonly min: number
  readonly max: number
  readonly ticks: readonly number[]
}

export interface PictureLine {
  readonly name: string
  readonly colour: string
  readonly isDashed: boolean
  /** Its place among the scales; the first two have an axis. */
  readonly scale: number
  readonly form: Form
  readonly mean: Column
  readonly min: Column
  readonly max: Column
}

/** States below the plotting area, on its time. */
export interface PictureStrip {
  readonly name: string
  /** Where each begins and ends, from 0 to 1. */
  readonly parts: readonly { readonly left: number; readonly right: number; readonly colour: string }[]
  /** Which colour is which state. */
  readonly states: readonly { readonly text: string; readonly colour: string }[]
}

/** What a chart draws. Times in seconds, colours as CSS has them. */
export interface ChartPicture {
  readonly span: Span
  readonly zone: string
  readonly times: readonly number[]
  readonly ticks: readonly number[]
  readonly scales: readonly PictureScale[]
  readonly isLog: boolean
  readonly lines: readonly PictureLine[]
  /** Those of the first scale. */
  readonly alerts: ChartAlerts
  readonly strips?: readonly PictureStrip[]
  readonly colours: {
    readonly text: string
    readonly muted: string
    readonly grid: string
    readonly ground: string
    readonly danger: string
  }
}

export interface Size {
  readonly width: number
  readonly height: number
}

const [TOP, BOTTOM, SIDE, ROW] = [44, 44, 64, 20]
/** Height of a strip with its name above it, and of its bar alone. */
const [STRIP, BAR] = [40, 12]
/** Width that a character takes on average, in parts of the font's size. */
const CHARACTER = 0.58
const FONT = 13

/** @param now until when a stretch lasts that is still on @returns the text of a file */
export function drawSvg(picture: ChartPicture, title: string, { width, height }: Size, now: number): string {
  const { colours, span, scales, lines, zone } = picture
  const rows = legendRows(lines, width - 2 * SIDE)
  const strips = picture.strips ?? []
  const box = { left: SIDE, right: width - SIDE, top: TOP, bottom: height - BOTTOM - rows.length * ROW - strips.length * STRIP }
  const x = (time: number): number => box.left + ((time - span.from) / (span.to - span.from)) * (box.right - box.left)
  const y = (value: number, at: number): number => {
    const { min = 0, max = 1 } = scales[at] ?? {}
    const part = picture.isLog ? partOf(Math.log(value), Math.log(min), Math.log(max)) : partOf(value, min, max)
    return box.bottom - part * (box.bottom - box.top)
  }
  const text = (content: string, at: [number, number], more = ''): string =>
    `<text x="${round(at[0])}" y="${round(at[1])}" ${more}>${escape(content)}</text>`
  const range = `${formatTime(span.from * 1000, zone)} to ${formatTime(span.to * 1000, zone)} ${zone}`
  const step = (picture.ticks[1] ?? span.to) - (picture.ticks[0] ?? span.from)
  const grid = [
    ...(scales[0]?.ticks ?? []).map((value) => `M${box.left} ${round(y(value, 0))}H${box.right}`),
    ...picture.ticks.map((time) => `M${round(x(time))} ${box.top}V${box.bottom}`),
  ].join('')
  const stretches = picture.alerts.stretches
    .filter(([start, end]) => start <= span.to && (end ?? now) >= span.from)
    .map(([start, end]) => {
      const [left, right] = [x(Math.max(start, span.from)), x(Math.min(end ?? now, span.to))]
      return `<rect x="${round(left)}" y="${box.top}" width="${round(Math.max(right - left, 2))}" height="${box.bottom - box.top}"/>`
    })
  const limits = picture.alerts.limits
    .filter((limit) => limit >= (scales[0]?.min ?? 0) && limit <= (scales[0]?.max ?? 0))
    .map((limit) => `M${box.left} ${round(y(limit, 0))}H${box.right}`)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, sans-serif" font-size="${FONT}" fill="${colours.muted}">`,
    `<title>${escape(`${title}, ${range}`)}</title>`,
    `<rect width="${width}" height="${height}" fill="${colours.ground}"/>`,
    text(title, [SIDE, 26], `font-size="17" font-weight="600" fill="${colours.text}"`),
    text(range, [width - SIDE, 26], 'text-anchor="end"'),
    `<clipPath id="plot"><rect x="${box.left}" y="${box.top}" width="${box.right - box.left}"`,
    ` height="${box.bottom - box.top}"/></clipPath>`,
    `<path d="${grid}" stroke="${colours.grid}" fill="none"/>`,
    stretches.length > 0 ? `<g fill="${colours.danger}" fill-opacity="0.12">${stretches.join('')}</g>` : '',
    limits.length > 0 ? `<path d="${limits.join('')}" stroke="${colours.danger}" stroke-dasharray="6 4" fill="none"/>` : '',
    `<g clip-path="url(#plot)" stroke-linejoin="round">`,
    ...lines.map((line) => drawLine(line, picture, x, (value) => y(value, line.scale))),
    '</g>',
    ...picture.ticks.map((time) => text(labelOf(zone, time, step), [x(time), box.bottom + 20], 'text-anchor="middle"')),
    ...scales.slice(0, 2).flatMap(({ ticks, units }, at) => {
      const [left, anchor] = at === 0 ? [box.left - 8, 'end'] : [box.right + 8, 'start']
      return [
        ...ticks.map((value) => text(formatNumber(value), [left, y(value, at) + 4], `text-anchor="${anchor}"`)),
        text(units, [left, box.top - 8], `text-anchor="${anchor}"`),
      ]
    }),
    ...strips.map((strip, at) => drawStrip(strip, box, box.bottom + BOTTOM - ROW + at * STRIP, colours.text)),
    ...rows.flatMap((row, at) => {
      const base = height - rows.length * ROW + at * ROW
      return row.flatMap(({ line, left }) => [
        `<path d="M${round(SIDE + left)} ${base - 4}h16" stroke="${line.colour}" stroke-width="3"${dashOf(line)}/>`,
        text(line.name, [SIDE + left + 22, base], `fill="${colours.text}"`),
      ])
    }),
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

const dashOf = ({ isDashed }: PictureLine): string => (isDashed ? ' stroke-dasharray="7 4"' : '')

function drawLine(line: PictureLine, { times, isLog }: ChartPicture, x: (time: number) => number, y: (value: number) => number): string {
  const points = (column: Column): (readonly [number, number] | null)[] =>
    column.flatMap((value, at) =>
      value === undefined
        ? []
        : [value === null || !Number.isFinite(value) || (isLog && value <= 0) ? null : ([x(times[at] ?? 0), y(value)] as const)],
    )
  const mean = points(line.mean)
  const hasBand = line.min.some((value, at) => value !== line.max[at])
  const isAlone = (at: number): boolean => (mean[at - 1] ?? null) === null && (mean[at + 1] ?? null) === null
  // Where no line leads on, what it sums up is seen all the same.
  const alone = [mean, ...(hasBand ? [points(line.min), points(line.max)] : [])].flatMap((column) => column.filter((_, at) => isAlone(at)))
  const dots = (line.form === 'dots' ? mean : alone)
    .flatMap((point) => (point ? [`<circle cx="${round(point[0])}" cy="${round(point[1])}" r="2.5"/>`] : []))
    .join('')
  const edges = hasBand ? `${pathOf(points(line.min), line.form)}${pathOf(points(line.max), line.form)}` : ''
  return [
    hasBand ? `<path d="${bandOf(points(line.min), points(line.max))}" fill="${line.colour}" fill-opacity="0.15"/>` : '',
    edges === '' ? '' : `<path d="${edges}" stroke="${line.colour}" stroke-opacity="0.6" fill="none"/>`,
    line.form === 'dots'
      ? ''
      : `<path d="${pathOf(mean, line.form)}" stroke="${line.colour}" stroke-width="1.75" fill="none"${dashOf(line)}/>`,
    dots === '' ? '' : `<g fill="${line.colour}">${dots}</g>`,
  ].join('')
}

/** A strip's name with its states, and its bar below them. @param top where it begins */
function drawStrip(
  { name, parts, states }: PictureStrip,
  { left, right }: { left: number; right: number },
  top: number,
  ink: string,
): string {
  let at = left
  const word = (text: string): string => {
    const drawn = `<text x="${round(at)}" y="${top + FONT}" fill="${ink}">${escape(text)}</text>`
    at += text.length * FONT * CHARACTER + 16
    return drawn
  }
  const title = word(name)
  const key = states.flatMap(({ text, colour }) => {
    if (at + text.length * FONT * CHARACTER > right) return []
    const swatch = `<rect x="${round(at)}" y="${top + 3}" width="10" height="10" fill="${colour}"/>`
    at += 15
    return [swatch, word(text)]
  })
  const bars = parts.map(
    (part) =>
      `<rect x="${round(left + part.left * (right - left))}" y="${top + FONT + 6}" ` +
      `width="${round(Math.max((part.right - part.left) * (right - left), 1))}" height="${BAR}" fill="${part.colour}"/>`,
  )
  return [title, ...key, ...bars].join('')
}

/** A line that is broken where a point is null. */
function pathOf(points: readonly (readonly [number, number] | null)[], form: Form): string {
  let isOpen = false
  return points
    .map((point) => {
      if (!point) {
        isOpen = false
        return ''
      }
      const [x, y] = [round(point[0]), round(point[1])]
      const part = !isOpen ? `M${x} ${y}` : form === 'steps' ? `H${x}V${y}` : `L${x} ${y}`
      isOpen = true
      return part
    })
    .join('')
}

/** One closed shape for each stretch between gaps. */
function bandOf(low: readonly (readonly [number, number] | null)[], high: readonly (readonly [number, number] | null)[]): string {
  const shapes: string[] = []
  let from = 0
  for (let at = 0; at <= low.length; at++) {
    if (at < low.length && low[at] && high[at]) continue
    const there = low.slice(from, at).flatMap((point) => (point ? [point] : []))
    const back = high.slice(from, at).flatMap((point) => (point ? [point] : []))
    if (there.length > 1) shapes.push(`M${[...there, ...back.reverse()].map(([x, y]) => `${round(x)} ${round(y)}`).join('L')}Z`)
    from = at + 1
  }
  return shapes.join('')
}

/** Names of the lines side by side, in as many rows as they need. */
function legendRows(lines: readonly PictureLine[], width: number): { line: PictureLine; left: number }[][] {
  const rows: { line: PictureLine; left: number }[][] = [[]]
  let left = 0
  for (const line of lines) {
    const needed = 46 + line.name.length * FONT * CHARACTER
    if (left > 0 && left + needed > width) {
      rows.push([])
      left = 0
    }
    rows.at(-1)?.push({ line, left })
    left += needed
  }
  return rows
}

const round = (value: number): number => Math.round(value * 10) / 10

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Characters that no XML document may hold become a mark. */
const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (found) => ENTITIES[found] ?? found).replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
