/** The limits of a sequence: the values beyond which an alert on it is on. */
import type { Resource } from '../../tree/tree.ts'

/** The nearest ones, of the rules that are followed. */
export function limitsOf({ alerts }: Resource): { low: number | undefined; high: number | undefined } {
  const rules = (alerts ?? []).filter(({ isEnabled }) => isEnabled)
  const [low, high] = [Math.max(...rules.map((rule) => rule.low)), Math.min(...rules.map((rule) => rule.high))]
  return { low: Number.isFinite(low) ? low : undefined, high: Number.isFinite(high) ? high : undefined }
}
