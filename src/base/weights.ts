/** How much work values are, so that steps of it take about as long each: a long text is as much as many numbers. */

/** Characters of text that weigh as much as a number. */
const CHARACTERS = 50

/** What it takes to write a number, a text, or what stands for nothing, beside the effort for a number. */
export const effortOf = (value: unknown): number => (typeof value === 'string' ? 1 + value.length / CHARACTERS : 1)

/**
 * Where a step of a long list ends, exclusive, that begins at `from`: it has one item at least, and no more than fit into the weight.
 * @param beside what else is done for each item, in numbers
 */
export function endOfStep(values: ArrayLike<unknown>, from: number, weight: number, beside = 0): number {
  let left = weight
  let at = from
  while (at < values.length && (left -= effortOf(values[at]) + beside) >= 0) at++
  return Math.min(values.length, Math.max(at, from + 1))
}
