/** Knows a long file of plain `timestamp,value` rows, in which nothing has to be found out: the fast way in is good for it. */
import { parseTimestamp, timeOfSeconds, type Micros } from '../base/time.ts'
import type { TableSource } from './encoding.ts'
import { isPlausible } from './time-numbers.ts'

export interface PlainTable {
  readonly rows: number
  readonly first: { readonly line: number; readonly shown: string; readonly time: Micros }
  readonly last: { readonly line: number; readonly shown: string; readonly time: Micros }
}

/** A time of the wire or Unix seconds, and a number that is no mark for a missing one and has no more digits than it can keep. */
const ROW = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z|\d{9,10}(?:\.\d{1,6})?),(?!-9999(?:\.0*)?$)(-?\d{1,15}(?:\.\d{1,15})?)$/
const HEADER = /^\ufeff?"?\w{0,60}(?:time|date)\w{0,60}"?,"?(?!\w{0,60}(?:time|date)\w{0,60}"?$)[A-Za-z_]\w{0,59}"?$/i

/** @returns undefined unless every row is plain and later than the one before, all times are plausible, and the last line has its end */
export async function checkPlain(source: TableSource, now: Micros): Promise<PlainTable | undefined> {
  let [rest, line, rows, last] = ['', 0, 0, '']
  let first: PlainTable['first'] | undefined
  for await (const chunk of source()) {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')
    let at = 0
    for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
      const row = text.slice(at, text.charCodeAt(end - 1) === 13 ? end - 1 : end)
      at = end + 1
      line++
      const shown = ROW.exec(row)?.[1]
      if (shown === undefined) {
        if (line === 1 && HEADER.test(row)) continue
        return undefined
      }
      // In one form, so that the order of the texts is that of the times.
      if (rows > 0 && (shown.length !== last.length || shown <= last)) return undefined
      first ??= markOf(line, shown)
      last = shown
      rows++
    }
    rest = text.slice(at)
    if (rest.length > 1_000) return undefined
  }
  const end = markOf(line, last)
  return rest === '' && first && end && isPlausible(first.time, now) && isPlausible(end.time, now) ? { rows, first, last: end } : undefined
}

function markOf(line: number, shown: string): PlainTable['first'] | undefined {
  const time = shown.endsWith('Z') ? parseTimestamp(shown) : timeOfSeconds(Number(shown))
  return time === undefined ? undefined : { line, shown, time }
}
