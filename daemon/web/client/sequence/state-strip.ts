/** Draws the states of a text sequence as a strip of colours. */
import { coloursOfStates } from '../../shared/state-colours.ts'
import type { PictureStrip } from '../../shared/chart-svg.ts'
import { partsOf, statesOf, stretchesOf, type StateChange } from '../../shared/state-strip.ts'
import { escapePath } from '../../shared/paths.ts'
import { writeTime, type Span } from '../../shared/chart-state.ts'
import { make } from '../dom.ts'
import { colourOf } from './chart-colours.ts'
import { fetchOfPage } from './page-data.ts'
import { showTime } from './zone.ts'

/** How a state without a text is called. */
const EMPTY = '(empty)'

/** Where the colours that are no line's stand in styles/tokens.css. */
const TOKENS: Readonly<Record<string, string>> = { quiet: '--control', busy: '--accent', wrong: '--danger' }

export interface States {
  changes: StateChange[]
  isLog: boolean
}

/** @param span undefined: the newest changes */
export function fetchStates(path: string, span?: Span, signal?: AbortSignal): Promise<States> {
  const range = span ? { start_timestamp: writeTime(span.from), end_timestamp: writeTime(span.to) } : {}
  return fetchOfPage<States>(`${escapePath(path)}?${new URLSearchParams({ view: 'states', ...range }).toString()}`, signal)
}

export interface StripView {
  readonly name: string
  readonly changes: readonly StateChange[]
  readonly span: Span
  /** Seconds since 1970: what is to come has no state yet. */
  readonly now: number
  readonly zone: string
}

/** The strip itself: a part for each stretch, which says its state and times to a pointer that rests on it. */
export function makeStrip({ name, changes, span, now, zone }: StripView): HTMLElement {
  const colours = coloursOf(changes)
  const parts = partsIn({ changes, span, now })
  const said = parts.slice(-5).map(({ stretch }) => `${stretch.text} from ${showTime(stretch.from, zone)}`)
  const strip = make('div', {
    class: 'state-bar',
    role: 'img',
    'aria-label': `${name}: ${said.length === 0 ? 'no state' : said.join(', ')}`,
  })
  strip.append(
    ...parts.map(({ stretch, left, right }) => {
      const title = `${stretch.text}: ${showTime(stretch.from, zone)} to ${showTime(stretch.to, zone)}`
      const part = make('span', { class: `state-part is-${colours.get(stretch.text) ?? 'quiet'}`, title })
      part.style.left = `${left * 100}%`
      part.style.width = `${(right - left) * 100}%`
      return part
    }),
  )
  return strip
}

/** The same for a picture of the chart. @param place whose colours are taken */
export function pictureOfStrip(place: HTMLElement, { name, changes, span, now }: StripView): PictureStrip {
  const colours = new Map([...coloursOf(changes)].map(([text, colour]) => [text, colourOf(place, TOKENS[colour] ?? `--${colour}`)]))
  return {
    name,
    parts: partsIn({ changes, span, now }).map(({ stretch, left, right }) => ({ left, right, colour: colours.get(stretch.text) ?? '' })),
    states: [...colours].map(([text, colour]) => ({ text: text === '' ? EMPTY : text, colour })),
  }
}

const partsIn = ({ changes, span, now }: Pick<StripView, 'changes' | 'span' | 'now'>): ReturnType<typeof partsOf> =>
  partsOf(stretchesOf(changes, Math.max(now, changes.at(-1)?.time ?? now)), span)

/** Which colour is which state. */
export const makeStripKey = (changes: readonly StateChange[]): HTMLElement =>
  make(
    'span',
    { class: 'state-key' },
    ...[...coloursOf(changes)].map(([text, colour]) =>
      make('span', {}, make('span', { class: `line-swatch is-square is-${colour}`, 'aria-hidden': 'true' }), text === '' ? EMPTY : text),
    ),
  )

const coloursOf = (changes: readonly StateChange[]): ReadonlyMap<string, string> => coloursOfStates(statesOf(changes))
