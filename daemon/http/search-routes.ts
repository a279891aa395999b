/** Routes to find resources by name and path. */
import { describeBriefly } from '../../src/resources/info.ts'
import { requireType } from '../../src/resources/listing.ts'
import { MAX_COUNTED, MAX_REACHED, MAX_SEARCH_LENGTH, searchResources } from '../../src/resources/search.ts'
import { pathOf } from '../../src/tree/tree.ts'
import { integer, required, text } from './parameters.ts'
import { route, type Route } from './route.ts'

export function createSearchRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/search',
      tag: 'Resources',
      summary: 'Find resources by name and path, among those that the caller may read',
      description:
        'All words must be in the path, whatever their case. Names that begin with a word come first, then names that hold all ' +
        `of them, then paths that do. Pages lead to the best ${MAX_REACHED}. \`found\` counts all; when there are more than ` +
        `${MAX_COUNTED}, it is that number and \`more\` is true.`,
      parameters: {
        q: required(text('Words with spaces between.', { max: MAX_SEARCH_LENGTH })),
        type: text('Only resources of this type: its name (basic_folder, file, sequence, …) or number.', { max: 30 }),
        count: integer('Results of one page; 50 unless given.', { min: 1, max: 200 }),
        page: integer('From 1.', { min: 1, max: MAX_REACHED }),
      },
      reply: {
        type: 'object',
        properties: {
          found: { type: 'integer' },
          more: { type: 'boolean' },
          page: { type: 'integer' },
          pages: { type: 'integer' },
          results: {
            type: 'array',
            items: {
              type: 'object',
              properties: { id: { type: 'integer' }, name: { type: 'string' }, type: { type: 'integer' }, path: { type: 'string' } },
            },
          },
        },
      },
      handle: async ({ ctx, actor, parameters }) => {
        const { q, type, count = 50, page = 1 } = parameters
        const { results, isMore, ...answer } = await searchResources(ctx, actor, {
          text: q,
          type: type ? requireType(type) : undefined,
          size: count,
          page,
        })
        return {
          ...answer,
          ...(isMore ? { more: true } : {}),
          results: results.map((resource) => ({ ...describeBriefly(resource), path: pathOf(resource) })),
        }
      },
    }),
  ]
}
