/** The time zone that a file tells in the lines above its rows. */
import { quote } from '../base/quote.ts'
import { TimeZone } from '../base/time-zone.ts'
import type { TableRecord } from './records.ts'
import { offsetOf } from './time-text.ts'

export interface ZoneAbove {
  /** Where the lines tell one that is known. */
  readonly zone: string | undefined
  /** What is said of it: a note, where there is a zone, and otherwise a doubt. */
  readonly message: string
}

const ZONE_NAME = new RegExp(
  String.raw`^\W*(?:time ?zone|zeitzone|tz|(?:utc|gmt|time)[ _]?offset|offset (?:from|to) (?:utc|gmt)|fuseau horaire|` +
    String.raw`zona horaria|huso horario|fuso orario)(?: name)?\W*$`,
  'i',
)

/** `All times are UTC`, `Zeiten in MEZ`. */
const SENTENCE = new RegExp(
  String.raw`(?:^|[^\p{L}])(?:times?|timestamps?|dates?|zeiten|zeitangaben|uhrzeiten|zeitstempel)[^\p{L}]` +
    String.raw`(?:[^.;,]{0,30}[^\p{L}])?(?:in|are|is|sind)\s+((?:UTC|GMT)[+-]\d{1,2}(?::?\d\d)?|[A-Z]{3,4})(?:$|[^\p{L}+-])`,
  'iu',
)

/** Where a zone is looked for: nobody writes one behind hundreds of lines or fields. */
const [MOST_LINES, MOST_FIELDS, LONGEST] = [200, 40, 200]

interface Told {
  readonly shown: string
  readonly line: number
}

/** @param above the lines above the rows @returns undefined where none of them tells a zone */
export function zoneAbove(above: readonly TableRecord[]): ZoneAbove | undefined {
  const told = new Map(
    above
      .slice(0, MOST_LINES)
      .flatMap((record, at) => [...toldBy(record, above[at + 1])])
      .map((one) => [one.shown, one]),
  )
  const [first, second] = told.values()
  if (!first) return undefined
  const zone = second ? undefined : zoneIn(first.shown)
  if (zone !== undefined) return { zone, message: `Line ${first.line} says that the times are those of ${first.shown}.` }
  const named = second ? `${quote(first.shown)} and line ${second.line} ${quote(second.shown)}` : quote(first.shown)
  return {
    zone: undefined,
    message: `Line ${first.line} names the time zone ${named}, which is not taken: say which it is with --time-zone.`,
  }
}

/** The zone that a text is: a place's name, or how far it is ahead of UTC. */
function zoneIn(text: string): string | undefined {
  if (text.includes('/') && TimeZone.isName(text)) return text
  const offset = offsetOf(text)
  if (offset === undefined) return undefined
  const minutes = Math.abs(offset) / 60_000_000
  const two = (number: number): string => String(Math.floor(number)).padStart(2, '0')
  return offset === 0 ? 'UTC' : `${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** A name and a zone behind it in its line, or below it where both lines have as many fields; or a sentence. */
function* toldBy({ fields, text, line }: TableRecord, next: TableRecord | undefined): Generator<Told> {
  if (text.length <= 2 * LONGEST) {
    const sentence = SENTENCE.exec(text)?.[1]
    if (sentence !== undefined && offsetOf(sentence) !== undefined) yield { shown: sentence.toUpperCase(), line }
    const [, name = '', value = ''] = /^([^:=,;\t]*)[:=]\s*([^,;\t]*)/.exec(text) ?? []
    if (ZONE_NAME.test(name) && value.trim() !== '') {
      yield { shown: cleaned(value), line }
      return
    }
  }
  for (const [at, field] of fields.slice(0, MOST_FIELDS).entries()) {
    if (field.length > LONGEST || !ZONE_NAME.test(field)) continue
    const isHeader = next?.fields.length === fields.length && fields.length > 2
    const value = cleaned((isHeader ? next.fields[at] : fields[at + 1]) ?? '')
    if (value !== '' && value.length <= LONGEST) yield { shown: value, line: isHeader ? next.line : line }
  }
}

/** Without quotes, and without the seconds of an offset. */
const cleaned = (text: string): string =>
  text
    .trim()
    .replaceAll(/^["'([]+|(?<!["')\]])["')\]]+$/g, '')
    .replace(/^([+-]\d\d:\d\d):00$/, '$1')
