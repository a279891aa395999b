/** What fits the words of a search, and in which order. */
import type { Context } from '../context.ts'
import type { NamedRow } from '../database/tree-source.ts'
import type { Actor } from '../tree/actor.ts'
import { canRead } from '../tree/permissions.ts'
import { pathOf } from '../tree/tree.ts'

export interface Hit {
  readonly id: number
  readonly name: string
  readonly rank: number
  /** In lower case, beginning with a slash. */
  readonly path: string
}

/** What is known of a folder while what lies in it is looked at. */
interface Above {
  /** In lower case. */
  readonly path: string
  readonly isReadable: boolean
}

/** Looks at names, and gathers those that fit and that the actor may read; at each resource once. */
export class Hits {
  readonly #ctx: Context
  readonly #actor: Actor
  readonly #words: readonly string[]
  readonly #type: number | undefined
  readonly #best: BestHits
  readonly #above = new Map<number, Above | undefined>()
  readonly #seen = new Set<number>()

  /** @param type of resources that are looked for; undefined: any @param limit how many are kept of those that were found */
  constructor(ctx: Context, actor: Actor, words: readonly string[], type: number | undefined, limit: number) {
    this.#ctx = ctx
    this.#actor = actor
    this.#words = words
    this.#type = type
    this.#best = new BestHits(limit)
  }

  /** How many were found. */
  get count(): number {
    return this.#best.count
  }

  /** The best of them, in their order. */
  sorted(): readonly Hit[] {
    return this.#best.sorted()
  }

  look(row: NamedRow): void {
    const { id, parentId, type, isRestricted } = row
    if (type !== (this.#type ?? type) || this.#seen.has(id)) return
    const folder = parentId === null ? undefined : this.#lookUp(parentId)
    // What lies in something deleted is gone with it.
    if (parentId !== null && !folder) return
    const name = row.name.toLowerCase()
    const path = `${folder?.path ?? ''}/${name}`
    const rank = rankOf(name, path, this.#words)
    // A resource without permission records of its own is readable by those who may read its folder.
    if (rank === undefined || !(folder && !isRestricted ? folder.isReadable : this.#isReadable(id))) return
    this.#seen.add(id)
    this.#best.add({ id, name: row.name, rank, path })
  }

  /** Of folders it remembers the paths. */
  #lookUp(id: number): Above | undefined {
    if (this.#above.has(id)) return this.#above.get(id)
    const folder = this.#ctx.tree.byId(id)
    const found = folder && { path: pathOf(folder).toLowerCase(), isReadable: canRead(this.#ctx, this.#actor, folder) }
    this.#above.set(id, found)
    return found
  }

  #isReadable(id: number): boolean {
    const resource = this.#ctx.tree.byId(id)
    return resource !== undefined && canRead(this.#ctx, this.#actor, resource)
  }
}

const [SAME, BEGINS, IN_NAME, IN_PATH] = [0, 1, 2, 3]

/** undefined: some words are missing. */
function rankOf(name: string, path: string, words: readonly string[]): number | undefined {
  if (!words.every((word) => path.includes(word))) return undefined
  if (!words.every((word) => name.includes(word))) return IN_PATH
  if (words.length === 1 && name === words[0]) return SAME
  return words.some((word) => name.startsWith(word)) ? BEGINS : IN_NAME
}

const collator = new Intl.Collator('en', { numeric: true })

/** Puts the better match first. Among equals: names in natural order; for paths, higher levels before deeper ones. */
function compareHits(a: Hit, b: Hit): number {
  const names = a.rank === IN_PATH ? 0 : collator.compare(a.name, b.name)
  return a.rank - b.rank || names || depthOf(a.path) - depthOf(b.path) || collator.compare(a.path, b.path) || a.id - b.id
}

const depthOf = (path: string): number => path.split('/').length

/** The best of many matches, without sorting all of them. */
class BestHits {
  readonly #limit: number
  #hits: Hit[] = []
  /** The last match that can be reached, as soon as there are enough. */
  #worst: Hit | undefined
  count = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(hit: Hit): void {
    this.count++
    if (this.#worst && compareHits(hit, this.#worst) > 0) return
    this.#hits.push(hit)
    if (this.#hits.length >= 2 * this.#limit) this.#trim()
  }

  sorted(): readonly Hit[] {
    this.#trim()
    return this.#hits
  }

  #trim(): void {
    this.#hits = this.#hits.sort(compareHits).slice(0, this.#limit)
    if (this.#hits.length === this.#limit) this.#worst = this.#hits.at(-1)
  }
}
