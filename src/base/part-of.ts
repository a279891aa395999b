/** Places within a range of numbers. The difference of its ends may be more than a number can hold, as from -1e308 to 1e308. */

/** Where a value lies: 0 at `min`, 1 at `max`. */
export function partOf(value: number, min: number, max: number): number {
  const range = max - min
  return Number.isFinite(range) ? (value - min) / range : (value / 2 - min / 2) / (max / 2 - min / 2)
}

/** The value at a place: `min` at 0, `max` at 1. */
export function valueAt(part: number, min: number, max: number): number {
  const range = max - min
  return Number.isFinite(range) ? min + range * part : min * (1 - part) + max * part
}
