/** Routes for what becomes of alerts: their history, mutes, and who takes care. */
import { acknowledgeAlerts } from '../../src/watching/alert-acknowledging.ts'
import { listAlertHistory } from '../../src/watching/alert-history.ts'
import { listMutes, muteAlerts, muteTime, unmuteAlerts } from '../../src/watching/alert-mutes.ts'
import { invalid } from '../../src/base/fault.ts'
import { SECOND } from '../../src/base/time.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { requireResource } from '../../src/tree/finding.ts'
import type { Context } from '../../src/context.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { integer, number, required, text, timestamp } from './parameters.ts'
import { route, type Route } from './route.ts'

const DEFAULT_COUNT = 100
const MAX_COUNT = 1_000

const somewhere = text('A sequence, a controller, or a folder with such; everywhere when missing.', { max: 2_000 })
const place = required(text('A sequence, a controller, or a folder with such.', { max: 2_000 }))
const rule = text('Only the rule of this name; all when missing.', { max: 60 })
const list = { type: 'array', items: { type: 'object' } } as const

const find = (ctx: Context, actor: Actor, path = ''): Resource | undefined =>
  path === '' || path === '/' ? undefined : requireResource(ctx, actor, path)

export function createAlarmRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/alerts/history',
      tag: 'Alerts',
      summary: 'When alerts were on, the newest first',
      description:
        'Each with its end, the lowest and the highest of the values for which its condition held, what was told to whom and what ' +
        'became of these messages, and who took care. The newest 1,000 of each rule are kept.',
      parameters: {
        path: somewhere,
        name: rule,
        start_timestamp: timestamp('Only those that were still on at this time or later.'),
        end_timestamp: timestamp('Only those that were on at this time or before.'),
        count: integer(`How many at most; ${DEFAULT_COUNT} unless given.`, { min: 1, max: MAX_COUNT }),
        before: integer('Only those with an id below this one, for the next page.', { min: 1 }),
      },
      reply: list,
      handle: async ({
        ctx,
        actor,
        parameters: { path, name, start_timestamp: start, end_timestamp: end, count = DEFAULT_COUNT, before },
      }) => listAlertHistory(ctx, actor, find(ctx, actor, path), { name, start, end, before, count }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/alerts/mutes',
      tag: 'Alerts',
      summary: 'Which alerts are muted, until when, by whom and why',
      parameters: { path: somewhere },
      reply: list,
      handle: async ({ ctx, actor, parameters: { path } }) => listMutes(ctx, actor, find(ctx, actor, path)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/alerts/mute',
      tag: 'Alerts',
      summary: 'Mute alerts for a while',
      description:
        'The beginnings of these alerts are told to nobody until the mute ends, which it does by itself; one that is still on then is ' +
        'told. They are followed and shown as before, and the end of what was told before is told. Takes the place of an earlier mute of ' +
        'the same.',
      parameters: {
        path: place,
        name: rule,
        for_seconds: number('How long from now.', { min: 60 }),
        until_timestamp: timestamp('Until when; one of the two is needed.'),
        reason: text('Why, for those who wonder.', { max: 500 }),
      },
      handle: async ({ ctx, actor, parameters: { path, name, for_seconds: length, until_timestamp: end, reason = '' } }) => {
        const resource = requireResource(ctx, actor, path)
        if ((length === undefined) === (end === undefined)) throw invalid('Give for_seconds or until_timestamp: how long is it muted?')
        const until = end ?? muteTime(ctx) + (length ?? 0) * SECOND
        return { status: 'ok', ...(await muteAlerts(ctx, actor, resource, { name, until, reason })) }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/alerts/mute',
      tag: 'Alerts',
      summary: 'End a mute before its time',
      parameters: { path: place, name: text('Only the mute of the rule of this name; all of the resource when missing.', { max: 60 }) },
      handle: async ({ ctx, actor, parameters: { path, name } }) => unmuteAlerts(ctx, actor, requireResource(ctx, actor, path), name),
    }),
    route({
      method: 'POST',
      path: '/api/v1/alerts/ack',
      tag: 'Alerts',
      summary: 'Say that you take care of alerts that are on',
      description: 'Those of the resource, or of all in it. The second group of a rule (`escalate_to`) is then not told.',
      parameters: { path: place, name: rule, note: text('What you do about it.', { max: 500 }) },
      handle: async ({ ctx, actor, parameters: { path, name, note } }) => ({
        status: 'ok',
        alerts: await acknowledgeAlerts(ctx, actor, requireResource(ctx, actor, path), { name, note }),
      }),
    }),
  ]
}
