/** One line of a log, the same as in components/log-lines.tsx, and whether a list is scrolled to its end. */
import { formatTime } from '../shared/format.ts'
import { levelOf } from '../shared/log-level.ts'
import { make } from './dom.ts'

/** Maximum distance from the end, in pixels, that counts as being at the end. */
const NEAR = 40

/** @param time in microseconds @param zone an IANA name */
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

/** A timestamp in microseconds; a Date only has milliseconds. */
export function microsOf(timestamp: string): number {
  const fraction = /\.(\d+)/.exec(timestamp)?.[1] ?? ''
  return Math.floor(Date.parse(timestamp) / 1000) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}
