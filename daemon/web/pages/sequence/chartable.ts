/** Finds sequences by name and path, among those that the visitor may read: those that can be charted, or of another type. */
import { IMAGE, NUMERIC, SEQUENCE, TEXT } from '../../../../src/wire/resource-types.ts'
import { searchResources } from '../../../../src/resources/search.ts'
import { pathOf } from '../../../../src/tree/tree.ts'
import { replyJson } from '../../json-reply.ts'
import type { PageRoute } from '../../page.ts'

/** Number of matches that are examined, and that are returned. */
const LOOKED_AT = 500
const TOLD = 50

const TYPES: Readonly<Record<string, readonly number[]>> = { text: [TEXT], image: [IMAGE], values: [NUMERIC, TEXT] }

/** `GET /-/chartable?q=WORDS`: paths, the best match first. `type`: `text`, `image` or `values` (numbers and text); otherwise numbers. */
export const createChartableRoutes = (): PageRoute[] => [
  {
    method: 'GET',
    path: '/-/chartable',
    handle: async ({ ctx, actor, query, incoming }) => {
      const types = TYPES[query['type'] ?? ''] ?? [NUMERIC]
      const { results } = await searchResources(ctx, actor, { text: query['q'] ?? '', type: SEQUENCE, size: LOOKED_AT, page: 1 })
      return replyJson(
        { ctx, incoming },
        results
          .filter(({ sequence }) => sequence && types.includes(sequence.dataType))
          .slice(0, TOLD)
          .map((one) => pathOf(one)),
      )
    },
  },
]
