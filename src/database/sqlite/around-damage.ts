/** Reads rows in order of a whole-number key around pages that can't be read. */
import { isUnreadable } from '../errors.ts'

/** Both ends included. */
export interface KeyRange {
  readonly from: number
  readonly to: number
}

export type Order = 'asc' | 'desc'

/** How many pieces of a range are tried in vain; sound rows between damaged pages are found within a few of them. */
const PATIENCE = 64

/**
 * Reads from both ends of the range towards the damage, then looks for what is sound between damaged pages.
 * @param read rows of a range of keys in an order of them; may throw in the midst
 * @param take gets each row that can be read, once, in no order
 * @param patience how many pieces of the range may be tried in vain, one after the other
 * @returns the keys between which nothing could be read, ascending; there need not be rows at all of them
 * @throws whatever `read` throws, unless {@link isUnreadable}
 */
export function readAround<Row>(
  range: KeyRange,
  read: (range: KeyRange, order: Order) => Iterable<Row>,
  keyOf: (row: Row) => number,
  take: (row: Row) => void,
  patience = PATIENCE,
): KeyRange[] {
  const gaps: KeyRange[] = []
  const pieces: KeyRange[] = [range]
  let inVain = 0
  for (const piece of pieces) {
    if (inVain >= patience) {
      gaps.push(piece)
      continue
    }
    const first = readUntilDamage(piece, 'asc', read, keyOf, take)
    if (first === 'whole') continue
    const from = first === undefined ? piece.from : first + 1
    if (from > piece.to) continue
    const last = readUntilDamage({ from, to: piece.to }, 'desc', read, keyOf, take)
    if (last === 'whole') continue
    const to = last === undefined ? piece.to : last - 1
    if (from > to) continue
    inVain = first === undefined && last === undefined ? inVain + 1 : 0
    const middle = from + Math.floor((to - from) / 2)
    if (middle >= to) gaps.push({ from, to })
    else pieces.push({ from, to: middle }, { from: middle + 1, to })
  }
  return join(gaps)
}

/** @returns 'whole' when there was no damage; else the key of the last row before it, undefined when there was none */
function readUntilDamage<Row>(
  range: KeyRange,
  order: Order,
  read: (range: KeyRange, order: Order) => Iterable<Row>,
  keyOf: (row: Row) => number,
  take: (row: Row) => void,
): number | 'whole' | undefined {
  let reached: number | undefined
  const rows = guarded(() => read(range, order))
  for (let row = rows(); row !== 'over'; row = rows()) {
    if (row === 'damaged') return reached
    take(row.value)
    reached = keyOf(row.value)
  }
  return 'whole'
}

/** Steps through rows, so that errors of reading are told from those of whoever takes the rows. */
function guarded<Row>(begin: () => Iterable<Row>): () => { value: Row } | 'over' | 'damaged' {
  let rows: Iterator<Row> | undefined
  return () => {
    try {
      rows ??= begin()[Symbol.iterator]()
      const next = rows.next()
      return next.done === true ? 'over' : { value: next.value }
    } catch (error) {
      if (!isUnreadable(error)) throw error
      return 'damaged'
    }
  }
}

function join(gaps: readonly KeyRange[]): KeyRange[] {
  const joined: KeyRange[] = []
  for (const gap of [...gaps].sort((a, b) => a.from - b.from)) {
    const before = joined.at(-1)
    if (before && before.to + 1 >= gap.from) joined[joined.length - 1] = { from: before.from, to: gap.to }
    else joined.push(gap)
  }
  return joined
}
