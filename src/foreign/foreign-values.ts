/** Values of another system as one list, and what of it is no value here. */
import type { Micros } from '../base/time.ts'
import { formatTimestamp } from '../base/time.ts'

export interface ForeignValue {
  /** Of which the sequence's name is made. */
  readonly series: string
  readonly time: Micros
  readonly value: number
}

/** Some values at a time. */
export type ForeignValues = AsyncIterable<readonly ForeignValue[]>

/** Counts what has no number, by series. */
export class LeftOut {
  readonly #counts = new Map<string, number>()

  add(series: string): void {
    this.#counts.set(series, (this.#counts.get(series) ?? 0) + 1)
  }
  /** Sentences, the series with the most first. */
  tell(most = 20): string[] {
    const all = [...this.#counts].sort(([, one], [, other]) => other - one)
    const told = all.slice(0, most).map(([series, count]) => `${series}: ${count} are no numbers and are left out`)
    return all.length > most ? [...told, `${all.length - most} more series have values that are no numbers`] : told
  }
}

/** A number as these systems write one; on and off, true and false are 1 and 0. undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const text = value.trim().toLowerCase()
  if (text === 'on' || text === 'true') return 1
  if (text === 'off' || text === 'false') return 0
  return /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined
}

/** The list as a table that imports read. */
export async function* toTable(values: ForeignValues): AsyncGenerator<string> {
  yield 'series,time,value\n'
  for await (const batch of values)
    yield batch.map(({ series, time, value }) => `${quoteField(series)},${formatTimestamp(time)},${value}\n`).join('')
}

const quoteField = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** The number whose float32 a system kept: 21.3 and not 21.299999237060547. */
export function shortestOfFloat(kept: number): number {
  for (const digits of [6, 7, 8, 9]) {
    const short = Number(kept.toPrecision(digits))
    if (Math.fround(short) === kept) return short
  }
  return kept
}
