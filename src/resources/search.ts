/** Finds resources by name and path among those that the caller may read. Others never show, not even in a count. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { forbidden, invalid } from '../base/fault.ts'
import { canRead } from '../tree/permissions.ts'
import { isUnreadable } from '../database/errors.ts'
import type { Resource } from '../tree/tree.ts'
import { Hits } from './search-hits.ts'
import { searchIndex } from './search-index.ts'

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
  /** Number of matches, or {@link MAX_COUNTED} when there are more; pages end after {@link MAX_REACHED} of them. */
  readonly found: number
  /** Whether there are more than `found`: it was not counted how many. */
  readonly isMore: boolean
  readonly page: number
  readonly pages: number
}

export const MAX_SEARCH_LENGTH = 200
const MAX_WORDS = 10
/** Names that are looked at before others have their turn. */
const STEP = 25
/** How many results the pages lead to; to find others, the search has to be narrowed. */
export const MAX_REACHED = 1_000

/** When there are more than so many, it is not counted how many, where the index finds them. */
export const MAX_COUNTED = 2_000
/** So many hits show that there are more. */
const ENOUGH = MAX_COUNTED + 1

/** @throws Fault forbidden for anonymous callers; invalid for a text that is too long or has too many words */
export async function searchResources(ctx: Context, actor: Actor, query: SearchQuery): Promise<SearchAnswer> {
  if (actor.kind === 'anonymous') throw forbidden('Sign in, or send a key, to search.')
  const words = wordsOf(query.text)
  const found = new Hits(ctx, actor, words, query.type, MAX_REACHED)
  const isMore = words.length > 0 && (await findAll(ctx, words, found)) === 'some'
  const hits = found.sorted()
  const pages = Math.max(1, Math.ceil(hits.length / query.size))
  const page = Math.min(Math.max(1, query.page), pages)
  const results = hits.slice((page - 1) * query.size, page * query.size).flatMap(({ id }) => {
    // Others may have been at work meanwhile.
    const resource = ctx.tree.byId(id)
    return resource && canRead(ctx, actor, resource) ? [resource] : []
  })
  return { results, found: isMore ? MAX_COUNTED : found.count, isMore, page, pages }
}

async function findAll(ctx: Context, words: readonly string[], found: Hits): Promise<'all' | 'some'> {
  const { nameIndex } = ctx.tree
  if (nameIndex) {
    try {
      const outcome = await inTurns(ctx, searchIndex(ctx.tree, nameIndex, words, found, ENOUGH))
      if (outcome === 'first') return inTurns(ctx, lookAtAll(ctx, found, ENOUGH))
      if (outcome !== 'unknown') return outcome
    } catch (error) {
      if (!isUnreadable(error)) throw error
      ctx.log.warn({ err: error }, 'the index of names can not be read: a search looks at all names. The next start makes it again.')
    }
  }
  return inTurns(ctx, lookAtAll(ctx, found))
}

/** Goes through the names of everything. @param enough so many hits do */
function* lookAtAll(ctx: Context, found: Hits, enough = Number.POSITIVE_INFINITY): Generator<void, 'all' | 'some'> {
  for (const rows of ctx.tree.names()) {
    for (const [at, row] of rows.entries()) {
      if (at % STEP === 0) yield
      found.look(row)
    }
    if (found.count >= enough) return 'some'
  }
  return 'all'
}

async function inTurns<T>(ctx: Context, work: Generator<void, T>): Promise<T> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return value
    if (ctx.turns.isOver()) await ctx.turns.next()
  }
}

function wordsOf(text: string): string[] {
  if (text.length > MAX_SEARCH_LENGTH) throw invalid(`The search is longer than ${MAX_SEARCH_LENGTH} characters.`)
  const words = [...new Set(text.normalize('NFC').toLowerCase().split(/\s+/))].filter((word) => word !== '')
  if (words.length > MAX_WORDS) throw invalid(`The search has more than ${MAX_WORDS} words.`)
  return words
}
