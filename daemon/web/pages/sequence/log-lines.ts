/** Lines of a text sequence, page by page, each cut to what a screen can show. */
import type { Actor } from '../../../../src/tree/actor.ts'
import type { Context } from '../../../../src/context.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { readValues } from '../../../../src/sequences/sequences.ts'
import type { Micros } from '../../../../src/base/time.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { replyJson } from '../../json-reply.ts'
import type { Fields, PageRequest } from '../../page.ts'
import { MAX_SHOWN_LINE, type ShownLine } from '../../shared/shown-line.ts'

/** Number of lines on one page. */
const PAGE = 200
/** Maximum length of a search text. */
export const MAX_SEARCH = 200

export interface LinePage {
  /** Oldest first. */
  readonly lines: ShownLine[]
  /** True if there are older ones. */
  readonly more: boolean
}

export interface LineQuery {
  /** Only lines that contain it; '': all. */
  readonly text: string
  /** Only lines before that time. */
  readonly before: Micros | undefined
}

/** @throws Fault invalid */
export function parseLineQuery(query: Fields): LineQuery {
  const text = query['text'] ?? ''
  if (text.length > MAX_SEARCH) throw invalid(`The search is longer than ${MAX_SEARCH} characters.`)
  const before = query['before'] ? Number(query['before']) : undefined
  if (before !== undefined && !Number.isSafeInteger(before)) throw invalid('before must be a time in microseconds.')
  return { text, before }
}

/** The newest lines that match. @throws Fault forbidden, invalid */
export async function readLines(ctx: Context, actor: Actor, sequence: Resource, { text, before }: LineQuery): Promise<LinePage> {
  const { times, values, more } = await readValues(ctx, actor, sequence, {
    order: 'descending',
    limit: PAGE,
    text: text === '' ? undefined : text,
    end: before === undefined ? undefined : before - 1,
  })
  const lines = times.map((time, at): ShownLine => {
    const value = String(values[at])
    return { time, text: value.slice(0, MAX_SHOWN_LINE), length: value.length }
  })
  return { lines: lines.reverse(), more }
}

/** `?view=lines`: the same as JSON, for the page's script. */
export async function replyLines({ ctx, actor, query, incoming }: PageRequest, sequence: Resource): Promise<Response> {
  return replyJson({ ctx, incoming }, await readLines(ctx, actor, sequence, parseLineQuery(query)))
}
