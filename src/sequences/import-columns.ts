/** What an import has collected, as columns: objects would outlive the request's parts in memory, and weigh five times as much. */
import type { SequenceState } from './sequence-states.ts'
import type { AppendRows, Run, SequenceRef } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'

/** Rows that there is room for at first. */
const FIRST_ROWS = 128

/** A sequence that an import has values for. */
export interface Target {
  readonly sequence: Resource
  readonly state: SequenceState
}

const count = (counts: Uint32Array, at: number, more: number): void => void (counts[at] = (counts[at] ?? 0) + more)

export class ImportColumns {
  readonly #most: number
  readonly #targets: Target[] = []
  readonly #places = new Map<Target, number>()
  /**
   * Of equal length, of which the first `#length` count: places in the list of targets, times, and values, where a text stands in `#texts`
   * by its row.
   */
  #rowTargets = new Uint32Array(FIRST_ROWS)
  #times = new Float64Array(FIRST_ROWS)
  #numbers = new Float64Array(FIRST_ROWS)
  #length = 0
  readonly #texts = new Map<number, string>()

  /** @param most rows that will ever be here */
  constructor(most: number) {
    this.#most = most
  }

  get length(): number {
    return this.#length
  }

  get targets(): readonly Target[] {
    return this.#targets
  }

  /** Empties it, so that its memory serves again: none of its rows is in use any more. */
  clear(): void {
    this.#length = 0
    this.#targets.length = 0
    this.#places.clear()
    this.#texts.clear()
  }

  push(target: Target, time: Micros, value: number | string): void {
    let place = this.#places.get(target)
    if (place === undefined) this.#places.set(target, (place = this.#targets.push(target) - 1))
    const row = this.#length++
    if (row === this.#times.length) this.#grow()
    this.#rowTargets[row] = place
    this.#times[row] = time
    if (typeof value === 'string') this.#texts.set(row, value)
    else this.#numbers[row] = value
  }

  target(row: number): Target {
    const target = this.#targets[this.#rowTargets[row] ?? 0]
    if (!target) throw new RangeError(`there is no row ${row}`)
    return target
  }

  time(row: number): Micros {
    return this.#times[row] ?? 0
  }

  value(row: number): number | string {
    return (this.#texts.size > 0 ? this.#texts.get(row) : undefined) ?? this.#numbers[row] ?? 0
  }

  /** Of each target the first and the last of its times. */
  spans(): { target: Target; start: Micros; end: Micros }[] {
    const starts = new Float64Array(this.#targets.length).fill(Number.POSITIVE_INFINITY)
    const ends = new Float64Array(this.#targets.length).fill(Number.NEGATIVE_INFINITY)
    for (let row = 0; row < this.#length; row++) {
      const [place, time] = [this.#rowTargets[row] ?? 0, this.#times[row] ?? 0]
      if (time < (starts[place] ?? 0)) starts[place] = time
      if (time > (ends[place] ?? 0)) ends[place] = time
    }
    return this.#targets.map((target, place) => ({ target, start: starts[place] ?? 0, end: ends[place] ?? 0 }))
  }

  /** The rows from one place to before another, grouped by their targets, in each of which they keep their order. */
  runs(from: number, to: number): ImportRun[] {
    // Where each target's rows begin: counted, then summed up.
    const starts = new Uint32Array(this.#targets.length + 1)
    for (let row = from; row < to; row++) count(starts, (this.#rowTargets[row] ?? 0) + 1, 1)
    for (let place = 1; place < starts.length; place++) count(starts, place, starts[place - 1] ?? 0)
    const next = starts.slice()
    const [times, numbers] = [new Float64Array(to - from), new Float64Array(to - from)]
    const texts: string[] = this.#texts.size === 0 ? [] : new Array<string>(to - from).fill('')
    for (let row = from; row < to; row++) {
      const place = this.#rowTargets[row] ?? 0
      const at = next[place] ?? 0
      next[place] = at + 1
      times[at] = this.#times[row] ?? 0
      numbers[at] = this.#numbers[row] ?? 0
      if (texts.length > 0) texts[at] = this.#texts.get(row) ?? ''
    }
    return this.#targets.flatMap((target, place) => {
      const [first, end] = [starts[place] ?? 0, starts[place + 1] ?? 0]
      if (first === end) return []
      const values = target.state.ref.isText ? texts.slice(first, end) : numbers.subarray(first, end)
      return [{ target, sequence: target.state.ref, from: first, times: times.subarray(first, end), values }]
    })
  }

  #grow(): void {
    const size = Math.min(this.#times.length * 4, this.#most)
    const [rowTargets, times, numbers] = [new Uint32Array(size), new Float64Array(size), new Float64Array(size)]
    rowTargets.set(this.#rowTargets)
    times.set(this.#times)
    numbers.set(this.#numbers)
    this.#rowTargets = rowTargets
    this.#times = times
    this.#numbers = numbers
  }
}

/** Rows of one sequence of an import that follow one another. */
export interface ImportRun extends Run {
  readonly target: Target
}

/**
 * The rows from one place to before another, grouped by their sequences, in each of which they keep their order. Nothing may be added to
 * the columns any more.
 */
export class ImportRows implements AppendRows {
  readonly length: number
  readonly runs: readonly ImportRun[]
  /** Of the row that was asked for last. */
  #run = 0

  constructor(columns: ImportColumns, from: number, to: number) {
    this.runs = columns.runs(from, Math.min(to, columns.length))
    this.length = this.runs.reduce((sum, { times }) => sum + times.length, 0)
  }

  sequence(row: number): SequenceRef {
    return this.#runOf(row).sequence
  }

  time(row: number): Micros {
    const { from, times } = this.#runOf(row)
    return times[row - from] ?? 0
  }

  value(row: number): number | string {
    const { from, values } = this.#runOf(row)
    return values[row - from] ?? 0
  }

  #runOf(row: number): ImportRun {
    const isOf = (run: ImportRun | undefined): run is ImportRun => run !== undefined && row >= run.from && row < run.from + run.times.length
    for (const at of [this.#run, this.#run + 1]) {
      const run = this.runs[at]
      if (!isOf(run)) continue
      this.#run = at
      return run
    }
    this.#run = this.runs.findIndex(isOf)
    const run = this.runs[this.#run]
    if (!run) throw new RangeError(`there is no row ${row} among ${this.length}`)
    return run
  }
}
