/** Values as text, in chunks: the JSON and CSV of the old API. */
import { csvField } from '../../src/base/csv.ts'
import type { Turns } from '../../src/base/turns.ts'
import { endOfStep } from '../../src/base/weights.ts'
import { cellOf, headOf, type Beside } from '../../src/exports/value-lines.ts'
import type { Points } from '../../src/storage/sequence-store.ts'
import { formatTimestamp, secondsOf, type Micros } from '../../src/base/time.ts'

const encoder = new TextEncoder()
/** Weight of the values that become text between two looks at the clock. */
const STEP = 500

/** `{…head, "timestamps": [seconds…], "values": [text…]}`. Source: protocol, section 4. */
export async function* encodeColumns(turns: Turns, head: object, { times, values }: Points): AsyncGenerator<Uint8Array> {
  const start = JSON.stringify(head).slice(0, -1)
  yield encoder.encode(`${start}${start === '{' ? '' : ','}"timestamps":[`)
  for await (const [from, end] of steps(turns, times)) {
    const seconds = times.slice(from, end).map(secondsOf)
    yield encoder.encode((from > 0 ? ',' : '') + seconds.join(','))
  }
  yield encoder.encode('],"values":[')
  for await (const [from, end] of steps(turns, values)) {
    const texts = values.slice(from, end).map((value) => (typeof value === 'number' ? `"${value}"` : JSON.stringify(value)))
    yield encoder.encode((from > 0 ? ',' : '') + texts.join(','))
  }
  yield encoder.encode(']}')
}

/** `2026-01-31 12:00:00.123456,21.5`: the form that labs' spreadsheets already read. */
export async function* encodeOldCsv(turns: Turns, { times, values }: Points, beside: readonly Beside[] = []): AsyncGenerator<Uint8Array> {
  yield encoder.encode(`utc_timestamp,value${headOf(beside)}\n`)
  for await (const [from, end] of steps(turns, values)) {
    const lines = times.slice(from, end).map((time, at) => {
      const more = beside.map(({ at: contentAt }) => `,${cellOf(contentAt(time))}`).join('')
      return `${oldTime(time)},${csvField(String(values[from + at]))}${more}\n`
    })
    yield encoder.encode(lines.join(''))
  }
}

/** Where each step of a long list begins and ends. */
async function* steps(turns: Turns, list: readonly unknown[]): AsyncGenerator<readonly [from: number, end: number]> {
  for (let from = 0; from < list.length; ) {
    const end = endOfStep(list, from, STEP)
    if (turns.isOver()) await turns.next()
    yield [from, end]
    from = end
  }
}

function oldTime(time: Micros): string {
  const text = formatTimestamp(time)
  return `${text.slice(0, 10)} ${text.slice(11, 19)}.${text.length > 20 ? text.slice(20, 26) : '000000'}`
}
