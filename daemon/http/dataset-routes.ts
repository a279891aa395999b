/** Routes of data sets that are cited. */
import { makeDataset } from '../../src/datasets/make-dataset.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { attachment } from '../replies/headers.ts'
import { required, text, timestamp } from './parameters.ts'
import { route, type Route } from './route.ts'
import { PRIVATE } from './value-replies.ts'

export function createDatasetRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/datasets',
      forLinks: true,
      tag: 'Sequences',
      summary: 'A data set to be cited: values, notes and a manifest with the hash of each file, as a zip',
      description:
        'The same content gives the same bytes on any machine. Its id is the SHA-256 of manifest.json; "rhizo verify FILE" examines it ' +
        'without a server.',
      parameters: {
        path: required(text('Absolute path of a sequence, or of a folder for all sequences in it and below.', { max: 10_000 })),
        start_timestamp: timestamp('Values from this time on, itself included.'),
        end_timestamp: timestamp('Values up to this time, itself included.'),
      },
      handle: async ({ ctx, actor, parameters: { path, start_timestamp: start, end_timestamp: end } }) => {
        const place = requireResource(ctx, actor, path)
        const content = await makeDataset(ctx, actor, { place, start, end })
        const headers = { ...PRIVATE, 'content-type': 'application/zip', ...attachment(`${place.name}.zip`) }
        return new Response(ReadableStream.from(content), { headers })
      },
    }),
  ]
}
