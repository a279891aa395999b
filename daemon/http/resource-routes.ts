/** Routes of resources: files, folders, sequences and controllers as entries of the tree. Source: protocol, section 4. */
import { readStats } from '../../src/housekeeping/counts.ts'
import { resourceReadParameters, readResource, readRoot, rootReadParameters } from './resource-reads.ts'
import {
  createFromRequest,
  createParameters,
  deleteFromPath,
  deleteParameters,
  postParameters,
  postToPath,
  putParameters,
  putToPath,
  beforeCreatedFile,
  beforeFile,
} from './resource-writes.ts'
import { route, type Route } from './route.ts'

const tag = 'Resources'
const done = { type: 'object', properties: { status: { const: 'ok' }, id: { type: 'integer' } } }

/** Answer to a DELETE. */
const removed = {
  type: 'object',
  properties: {
    ...done.properties,
    deleted: { type: 'integer', description: 'With data_only: how many values were removed.' },
    matching: { type: 'integer', description: 'With dry_run: how many would be.' },
  },
}

export function createResourceRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/resources',
      tag,
      summary: 'All resources of a type by id, for system admins; without a type the folders at the root',
      parameters: rootReadParameters,
      handle: readRoot,
    }),
    route({
      method: 'POST',
      path: '/api/v1/resources',
      tag,
      summary: 'Make a resource',
      description:
        'When the name is taken the answer is {"status":"error","message":"Resource already exists."} with the status 200. A ' +
        'spreadsheet (.xls, .xlsx) is stored as .csv, with the spreadsheet as the revision before; .csv and .txt get \\n line ends. ' +
        'as_is keeps a file as it is.',
      parameters: createParameters,
      beforeFile: beforeCreatedFile,
      reply: done,
      handle: createFromRequest,
    }),
    route({
      method: 'GET',
      path: '/api/v1/resources/*',
      forLinks: true,
      tag,
      summary: 'What a resource holds, or its metadata',
      description:
        'A folder: the list of its children. A file: its bytes; ranges and entity tags are understood. A sequence: its newest ' +
        'value, or a range of values. `self` as the path stands for the calling controller.',
      parameters: resourceReadParameters,
      handle: readResource,
    }),
    route({
      method: 'POST',
      path: '/api/v1/resources/*',
      tag,
      summary: 'Make or replace a file, append to a sequence, or bring back what was deleted',
      description:
        'The content comes as base64 `data`, as `file` of a multipart form, or as a body of the type application/octet-stream, ' +
        'which is streamed. Missing folders are made.',
      parameters: postParameters,
      body: 'file',
      beforeFile,
      reply: done,
      handle: postToPath,
    }),
    route({
      method: 'PUT',
      path: '/api/v1/resources/*',
      tag,
      summary: 'Rename, move, change attributes, or write a new revision or value',
      description: 'A body of the type application/octet-stream is a new revision of a file or a new value of a sequence.',
      parameters: putParameters,
      body: 'file',
      beforeFile,
      reply: done,
      handle: putToPath,
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/resources/*',
      tag,
      summary: 'Delete a resource, recoverably or for good, or the values of a sequence',
      parameters: deleteParameters,
      reply: removed,
      handle: deleteFromPath,
    }),
    route({
      method: 'GET',
      path: '/api/v1/system/stats',
      tag: 'System',
      summary: 'How many users, resources, thumbnails, revisions and outgoing messages there are; for system admins',
      parameters: {},
      handle: ({ ctx, actor }) => readStats(ctx, actor),
    }),
  ]
}
