/** Finds where to cut a sequence so that it keeps its newest values, or those that are not too old. */
import type { Micros } from '../../base/time.ts'
import type { BlockTable } from './block-table.ts'
import type { Head } from './head.ts'
import type { SealedValues } from './sealed-values.ts'
import type { SequenceRef } from '../sequence-store.ts'

/** A block, or the unsealed part, is cut only when at least this share of its time has expired: less than what may go without a word. */
const LEAST_CUT = 1 / 12
const HEADERS_AT_A_TIME = 100

export interface TruncationParts {
  readonly head: Head
  readonly table: BlockTable
  readonly sealed: SealedValues
}

/**
 * All values that lie among those of blocks must have been sealed before. @returns how many values there are, and the time before which
 * values may go; undefined if none may
 */
export function findCutoff(
  parts: TruncationParts,
  sequence: SequenceRef,
  keep: number,
  before: Micros,
): { total: number; cutoff: Micros | undefined } {
  const unsealed = parts.head.get(sequence)?.current.times ?? []
  const { count } = parts.table.totals(sequence)
  const total = count + unsealed.length
  const byAge = findExpired(parts, sequence, before)
  const byCount = total > keep ? findNth(parts, sequence, total - keep, count, unsealed) : Number.NEGATIVE_INFINITY
  const cutoff = Math.max(byAge, byCount)
  return { total, cutoff: cutoff === Number.NEGATIVE_INFINITY ? undefined : cutoff }
}

/**
 * The time before which everything may go because of its age, if that is worth a removal: each costs a commit, and reseals what is left of
 * a block.
 */
function findExpired({ head, table }: TruncationParts, sequence: SequenceRef, before: Micros): Micros {
  const [oldest] = table.headers(sequence, {}, 'ascending', 1)
  const unsealed = head.get(sequence)?.current.times ?? []
  const { first = Number.POSITIVE_INFINITY, last = first } = oldest ?? { first: unsealed[0], last: unsealed.at(-1) }
  if (first >= before) return Number.NEGATIVE_INFINITY
  return last < before || (before - first) / (last - first) >= LEAST_CUT ? before : Number.NEGATIVE_INFINITY
}

/** The time of the value that has `nth` values before it; blocks come first, then the head. */
function findNth(
  { table, sealed }: TruncationParts,
  sequence: SequenceRef,
  nth: number,
  sealedCount: number,
  unsealed: readonly Micros[],
): Micros {
  if (nth >= sealedCount) return unsealed[nth - sealedCount] ?? (unsealed.at(-1) ?? table.newest(sequence)?.last ?? 0) + 1
  let passed = 0
  for (let start: Micros | undefined; ; ) {
    const headers = table.headers(sequence, { start }, 'ascending', HEADERS_AT_A_TIME)
    for (const header of headers) {
      if (passed + header.count > nth) return sealed.decode(header, sequence.isText)?.times[nth - passed] ?? header.first
      passed += header.count
      start = header.last + 1
    }
    if (headers.length === 0) return Number.NEGATIVE_INFINITY
  }
}
