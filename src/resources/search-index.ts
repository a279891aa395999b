/**
 * Searches by the index of names. A path holds a word if a name in it does, so all that is looked for is found by any one of the words: it
 * has the word in its own name, or lies in a folder that does. The words are tried in turn; the one whose names can all be looked at, and
 * whose folders lie deepest, leads to everything.
 */
import type { NameIndex, NamedRow } from '../database/tree-source.ts'
import { isFolderType } from '../wire/resource-types.ts'
import type { Tree } from '../tree/tree.ts'
import type { Hits } from './search-hits.ts'

/** Names that the index does not know and that are looked at beside it. */
const MAX_OTHERS = 20_000
/** Names with a word that are looked at, and as many that begin with it when there are more. */
const MAX_LOOKED = 3_000
/** Names that are looked at before others have their turn. */
const STEP = 25
/** Characters of the index's groups. */
const SHORTEST = 3

/** Names with a word. */
interface Candidates {
  readonly folders: readonly NamedRow[]
  /** Whether they are all that there are. */
  readonly areAll: boolean
}

/**
 * Looks at what may fit, and yields where others may have their turn.
 * @param enough this many hits do
 * @returns all: whatever fits was found; some: there is more; first: all names have to be looked at, of which the best were; unknown: all
 * names have to be looked at
 */
export function* searchIndex(
  tree: Tree,
  index: NameIndex,
  words: readonly string[],
  hits: Hits,
  enough: number,
): Generator<void, 'all' | 'some' | 'first' | 'unknown'> {
  const others = index.others(MAX_OTHERS)
  if (!others) return 'unknown'
  const look = function* (rows: readonly NamedRow[]): Generator<void> {
    for (const [at, row] of rows.entries()) {
      if (at % STEP === STEP - 1) yield
      hits.look(row)
    }
  }
  yield* look(others)
  let best: Candidates | undefined
  // A word may go on from one name to the next below it.
  for (const part of new Set(words.flatMap((word) => word.split('/')).filter((one) => one !== ''))) {
    const found = yield* findCandidates(index, part, others, look, () => hits.count >= enough)
    if (hits.count >= enough) return 'some'
    if (found.areAll && (!best || depthOf(tree, found) > depthOf(tree, best))) best = found
  }
  if (!best) return 'first'
  for (const rows of tree.below(best.folders.map(({ id }) => id))) {
    yield* look(rows)
    if (hits.count >= enough) return 'some'
  }
  return 'all'
}

/** How deep the highest folder lies: what is high has more below it. */
function depthOf(tree: Tree, { folders }: Candidates): number {
  return folders.reduce((least, { parentId }) => {
    let depth = 0
    for (let at = parentId === null ? undefined : tree.byId(parentId); at; at = at.parent) depth++
    return Math.min(least, depth)
  }, Number.POSITIVE_INFINITY)
}

function* findCandidates(
  index: NameIndex,
  part: string,
  others: readonly NamedRow[],
  look: (rows: readonly NamedRow[]) => Generator<void>,
  isEnough: () => boolean,
): Generator<void, Candidates> {
  const folders = others.filter((row) => isFolderType(row.type) && row.name.toLowerCase().includes(part))
  const take = function* (place: 'anywhere' | 'first' | 'alone'): Generator<void, boolean> {
    let looked = 0
    for (const rows of index.holding(part, place)) {
      yield* look(rows)
      for (const row of rows) if (isFolderType(row.type) && row.name.toLowerCase().includes(part)) folders.push(row)
      looked += rows.length
      if (looked >= MAX_LOOKED || isEnough()) return false
    }
    return true
  }
  const areAll = [...part].length >= SHORTEST && (yield* take('anywhere'))
  if (areAll) return { folders, areAll }
  // Of many the best must be among those that were looked at.
  yield* take('alone')
  yield* take('first')
  return { folders, areAll }
}
