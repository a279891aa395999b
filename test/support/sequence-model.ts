/** What sequences of values are, told as plainly as possible: what a store is compared with. */
import {
  fulfils,
  type AppendRow,
  type Condition,
  type LeftOut,
  type Page,
  type Points,
  type SequenceRef,
  type Summary,
} from '../../src/storage/sequence-store.ts'

export const refs: SequenceRef[] = [
  { id: 1, isText: false },
  { id: 2, isText: false },
  { id: 3, isText: true },
]

/** By sequence and time. */
export type Model = Map<number, Map<number, number | string>>

export const sorted = (values: Map<number, number | string> | undefined): [number, number | string][] =>
  [...(values ?? [])].sort(([a], [b]) => a - b)
const toPoints = (pairs: [number, number | string][]): Points => ({
  times: pairs.map(([time]) => time),
  values: pairs.map(([, value]) => value),
})

export interface Query {
  start: number | undefined
  end: number | undefined
  order: 'ascending' | 'descending'
  limit: number
  text: string | undefined
}

export function readModel(model: Model, ref: SequenceRef, { start = -1e9, end = 1e9, order, limit, text }: Query): Page {
  let pairs = sorted(model.get(ref.id)).filter(
    ([time, value]) => time >= start && time <= end && (!ref.isText || text === undefined || String(value).includes(text)),
  )
  if (order === 'descending') pairs = pairs.reverse()
  return { ...toPoints(pairs.slice(0, limit)), more: pairs.length > limit }
}

export function matching(
  model: Model,
  ref: SequenceRef,
  { start, end, where }: { start: number | undefined; end: number | undefined; where: readonly Condition[] },
): [number, number | string][] {
  return sorted(model.get(ref.id)).filter(([time, value]) => time >= (start ?? -1) && time <= (end ?? 100) && fulfils(value, where))
}

export function summarizeModel(model: Model, ref: SequenceRef, edges: readonly number[], leftOut?: LeftOut): (Summary | undefined)[] {
  const pairs = (sorted(model.get(ref.id)) as [number, number][]).filter(([time]) => leftOut?.touches(time, time) !== true)
  return edges.slice(1).map((to, at) => {
    const group = pairs.filter(([time]) => time >= (edges[at] ?? 0) && time < to)
    const [first, last] = [group[0], group.at(-1)]
    const values = group.map(([, value]) => value)
    return (
      first &&
      last && {
        first: first[0],
        last: last[0],
        firstValue: first[1],
        lastValue: last[1],
        min: Math.min(...values),
        max: Math.max(...values),
        sum: values.reduce((sum, value) => sum + value, 0),
        count: values.length,
      }
    )
  })
}

/** @returns for each row 1 where its time was new, else 0 */
export function appendModel(model: Model, rows: readonly AppendRow[]): number[] {
  return rows.map(({ sequence, time, value }) => {
    let values = model.get(sequence.id)
    if (!values) model.set(sequence.id, (values = new Map<number, number | string>()))
    const isNew = values.has(time) ? 0 : 1
    values.set(time, value)
    return isNew
  })
}

export const everything = { start: undefined, end: undefined, order: 'ascending' as const, limit: 1_000, text: undefined }
