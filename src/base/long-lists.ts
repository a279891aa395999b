/** Sorting and mapping lists of any length without holding the event loop. */
import type { Turns } from './turns.ts'

/** Items that are sorted, or mapped, between two looks at the clock. */
const STEP = 250

/** `list.map(map)` */
export async function mapInTurns<T, U>(turns: Turns, list: readonly T[], map: (item: T) => U): Promise<U[]> {
  const mapped: U[] = []
  for (const [at, item] of list.entries()) {
    if (at % STEP === 0 && turns.isOver()) await turns.next()
    mapped.push(map(item))
  }
  return mapped
}

/** `list.filter(isWanted)` of anything that can be iterated; the list may change in the meantime. */
export async function filterInTurns<T>(turns: Turns, list: Iterable<T>, isWanted: (item: T) => boolean): Promise<T[]> {
  const wanted: T[] = []
  for (const [at, item] of [...list].entries()) {
    if (at % STEP === 0 && turns.isOver()) await turns.next()
    if (isWanted(item)) wanted.push(item)
  }
  return wanted
}

/** A sorted copy; equal items keep their order. */
export async function sortInTurns<T>(turns: Turns, list: readonly T[], compare: (a: T, b: T) => number): Promise<T[]> {
  let from = list.slice()
  for (let at = 0; at < from.length; at += STEP) {
    if (turns.isOver()) await turns.next()
    for (const [place, item] of from
      .slice(at, at + STEP)
      .sort(compare)
      .entries())
      from[at + place] = item
  }
  for (let width = STEP; width < from.length; width *= 2) {
    const to: T[] = []
    for (let left = 0; left < from.length; left += 2 * width) await merge(turns, from, to, left, width, compare)
    from = to
  }
  return from
}

/** Appends two sorted stretches that lie side by side to `to`, as one. */
async function merge<T>(
  turns: Turns,
  from: readonly T[],
  to: T[],
  left: number,
  width: number,
  compare: (a: T, b: T) => number,
): Promise<void> {
  const [middle, end] = [Math.min(left + width, from.length), Math.min(left + 2 * width, from.length)]
  for (let [a, b] = [left, middle]; a < middle || b < end; ) {
    if (to.length % STEP === 0 && turns.isOver()) await turns.next()
    const takesLeft = b >= end || (a < middle && compare(from[a] as T, from[b] as T) <= 0)
    to.push(from[takesLeft ? a++ : b++] as T)
  }
}
