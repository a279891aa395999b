/**
 * Data of potentiostats of Gamry (`.DTA`): lines of settings, then tables, each with its name, its columns, their units and its rows, which
 * begin with a tab. Source: Gamry, "Data file format" in the help of Echem Analyst.
 */
import type { Hints } from './known-formats.ts'
import { readClock, readTimeText } from './time-text.ts'

export const isGamry = (head: readonly string[]): boolean => head[0]?.trim() === 'EXPLAIN' && /^TAG\t/.test(head[1] ?? '')

const TABLE = /^([A-Z]+)\d*\tTABLE\b/

/** Of the curve that was measured; what stands above it, as the open circuit before, counts from a start of its own. */
export function gamryHints(head: readonly string[]): Hints {
  const tables = head.flatMap((line, at) => (TABLE.test(line) ? [at] : []))
  const at = tables.find((line) => !head[line]?.startsWith('OCVCURVE')) ?? tables[0] ?? 0
  const names = (head[at + 1] ?? '').split('\t')
  const time = names.find((name) => name === 'T' || name === 'Time')
  return {
    delimiter: '\t',
    names: [at + 1],
    units: at + 2,
    first: at + 3,
    ...(time === undefined ? {} : { time: [time], counts: 'elapsed-s' }),
    // The test began then; a curve behind another one did not.
    ...(at === tables[0] ? { start: startOf(head.slice(0, at)) } : {}),
    ignored: /^(?:Pt|Over|IERange)$/,
    passed: /^[A-Z][A-Z\d]*\t/,
  }
}

function startOf(head: readonly string[]): Hints['start'] {
  const value = (name: string): string =>
    head
      .find((line) => line.startsWith(`${name}\t`))
      ?.split('\t')[2]
      ?.trim() ?? ''
  const [day, time] = [value('DATE'), value('TIME')]
  const [text, clock] = [readTimeText(day), readClock(time)]
  if (!text || clock === undefined) return undefined
  const line = head.findIndex((one) => one.startsWith('DATE\t')) + 1
  return { text: { ...text, clock }, shown: `${day} ${time}`, line, name: 'DATE and TIME' }
}
