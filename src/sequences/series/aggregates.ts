/** The aggregates of a bucket, and how empty buckets are filled. */
import { visitInTurns } from '../../base/long-lists.ts'
import type { Turns } from '../../base/turns.ts'
import { meanOf, type Summary } from '../../storage/sequence-store.ts'

export const AGGREGATES = ['minmax', 'mean', 'first', 'last', 'count', 'sum', 'lttb'] as const
/** `lttb` picks points instead of summarizing buckets; see lttb.ts. */
export type Aggregate = (typeof AGGREGATES)[number]
export type BucketAggregate = Exclude<Aggregate, 'lttb'>

export const FILLS = ['null', 'previous', 'none'] as const
export type Fill = (typeof FILLS)[number]

/** The fields of an aggregate. */
export const fieldsOf = (aggregate: Aggregate): readonly string[] => (aggregate === 'minmax' ? ['min', 'max'] : ['value'])

/** Sums of huge values that overflow become null, since JSON has no infinity. */
const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** The numbers of a bucket, one for each of {@link fieldsOf}. */
export function aggregateOf(aggregate: BucketAggregate, summary: Summary): (number | null)[] {
  switch (aggregate) {
    case 'minmax':
      return [summary.min, summary.max]
    case 'mean':
      return [finite(meanOf(summary))]
    case 'first':
      return [summary.firstValue]
    case 'last':
      return [summary.lastValue]
    case 'count':
      return [summary.count]
    case 'sum':
      return [finite(summary.sum)]
  }
}

/** One list for each of {@link fieldsOf}, with a number or null for each bucket. */
export type Lists = (number | null)[][]

/**
 * Makes the lists, and fills empty buckets. Their count is 0; any other aggregate is null, or that of the bucket before.
 * @param before the last value before the first bucket, if there is one
 */
export async function fillLists(
  turns: Turns,
  aggregate: BucketAggregate,
  summaries: readonly (Summary | undefined)[],
  fill: Fill,
  before?: number,
): Promise<Lists> {
  const lists: Lists = fieldsOf(aggregate).map(() => [])
  const none = lists.map(() => (aggregate === 'count' ? 0 : null))
  let previous: (number | null)[] =
    fill === 'previous' && before !== undefined && aggregate !== 'count' && aggregate !== 'sum' ? lists.map(() => before) : none
  await visitInTurns(turns, summaries, (summary) => {
    const values = summary ? aggregateOf(aggregate, summary) : fill === 'previous' ? previous : none
    if (summary && aggregate !== 'count') previous = values
    for (const [at, list] of lists.entries()) list.push(values[at] ?? null)
  })
  return lists
}
