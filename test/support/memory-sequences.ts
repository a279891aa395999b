/** The most naive store of values: two maps. It shows that what a store must do is told of the interface, and of no engine. */
import type {
  AppendRow,
  AppendRows,
  BlockCheck,
  Condition,
  LeftOut,
  Page,
  Point,
  Range,
  ReadOptions,
  SequenceInfo,
  SequenceRef,
  SequenceStore,
  Shifted,
  StoreCondition,
  Summary,
} from '../../src/storage/sequence-store.ts'
import { fulfils } from '../../src/storage/sequence-store.ts'
import { conflict } from '../../src/base/fault.ts'
import type { StoreBench } from './sequence-store-conformance.ts'

export class MemorySequences implements SequenceStore {
  readonly #sequences = new Map<number, Map<number, number | string>>()

  async append(rows: readonly AppendRow[] | AppendRows): Promise<Uint8Array> {
    const isNew = new Uint8Array(rows.length)
    for (let at = 0; at < rows.length; at++) {
      const row = 'sequence' in rows ? { sequence: rows.sequence(at), time: rows.time(at), value: rows.value(at) } : rows[at]
      if (!row) break
      let values = this.#sequences.get(row.sequence.id)
      if (!values) this.#sequences.set(row.sequence.id, (values = new Map<number, number | string>()))
      isNew[at] = values.has(row.time) ? 0 : 1
      values.set(row.time, row.value)
    }
    return isNew
  }

  async settled(): Promise<void> {}

  async newest(sequence: SequenceRef): Promise<Point | undefined> {
    return this.#points(sequence, {}).at(-1)
  }

  async at(sequence: SequenceRef, time: number): Promise<Point | undefined> {
    return this.#points(sequence, { start: time, end: time })[0]
  }

  async read(sequence: SequenceRef, { order, limit, text, ...range }: ReadOptions): Promise<Page> {
    const points = this.#points(sequence, range, text === undefined ? [] : [{ is: 'contains', value: text }])
    if (order === 'descending') points.reverse()
    const page = points.slice(0, limit)
    return { times: page.map(({ time }) => time), values: page.map(({ value }) => value), more: points.length > limit }
  }

  async extent(sequence: SequenceRef, range: Range): Promise<{ first: number; last: number } | undefined> {
    const points = this.#points(sequence, range)
    const [first, last] = [points[0], points.at(-1)]
    return first && last && { first: first.time, last: last.time }
  }

  async summarize(sequence: SequenceRef, edges: readonly number[], leftOut?: LeftOut): Promise<(Summary | undefined)[]> {
    return edges.slice(1).map((to, at) => {
      const points = this.#points(sequence, { start: edges[at] }).filter(({ time }) => time < to && leftOut?.touches(time, time) !== true)
      const [first, last] = [points[0], points.at(-1)]
      if (!first || !last) return undefined
      const values = points.map(({ value }) => Number(value))
      return {
        first: first.time,
        last: last.time,
        firstValue: Number(first.value),
        lastValue: Number(last.value),
        min: Math.min(...values),
        max: Math.max(...values),
        sum: values.reduce((sum, value) => sum + value, 0),
        count: points.length,
      }
    })
  }

  async count(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    return this.#points(sequence, range, where).length
  }

  async delete(sequence: SequenceRef, range: Range, where: readonly Condition[] = []): Promise<number> {
    const points = this.#points(sequence, range, where)
    for (const { time } of points) this.#sequences.get(sequence.id)?.delete(time)
    return points.length
  }

  async truncate(sequence: SequenceRef, keep: number, before = Number.NEGATIVE_INFINITY): Promise<number> {
    const points = this.#points(sequence, {})
    const kept = points.slice(Math.max(0, points.length - keep)).filter(({ time }) => time >= before)
    this.#sequences.set(sequence.id, new Map(kept.map(({ time, value }) => [time, value])))
    return kept.length
  }

  async shift(sequence: SequenceRef, range: { start: number; end: number }, by: number, isTrial = false): Promise<Shifted> {
    const moved = this.#points(sequence, range)
    const [first, last] = [moved[0], moved.at(-1)].map((point) => point && point.time + by)
    if (first === undefined || last === undefined) return { count: 0, first, last }
    const others = this.#points(sequence, { start: first, end: last }).filter(({ time }) => time < range.start || time > range.end)
    if (others.length > 0) throw conflict('There are values where these would go.')
    if (isTrial) return { count: moved.length, first, last }
    const values = this.#sequences.get(sequence.id)
    for (const { time } of moved) values?.delete(time)
    for (const { time, value } of moved) values?.set(time + by, value)
    return { count: moved.length, first, last }
  }

  async info(sequence: SequenceRef): Promise<SequenceInfo> {
    const points = this.#points(sequence, {})
    return { count: points.length, first: points[0]?.time, last: points.at(-1)?.time, unsealed: points.length, blocks: 0, bytes: 0 }
  }

  async *verify(): AsyncGenerator<BlockCheck> {}

  condition(): StoreCondition {
    return { state: 'ok' }
  }

  #points({ id }: SequenceRef, { start = -Infinity, end = Infinity }: Range, where: readonly Condition[] = []): Point[] {
    return [...(this.#sequences.get(id) ?? [])]
      .map(([time, value]) => ({ time, value }))
      .filter(({ time, value }) => time >= start && time <= end && fulfils(value, where))
      .sort((a, b) => a.time - b.time)
  }
}

export class MemoryBench implements StoreBench {
  readonly store = new MemorySequences()
  async open(): Promise<void> {}
  async close(): Promise<void> {}
}
