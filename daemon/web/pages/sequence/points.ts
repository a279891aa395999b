/** `?view=points&start_timestamp=…&end_timestamp=…&max_points=N`: points of a chart; `as=rate|sum|direction`: what is made of them. */
import { invalid } from '../../../../src/base/fault.ts'
import { quote } from '../../../../src/base/quote.ts'
import { CURVES, readCurve } from '../../../../src/sequences/series/curves.ts'
import { MAX_BUCKETS, readChartPoints } from '../../../../src/sequences/series/series.ts'
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
  const as = query['as'] ?? ''
  const curve = CURVES.find((one) => one === as)
  if (as !== '' && curve === undefined) throw invalid(`as is ${quote(as)}; allowed: ${CURVES.join(', ')}.`)
  const range = {
    start: requireTimestamp(query['start_timestamp'] ?? '', 'start_timestamp'),
    end: requireTimestamp(query['end_timestamp'] ?? '', 'end_timestamp'),
  }
  const found = curve
    ? await readCurve(ctx, actor, sequence, range, points, curve)
    : await readChartPoints(ctx, actor, sequence, range, points)
  return replyJson({ ctx, incoming }, packPoints(found.map((summary) => ({ ...summary, mean: meanOf(summary) }))))
}
