/** Decides which blocks new values join, so that each block ends up full or lies among the newest of its sequence. */
import type { BlockHeader, BlockTable } from './block-table.ts'
import { BLOCK_VALUES, DamagedBlock } from './blocks/block.ts'
import { lowerBound } from './sorted-points.ts'
import type { SealingJob } from './sealing.ts'
import type { Points, SequenceRef } from '../sequence-store.ts'

/** A block of texts of at least this size counts as full, however few texts it holds. */
const FULL_TEXT_BYTES = 48 * 1024
/** How many blocks at the end of a sequence are examined: sizes at least halve from one to the next, so there are never more small ones. */
const MOST_SMALL = 24

export interface SealingPlan {
  /** The blocks that the job's result replaces, in the order of the job's `under`. */
  readonly old: readonly BlockHeader[]
  readonly job: SealingJob
  /** Why the data of some of them can't be read, by their `dataId`. In the job it is empty, which is no block. */
  readonly unreadable: ReadonlyMap<number, string>
}

/**
 * Values among blocks join the blocks that they touch. Values after all blocks join the last ones as long as these are not much larger:
 * each value is resealed at most about log2({@link BLOCK_VALUES}) times, and a sequence has few small blocks, however slowly its values
 * come.
 * @param points ascending
 */
export function planSealing(table: BlockTable, ref: SequenceRef, points: Points): SealingPlan[] {
  const { times, values } = points
  const plans: SealingPlan[] = []
  const plan = (old: readonly BlockHeader[], from: number, to: number, isTail: boolean): void => {
    const unreadable = new Map<number, string>()
    const under = old.map((header) => readData(table, header, unreadable))
    plans.push({
      old,
      unreadable,
      job: {
        isText: ref.isText,
        isTail,
        under,
        times: copyNumbers(times, from, to),
        values: ref.isText ? values.slice(from, to).map(String) : copyNumbers(values as readonly number[], from, to),
      },
    })
  }
  const newest = table.newest(ref)
  let from = 0
  while (newest && from < times.length && (times[from] ?? 0) <= newest.last) {
    const time = times[from] ?? 0
    const holder = table.floor(ref, time) ?? table.after(ref, time)
    if (!holder || holder.dataId === newest.dataId) break
    const next = table.after(ref, holder.first)
    const to = next ? lowerBound(times, next.first) : times.length
    plan([holder], from, to, false)
    from = to
  }
  if (from < times.length)
    plan(
      findTail(table, ref, times.length - from, newest !== undefined && (times[from] ?? 0) <= newest.last, plans),
      from,
      times.length,
      true,
    )
  return plans
}

function readData(table: BlockTable, header: BlockHeader, unreadable: Map<number, string>): Uint8Array {
  try {
    const data = table.dataToJoin(header)
    if (data) return data
    unreadable.set(header.dataId, 'Its data is missing')
  } catch (error) {
    if (!(error instanceof DamagedBlock)) throw error
    unreadable.set(header.dataId, error.message)
  }
  return new Uint8Array(0)
}

/** Copies a part of a list into memory of its own; `Float64Array.from` uses an iterator, which takes ten times as long. */
function copyNumbers(list: readonly number[], from: number, to: number): Float64Array {
  const copy = new Float64Array(to - from)
  for (let at = from; at < to; at++) copy[at - from] = list[at] ?? 0
  return copy
}

/** The last blocks that `count` values join. @param touching the values begin before the end of the last block and have to join it */
function findTail(table: BlockTable, ref: SequenceRef, count: number, touching: boolean, plans: readonly SealingPlan[]): BlockHeader[] {
  const joined: BlockHeader[] = []
  let total = count
  for (const header of table.headers(ref, {}, 'descending', MOST_SMALL)) {
    const isPlanned = plans.some(({ old }) => old.some(({ dataId }) => dataId === header.dataId))
    const isFull = header.count >= BLOCK_VALUES || (ref.isText && header.bytes >= FULL_TEXT_BYTES)
    const mustJoin = touching && joined.length === 0
    if (isPlanned || (!mustJoin && (isFull || header.count >= 2 * total))) break
    joined.unshift(header)
    total += header.count
  }
  return joined
}
