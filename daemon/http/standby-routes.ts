/** Routes by which a standby follows this server, and by which servers of one lab agree which of them is it. */
import type { ReadableStream } from 'node:stream/web'
import { Readable } from 'node:stream'
import { invalid } from '../../src/base/fault.ts'
import { describeStanding } from '../../src/standby/standing.ts'
import {
  hearOfSuccessor,
  listContents,
  openStoredContent,
  readChanges,
  readGroups,
  readHashes,
  readSettingsForStandby,
} from '../../src/standby/leader.ts'
import { integer, required, text } from './parameters.ts'
import { route, type Route } from './route.ts'

const TAG = 'Standby'
const URL_LENGTH = 500

const replyPages = (bytes: Uint8Array | ReadableStream): Response =>
  new Response(bytes, {
    headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  })

export const createStandbyRoutes = (): Route[] => [
  route({
    method: 'GET',
    path: '/api/v1/standby',
    tag: TAG,
    summary: 'Whether this server is the lab or a standby, and who follows it; for system admins',
    parameters: {},
    handle: async ({ ctx, actor }) => describeStanding(ctx, actor),
  }),
  route({
    method: 'GET',
    path: '/api/v1/standby/changes',
    tag: TAG,
    summary: 'Pages of the database that changed since a position, for a standby',
    parameters: {
      run: text('The run of the position; without it the answer says only where to begin.', { max: 100 }),
      until: integer('The number of the position.', { min: 0 }),
      epoch: integer('The highest number of a take-over that the standby knows of.', { min: 0 }),
      url: text('Where this server reaches the standby.', { max: URL_LENGTH }),
    },
    handle: async ({ ctx, actor, parameters: { run, until, epoch = 0, url } }) => {
      if (url !== undefined && !/^https?:\/\/[^\s/?#]+/.test(url)) throw invalid('url must begin with http:// or https://.')
      const since = run === undefined || until === undefined ? undefined : { run, until }
      return replyPages(await readChanges(ctx, actor, { since, epoch, url }))
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/standby/hashes',
    tag: TAG,
    summary: 'Hashes of groups of pages, for a standby that compares',
    parameters: { from: required(integer('The first group, from 0.', { min: 0 })) },
    handle: async ({ ctx, actor, parameters: { from } }) => replyPages(await readHashes(ctx, actor, from)),
  }),
  route({
    method: 'GET',
    path: '/api/v1/standby/pages',
    tag: TAG,
    summary: 'Groups of pages, for a standby that compares',
    parameters: { groups: required(text('Numbers of groups, separated by commas.', { max: 1_000 })) },
    handle: async ({ ctx, actor, parameters: { groups } }) => {
      const numbers = groups.split(',').map(Number)
      if (!numbers.every((group) => Number.isSafeInteger(group) && group >= 0)) throw invalid('groups must be numbers with commas between.')
      return replyPages(await readGroups(ctx, actor, numbers))
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/standby/contents',
    tag: TAG,
    summary: 'Content of files that is outside of the database, for a standby',
    parameters: { after: required(integer('Only of revisions with higher ids.', { min: 0 })) },
    handle: async ({ ctx, actor, parameters: { after } }) => listContents(ctx, actor, after),
  }),
  route({
    method: 'GET',
    path: '/api/v1/standby/contents/:folder/:name',
    tag: TAG,
    summary: 'One content, for a standby',
    parameters: {},
    handle: async ({ ctx, actor, path }) => {
      const content = await openStoredContent(ctx, actor, `${path['folder']}/${path['name']}`)
      return replyPages(Readable.toWeb(content))
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/standby/settings',
    tag: TAG,
    summary: 'The settings with their secrets, for a standby',
    parameters: {},
    handle: async ({ ctx, actor }) => readSettingsForStandby(ctx, actor),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/standby/successor',
    tag: TAG,
    summary: 'Says that another server has taken this lab over: this one changes nothing any more; for system admins',
    parameters: {
      lab: required(text("The lab's id.", { max: 100 })),
      epoch: required(integer('The number of the take-over.', { min: 1 })),
      url: text('Where the other server is.', { max: URL_LENGTH }),
    },
    handle: async ({ ctx, actor, parameters: { lab, epoch, url } }) => hearOfSuccessor(ctx, actor, { lab, epoch, url }),
  }),
]
