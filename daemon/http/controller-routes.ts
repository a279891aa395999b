/** Routes for the status of controllers. */
import { listCorrections, undoCorrection } from '../../src/sequences/correction-undo.ts'
import type { Actor } from '../../src/tree/actor.ts'
import type { Resource } from '../../src/tree/tree.ts'
import type { Context } from '../../src/context.ts'
import { invalid } from '../../src/base/fault.ts'
import { CONTROLLER_FOLDER } from '../../src/wire/resource-types.ts'
import { resolveFolder } from '../../src/messages/messages.ts'
import { listControllers } from '../../src/watching/controller-status.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { flag, required, text, timestamp } from './parameters.ts'
import { route, type Route } from './route.ts'

export function createControllerRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/controllers',
      tag: 'Controllers',
      summary: 'How controllers are: connected, last heard of, silent, version, clock, messages',
      description:
        'A list by path of those that the caller may read. `silent` is null for a controller that neither a watchdog nor an alert watches.',
      parameters: {
        path: text('A controller, or a folder with controllers; `self` is the one that asks. Everywhere when missing.', { max: 2_000 }),
      },
      reply: { type: 'array', items: statusSchema },
      handle: async ({ ctx, actor, parameters: { path = '' } }) =>
        listControllers(
          ctx,
          actor,
          path === '' || path === '/'
            ? undefined
            : path === 'self'
              ? resolveFolder(ctx, actor, 'self', 'path')
              : requireResource(ctx, actor, path),
        ),
    }),
    route({
      method: 'GET',
      path: '/api/v1/controllers/corrections',
      tag: 'Controllers',
      summary: "When a controller's times were corrected, and of which values, the newest first",
      parameters: { path: required(text(WHICH, { max: 2_000 })) },
      handle: async ({ ctx, actor, parameters: { path } }) => ({
        status: 'ok',
        corrections: await listCorrections(ctx, actor, requireController(ctx, actor, path)),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/controllers/corrections',
      tag: 'Controllers',
      summary: 'Undoes a correction: its values go back to the times that they were sent with',
      description:
        'Sequence by sequence, each whole or not at all. `failed` names those whose values stay, and why; they can be undone again.',
      parameters: {
        path: required(text(WHICH, { max: 2_000 })),
        since_timestamp: required(timestamp('When the correction began: its name.')),
        dry_run: flag('Moves nothing, and says what would be moved.'),
      },
      handle: async ({ ctx, actor, parameters: { path, since_timestamp: since, dry_run: isTrial } }) =>
        undoCorrection(ctx, actor, requireController(ctx, actor, path), { since, isTrial }),
    }),
  ]
}

const WHICH = "The controller's absolute path; `self` is the one that asks."

/** @throws Fault invalid when it is no controller; not_found, forbidden */
function requireController(ctx: Context, actor: Actor, path: string): Resource {
  const found = path === 'self' ? resolveFolder(ctx, actor, path, 'path') : requireResource(ctx, actor, path)
  if (found.type !== CONTROLLER_FOLDER) throw invalid(`path: ${path} is not a controller.`)
  return found
}

const time = { type: ['string', 'null'], format: 'date-time' }
const statusSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    path: { type: 'string' },
    connected: { type: 'boolean' },
    silent: { type: ['boolean', 'null'] },
    last_heard_timestamp: time,
    last_connect_timestamp: time,
    last_message_timestamp: time,
    last_watchdog_timestamp: time,
    watchdog_minutes: { type: ['number', 'null'] },
    client_version: { type: ['string', 'null'] },
    address: { type: ['string', 'null'], description: 'Null for those who may not change the controller.' },
    clock_offset: { type: ['number', 'null'], description: 'Seconds that the server adds to the times it sends.' },
    clock_corrections: {
      type: 'array',
      description: 'Since when its times were corrected, and by how many seconds: what it sent is the stored time less these.',
      items: { type: 'object', properties: { since: { type: 'string', format: 'date-time' }, seconds: { type: 'number' } } },
    },
    messages_received: { type: 'integer' },
    messages_sent: { type: 'integer' },
    refused_values: {
      type: ['object', 'null'],
      description: 'Values for it or from it that were not stored, until there were none for a week; null for those who may not change it.',
      properties: {
        count: { type: 'integer' },
        since_timestamp: { type: 'string', format: 'date-time' },
        last_timestamp: { type: 'string', format: 'date-time' },
        names: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              path: { type: 'string' },
              count: { type: 'integer' },
              message: { type: 'string' },
              last_timestamp: { type: 'string', format: 'date-time' },
            },
          },
        },
      },
    },
    status: { type: 'object', description: 'What the controller reports.' },
  },
}
