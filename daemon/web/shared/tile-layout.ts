/** Where tiles go when one is moved or resized: it takes its place, and what it would cover moves down. No DOM. */
import { COLUMNS, MAX_HEIGHT, MAX_ROW, type Place } from '../../../src/wire/dashboard-answers.ts'
import { clamp } from './clamp.ts'

/** Within the grid. */
export function fitPlace({ x, y, width, height }: Place): Place {
  const fitting = clamp(width, 1, COLUMNS)
  return { x: clamp(x, 0, COLUMNS - fitting), y: clamp(y, 0, MAX_ROW), width: fitting, height: clamp(height, 1, MAX_HEIGHT) }
}

/** @returns all places, in their order, with that of `at` as wanted and the others below it where they were in its way */
export function placeTile(places: readonly Place[], at: number, wanted: Place): Place[] {
  const moved = fitPlace(wanted)
  const result = [...places]
  result[at] = moved
  const settled = [moved]
  const others = [...places.keys()].filter((index) => index !== at).sort((a, b) => inOrder(places[a], places[b]))
  for (const index of others) {
    let place = places[index]
    if (!place) continue
    for (let covering = findCovering(settled, place); covering; covering = findCovering(settled, place))
      place = { ...place, y: covering.y + covering.height }
    settled.push(place)
    result[index] = place
  }
  return result
}

const findCovering = (settled: readonly Place[], place: Place): Place | undefined => settled.find((one) => covers(one, place))

const covers = (a: Place, b: Place): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height

/** Row by row: the order in which a phone shows them, and the keyboard walks. */
export const inOrder = (a: Place | undefined, b: Place | undefined): number => (a?.y ?? 0) - (b?.y ?? 0) || (a?.x ?? 0) - (b?.x ?? 0)

/** Rows that they take. */
export const rowsOf = (places: readonly Place[]): number => Math.max(0, ...places.map(({ y, height }) => y + height))
