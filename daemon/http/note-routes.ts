/** Routes for notes. */
import { csvField } from '../../src/base/csv.ts'
import { notFound } from '../../src/base/fault.ts'
import { parseJson } from '../../src/base/json.ts'
import type { Turns } from '../../src/base/turns.ts'
import { listNotes, MAX_LISTED, MAX_NOTE_SEARCH, type NoteList } from '../../src/notes/note-list.ts'
import { addNote, editNote, readNote, removeNote } from '../../src/notes/notes.ts'
import { MAX_NOTE_LENGTH, MAX_TAG_LENGTH, MAX_TAGS } from '../../src/notes/note-text.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { anything, integer, required, text, timestamp, type JsonSchema } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'
import { replyLines } from './value-replies.ts'

const tag = 'Notes'
const time = { type: 'string', format: 'date-time' }
const timeOrNull = { type: ['string', 'null'], format: 'date-time' }

const noteSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    path: { type: 'string', description: 'What it is on: a sequence, a controller, or a folder.' },
    start_timestamp: time,
    end_timestamp: { ...timeOrNull, description: 'null: it is about a moment.' },
    text: { type: 'string' },
    tags: { type: 'array', items: { type: 'string' } },
    source: { enum: ['person', 'device', 'alarm', 'import'] },
    by: {
      type: 'object',
      properties: { kind: { enum: ['user', 'controller', 'server'] }, id: { type: ['integer', 'null'] }, name: { type: 'string' } },
    },
    creation_timestamp: time,
    modification_timestamp: { ...timeOrNull, description: 'When it was last changed; null: never.' },
  },
}

const content = text(`What it says; up to ${MAX_NOTE_LENGTH} characters.`, { max: 10_000 })
const tags = anything(`Up to ${MAX_TAGS} words to find it by, of up to ${MAX_TAG_LENGTH} characters: a list, or text with commas.`, {
  schema: { type: 'array', items: { type: 'string' } },
})
const start = timestamp('When it is about, or from when on; now unless given.')
const end = timestamp('Until when, for a note about a stretch of time.')

export function createNoteRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/notes',
      forLinks: true,
      tag,
      summary: 'Notes, the latest first',
      description:
        'Of a resource, of the folders above it and of all below it, as far as the caller may read them. `cursor` in the answer: there ' +
        'are more, which the same request with it gives.',
      parameters: {
        path: text('A sequence, a controller or a folder; everywhere when missing.', { max: 2_000 }),
        start_timestamp: timestamp('Those that reach beyond this time.'),
        end_timestamp: timestamp('Those that begin by this time.'),
        text: text('Those with all these words in text or tags.', { max: MAX_NOTE_SEARCH }),
        tag: text('Those with this tag.', { max: MAX_TAG_LENGTH }),
        count: integer(`At most so many; ${MAX_LISTED} unless given.`, { min: 1, max: MAX_LISTED }),
        cursor: text('Goes on where the answer that this came from ended.', { max: 40 }),
        format: text('csv: a table, of the same notes.', { choices: ['json', 'csv'] }),
      },
      reply: {
        type: 'object',
        properties: { notes: { type: 'array', items: noteSchema }, cursor: { type: 'string' } },
      },
      handle: async ({ ctx, actor, parameters }) => {
        const { path = '', format } = parameters
        const list = await listNotes(ctx, actor, path === '' || path === '/' ? undefined : requireResource(ctx, actor, path), {
          start: parameters.start_timestamp,
          end: parameters.end_timestamp,
          words: parameters.text,
          tag: parameters.tag || undefined,
          limit: parameters.count,
          cursor: parameters.cursor,
        })
        if (format === 'csv') return replyLines('csv', encodeNotes(ctx.turns, list))
        return { status: 'ok', notes: list.notes, ...(list.cursor === undefined ? {} : { cursor: list.cursor }) }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/notes',
      tag,
      summary: 'Note something about a time',
      description:
        'On a sequence, or on a controller or folder, and then on all sequences below. Whoever may write there may note. ' +
        'The answer is the note.',
      parameters: {
        path: required(text('Absolute path of a sequence, a controller or a folder.', { max: 2_000 })),
        text: required(content),
        tags,
        start_timestamp: { ...start, aliases: ['timestamp'] },
        end_timestamp: end,
      },
      reply: noteSchema,
      handle: async ({ ctx, actor, parameters: { path, ...fields } }) => ({
        status: 'ok',
        ...(await addNote(ctx, actor, requireResource(ctx, actor, path), {
          text: fields.text,
          tags: tagsOf(fields.tags),
          start: fields.start_timestamp,
          end: fields.end_timestamp,
        })),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/notes/:id',
      tag,
      summary: 'One note',
      parameters: {},
      reply: noteSchema,
      handle: async ({ ctx, actor, path }) => readNote(ctx, actor, requireId(path['id'])),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/notes/:id',
      tag,
      summary: 'Change a note',
      description: 'What is not given stays. An empty end_timestamp makes it a note about a moment.',
      parameters: { text: content, tags, start_timestamp: start, end_timestamp: end },
      reply: noteSchema,
      handle: async ({ ctx, actor, path, given, parameters }) => ({
        status: 'ok',
        ...(await editNote(ctx, actor, requireId(path['id']), {
          text: parameters.text,
          tags: tagsOf(parameters.tags),
          start: parameters.start_timestamp,
          end: given['end_timestamp'] === '' || given['end_timestamp'] === null ? null : parameters.end_timestamp,
        })),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/notes/:id',
      tag,
      summary: 'Remove a note',
      parameters: {},
      handle: async ({ ctx, actor, path }) => removeNote(ctx, actor, requireId(path['id'])),
    }),
  ]
}

function requireId(text: string | undefined): number {
  const id = idOf(text)
  if (id === undefined) throw notFound(`There is no note ${JSON.stringify(text)}: a note has a number.`)
  return id
}

/** A form sends the list as JSON text. */
const tagsOf = (tags: unknown): unknown => (typeof tags === 'string' && tags.trimStart().startsWith('[') ? parseJson(tags, 'tags') : tags)

/** Notes that become text between two looks at the clock. */
const STEP = 20

async function* encodeNotes(turns: Turns, { notes }: NoteList): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  yield encoder.encode('id,path,start_timestamp,end_timestamp,text,tags,by\n')
  for (let from = 0; from < notes.length; from += STEP) {
    if (turns.isOver()) await turns.next()
    const lines = notes.slice(from, from + STEP).map((note) => {
      const { id, path, start_timestamp: start, end_timestamp: end, text, tags, by } = note
      return `${[String(id), path, start, end ?? '', text, tags.join(' '), by.name].map(csvField).join(',')}\n`
    })
    yield encoder.encode(lines.join(''))
  }
}
