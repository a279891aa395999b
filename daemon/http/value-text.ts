/** Values as text, in chunks: CSV, one JSON object a line, and the JSON and CSV of the old API. */
import { csvField } from '../../src/base/csv.ts'
import type { Points } from '../../src/storage/sequence-store.ts'
import { formatTimestamp, secondsOf, type Micros } from '../../src/base/time.ts'
import type { TextFormat } from './value-replies.ts'

const encoder = new TextEncoder()
/** Number of values in a chunk, when they are in memory already. */
const STEP = 5_000

/** `timestamp,value` lines with a header, or `{"timestamp","value"}` a line. */
export async function* encodePoints(format: TextFormat, pages: AsyncIterable<Points>): AsyncGenerator<Uint8Array> {
  if (format === 'csv') yield encoder.encode('timestamp,value\n')
  for await (const { times, values } of pages) {
    let text = ''
    for (let at = 0; at < times.length; at++) {
      const time = formatTimestamp(times[at] ?? 0)
      const value = values[at] ?? ''
      if (format === 'csv') text += `${time},${typeof value === 'number' ? value : csvField(value)}\n`
      else text += `{"timestamp":"${time}","value":${typeof value === 'number' ? value : JSON.stringify(value)}}\n`
    }
    yield encoder.encode(text)
  }
}

/** `{…head, "timestamps": [seconds…], "values": [text…]}`. Source: protocol, section 4. */
export async function* encodeColumns(head: object, { times, values }: Points): AsyncGenerator<Uint8Array> {
  const start = JSON.stringify(head).slice(0, -1)
  yield encoder.encode(`${start}${start === '{' ? '' : ','}"timestamps":[`)
  for (let from = 0; from < times.length; from += STEP)
    yield encoder.encode(
      (from > 0 ? ',' : '') +
        times
          .slice(from, from + STEP)
          .map(secondsOf)
          .join(','),
    )
  yield encoder.encode('],"values":[')
  for (let from = 0; from < values.length; from += STEP) {
    const texts = values.slice(from, from + STEP).map((value) => (typeof value === 'number' ? `"${value}"` : JSON.stringify(value)))
    yield encoder.encode((from > 0 ? ',' : '') + texts.join(','))
  }
  yield encoder.encode(']}')
}

/** `2026-01-31 12:00:00.123456,21.5`: the form that labs' spreadsheets already read. */
export async function* encodeOldCsv({ times, values }: Points): AsyncGenerator<Uint8Array> {
  yield encoder.encode('utc_timestamp,value\n')
  for (let from = 0; from < times.length; from += STEP) {
    const lines = times.slice(from, from + STEP).map((time, at) => `${oldTime(time)},${csvField(String(values[from + at]))}\n`)
    yield encoder.encode(lines.join(''))
  }
}

function oldTime(time: Micros): string {
  const text = formatTimestamp(time)
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${text.length > 20 ? text.slice(20, 26) : '000000'}`
}
