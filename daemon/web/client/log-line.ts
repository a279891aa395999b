/** One line of a log, as components/log-lines.tsx makes it too, and whether one reads at the end of the list. */
import { formatTime } from '../shared/format.ts'
import { levelOf } from '../shared/log-level.ts'
import { make } from './dom.ts'

/** Pixels from the end within which one counts as being there. */
const NEAR = 40

/** @param time in microseconds @param zone a name by IANA */
export function makeLogLine(
  { time, text }: { readonly time: number; readonly text: string },
  isFresh: boolean,
  zone: string,
): HTMLLIElement {
  const line = make('li', { class: `log-line is-${levelOf(text)}${isFresh ? ' is-fresh' : ''}`, 'data-time': String(time) })
  line.append(
    make('time', { datetime: new Date(time / 1000).toISOString(), title: zone }, formatTime(time / 1000, zone)),
    ' ',
    make('span', {}, text),
  )
  return line
}

export const isAtEnd = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean => scrollHeight - scrollTop - clientHeight < NEAR

/** A timestamp's microseconds, of which a Date knows only the thousands. */
export function microsOf(timestamp: string): number {
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? ''
  return Math.floor(Date.parse(timestamp) / 1000) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}
