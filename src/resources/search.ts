/** Finds resources by name and path among those that the caller may read. Others never show, not even in a count. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { canRead } from '../tree/permissions.ts'
import { pathOf, type Resource } from '../tree/tree.ts'

export interface SearchQuery {
  /** Words separated by white space: all must occur in the path, in any letter case. */
  readonly text: string
  /** Only resources of that type. */
  readonly type?: number | undefined
  /** Number of results on one page. */
  readonly size: number
  /** Counted from 1; a page past the end means the last one. */
  readonly page: number
}

export interface SearchAnswer {
  /** Best match first: names that begin with a word, then names that contain all words, then paths that do. */
  readonly results: Resource[]
  /** Total number of matches; pages end after {@link MAX_REACHED} of them. */
  readonly found: number
  readonly page: number
  readonly pages: number
}

export const MAX_SEARCH_LENGTH = 200
const MAX_WORDS = 10
/** Names that are looked at before others have their turn. */
const STEP = 25
/** How many results the pages lead to; to find others, the search has to be narrowed. */
export const MAX_REACHED = 1_000

interface Hit {
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

/** @throws Fault forbidden for anonymous callers; invalid for a text that is too long or has too many words */
export async function searchResources(ctx: Context, actor: Actor, query: SearchQuery): Promise<SearchAnswer> {
  if (actor.kind === 'anonymous') throw forbidden('Sign in, or send a key, to search.')
  const best = new BestHits(MAX_REACHED)
  const words = wordsOf(query.text)
  if (words.length > 0) {
    for (const hits of findHits(ctx, actor, words, query.type)) {
      for (const hit of hits) best.add(hit)
      if (ctx.turns.isOver()) await ctx.turns.next()
    }
  }
  const hits = best.sorted()
  const pages = Math.max(1, Math.ceil(hits.length / query.size))
  const page = Math.min(Math.max(1, query.page), pages)
  const results = hits.slice((page - 1) * query.size, page * query.size).flatMap(({ id }) => {
    // Others may have been at work meanwhile.
    const resource = ctx.tree.byId(id)
    return resource && canRead(ctx, actor, resource) ? [resource] : []
  })
  return { results, found: best.count, page, pages }
}

function wordsOf(text: string): string[] {
  if (text.length > MAX_SEARCH_LENGTH) throw invalid(`The search is longer than ${MAX_SEARCH_LENGTH} characters.`)
  const words = [...new Set(text.normalize('NFC').toLowerCase().split(/\s+/))].filter((word) => word !== '')
  if (words.length > MAX_WORDS) throw invalid(`The search has more than ${MAX_WORDS} words.`)
  return words
}

/** Goes through the names of everything, some at a time; of folders it remembers the paths. */
function* findHits(ctx: Context, actor: Actor, words: readonly string[], type: number | undefined): Generator<Hit[]> {
  const above = new Map<number, Above | undefined>()
  const lookUp = (id: number): Above | undefined => {
    if (above.has(id)) return above.get(id)
    const folder = ctx.tree.byId(id)
    const found = folder && { path: pathOf(folder).toLowerCase(), isReadable: canRead(ctx, actor, folder) }
    above.set(id, found)
    return found
  }
  for (const rows of ctx.tree.names()) {
    let hits: Hit[] = []
    for (const [at, row] of rows.entries()) {
      if (at % STEP === 0) {
        yield hits
        hits = []
      }
      const folder = row.parentId === null ? undefined : lookUp(row.parentId)
      // What lies in something deleted is gone with it.
      if (row.parentId !== null && !folder) continue
      if (type !== undefined && row.type !== type) continue
      const name = row.name.toLowerCase()
      const path = `${folder?.path ?? ''}/${name}`
      const rank = rankOf(name, path, words)
      // A resource without permission records of its own is readable by those who may read its folder.
      if (rank === undefined || !(folder && !row.isRestricted ? folder.isReadable : isReadable(ctx, actor, row.id))) continue
      hits.push({ id: row.id, name: row.name, rank, path })
    }
    yield hits
  }
}

function isReadable(ctx: Context, actor: Actor, id: number): boolean {
  const resource = ctx.tree.byId(id)
  return resource !== undefined && canRead(ctx, actor, resource)
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
