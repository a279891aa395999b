/** Sorting and mapping lists of any length without holding the event loop. */
import type { Turns } from './turns.ts'

/** Items that are sorted, or mapped, between two looks at the clock. */
const STEP = 250

/** `list.map(map)` @param step items between two looks at the clock */
export async function mapInTurns<T, U>(turns: Turns, list: readonly T[], map: (item: T, at: number) => U, step = STEP): Promise<U[]> {
  const mapped: U[] = []
  await visitInTurns(turns, list, (item, at) => mapped.push(map(item, at)), step)
  return mapped
}

/** `list.forEach(visit)` @param step items between two looks at the clock */
export async function visitInTurns<T>(turns: Turns, list: readonly T[], visit: (item: T, at: number) => void, step = STEP): Promise<void> {
  for (let at = 0; at < list.length; at++) {
    if (at % step === 0 && turns.isOver()) await turns.next()
    visit(list[at] as T, at)
  }
}

/** Runs a generator to its end, and gives what it returns; it yields after each millisecond of work at most. */
export async function finishInTurns<T>(turns: Turns, work: Generator<unknown, T>): Promise<T> {
  for (;;) {
    if (turns.isOver()) await turns.next()
    const step = work.next()
    if (step.done === true) return step.value
  }
}

/** `list.filter(isWanted)` of anything that can be iterated; the list may change in the meantime. */
export async function filterInTurns<T>(turns: Turns, list: Iterable<T>, isWanted: (item: T) => boolean): Promise<T[]> {
  const wanted: T[] = []
  let at = 0
  for (const item of list) {
    if (at++ % STEP === 0 && turns.isOver()) await turns.next()
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

/** What a list would have in a range of places if it was sorted, sorted; the rest of it need not be. */
export async function sortedSlice<T>(
  turns: Turns,
  list: readonly T[],
  compare: (a: T, b: T) => number,
  start: number,
  end: number,
): Promise<T[]> {
  let [among, before, isEqual] = [list, 0, false]
  const sorted: T[] = []
  // Each round sets aside a part that lies outside the range as a whole, or sorts one that is short.
  const waiting: { items: readonly T[]; at: number; isEqual: boolean }[] = []
  for (;;) {
    if (before < end && before + among.length > start) {
      if (isEqual || among.length <= Math.max(STEP, 2 * (end - start))) {
        const part = isEqual ? among : await sortInTurns(turns, among, compare)
        sorted.push(...part.slice(Math.max(0, start - before), end - before))
      } else {
        const parts = await splitInTurns(turns, among, compare)
        let at = before
        const placed = parts.map((items, which) => {
          const one = { items, at, isEqual: which === 1 }
          at += items.length
          return one
        })
        waiting.push(...placed.reverse())
      }
    }
    const next = waiting.pop()
    if (!next) return sorted
    ;[among, before, isEqual] = [next.items, next.at, next.isEqual]
  }
}

/** What comes before, with and after one of the items. */
async function splitInTurns<T>(turns: Turns, list: readonly T[], compare: (a: T, b: T) => number): Promise<T[][]> {
  const pivots = [0, list.length >> 1, list.length - 1].map((at) => list[at] as T).sort(compare)
  const pivot = pivots[1] as T
  const [below, same, above]: [T[], T[], T[]] = [[], [], []]
  for (const [at, item] of list.entries()) {
    if (at % STEP === 0 && turns.isOver()) await turns.next()
    const order = item === pivot ? 0 : compare(item, pivot)
    ;(order < 0 ? below : order > 0 ? above : same).push(item)
  }
  return [below, same, above]
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
