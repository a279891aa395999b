/** How much a value rose or fell within a time: what rules of the kinds `rising` and `falling` go by. */
import type { Micros } from '../base/time.ts'

/** The least and the greatest value of a part of the window. */
export interface RecentPart {
  readonly at: number
  low: number
  high: number
}

/** Parts of a window: however many values come, memory is bounded, and a window is a hundredth longer at most. */
const PARTS = 100

/** Takes a value into the window, and lets go what is older. Values come in the order of their times. */
export function noteRecent(recent: RecentPart[], within: Micros, time: Micros, value: number): void {
  const width = Math.max(1, within / PARTS)
  const at = Math.floor(time / width)
  const last = recent.at(-1)
  if (last?.at === at) {
    last.low = Math.min(last.low, value)
    last.high = Math.max(last.high, value)
  } else recent.push({ at, low: value, high: value })
  while (recent.length > 1 && ((recent[0]?.at ?? at) + 1) * width <= time - within) recent.shift()
}

/** By how much the newest value is above the lowest of the window, or below its highest. */
export function changeIn(recent: readonly RecentPart[], kind: 'rising' | 'falling', value: number): number {
  return kind === 'rising'
    ? value - Math.min(...recent.map(({ low }) => low), value)
    : Math.max(...recent.map(({ high }) => high), value) - value
}
