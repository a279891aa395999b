/** What text values have in common: logs by the beginnings of their lines. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { MAX_HELD_TEXT, holdsTooMuch, streamValues } from './sequences.ts'
import type { ReadOptions } from '../storage/sequence-store.ts'
import type { Resource } from '../tree/tree.ts'

/** Most values that a summary looks at. */
export const MAX_SUMMARY = 100_000

/**
 * The newest `count` text values grouped by their first `prefixLength` characters: of each group the longest common prefix
 * and how many there are, most first. Source: protocol, section 4.
 * @throws Fault forbidden, invalid; too_large when what they have in common is too long to be held
 */
export async function summarizeValues(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  options: ReadOptions,
  prefixLength: number,
): Promise<[prefix: string, count: number][]> {
  const groups = new Map<string, { common: string; count: number }>()
  let held = 0
  for await (const { values } of streamValues(ctx, actor, sequence, {
    ...options,
    order: 'descending',
    limit: Math.min(options.limit, MAX_SUMMARY),
  })) {
    for (const value of values.map(String)) {
      const prefix = value.slice(0, prefixLength)
      const group = groups.get(prefix)
      if (!group) {
        groups.set(prefix, { common: value, count: 1 })
        if ((held += value.length) > MAX_HELD_TEXT) throw holdsTooMuch(sequence)
      } else {
        group.count++
        if (value.startsWith(group.common)) continue
        held -= group.common.length
        group.common = commonPrefix(group.common, value)
        held += group.common.length
      }
    }
  }
  const pairs = [...groups.values()].map(({ common, count }): [string, number] => [common, count])
  return pairs.sort(([a, m], [b, n]) => n - m || (a < b ? 1 : -1))
}

function commonPrefix(a: string, b: string): string {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return a.slice(0, length)
}
