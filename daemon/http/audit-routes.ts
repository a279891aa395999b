/** Route of the audit trail. */
import { listAudit } from '../../src/housekeeping/audit-trail.ts'
import { integer, text, timestamp, type JsonSchema } from './parameters.ts'
import { route, type Route } from './route.ts'

const time = { type: 'string', format: 'date-time' }

const auditSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    timestamp: time,
    last_timestamp: { ...time, description: 'When it last happened, of several that were gathered in one record.' },
    count: { type: 'integer', description: 'How often.' },
    kind: { type: 'string', description: 'Such as key.made.' },
    by: {
      type: 'object',
      properties: {
        kind: { enum: ['user', 'controller', 'server', 'anonymous'] },
        id: { type: ['integer', 'null'] },
        name: { type: 'string' },
      },
    },
    key_id: { type: ['integer', 'null'] },
    address: { type: 'string', description: 'The network address.' },
    organization_id: { type: ['integer', 'null'] },
    subject: {
      type: 'object',
      properties: { kind: { type: 'string' }, id: { type: ['integer', 'null'] }, name: { type: 'string' } },
    },
    details: { type: 'object' },
  },
}

export function createAuditRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/audit',
      tag: 'System',
      summary: 'Who did what, to whom, from where; newest first',
      description: 'All of it for system admins; with organization_id what was done in an organization, for its admins.',
      parameters: {
        organization_id: integer('What was done in this organization.', { min: 1 }),
        kind: text('A kind such as key.made, or a group of them such as key.', { max: 50 }),
        user: text('Who did it, or to whom: e-mail address, user name or id.', { max: 200 }),
        thing: text('A part of the path or name of what it was done to.', { max: 500 }),
        start_timestamp: timestamp('Only from then on.'),
        end_timestamp: timestamp('Only up to then.'),
        before: integer('Only those with smaller ids, for the next page.', { min: 1 }),
        after: integer('Only those with larger ids, oldest first.', { min: 0 }),
        count: integer('At most so many; 100 unless given.', { min: 1, max: 1_000 }),
      },
      reply: { type: 'array', items: auditSchema },
      handle: async ({ ctx, actor, parameters }) =>
        listAudit(ctx, actor, {
          organizationId: parameters.organization_id,
          kind: parameters.kind || undefined,
          user: parameters.user || undefined,
          thing: parameters.thing || undefined,
          start: parameters.start_timestamp,
          end: parameters.end_timestamp,
          before: parameters.before,
          after: parameters.after,
          count: parameters.count ?? 100,
        }),
    }),
  ]
}
