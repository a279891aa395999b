/**
 * What is kept in memory for an answer until its reader has taken it. Whoever makes an answer says how much that is; whoever sends it
 * bounds the sum of all of them.
 */
export interface AnswerRoom {
  /**
   * So many bytes more are kept until the answer is read or given up; fewer, if they are negative.
   * @throws Fault busy when there is no room for them beside other answers; too_large when there never is
   */
  holds(bytes: number): void
}

/** Bytes of a number in a list, of a member of an object, and of an object or a list by itself. */
const NUMBER = 8
const MEMBER = 24
const OBJECT = 32
/** Items of a list that stand for all of it. */
const SAMPLES = 8
const DEPTH = 8

/** About how many bytes a value takes in memory. Of a long list some items stand for the others. */
export function estimateBytes(value: unknown, depth = DEPTH): number {
  if (typeof value === 'string') return OBJECT + value.length
  if (typeof value !== 'object' || value === null) return NUMBER
  if (ArrayBuffer.isView(value)) return OBJECT + value.byteLength
  if (depth === 0) return OBJECT
  if (!Array.isArray(value))
    return Object.values(value).reduce(
      (sum: number, item) => sum + MEMBER + (typeof item === 'object' || typeof item === 'string' ? estimateBytes(item, depth - 1) : 0),
      OBJECT,
    )
  const step = Math.max(1, value.length / SAMPLES)
  let [sum, count] = [0, 0]
  for (let at = 0; at < value.length; at += step, count++) sum += estimateBytes(value[Math.floor(at)], depth - 1)
  return OBJECT + (count === 0 ? 0 : (sum / count) * value.length)
}
