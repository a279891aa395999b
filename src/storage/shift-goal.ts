/** Values that are moved to other times must not come to lie among those that stay: they could not be told apart afterwards. */
import { conflict } from '../base/fault.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'

interface Extent {
  readonly first: Micros
  readonly last: Micros
}

/**
 * @param from the range that is moved, both ends inclusive
 * @param goal where its first and last value go
 * @param extent finds the first and last value of a range, before anything is moved
 * @throws Fault conflict when there are values where these would go, which are not moved themselves
 */
export async function requireFree(
  what: 'values' | 'images',
  from: { readonly start: Micros; readonly end: Micros },
  goal: Extent,
  extent: (range: { start: Micros; end: Micros }) => Promise<Extent | undefined>,
): Promise<void> {
  const around = [
    { start: goal.first, end: Math.min(goal.last, from.start - 1) },
    { start: Math.max(goal.first, from.end + 1), end: goal.last },
  ]
  for (const range of around) {
    const taken = range.start > range.end ? undefined : await extent(range)
    if (taken)
      throw conflict(
        `There are ${what} from ${formatTimestamp(taken.first)} to ${formatTimestamp(taken.last)} where these would go: nothing was ` +
          'moved. Move those first, or a shorter range.',
      )
  }
}
