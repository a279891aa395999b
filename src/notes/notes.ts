/** Notes on sequences, controllers and folders. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import { recordAudit } from '../audit/record.ts'
import { transact } from '../database/transact.ts'
import { invalid, notFound } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'
import { aboutResource } from '../resources/removal.ts'
import { canRead, requireWrite } from '../tree/permissions.ts'
import { isFolder, pathOf, type Resource } from '../tree/tree.ts'
import type { NoteInfo } from '../wire/answers.ts'
import { SEQUENCE } from '../wire/resource-types.ts'
import { describeNotes, recordNote, type NoteRow } from './note-records.ts'
import { requireNoteText, requireStretch, requireTags } from './note-text.ts'

export interface NoteFields {
  readonly text: unknown
  /** A list, or text with commas. */
  readonly tags?: unknown
  /** undefined: now */
  readonly start?: Micros | undefined
  /** null or undefined: about a moment */
  readonly end?: Micros | null | undefined
}

/**
 * Notes something on a sequence, or on a folder or controller and so on all below.
 * @throws Fault forbidden without write; invalid; too_large when there are too many
 */
export async function addNote(ctx: Context, actor: Actor, place: Resource, { text, tags, start, end }: NoteFields): Promise<NoteInfo> {
  requireWrite(ctx, actor, place)
  if (place.type !== SEQUENCE && !isFolder(place))
    throw invalid(`${pathOf(place)} is a file: notes are on sequences, controllers and folders.`)
  if (start === undefined && end !== undefined && end !== null) throw invalid('start_timestamp is missing: the note has an end.')
  const note = {
    text,
    tags,
    start: start ?? ctx.clock.now(),
    end: end ?? null,
    source: actor.kind === 'controller' ? ('device' as const) : ('person' as const),
  }
  const id = await transact(ctx, (tx) => recordNote(ctx, tx, place, note, actor))
  return readNote(ctx, actor, id)
}

/** @throws Fault not_found, also for a note that the caller may not read */
export async function readNote(ctx: Context, actor: Actor, id: number): Promise<NoteInfo> {
  const { row } = await requireNote(ctx, actor, id)
  const [note] = await describeNotes(ctx, actor, [row])
  if (!note) throw noNote(id)
  return note
}

/**
 * Changes what is given of a note.
 * @throws Fault not_found; forbidden without write on its resource; invalid
 */
export async function editNote(ctx: Context, actor: Actor, id: number, changes: Partial<NoteFields>): Promise<NoteInfo> {
  const { place } = await requireNote(ctx, actor, id)
  requireWrite(ctx, actor, place)
  await transact(ctx, async (tx) => {
    const row = await tx.selectFrom('notes').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row) throw noNote(id)
    const start = changes.start ?? row.start_timestamp
    const end = changes.end === undefined ? row.end_timestamp : changes.end
    requireStretch(start, end)
    await tx
      .updateTable('notes')
      .set({
        start_timestamp: start,
        end_timestamp: end,
        ...(changes.text === undefined ? {} : { text: requireNoteText(changes.text) }),
        ...(changes.tags === undefined ? {} : { tags: JSON.stringify(requireTags(changes.tags)) }),
        modification_timestamp: ctx.clock.now(),
      })
      .where('id', '=', id)
      .execute()
    await recordAudit(ctx, tx, actor, aboutResource('note.changed', place, { note: id, text: row.text }))
  })
  return readNote(ctx, actor, id)
}

/** @throws Fault not_found; forbidden without write on its resource */
export async function removeNote(ctx: Context, actor: Actor, id: number): Promise<void> {
  const { row, place } = await requireNote(ctx, actor, id)
  requireWrite(ctx, actor, place)
  await transact(ctx, async (tx) => {
    const { numDeletedRows } = await tx.deleteFrom('notes').where('id', '=', id).executeTakeFirstOrThrow()
    if (numDeletedRows > 0n) await recordAudit(ctx, tx, actor, aboutResource('note.removed', place, { note: id, text: row.text }))
  })
}

async function requireNote(ctx: Context, actor: Actor, id: number): Promise<{ row: NoteRow; place: Resource }> {
  const row = await ctx.db.selectFrom('notes').selectAll().where('id', '=', id).executeTakeFirst()
  const place = row && ctx.tree.byId(row.resource_id)
  if (!place || !canRead(ctx, actor, place)) throw noNote(id)
  return { row, place }
}

const noNote = (id: number): Error => notFound(`There is no note ${id}.`)
