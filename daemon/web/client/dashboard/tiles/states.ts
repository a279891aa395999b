/** A strip of colours for each sequence: what state it was in, and when. */
import type { StatesData } from '../../../../../src/wire/dashboard-answers.ts'
import { formatTime } from '../../../shared/format.ts'
import { escapePath } from '../../../shared/paths.ts'
import { coloursOfStates } from '../../../shared/state-colours.ts'
import { make } from '../../dom.ts'
import { microsOf } from '../../log-line.ts'
import type { ViewMaker } from '../tile-view.ts'

interface Strip {
  readonly path: string
  readonly name: string
  /** In microseconds. */
  readonly stretches: { from: number; to: number; text: string }[]
  /** Times in words: to find these of all stretches with each value costs most of drawing them. */
  readonly told: Map<number, string>
}

const SVG = 'http://www.w3.org/2000/svg'
/** Width of a strip in its own units; it is stretched to the tile. */
const WIDTH = 1_000
const MOST_TOLD = 5_000

export const makeStates: ViewMaker = (body, page) => {
  let strips: Strip[] = []
  let range = 0
  const draw = (): void => {
    const to = page.now() * 1000
    const from = to - range
    body.replaceChildren(
      make(
        'ul',
        { class: 'strips', tabindex: '0', 'aria-label': 'States' },
        ...strips.map((strip) => drawStrip(strip, from, to, page.zone)),
      ),
      make('p', { class: 'strip-times' }, make('span', {}, clock(from, page.zone, range)), make('span', {}, 'now')),
    )
  }
  return {
    get paths() {
      return strips.map(({ path }) => path)
    },
    show: (data) => {
      const { from, to, sequences } = data as StatesData
      range = to - from
      strips = sequences.map(({ path, name, stretches }) => ({
        path,
        name,
        stretches: stretches.map((one) => ({ ...one })),
        told: new Map<number, string>(),
      }))
      draw()
    },
    take: (values) => {
      let isLate = false
      let isOther = false
      for (const { name, value, timestamp } of values) {
        const strip = strips.find(({ path }) => path === name)
        if (!strip || value === undefined) continue
        const time = microsOf(timestamp)
        const last = strip.stretches.at(-1)
        if (last && time < last.from) isLate = true
        else if (last?.text !== value) {
          if (last) last.to = time
          strip.stretches.push({ from: time, to: time, text: value })
          isOther = true
        }
      }
      // A state that lasts moves with the clock.
      if (isOther) draw()
      return isLate
    },
    tick: draw,
  }
}

function drawStrip({ path, name, stretches, told }: Strip, from: number, to: number, zone: string): HTMLLIElement {
  const times = (time: number): string => {
    const known = told.get(time) ?? formatTime(time / 1000, zone)
    if (told.size > MOST_TOLD) told.clear()
    told.set(time, known)
    return known
  }
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'strip')
  svg.setAttribute('viewBox', `0 0 ${WIDTH} 10`)
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('role', 'img')
  // The last one lasts until now.
  const shown = stretches.map((one, at) => (at === stretches.length - 1 ? { ...one, to } : one)).filter((one) => one.to > from)
  const now = shown.at(-1)?.text
  const colours = coloursOfStates(shown.map(({ text }) => text))
  svg.setAttribute('aria-label', `${name}: ${now === undefined ? 'no state yet' : `${now} now, ${shown.length - 1} changes`}`)
  for (const { from: start, to: end, text } of shown) {
    const x = ((Math.max(start, from) - from) / (to - from)) * WIDTH
    const rect = document.createElementNS(SVG, 'rect')
    for (const [attribute, value] of [
      ['x', x.toFixed(2)],
      ['y', '0'],
      // A short one is seen, too.
      ['width', Math.max(((end - from) / (to - from)) * WIDTH - x, 1.5).toFixed(2)],
      ['height', '10'],
      ['class', `state is-${colours.get(text) ?? 'quiet'}`],
    ] as const)
      rect.setAttribute(attribute, value)
    const title = document.createElementNS(SVG, 'title')
    title.textContent = `${text}, ${times(Math.max(start, from))} to ${times(end)}`
    rect.append(title)
    svg.append(rect)
  }
  return make(
    'li',
    {},
    make('a', { href: escapePath(path), title: path }, name),
    make(
      'span',
      { class: 'strip-now' },
      ...(now === undefined ? ['–'] : [make('span', { class: `swatch is-${colours.get(now) ?? 'quiet'}`, 'aria-hidden': 'true' }), now]),
    ),
    svg,
  )
}

/** The time where the strips begin: with its day when they are longer than one. */
function clock(time: number, zone: string, range: number): string {
  const text = formatTime(time / 1000, zone)
  return range > 86_400e6 ? text.slice(5, 16) : text.slice(11, 16)
}
