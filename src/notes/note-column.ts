/** Notes beside values: for each time that a list of values comes to, what was noted then. */
import type { Actor } from '../tree/actor.ts'
import type { Context } from '../context.ts'
import type { Range } from '../storage/sequence-store.ts'
import { parseTimestamp, type Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'
import type { NoteInfo } from '../wire/answers.ts'
import { listNotes } from './note-list.ts'

/** Notes that one download carries; the latest, when there are more. */
const MAX_BESIDE = 20_000

interface Stretch {
  /** In the order of reading: times count backwards when the newest come first. */
  readonly from: number
  readonly to: number
  readonly text: string
}

/**
 * Takes times in the order in which values are read. A note is beside each value within its stretch; when there is none, and for a moment
 * between two values, beside the first that comes after.
 */
export class NoteColumn {
  readonly name = 'note'
  readonly #direction: 1 | -1
  readonly #ahead: Stretch[]
  #current: Stretch[] = []

  constructor(notes: readonly NoteInfo[], order: 'ascending' | 'descending') {
    this.#direction = order === 'ascending' ? 1 : -1
    this.#ahead = notes
      .map(({ start_timestamp: start, end_timestamp: end, text }) => {
        const ends = [parseTimestamp(start) ?? 0, parseTimestamp(end ?? start) ?? 0].map((time) => time * this.#direction)
        return { from: Math.min(...ends), to: Math.max(...ends), text }
      })
      .sort((a, b) => b.from - a.from)
  }

  /** The texts beside a value; '' when there are none. */
  at = (time: Micros): string => {
    const now = time * this.#direction
    for (let next = this.#ahead.at(-1); next && next.from <= now; next = this.#ahead.at(-1)) {
      this.#current.push(next)
      this.#ahead.pop()
    }
    if (this.#current.length === 0) return ''
    const text = this.#current.map((stretch) => stretch.text).join('; ')
    this.#current = this.#current.filter(({ to }) => to > now)
    return text
  }
}

/** The column of notes for values of a range. @throws Fault forbidden */
export async function readNoteColumn(
  ctx: Context,
  actor: Actor,
  sequence: Resource,
  { start, end }: Range,
  order: 'ascending' | 'descending',
): Promise<NoteColumn> {
  const notes: NoteInfo[] = []
  for (let cursor: string | undefined, isFirst = true; (isFirst || cursor !== undefined) && notes.length < MAX_BESIDE; isFirst = false) {
    const page = await listNotes(ctx, actor, sequence, { start, end, cursor })
    notes.push(...page.notes)
    cursor = page.cursor
  }
  return new NoteColumn(notes, order)
}
