/** What an import has collected, as columns: objects would outlive the request's parts in memory, and weigh five times as much. */
import type { PlannedValue } from './commit.ts'
import type { SequenceState } from './sequence-states.ts'
import type { AppendRows, SequenceRef } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'
import type { Resource } from '../tree/tree.ts'

/** Rows that there is room for at first. */
const FIRST_ROWS = 128

/** A sequence that an import has values for. */
export interface Target {
  readonly sequence: Resource
  readonly state: SequenceState
}

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

/** The rows from one place to before another; nothing may be added to the columns any more. */
export class ImportRows implements AppendRows {
  readonly #columns: ImportColumns
  readonly #from: number
  readonly length: number
  #planned: Writable<PlannedValue> | undefined

  constructor(columns: ImportColumns, from: number, to: number) {
    this.#columns = columns
    this.#from = from
    this.length = Math.min(to, columns.length) - from
  }

  target(row: number): Target {
    return this.#columns.target(this.#from + row)
  }

  sequence(row: number): SequenceRef {
    return this.target(row).state.ref
  }

  time(row: number): Micros {
    return this.#columns.time(this.#from + row)
  }

  value(row: number): number | string {
    return this.#columns.value(this.#from + row)
  }

  /** A row as a value that was planned: the same object for every row, which must not be kept. */
  planned(row: number): PlannedValue {
    const { sequence: resource, state } = this.target(row)
    this.#planned ??= { sequence: state.ref, time: 0, value: 0, resource, state, text: undefined, isStored: true }
    const planned = this.#planned
    planned.sequence = state.ref
    planned.time = this.time(row)
    planned.value = this.value(row)
    planned.resource = resource
    planned.state = state
    return planned
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
