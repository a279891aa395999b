/** Finds sequences that can be charted: numeric ones by name and path, among those that the visitor may read. */
import { NUMERIC, SEQUENCE } from '../../../../src/wire/resource-types.ts'
import { searchResources } from '../../../../src/resources/search.ts'
import { pathOf } from '../../../../src/tree/tree.ts'
import { replyJson } from '../../json-reply.ts'
import type { PageRoute } from '../../page.ts'

/** Number of matches that are examined, and that are returned. */
const LOOKED_AT = 500
const TOLD = 50

/** `GET /-/chartable?q=WORDS`: paths, the best match first. */
export const createChartableRoutes = (): PageRoute[] => [
  {
    method: 'GET',
    path: '/-/chartable',
    handle: async ({ ctx, actor, query, incoming }) => {
      const { results } = await searchResources(ctx, actor, { text: query['q'] ?? '', type: SEQUENCE, size: LOOKED_AT, page: 1 })
      return replyJson(
        { ctx, incoming },
        results
          .filter(({ sequence }) => sequence?.dataType === NUMERIC)
          .slice(0, TOLD)
          .map((one) => pathOf(one)),
      )
    },
  },
]
