/**
 * Times that count from a start: seconds, minutes or a stopwatch's hours. The start stands above the rows, is told, or has a column of its
 * own. What the file leaves open is asked for, and never guessed.
 */
import { invalid } from '../base/fault.ts'
import { quote } from '../base/quote.ts'
import { DAY, HOUR, MINUTE, SECOND, type Micros } from '../base/time.ts'
import type { TableRecord } from './records.ts'
import { readClock, readTimeText, type TimeText } from './time-text.ts'

export type ElapsedForm = 'elapsed-ms' | 'elapsed-s' | 'elapsed-min' | 'elapsed-h' | 'elapsed-d'

export const ELAPSED_FORMS: readonly ElapsedForm[] = ['elapsed-ms', 'elapsed-s', 'elapsed-min', 'elapsed-h', 'elapsed-d']

const UNITS: Readonly<Record<ElapsedForm, Micros>> = {
  'elapsed-ms': SECOND / 1000,
  'elapsed-s': SECOND,
  'elapsed-min': MINUTE,
  'elapsed-h': HOUR,
  'elapsed-d': DAY,
}

export const elapsedWords: Readonly<Record<ElapsedForm | 'stopwatch', string>> = {
  'elapsed-ms': 'milliseconds',
  'elapsed-s': 'seconds',
  'elapsed-min': 'minutes',
  'elapsed-h': 'hours',
  'elapsed-d': 'days',
  stopwatch: 'hours, minutes and seconds',
}

/** When a count began. */
export interface CountStart {
  readonly text: TimeText
  /** As it stands in the file, or was told. */
  readonly shown: string
  /** Of the file; undefined: it was told. */
  readonly line: number | undefined
  /** What the file calls it. */
  readonly name: string
}

const UNIT_WORDS: readonly (readonly [RegExp, ElapsedForm])[] = [
  [/^(?:ms|msecs?|millis|milliseconds?|millisekunden?)$/i, 'elapsed-ms'],
  [/^(?:s|secs?|seconds?|sekunden?|secondes?|segundos?|secondi)$/i, 'elapsed-s'],
  [/^(?:min|mins|minutes?|minuten?|minutos?|minuti)$/i, 'elapsed-min'],
  [/^(?:h|hrs?|hours?|stunden?|std|heures?|horas?|ore)$/i, 'elapsed-h'],
  [/^(?:d|days?|tage?|jours?|d[ií]as?|giorni)$/i, 'elapsed-d'],
]

/** The form of a count whose unit is a word such as `s` or `minutes`; undefined for other words. */
export const elapsedUnit = (word: string): ElapsedForm | undefined => UNIT_WORDS.find(([pattern]) => pattern.test(word))?.[1]

const ELAPSED_WORD = new RegExp(
  String.raw`elapsed|since|relative|(?:^|[^\p{L}])rel\.? ?(?:time|zeit)|run ?time|laufzeit|verstrichen|[ée]coul[ée]|transcurrido|` +
    'trascorso|stopwatch',
  'iu',
)

/** Whether a header says that its column counts from some start, and does not show a clock. */
export const saysElapsed = (header: string): boolean => ELAPSED_WORD.test(header)

/** The unit in which a column counts, by its unit or by a word of its header; undefined where neither tells. */
export function formOf(header: string, units: string | undefined): ElapsedForm | undefined {
  const ofUnit = (text: string): ElapsedForm | undefined => UNIT_WORDS.find(([word]) => word.test(text.trim()))?.[1]
  return (
    (units === undefined ? undefined : ofUnit(units)) ??
    header
      .split(/[^\p{L}]+/u)
      .map((word) => (word.length > 1 ? ofUnit(word) : undefined))
      .find((form) => form !== undefined)
  )
}

