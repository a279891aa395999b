/** Values of one sequence as lines, as "rhizo seq import" reads them again: CSV, or a JSON object each. */
import { csvField } from '../base/csv.ts'
import { formatTimestamp, type Micros } from '../base/time.ts'
import type { Turns } from '../base/turns.ts'
import { endOfStep } from '../base/weights.ts'
import type { Points } from '../storage/sequence-store.ts'

export type TextFormat = 'csv' | 'ndjson'

const encoder = new TextEncoder()
/** Weight of the values that become text between two looks at the clock. */
const STEP = 500
/** Characters that are gathered before they are passed on, about. */
const CHUNK = 256 * 1024

/** One more column beside values, asked for in their order: text, or whether something holds. */
export interface Beside {
  readonly name: string
  readonly at: (time: Micros) => string | boolean
}

export const cellOf = (content: string | boolean): string => (typeof content === 'string' ? csvField(content) : content ? '1' : '')
export const headOf = (beside: readonly Beside[]): string => beside.map(({ name }) => `,${name}`).join('')

/** `timestamp,value` lines with a header, or `{"timestamp","value"}` a line; with more columns beside them. */
export async function* encodePoints(
  turns: Turns,
  format: TextFormat,
  pages: AsyncIterable<Points>,
  beside: readonly Beside[] = [],
): AsyncGenerator<Uint8Array> {
  if (format === 'csv') yield encoder.encode(`timestamp,value${headOf(beside)}\n`)
  for await (const { times, values } of pages) {
    let text = ''
    let end = 0
    for (let at = 0; at < times.length; at++) {
      if (at === end) {
        if (text.length >= CHUNK) {
          yield encoder.encode(text)
          text = ''
        }
        end = endOfStep(values, at, STEP)
        if (turns.isOver()) await turns.next()
      }
      const time = formatTimestamp(times[at] ?? 0)
      const value = values[at] ?? ''
      const more = beside.map(({ name, at: contentAt }) => [name, contentAt(times[at] ?? 0)] as const)
      if (format === 'csv')
        text += `${time},${typeof value === 'number' ? value : csvField(value)}${more.map(([, cell]) => `,${cellOf(cell)}`).join('')}\n`
      else
        text +=
          `{"timestamp":"${time}","value":${typeof value === 'number' ? value : JSON.stringify(value)}` +
          `${more.map(([name, content]) => `,"${name}":${JSON.stringify(content)}`).join('')}}\n`
    }
    yield encoder.encode(text)
  }
}
