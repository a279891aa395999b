/** Times of rows that count from a start. */
import { quote } from '../base/quote.ts'
import type { Micros } from '../base/time.ts'
import { readElapsed } from './elapsed.ts'
import type { TableRecord } from './records.ts'
import type { TimeWay } from './time-way.ts'
import { readTimeText, type TimeText } from './time-text.ts'

/** The moment that a text says, or why it says none. */
type InstantOf = (text: TimeText, shown: string, line: number) => Micros | string

export class ElapsedReader {
  readonly #way: TimeWay & { readonly how: 'elapsed' }
  readonly #instantOf: InstantOf
  /** Of the start that was read last: mostly there is one. */
  #start: { readonly shown: string; readonly instant: Micros | string } | undefined
  /** Of each series: the first count, the step after it, and the last one. */
  readonly #counts = new Map<string, { first: Micros; step: Micros; last: Micros; isOver: boolean }>()

  constructor(way: TimeWay & { readonly how: 'elapsed' }, instantOf: InstantOf) {
    this.#way = way
    this.#instantOf = instantOf
  }

  /** @returns the time, or why the row has none */
  read({ fields, line }: TableRecord, series: string): Micros | string {
    const { column, form, start } = this.#way
    const cell = fields[column] ?? ''
    const elapsed = readElapsed(cell, form)
    if (elapsed === undefined) return `its time is ${quote(cell.trim())}, which can’t be read as a count from the start`
    const began =
      typeof start === 'number' ? this.#startOf(fields[start] ?? '', line) : this.#startOf(start.shown, start.line ?? line, start.text)
    if (typeof began === 'string') return began
    return typeof start !== 'number' && this.#isAnotherRun(series, elapsed)
      ? `its count ${quote(cell.trim())} begins again, so it belongs to another run, of which the start is not told`
      : began + elapsed
  }

  #startOf(shown: string, line: number, known?: TimeText): Micros | string {
    if (this.#start?.shown === shown) return this.#start.instant
    const text = known ?? readTimeText(shown)
    const instant = text?.clock === undefined ? `its start is ${quote(shown)}, which can’t be read` : this.#instantOf(text, shown, line)
    this.#start = { shown, instant }
    return instant
  }

  /** Files of several runs were joined where a count falls back to where it began. */
  #isAnotherRun(series: string, elapsed: Micros): boolean {
    const count = this.#counts.get(series)
    if (!count) {
      this.#counts.set(series, { first: elapsed, step: -1, last: elapsed, isOver: false })
      return false
    }
    if (count.step < 0 && elapsed > count.first) count.step = elapsed - count.first
    if (elapsed < count.last && elapsed <= count.first + Math.max(count.step, 0)) count.isOver = true
    count.last = elapsed
    return count.isOver
  }
}
