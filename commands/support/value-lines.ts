/** Lines of stdin that are a value each, with or without its time. */
import { readQuoted } from '../../src/base/csv.ts'
import { quote } from '../../src/base/quote.ts'
import { formatTimestamp, parseTimestamp } from '../../src/base/time.ts'
import { LocalClock, localText, type Zone } from '../../src/tables/local-clock.ts'
import { readTimeNumber } from '../../src/tables/time-numbers.ts'
import { localOf, readTimeText } from '../../src/tables/time-text.ts'

export interface ValueLine {
  readonly value: string
  /** As the API takes it; undefined: the moment at which it was read. */
  readonly timestamp: string | undefined
}

/** Characters that a time may have before the comma. */
const LONGEST_TIME = 40

/** Text before the first comma that may be a time, and what follows; undefined: there is none. */
function split(line: string): { time: string; rest: string } | undefined {
  const comma = line.indexOf(',')
  return comma > 0 && comma <= LONGEST_TIME ? { time: line.slice(0, comma).trim(), rest: line.slice(comma + 1) } : undefined
}

/** A value, or `timestamp,value` with the timestamp in the form of the API. */
export function readPlainLine(line: string): ValueLine {
  const parts = split(line)
  return parts && parseTimestamp(parts.time) !== undefined
    ? { value: parts.rest, timestamp: parts.time }
    : { value: line, timestamp: undefined }
}

/** Whether a line begins with a time in any form, so that it is worth telling how it is taken. */
export function beginsWithTime(line: string): boolean {
  const parts = split(line)
  return parts !== undefined && readTimeText(parts.time)?.clock !== undefined
}

/** Reads lines of `timestamp,value`, in their order: it tells the two hours apart that a clock shows twice. */
export class TimedLines {
  readonly #clock: LocalClock | undefined
  readonly #zone: Zone | undefined

  /** @param zone of times without one; undefined: such lines are refused */
  constructor(zone: Zone | undefined) {
    this.#zone = zone
    this.#clock = zone && new LocalClock(zone, false)
  }

  /** @returns why it can't be read, as a sentence, or what it says */
  read(line: string, number: number): ValueLine | string {
    const parts = split(line)
    if (!parts) return 'it is not timestamp,value'
    const time = this.#timeOf(parts.time, number)
    return typeof time === 'string' ? time : { value: valueOf(parts.rest), timestamp: formatTimestamp(time) }
  }

  #timeOf(text: string, number: number): number | string {
    const seconds = /^\d{9,10}(?:\.\d+)?$/.test(text) ? readTimeNumber(text, 'unix') : undefined
    if (seconds !== undefined) return seconds
    const read = readTimeText(text)
    const local = read?.order === undefined ? undefined : localOf(read, read.order)
    if (!read || local === undefined) return `${quote(text)} is no time; write 2026-01-31T12:00:00Z, or seconds since 1970`
    if (read.offset !== undefined) return local - read.offset
    if (!this.#clock) return `${quote(text)} has no time zone; name it with --time-zone, such as Europe/Berlin or UTC`
    const instant = this.#clock.instantOf(local, number)
    if (instant !== 'skipped') return instant
    return `no clock of ${this.#zone?.name ?? ''} showed ${localText(local)}, because it was set forward over it`
  }
}

/** What stands in quotes from the beginning to the end is meant without them. */
function valueOf(text: string): string {
  const quoted = text.startsWith('"') ? readQuoted(text, 0) : undefined
  return quoted?.end === text.length ? quoted.field : text
}
