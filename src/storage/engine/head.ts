/** The head: committed values that are in the journal but not yet sealed in blocks. It is in memory, so that they can be read. */
import type { Micros } from '../../base/time.ts'
import { roomOf } from './commit-queue.ts'
import type { Removal } from './journal.ts'
import { fulfils, type Point, type Points, type Range, type SequenceRef } from '../sequence-store.ts'
import { SortedPoints, mergePoints } from './sorted-points.ts'

/** One sequence's part of the head. */
export interface HeadSequence {
  readonly ref: SequenceRef
  current: SortedPoints
  /** Upper bound of the weight of `current`, in units of the commit queue's `roomOf`. */
  weight: number
  /** Values that are being sealed now; they override those of blocks, and `current` overrides both. */
  settling: SortedPoints | undefined
  /** Time of the newest sealed value; -Infinity if there is none. Only values up to this time can be in a block. */
  newestSealed: Micros
  /** No value here or in a block is newer than this; -Infinity if there is none. */
  newest: Micros
}

/** A sequence's values that are being sealed, with their weight. */
export interface Taken {
  readonly head: HeadSequence
  readonly weight: number
}

export class Head {
  readonly #sequences = new Map<number, HeadSequence>()
  readonly #newestSealed: (ref: SequenceRef) => Micros
  #weight = 0

  /** @param newestSealed time of a sequence's newest value in a block; -Infinity if there is none */
  constructor(newestSealed: (ref: SequenceRef) => Micros) {
    this.#newestSealed = newestSealed
  }

  /** Weight of all values, including those being sealed, in units of the commit queue's `roomOf`. */
  get weight(): number {
    return this.#weight
  }

  /** All sequences that have values here; later changes don't affect the list. */
  list(): HeadSequence[] {
    return [...this.#sequences.values()]
  }

  get({ id }: SequenceRef): HeadSequence | undefined {
    return this.#sequences.get(id)
  }

  /** A sequence's part; creates it if there is none. */
  of(ref: SequenceRef): HeadSequence {
    let head = this.#sequences.get(ref.id)
    if (!head) {
      const newest = this.#newestSealed(ref)
      this.#sequences.set(
        ref.id,
        (head = { ref, current: new SortedPoints(), weight: 0, settling: undefined, newestSealed: newest, newest }),
      )
    }
    return head
  }

  put(head: HeadSequence, time: Micros, value: number | string): void {
    this.#weigh(head, roomOf(value))
    if (time > head.newest) head.newest = time
    head.current.put(time, value)
  }

  /** Puts points in any order, none of them newer than `head.newest`. @returns for each, whether its time was new to `head.current` */
  putLate(head: HeadSequence, points: readonly Point[]): boolean[] {
    this.#weigh(
      head,
      points.reduce((sum, { value }) => sum + roomOf(value), 0),
    )
    return head.current.putAll(points)
  }

  /** @returns the times whose values were removed, and all times that had values in the range, which override those in blocks */
  remove({ sequence, start, end, where }: Removal): { gone: ReadonlySet<Micros>; hidden: ReadonlySet<Micros> } {
    const head = this.#sequences.get(sequence.id)
    if (!head) return { gone: new Set(), hidden: new Set() }
    const hidden = new Set(head.current.slice({ start, end }).times)
    const gone = new Map<Micros, number | string>()
    if (hidden.size > 0)
      head.current.remove((time, value) => time >= start && time <= end && fulfils(value, where) && gone.set(time, value) !== undefined)
    this.#weigh(head, -[...gone.values()].reduce<number>((sum, value) => sum + roomOf(value), 0))
    return { gone: new Set(gone.keys()), hidden }
  }

  /** A sequence's values here in a range, ascending; with a limit, at least that many from one end. */
  read({ id }: SequenceRef, range: Range, limit?: number, order?: 'ascending' | 'descending'): Points {
    const head = this.#sequences.get(id)
    if (!head) return { times: [], values: [] }
    const current = head.current.slice(range, limit, order)
    return head.settling ? mergePoints(head.settling.slice(range, limit, order), current) : current
  }

  /**
   * A sequence's values here, as ascending lists one after the other. These are the head's own arrays: the next turn of the event loop
   * may change them. Undefined when newer values lie among those that are being sealed; use {@link read}, which merges them.
   */
  sortedParts({ id }: SequenceRef): readonly Points[] | undefined {
    const { settling, current } = this.#sequences.get(id) ?? {}
    const parts = [settling, current].filter((part) => part !== undefined && part.length > 0) as SortedPoints[]
    const [first, second] = parts
    return first && second && (second.times[0] ?? 0) <= (first.newest?.time ?? 0) ? undefined : parts
  }

  /** Begins to seal the values of these sequences; {@link sealed} or {@link unsealed} must follow. */
  take(heads: readonly HeadSequence[]): Taken[] {
    const taken = heads.filter(({ current }) => current.length > 0).map((head) => ({ head, weight: head.weight }))
    for (const { head } of taken) {
      head.settling = head.current
      head.current = new SortedPoints()
      head.weight = 0
    }
    return taken
  }

  /** Drops the values that were taken, which are in blocks now. */
  sealed(taken: readonly Taken[]): void {
    for (const { head, weight } of taken) {
      head.newestSealed = Math.max(head.newestSealed, head.settling?.newest?.time ?? head.newestSealed)
      head.settling = undefined
      this.#weight -= weight
    }
  }

  /** Takes the values back, since sealing failed. */
  unsealed(taken: readonly Taken[]): void {
    for (const { head, weight } of taken) {
      if (head.settling) head.current = Object.assign(new SortedPoints(), mergePoints(head.settling, head.current))
      head.settling = undefined
      head.weight += weight
    }
  }

  /** Looks up the newest sealed value again, after blocks were changed by anything but sealing. */
  lookUp(head: HeadSequence): void {
    head.newestSealed = this.#newestSealed(head.ref)
  }

  forgetEmpty(): void {
    for (const [id, { current, settling }] of this.#sequences) if (current.length === 0 && !settling) this.#sequences.delete(id)
  }

  #weigh(head: HeadSequence, more: number): void {
    head.weight += more
    this.#weight += more
  }
}
