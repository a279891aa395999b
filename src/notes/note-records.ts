/** The records of notes, and how they are shown. */
import type { Selectable } from 'kysely'
import { readsByLink, type Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Db, NoteTable } from '../database/schema.ts'
import { Fault } from '../base/fault.ts'
import { parseJson } from '../base/json.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import { pathOf, type Resource } from '../tree/tree.ts'
import type { NoteInfo, NoteSource } from '../wire/answers.ts'
import { requireNoteText, requireStretch, requireTags } from './note-text.ts'

export type NoteRow = Selectable<NoteTable>

/** Maximum number of notes on one resource. */
export const MAX_NOTES = 10_000

export interface NewNote {
  readonly text: unknown
  /** A list, or text with commas. */
  readonly tags?: unknown
  readonly start: Micros
  /** null: the note is about a moment. */
  readonly end: Micros | null
  readonly source: NoteSource
}

/**
 * Notes something on a resource, without a look at permissions; to be called in the transaction of what is noted.
 * @param author undefined: the server itself
 * @returns the note's id
 * @throws Fault invalid; too_large when the resource has {@link MAX_NOTES} already
 */
export async function recordNote(
  ctx: Pick<Context, 'clock'>,
  db: Db,
  resource: Resource,
  { text, tags = [], start, end, source }: NewNote,
  author?: Actor,
): Promise<number> {
  requireStretch(start, end)
  const values = {
    resource_id: resource.id,
    start_timestamp: start,
    end_timestamp: end,
    text: requireNoteText(text),
    tags: JSON.stringify(requireTags(tags)),
    source,
    user_id: author?.kind === 'user' ? author.userId : null,
    controller_id: author?.kind === 'controller' ? author.controllerId : null,
    creation_timestamp: ctx.clock.now(),
    modification_timestamp: null,
  }
  const { count } = await db
    .selectFrom('notes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('resource_id', '=', resource.id)
    .executeTakeFirstOrThrow()
  if (count >= MAX_NOTES)
    throw new Fault('too_large', `${pathOf(resource)} has ${MAX_NOTES} notes, the most it can have. Remove some, or note it elsewhere.`)
  return (await db.insertInto('notes').values(values).returning('id').executeTakeFirstOrThrow()).id
}

/** Notes as callers see them; those whose resource is gone are left out. */
export async function describeNotes(ctx: Pick<Context, 'db' | 'tree'>, actor: Actor, rows: readonly NoteRow[]): Promise<NoteInfo[]> {
  const ids = readsByLink(actor) ? [] : [...new Set(rows.flatMap(({ user_id: id }) => (id === null ? [] : [id])))]
  const users =
    ids.length === 0 ? [] : await ctx.db.selectFrom('users').select(['id', 'full_name', 'user_name']).where('id', 'in', ids).execute()
  const names = new Map(users.map(({ id, full_name: fullName, user_name: userName }) => [id, fullName || (userName ?? '')]))
  return rows.flatMap((row) => {
    const resource = ctx.tree.byId(row.resource_id)
    return resource ? [describeNote(ctx, row, resource, names)] : []
  })
}

function describeNote(ctx: Pick<Context, 'tree'>, row: NoteRow, resource: Resource, names: ReadonlyMap<number, string>): NoteInfo {
  return {
    id: row.id,
    path: pathOf(resource),
    start_timestamp: formatTimestamp(row.start_timestamp),
    end_timestamp: row.end_timestamp === null ? null : formatTimestamp(row.end_timestamp),
    text: row.text,
    tags: parseJson(row.tags, 'tags') as string[],
    source: row.source as NoteSource,
    by: authorOf(ctx, row, names),
    creation_timestamp: formatTimestamp(row.creation_timestamp),
    modification_timestamp: row.modification_timestamp === null ? null : formatTimestamp(row.modification_timestamp),
  }
}

/** Names of people only, never their addresses: a note may be public. */
function authorOf({ tree }: Pick<Context, 'tree'>, row: NoteRow, names: ReadonlyMap<number, string>): NoteInfo['by'] {
  if (row.user_id !== null) return { kind: 'user', id: row.user_id, name: names.get(row.user_id) || `user ${row.user_id}` }
  if (row.controller_id === null) return { kind: 'server', id: null, name: 'the server' }
  const controller = tree.byId(row.controller_id)
  return { kind: 'controller', id: row.controller_id, name: controller?.name ?? `controller ${row.controller_id}` }
}
