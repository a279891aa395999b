/** Routes for secret links. */
import { shareResource } from '../../src/dashboards/sharing.ts'
import { invalid, notFound } from '../../src/base/fault.ts'
import { DAY, SECOND, type Micros } from '../../src/base/time.ts'
import type { Context } from '../../src/context.ts'
import { DEFAULT_LINK_DAYS, listLinks, revokeLink } from '../../src/people/secret-links.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { serverAddress } from '../requests/address.ts'
import { number, required, text, timestamp, type JsonSchema } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

const tag = 'Links'
const time = { type: 'string', format: 'date-time' }

const linkSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    path: { type: 'string', description: 'What it is to; it shows that and all below it.' },
    note: { type: 'string' },
    query: { type: 'string', description: 'Of the page that it opens.' },
    also: { type: 'array', items: { type: 'string' }, description: 'What it shows beside that.' },
    by: { type: 'string' },
    creation_timestamp: time,
    expiration_timestamp: time,
    state: { enum: ['works', 'expired', 'revoked', 'off', 'stopped'], description: 'stopped: its maker may not give it any more.' },
    last_use_timestamp: { ...time, type: ['string', 'null'] },
    uses: { type: 'integer', description: 'How often it was opened.' },
  },
}

export function createLinkRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/links',
      tag,
      summary: 'Secret links, the newest first',
      description: 'To a resource and all below it, for users who may change it and for admins; those that you made, without a path.',
      parameters: { path: text('Absolute path.', { max: 2_000 }) },
      reply: { type: 'object', properties: { links: { type: 'array', items: linkSchema } } },
      handle: async ({ ctx, actor, parameters: { path = '' } }) => ({
        status: 'ok',
        links: await listLinks(ctx, actor, path === '' || path === '/' ? undefined : requireResource(ctx, actor, path)),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/links',
      tag,
      summary: 'Make a secret link',
      description:
        'By which people without an account read a sequence, a file or a folder and all below it, and nothing else, until it expires. ' +
        'For users who may change it. The answer has the address, this once: the server keeps a hash. A session needs a recent ' +
        'confirmation.',
      parameters: {
        path: required(text('Absolute path of what it shows.', { max: 2_000 })),
        note: text('What or who it is for.', { max: 1_000 }),
        query: text('Of the page that it opens: the state of a chart, as its address has it after the question mark.', { max: 10_000 }),
        for_seconds: number(`How long it is valid; ${DEFAULT_LINK_DAYS} days unless given.`, { min: 60 }),
        expiration_timestamp: timestamp('When it ends, in place of for_seconds.'),
      },
      reply: {
        type: 'object',
        properties: { status: { const: 'ok' }, id: { type: 'integer' }, url: { type: 'string' }, expiration_timestamp: time },
      },
      handle: async ({ ctx, actor, incoming, parameters }) => {
        const place = requireResource(ctx, actor, parameters.path)
        const { note, query } = parameters
        const { id, secret, expires } = await shareResource(ctx, actor, place, { note, query, expires: endOf(ctx, parameters) })
        return { status: 'ok', id, url: `${serverAddress(ctx, incoming)}/-/shared/${secret}`, expiration_timestamp: expires }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/links/:id',
      tag,
      summary: 'Withdraw a secret link',
      description: 'At once, also where it is open. For its maker, for users who may change what it shows, and for admins.',
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        const id = idOf(path['id'])
        if (id === undefined) throw notFound('Secret links are named by their id, a number.')
        await revokeLink(ctx, actor, id)
        return undefined
      },
    }),
  ]
}

function endOf(
  { believed }: Context,
  { for_seconds: seconds, expiration_timestamp: end }: { for_seconds: number | undefined; expiration_timestamp: Micros | undefined },
): Micros | undefined {
  if (seconds === undefined) return end
  if (end !== undefined) throw invalid('Give for_seconds or expiration_timestamp, not both.')
  // Beyond what any setting allows a sum might not be a time any more.
  return believed.now() + Math.min(seconds * SECOND, 36_500 * DAY)
}
