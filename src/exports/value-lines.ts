/** Values of one sequence as lines, as "rhizo seq import" reads them again: CSV, or a JSON object each. */
import { csvField } from '../base/csv.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import type { Turns } from '../base/turns.ts'
import type { Points } from '../storage/sequence-store.ts'

export type TextFormat = 'csv' | 'ndjson'

const encoder = new TextEncoder()
/** Values that become text between two looks at the clock. */
const STEP = 500

/** What is noted beside values, asked for in their order. */
export interface NoteTexts {
  at(time: Micros): string
}

/** `timestamp,value` lines with a header, or `{"timestamp","value"}` a line; with notes in a third column, `note`. */
export async function* encodePoints(
  turns: Turns,
  format: TextFormat,
  pages: AsyncIterable<Points>,
  notes?: NoteTexts,
): AsyncGenerator<Uint8Array> {
  if (format === 'csv') yield encoder.encode(`timestamp,value${notes ? ',note' : ''}\n`)
  for await (const { times, values } of pages) {
    let text = ''
    for (let at = 0; at < times.length; at++) {
      if (at % STEP === 0 && turns.isOver()) await turns.next()
      const time = formatTimestamp(times[at] ?? 0)
      const value = values[at] ?? ''
      const note = notes?.at(times[at] ?? 0)
      if (format === 'csv')
        text += `${time},${typeof value === 'number' ? value : csvField(value)}${note === undefined ? '' : `,${csvField(note)}`}\n`
      else
        text +=
          `{"timestamp":"${time}","value":${typeof value === 'number' ? value : JSON.stringify(value)}` +
          `${note === undefined ? '' : `,"note":${JSON.stringify(note)}`}}\n`
    }
    yield encoder.encode(text)
  }
}