const NUMBER = /^[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?$/
const STOPWATCH = /^(\d{1,5}):(\d{2}):(\d{2}(?:[.,]\d{1,9})?)$/

/** @returns microseconds since the start; undefined when the text is no such count */
export function readElapsed(given: string, form: ElapsedForm | 'stopwatch'): Micros | undefined {
  const text = given.trim()
  if (form === 'stopwatch') {
    const parts = STOPWATCH.exec(text)
    if (!parts) return undefined
    const [hours, minutes, seconds] = [Number(parts[1]), Number(parts[2]), Number((parts[3] ?? '').replace(',', '.'))]
    return minutes > 59 || seconds >= 60 ? undefined : Math.round(hours * HOUR + minutes * MINUTE + seconds * SECOND)
  }
  if (!NUMBER.test(text)) return undefined
  const micros = Math.round(Number(text.replace(',', '.')) * UNITS[form])
  return Number.isSafeInteger(micros) ? micros : undefined
}

/** Names that a file gives to the moment at which its rows begin. */
const START_NAME = /(?<!re-?)(?:start|inject|begin|began|begun|beginn|d[ée]but|inicio|inizio)|time zero|(?:^|\W)t ?(?:0|zero)(?:$|\W)/i
const OTHER_NAME = /end|stop|finish|duration|length|delay|interval|expir|calib|firmware|mode|type|trigger|condition|threshold|alarm/i
/** A moment of the file that may be its start, and doesn't say so. */
const MAYBE_NAME = new RegExp(
  String.raw`^\W*(?:date|datum|fecha|data|time|uhrzeit|zeit|hora|heure|ora|created|recorded|acquired|measured|` +
    String.raw`(?:test|run|measurement|recording|acquisition|sampling|log) ?(?:date|time)|date ?(?:and|\/|&) ?time|date of \w+)\W*$`,
  'i',
)

/** A name above the rows with a moment behind it. */
export interface Mention {
  readonly name: string
  readonly shown: string
  readonly line: number
  readonly text: TimeText | undefined
  readonly clock: Micros | undefined
}

/** Where a start is looked for: nobody writes one behind hundreds of lines, fields or words, and looking costs time. */
const [MOST_LINES, MOST_FIELDS, MOST_WORDS, LONGEST] = [200, 20, 16, 200]

const isStart = ({ name }: Pick<Mention, 'name'>): boolean => START_NAME.test(name) && !OTHER_NAME.test(name)
const mayBeStart = ({ name }: Pick<Mention, 'name'>): boolean => MAYBE_NAME.test(name)

/** A name and a moment behind it, as two fields of a line, or with a colon, an equals sign or blanks between them. */
export function* mentionsIn({ fields: all, text: whole, line }: TableRecord): Generator<Mention> {
  const made = (before: string, behind: string): Mention | undefined => {
    if (before.length > LONGEST || behind.length > LONGEST) return undefined
    const [name, shown] = [clean(before), clean(behind)]
    if (!isStart({ name }) && !mayBeStart({ name })) return undefined
    const text = readTimeText(shown)
    const clock = text ? text.clock : readClock(shown)
    return text || clock !== undefined ? { name, shown, line, text, clock } : undefined
  }
  const fields = all.slice(0, MOST_FIELDS)
  const beside = fields.map((field, at) => made(field, fields[at + 1] ?? '')).filter((mention) => mention !== undefined)
  if (beside.length > 0) return yield* beside
  for (const part of fields.length > 1 ? [...fields, whole] : [whole]) {
    if (part.length > 2 * LONGEST) continue
    let words = 0
    for (const { index } of part.matchAll(/[\s:=,;|\t]+/g)) {
      const mention = made(part.slice(0, index), part.slice(index))
      if (mention) yield mention
      if (mention || ++words > MOST_WORDS) break
    }
  }
}

const BEFORE = new Set(' \t\r\n"\'#%*;:=')
const BEHIND = new Set(' \t\r\n"\',;|')

/** Without the marks around it. */
function clean(part: string): string {
  let [start, end] = [0, part.length]
  while (start < end && BEFORE.has(part.charAt(start))) start++
  while (end > start && BEHIND.has(part.charAt(end - 1))) end--
  return part.slice(start, end)
}

/**
 * When the rows began, by the lines above them.
 * @returns undefined where none of them says so
 * @throws Fault invalid where they say several moments, or a part of one
 */
export function findCountStart(above: readonly TableRecord[]): CountStart | undefined {
  const all = above.slice(0, MOST_LINES).flatMap((record) => [...mentionsIn(record)])
  const starts = distinct(all.filter(isStart))
  const whole = starts.filter(({ text, clock }) => text && clock !== undefined)
  const dates = starts.filter(({ text, clock }) => text && clock === undefined)
  const clocks = starts.filter(({ text }) => !text)
  const [first, second] = whole.length > 0 ? whole : dates.length > 1 ? dates : clocks
  if (first && second)
    throw invalid(`The file tells several starts: ${named(first)} and ${named(second)}. Say which one its times count from with --start.`)
  const [one] = whole
  if (one?.text) return { text: one.text, shown: one.shown, line: one.line, name: one.name }
  const [date, clock] = [dates[0], clocks[0]]
  if (date?.text && clock)
    return {
      text: { ...date.text, clock: clock.clock },
      shown: `${date.shown} ${clock.shown}`,
      line: date.line,
      name: `${date.name} and ${clock.name}`,
    }
  const part = date ?? clock
  const maybe = distinct(all.filter(mayBeStart))
  if (!part && maybe.length === 0) return undefined
  const told = [...(part ? [part] : []), ...maybe].slice(0, 3)
  throw invalid(
    `Its times count from a start, of which the file tells ${part ? 'a part' : 'nothing for sure'}: ${told.map(named).join(', ')}. ` +
      `If the rows began then, say so with --start ${JSON.stringify(suggestion(told))}.`,
  )
}

/** As a message says it. */
export const named = ({ name, shown, line }: Pick<Mention, 'name' | 'shown' | 'line'>): string =>
  `${quote(name)} in line ${line} is ${quote(shown)}`

/** A moment made of what may be it. */
function suggestion(told: readonly Mention[]): string {
  const whole = told.find(({ text, clock }) => text && clock !== undefined)
  if (whole) return whole.shown
  return `${told.find(({ text }) => text)?.shown ?? 'YYYY-MM-DD'} ${told.find(({ text }) => !text)?.shown ?? 'HH:MM:SS'}`
}

const distinct = (mentions: readonly Mention[]): Mention[] => [...new Map(mentions.map((mention) => [mention.shown, mention])).values()]

/** `days since 1950-01-01 00:00:00`, by the conventions for climate and forecast data (CF): a header with the start in it. */
export function startInHeader(header: string): CountStart | undefined {
  const shown = /\bsince\s+(\d[^)\]"]{5,40}?)\s*[)\]"]?\s*$/i.exec(header.slice(0, LONGEST))?.[1]
  const text = shown === undefined ? undefined : readTimeText(shown.replaceAll(/(?<!\d|\.)\d(?!\d)/g, '0$&'))
  if (shown === undefined || !text) return undefined
  // A year's first moment is an epoch, which is in UTC.
  const isEpoch = text.order === 'year-first' && text.date[1] === 1 && text.date[2] === 1 && (text.clock ?? 0) === 0
  return {
    text: { ...text, clock: text.clock ?? 0, offset: text.offset ?? (isEpoch ? 0 : undefined) },
    shown: shown.trim(),
    line: undefined,
    name: 'the header',
  }
}

/** A start that was told: a date, with a clock's time where rows count from it. @throws Fault invalid for anything else */
export function startTold(given: string): CountStart {
  const text = readTimeText(given)
  if (!text)
    throw invalid(`start is ${quote(given)}; it must be a date and a clock's time, such as 2026-01-31 12:00:00, with a zone or without.`)
  return { text, shown: given.trim(), line: undefined, name: '--start' }
}
