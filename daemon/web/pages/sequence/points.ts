/** `?view=points&start_timestamp=…&end_timestamp=…&max_points=N`: the points of a chart. */
import { invalid } from '../../../../src/base/fault.ts'
import { MAX_BUCKETS, readSummaries } from '../../../../src/sequences/series/series.ts'
import { meanOf } from '../../../../src/storage/sequence-store.ts'
import { requireTimestamp } from '../../../../src/base/time.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { replyJson } from '../../json-reply.ts'
import type { PageRequest } from '../../page.ts'
import { packPoints } from '../../shared/packed-points.ts'

/** Maximum number of points in one answer: more than a screen has pixels. */
const MOST = Math.min(MAX_BUCKETS, 20_000)

/** @throws Fault forbidden, invalid */
export async function replyPoints({ ctx, actor, query, incoming }: PageRequest, sequence: Resource): Promise<Response> {
  const points = Number(query['max_points'])
  if (!Number.isInteger(points) || points < 1 || points > MOST) throw invalid(`max_points must be a whole number from 1 to ${MOST}.`)
  const found = await readSummaries(ctx, actor, sequence, {
    start: requireTimestamp(query['start_timestamp'] ?? '', 'start_timestamp'),
    end: requireTimestamp(query['end_timestamp'] ?? '', 'end_timestamp'),
    cut: { points },
  })
  return replyJson(
    { ctx, incoming },
    packPoints(
      found.map(({ summary }) => ({
        first: summary.first,
        last: summary.last,
        min: summary.min,
        max: summary.max,
        mean: meanOf(summary),
        count: summary.count,
      })),
    ),
  )
}
