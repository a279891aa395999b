/** Routes that write values of many sequences at once. */
import { isObject, parseJson } from '../../src/json.ts'
import { invalid } from '../../src/fault.ts'
import { updateByPath } from '../../src/sequence-updates.ts'
import { anything, timestamp } from './parameters.ts'
import { route, type Route } from './route.ts'

export function createSequenceRoutes(): Route[] {
  return [
    route({
      method: 'PUT',
      path: '/api/v1/resources',
      tag: 'Sequences',
      summary: 'Set the values of many sequences at one time',
      description: 'Unknown and unwritable sequences are skipped. A controller whose timestamp is more than 30 s off has its clock corrected.',
      parameters: {
        values: anything('Absolute paths of sequences and their values.', { schema: { type: 'object' } }),
        timestamp: timestamp("The time of all values; the server's when missing."),
      },
      handle: async ({ ctx, actor, parameters }) => {
        const values = typeof parameters.values === 'string' ? parseJson(parameters.values, 'values') : parameters.values
        if (!isObject(values)) throw invalid('values must be a JSON object of absolute paths and values, such as {"/org/controller/temperature": 21.5}.')
        await updateByPath(ctx, actor, values, parameters.timestamp)
        return undefined
      },
    }),
  ]
}
