/** Notes over HTTP. */
import type { NoteInfo } from '../wire/answers.ts'
import type { HttpClient } from './http-client.ts'

export interface NoteOptions {
  text: string
  tags?: readonly string[] | undefined
  /** ISO 8601; the server's time unless given. */
  start?: string | undefined
  /** null: about a moment. */
  end?: string | null | undefined
}

export interface NoteQuery {
  start?: string | undefined
  end?: string | undefined
  /** Words in text or tags. */
  text?: string | undefined
  tag?: string | undefined
  /** At most this many, the latest; all unless given. */
  count?: number | undefined
}

/** The most that the server returns at a time. */
const PAGE = 1_000

export type NoteChanges = { [Field in keyof NoteOptions]?: NoteOptions[Field] | undefined }

const fieldsOf = ({ text, tags, start, end }: NoteChanges): Record<string, unknown> => ({
  text,
  tags,
  start_timestamp: start,
  end_timestamp: end === null ? '' : end,
})

export class Notes {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Notes something on a sequence, or on a folder or controller and all below. */
  async add(path: string, note: NoteOptions): Promise<NoteInfo> {
    return noteOf(await this.#http.json('POST', '/notes', { json: { path, ...fieldsOf(note) } }))
  }

  /** Notes on a resource, above it and below it, the latest first; everywhere without a path. */
  async list(path?: string, { start, end, text, tag, count = Number.POSITIVE_INFINITY }: NoteQuery = {}): Promise<NoteInfo[]> {
    const notes: NoteInfo[] = []
    let cursor: string | undefined
    do {
      const query = { path, start_timestamp: start, end_timestamp: end, text, tag, cursor, count: Math.min(PAGE, count - notes.length) }
      const page = (await this.#http.json('GET', '/notes', { query })) as { notes: NoteInfo[]; cursor?: string }
      notes.push(...page.notes)
      cursor = page.cursor
    } while (cursor !== undefined && notes.length < count)
    return notes
  }

  /** Changes what is given. */
  async edit(id: number, changes: NoteChanges): Promise<NoteInfo> {
    return noteOf(await this.#http.json('PUT', `/notes/${id}`, { json: fieldsOf(changes) }))
  }

  async remove(id: number): Promise<void> {
    await this.#http.json('DELETE', `/notes/${id}`)
  }
}

function noteOf(answer: unknown): NoteInfo {
  const { status: _, ...note } = answer as NoteInfo & { status: string }
  return note
}
