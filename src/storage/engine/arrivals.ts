/** Takes values that were committed into the head, and tells which of their times are new. */
import { Fault } from '../../base/fault.ts'
import type { Micros } from '../../base/time.ts'
import { TimeSlices } from '../../base/time-slices.ts'
import type { AppendRows, Point } from '../sequence-store.ts'
import type { BlockTable } from './block-table.ts'
import type { Head, HeadSequence } from './head.ts'
import type { SealedValues } from './sealed-values.ts'

export class Arrivals {
  readonly #head: Head
  readonly #table: BlockTable
  readonly #sealed: SealedValues

  constructor(head: Head, table: BlockTable, sealed: SealedValues) {
    this.#head = head
    this.#table = table
    this.#sealed = sealed
  }

  /** For values that are not newer than their whole sequence: the times, as `id:time`, at which there already is a value. */
  async findKnown(batch: readonly AppendRows[]): Promise<ReadonlySet<string> | undefined> {
    let known: Set<string> | undefined
    const late = new Map<HeadSequence, Micros[]>()
    for (const rows of batch) {
      for (let row = 0; row < rows.length; row++) {
        const head = this.#head.of(rows.sequence(row))
        const time = rows.time(row)
        if (time > head.newest) continue
        known ??= new Set()
        if (head.current.get(time) !== undefined || head.settling?.get(time) !== undefined) known.add(keyOf(head, time))
        else if (time <= head.newestSealed) {
          const times = late.get(head)
          if (times) times.push(time)
          else late.set(head, [time])
        }
      }
    }
    if (known) await this.#findSealed(late, known)
    return known
  }

  /** Adds the times at which blocks have a value. */
  async #findSealed(late: ReadonlyMap<HeadSequence, Micros[]>, known: Set<string>): Promise<void> {
    const slices = new TimeSlices()
    for (const [head, times] of late) {
      times.sort((a, b) => a - b)
      let at = 0
      while (at < times.length) {
        try {
          for (const isThere of this.#sealed.find(head.ref, at === 0 ? times : times.slice(at))) {
            if (isThere) known.add(keyOf(head, times[at] ?? 0))
            at++
            if (slices.isOver()) await slices.next()
          }
        } catch (error) {
          try {
            await this.#table.fetch(error)
          } catch (failure) {
            // The values are stored. Only whether their times are new stays unknown.
            if (!(failure instanceof Fault)) throw failure
            return
          }
        }
      }
    }
  }

  /** @returns for each of the batch's rows a byte a value: 1 if its time was new */
  takeIn(batch: readonly AppendRows[], known: ReadonlySet<string> | undefined): Uint8Array[] {
    const late = new Map<HeadSequence, { points: Point[]; places: [result: Uint8Array, at: number][] }>()
    const results = batch.map((rows) => {
      const isNew = new Uint8Array(rows.length)
      for (let row = 0; row < rows.length; row++) {
        const head = this.#head.of(rows.sequence(row))
        const time = rows.time(row)
        if (time > head.newest) {
          this.#head.put(head, time, rows.value(row))
          isNew[row] = 1
          continue
        }
        let group = late.get(head)
        if (!group) late.set(head, (group = { points: [], places: [] }))
        group.points.push({ time, value: rows.value(row) })
        group.places.push([isNew, row])
      }
      return isNew
    })
    for (const [head, { points, places }] of late) {
      const isNew = this.#head.putLate(head, points)
      for (const [at, [result, place]] of places.entries())
        if (isNew[at] === true && known?.has(keyOf(head, points[at]?.time ?? 0)) !== true) result[place] = 1
    }
    return results
  }
}

const keyOf = ({ ref }: HeadSequence, time: Micros): string => `${ref.id}:${time}`
