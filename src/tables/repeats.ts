/** Times that several rows of one series have, and whether those rows say the same. */
import type { Pause } from '../base/turns.ts'
import { Fault } from '../base/fault.ts'
import type { Micros } from '../base/time.ts'
import type { TablePlan } from './plan.ts'
import { ValueReader, type TimedRow } from './rows.ts'

/** What is done with a value whose time another row had before. */
export const DUPLICATE_POLICIES = ['error', 'last', 'first', 'keep'] as const
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number]

/** Whether times go one way all the time; then none can be there twice, and nothing has to be remembered of them. */
export class TimeList {
  readonly #last = new Map<string, { time: Micros; direction: number }>()
  isOrdered = true

  note(series: string, time: Micros): void {
    const last = this.#last.get(series)
    if (!last) {
      this.#last.set(series, { time, direction: 0 })
      return
    }
    const direction = Math.sign(time - last.time)
    if (direction === 0 || direction === -last.direction) this.isOrdered = false
    last.direction = direction
    last.time = time
  }
}

/** Rows of a file without order whose times are compared, at most: 160 MB of them. */
const MAX_ROWS = 20_000_000

export class Repeats {
  readonly #times: ReadonlyMap<string, ReadonlySet<Micros>>

  private constructor(times: ReadonlyMap<string, ReadonlySet<Micros>>) {
    this.#times = times
  }

  /** @throws Fault too_large */
  static async find(read: () => AsyncIterable<TimedRow[]>, pause: Pause): Promise<Repeats | undefined> {
    const all = new Map<string, { times: Float64Array; length: number }>()
    let rows = 0
    for await (const batch of read()) {
      for (const { series, time } of batch) {
        let list = all.get(series)
        if (!list) all.set(series, (list = { times: new Float64Array(256), length: 0 }))
        if (list.length === list.times.length) {
          const larger = new Float64Array(list.length * 2)
          larger.set(list.times)
          list.times = larger
        }
        list.times[list.length++] = time
      }
      rows += batch.length
      if (rows > MAX_ROWS)
        throw new Fault('too_large', `The file has more than ${MAX_ROWS} rows, and they are not in order of time. Sort or divide it first.`)
      await pause()
    }
    const repeated = new Map<string, Set<Micros>>()
    for (const [series, { times, length }] of all) {
      const sorted = times.subarray(0, length).sort()
      const found = new Set<Micros>()
      for (let at = 1; at < length; at++) if (sorted[at] === sorted[at - 1]) found.add(sorted[at] ?? 0)
      if (found.size > 0) repeated.set(series, found)
    }
    return repeated.size === 0 ? undefined : new Repeats(repeated)
  }

  has({ series, time }: TimedRow): boolean {
    return this.#times.get(series)?.has(time) === true
  }
}

export interface Conflicts {
  /** Values whose time another row has with another value. */
  readonly count: number
  readonly examples: readonly { readonly line: number; readonly earlier: number; readonly column: string; readonly text: string }[]
}

const keyOf = ({ series, time }: TimedRow): string => `${time} ${series}`

export async function findConflicts(
  read: () => AsyncIterable<TimedRow[]>,
  repeats: Repeats,
  plan: TablePlan,
  missing: readonly string[],
  pause: Pause,
): Promise<Conflicts> {
  const readers = plan.columns.map((column) => new ValueReader(plan, column, missing, column.isText))
  const seen = new Map<string, { line: number; value: number | string }>()
  let count = 0
  const examples: { line: number; earlier: number; column: string; text: string }[] = []
  for await (const batch of read()) {
    for (const row of batch) {
      if (!repeats.has(row)) continue
      for (const [at, reader] of readers.entries()) {
        const value = reader.read(row.record.fields)
        if (value === undefined || typeof value === 'object') continue
        const key = `${at} ${keyOf(row)}`
        const before = seen.get(key)
        if (!before) seen.set(key, { line: row.record.line, value })
        else if (before.value !== value) {
          count++
          const column = plan.columns[at]
          if (examples.length < 5)
            examples.push({
              line: row.record.line,
              earlier: before.line,
              column: column?.header || column?.name || '',
              text: row.record.text.slice(0, 200),
            })
        }
      }
    }
    await pause()
  }
  return { count, examples }
}

/** A value that waits for whether another comes at its time. */
export interface Held {
  readonly target: number
  readonly time: Micros
  readonly value: number | string
}

/** Decides, value by value and in the file's order, what is done where a time is there more than once. */
export class RepeatGuard {
  readonly #policy: DuplicatePolicy
  readonly #repeats: Repeats | undefined
  /** By column, series and time: the value taken, and how many came. */
  readonly #taken = new Map<string, { value: number | string; count: number }>()
  /** By column, series and time: the newest value so far. */
  readonly #held = new Map<string, Held>()

  constructor(policy: DuplicatePolicy, repeats: Repeats | undefined) {
    this.#policy = policy
    this.#repeats = repeats
  }

  /** Whether several rows have the time of this one. */
  has(row: TimedRow): boolean {
    return this.#repeats?.has(row) === true
  }

  /** @returns the time at which to store the value; undefined: it is not stored */
  timeFor(row: TimedRow, column: number, value: number | string): Micros | undefined {
    const key = `${column} ${keyOf(row)}`
    const before = this.#taken.get(key)
    if (!before) {
      this.#taken.set(key, { value, count: 1 })
      return row.time
    }
    if (this.#policy === 'keep') return row.time + before.count++
    return undefined
  }

  /**
   * Keeps a value back until the last one of its time has come, which alone is stored: a value of before would be stored in place of one
   * that the sequence has from the same file.
   * @returns whether it takes the place of an earlier one
   */
  hold(row: TimedRow, column: number, value: number | string): boolean {
    const key = `${column} ${keyOf(row)}`
    const isAgain = this.#held.has(key)
    this.#held.set(key, { target: column, time: row.time, value })
    return isAgain
  }

  /** Values that were kept back, once all rows were read. */
  held(): Iterable<Held> {
    return this.#held.values()
  }
}
