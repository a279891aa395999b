/** Finds notes by place, time and words. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { invalid } from '../base/fault.ts'
import { filterInTurns } from '../base/long-lists.ts'
import type { Micros } from '../base/time.ts'
import { canRead, requireRead } from '../tree/permissions.ts'
import { isWithin, type Resource } from '../tree/tree.ts'
import type { NoteInfo } from '../wire/answers.ts'
import { describeNotes, type NoteRow } from './note-records.ts'

/** Most notes in one answer. */
export const MAX_LISTED = 1_000
/** Maximum length of a search for words, in characters. */
export const MAX_NOTE_SEARCH = 200

export interface NoteFilter {
  /** Notes that reach into this range, both ends included. */
  readonly start?: Micros | undefined
  readonly end?: Micros | undefined
  /** All these words are in the text or the tags; upper and lower case are the same. */
  readonly words?: string | undefined
  readonly tag?: string | undefined
  readonly limit?: number | undefined
  /** As the answer before had it. */
  readonly cursor?: string | undefined
}

export interface NoteList {
  /** The latest first. */
  readonly notes: NoteInfo[]
  /** With which the list goes on; undefined: it is whole. */
  readonly cursor: string | undefined
}

/** Rows read at a time. */
const PAGE = 1_000

/**
 * Notes on a resource, on the folders above it (they are about it too) and on all below it, as far as the caller may read them.
 * @param place undefined: everywhere
 * @throws Fault forbidden, invalid
 */
export async function listNotes(ctx: Context, actor: Actor, place: Resource | undefined, filter: NoteFilter = {}): Promise<NoteList> {
  if (place) requireRead(ctx, actor, place)
  const words = wordsOf(filter.words)
  const limit = Math.min(filter.limit ?? MAX_LISTED, MAX_LISTED)
  const places = await placesOf(ctx, actor, place)
  let after = parseCursor(filter.cursor)
  const found: NoteRow[] = []
  for (let isWhole = places.length === 0; !isWhole && found.length <= limit; ) {
    if (ctx.turns.isOver()) await ctx.turns.next()
    const rows = await readRows(ctx, places, filter, after)
    found.push(...rows.filter((row) => fits(row, words, filter.tag)))
    after = rows.at(-1)
    isWhole = rows.length < PAGE
  }
  const last = found[limit - 1]
  return {
    notes: await describeNotes(ctx, actor, found.slice(0, limit)),
    cursor: last && found.length > limit ? `${last.start_timestamp}.${last.id}` : undefined,
  }
}

type Cursor = Pick<NoteRow, 'start_timestamp' | 'id'>

function readRows({ db }: Context, places: readonly number[], { start, end }: NoteFilter, after: Cursor | undefined): Promise<NoteRow[]> {
  let query = db.selectFrom('notes').selectAll().where('resource_id', 'in', places)
  if (end !== undefined) query = query.where('start_timestamp', '<=', end)
  if (start !== undefined) query = query.where((eb) => eb.or([eb('start_timestamp', '>=', start), eb('end_timestamp', '>=', start)]))
  if (after)
    query = query.where((eb) =>
      eb.or([
        eb('start_timestamp', '<', after.start_timestamp),
        eb.and([eb('start_timestamp', '=', after.start_timestamp), eb('id', '<', after.id)]),
      ]),
    )
  return query.orderBy('start_timestamp', 'desc').orderBy('id', 'desc').limit(PAGE).execute()
}

/** Ids of resources with notes that concern a place and that the actor may read. */
async function placesOf(ctx: Context, actor: Actor, place: Resource | undefined): Promise<number[]> {
  const isLeaf = place !== undefined && place.children.isEmpty
  const above: Resource[] = []
  for (let at = place; at; at = at.parent) above.push(at)
  const candidates = isLeaf
    ? above
    : (await ctx.db.selectFrom('notes').select('resource_id').distinct().execute()).flatMap(({ resource_id: id }) => {
        const found = ctx.tree.byId(id)
        return found && (!place || isWithin(found, place) || above.includes(found)) ? [found] : []
      })
  const readable = await filterInTurns(ctx.turns, candidates, (one) => canRead(ctx, actor, one))
  return readable.slice(0, MAX_PLACES).map(({ id }) => id)
}

/** What one statement of SQLite takes as parameters. */
const MAX_PLACES = 30_000

function wordsOf(text = ''): string[] {
  if (text.length > MAX_NOTE_SEARCH) throw invalid(`text is longer than ${MAX_NOTE_SEARCH} characters.`)
  return text
    .normalize('NFC')
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
}

function fits({ text, tags }: NoteRow, words: readonly string[], tag: string | undefined): boolean {
  if (tag !== undefined && !(JSON.parse(tags) as string[]).includes(tag)) return false
  if (words.length === 0) return true
  const content = `${text} ${tags}`.normalize('NFC').toLowerCase()
  return words.every((word) => content.includes(word))
}

function parseCursor(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined || cursor === '') return undefined
  const match = /^(-?\d{1,16})\.(\d{1,15})$/.exec(cursor)
  if (!match) throw invalid(`cursor is ${JSON.stringify(cursor.slice(0, 100))}, which no answer had: pass one on as it was.`)
  return { start_timestamp: Number(match[1]), id: Number(match[2]) }
}
