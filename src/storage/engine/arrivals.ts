/** Takes values that were committed into the head, and tells which of their times are new. */
import { Fault } from '../../base/fault.ts'
import type { Micros } from '../../base/time.ts'
import { TimeSlices } from '../../base/time-slices.ts'
import type { AppendRows, Point, Run } from '../sequence-store.ts'
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
    const found: Lookup = { known: undefined, late: new Map() }
    for (const rows of batch) {
      if (rows.runs) {
        for (const { sequence, times } of rows.runs) {
          const head = this.#head.of(sequence)
          for (const time of times) if (time <= head.newest) lookInHead(head, time, found)
        }
        continue
      }
      for (let row = 0; row < rows.length; row++) {
        const head = this.#head.of(rows.sequence(row))
        const time = rows.time(row)
        if (time <= head.newest) lookInHead(head, time, found)
      }
    }
    if (found.known) await this.#findSealed(found.late, found.known)
    return found.known
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
    const late: Late = new Map()
    const results = batch.map((rows) => {
      const isNew = new Uint8Array(rows.length)
      if (rows.runs) {
        for (const run of rows.runs) this.#takeRun(run, isNew, late)
        return isNew
      }
      for (let row = 0; row < rows.length; row++) {
        const head = this.#head.of(rows.sequence(row))
        const time = rows.time(row)
        if (time > head.newest) {
          this.#head.put(head, time, rows.value(row))
          isNew[row] = 1
        } else putOff(late, head, { time, value: rows.value(row) }, [isNew, row])
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

  #takeRun({ sequence, from, times, values }: Run, isNew: Uint8Array, late: Late): void {
    const head = this.#head.of(sequence)
    for (let at = 0; at < times.length; at++) {
      const [time, value] = [times[at] ?? 0, values[at] ?? 0]
      if (time > head.newest) {
        this.#head.put(head, time, value)
        isNew[from + at] = 1
      } else putOff(late, head, { time, value }, [isNew, from + at])
    }
  }
}

/** What is known of the times of a batch that are not newer than their whole sequence. */
interface Lookup {
  /** As {@link Arrivals.findKnown} returns it; undefined as long as there are no such times. */
  known: Set<string> | undefined
  /** Times that may be in a block. */
  readonly late: Map<HeadSequence, Micros[]>
}

function lookInHead(head: HeadSequence, time: Micros, found: Lookup): void {
  found.known ??= new Set()
  if (head.current.get(time) !== undefined || head.settling?.get(time) !== undefined) found.known.add(keyOf(head, time))
  else if (time <= head.newestSealed) {
    const times = found.late.get(head)
    if (times) times.push(time)
    else found.late.set(head, [time])
  }
}

/** Values that are put among others of their sequence, once all of a batch are known, and where to say whether their times are new. */
type Late = Map<HeadSequence, { points: Point[]; places: [result: Uint8Array, at: number][] }>

function putOff(late: Late, head: HeadSequence, point: Point, place: [result: Uint8Array, at: number]): void {
  const group = late.get(head)
  if (group) {
    group.points.push(point)
    group.places.push(place)
  } else late.set(head, { points: [point], places: [place] })
}

const keyOf = ({ ref }: HeadSequence, time: Micros): string => `${ref.id}:${time}`
