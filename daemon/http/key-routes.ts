/** Routes for secret keys. */
import { invalid, notFound } from '../../src/base/fault.ts'
import { createIngestSecret, listIngestSecrets } from '../../src/people/ingest-secrets.ts'
import { createControllerKey, createUserKey, listControllerKeys, listKeys, listUserKeys, revokeKey } from '../../src/people/keys.ts'
import { quote } from '../../src/base/path.ts'
import { requireResource } from '../../src/tree/finding.ts'
import { flag, integer, text, type JsonSchema } from './parameters.ts'
import { byId, idOf, route, type Route } from './route.ts'

export const keySchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    organization_id: { type: 'integer' },
    access_as_user_id: { type: ['integer', 'null'] },
    access_as_controller_id: { type: ['integer', 'null'] },
    creation_user_id: { type: 'integer' },
    creation_timestamp: { type: 'string', format: 'date-time' },
    revocation_user_id: { type: ['integer', 'null'] },
    revocation_timestamp: { type: 'string', description: 'Empty while the key works.' },
    key_part: { type: 'string', description: 'The first three and last three characters.' },
    mounted: { type: 'boolean', description: "Whether topics of its MQTT clients lie below the controller's folder." },
    ingest_folder: { type: ['string', 'null'], description: 'Of a secret of webhooks: the folder that it is good for.' },
    last_use_timestamp: { type: 'string', description: 'Empty when no use is known; of an open connection when it was opened.' },
    last_use_address: { type: 'string', description: 'The network address that it was last used from.' },
  },
}

const whose = {
  access_as_controller_id: integer('A controller.', { min: 1 }),
  access_as_user_id: integer('A user.', { min: 1 }),
  ingest_folder: text('Path of a folder: a secret that is part of an address for webhooks, and good for nothing else.', { max: 2_000 }),
}

export function createKeyRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/keys',
      tag: 'Keys',
      summary: 'Create a key',
      description:
        'For a controller, by users who may write there; for a user, by system admins, by the user, and by admins of an ' +
        'organization for its members (such a key counts in that organization only). The secret key is shown this once.',
      parameters: {
        ...whose,
        organization_id: integer('The organization that a key of a user is for.', { min: 1 }),
        mounted: flag("With a controller: topics of its MQTT clients lie below the controller's folder."),
        key: text('The secret, for a controller that has one already: 20 to 200 printable characters without blanks. Else one is made.', {
          max: 200,
        }),
      },
      reply: { type: 'object', properties: { status: { const: 'ok' }, id: { type: 'integer' }, secret_key: { type: 'string' } } },
      handle: async ({ ctx, actor, parameters }) => {
        const { access_as_controller_id: controllerId, access_as_user_id: userId, organization_id: organizationId, mounted } = parameters
        const secret = parameters.key === '' ? undefined : parameters.key
        if (secret !== undefined && controllerId === undefined) throw invalid('key is for controllers: other keys are made here.')
        if (parameters.ingest_folder)
          return reply(await createIngestSecret(ctx, actor, requireResource(ctx, actor, parameters.ingest_folder, 'ingest_folder')))
        if (controllerId !== undefined && userId !== undefined)
          throw invalid('access_as_controller_id and access_as_user_id exclude one another.')
        if (controllerId !== undefined) return reply(await createControllerKey(ctx, actor, controllerId, { mounted, secret }))
        if (userId === undefined) throw invalid('access_as_controller_id or access_as_user_id is missing: say who the key is for.')
        if (organizationId === undefined) throw invalid('organization_id is missing: say which organization the key of the user is for.')
        return reply(await createUserKey(ctx, actor, userId, organizationId))
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/keys',
      tag: 'Keys',
      summary: 'Keys, by id',
      description:
        'Of a controller, for those who may write there; of a user, for the user, system admins and (those made for it) admins ' +
        'of an organization; without a parameter all, for system admins.',
      parameters: whose,
      reply: { type: 'object', additionalProperties: keySchema },
      handle: async ({ ctx, actor, parameters }) => {
        if (parameters.ingest_folder)
          return byId(await listIngestSecrets(ctx, actor, requireResource(ctx, actor, parameters.ingest_folder, 'ingest_folder')))
        if (parameters.access_as_controller_id !== undefined)
          return byId(await listControllerKeys(ctx, actor, parameters.access_as_controller_id))
        if (parameters.access_as_user_id !== undefined) return byId(await listUserKeys(ctx, actor, parameters.access_as_user_id))
        return byId(await listKeys(ctx, actor))
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/keys/:id',
      tag: 'Keys',
      summary: 'Revoke a key',
      description: 'It stops working at once, on open connections too. Who revoked it and when is kept.',
      parameters: { delete: integer('Not 0: remove the record too, for system admins.') },
      handle: async ({ ctx, actor, parameters, path }) => {
        const id = idOf(path['id'])
        if (id === undefined) throw notFound(`There is no key ${quote(path['id'] ?? '')}: the id is a number.`)
        await revokeKey(ctx, actor, id, (parameters.delete ?? 0) !== 0)
        return undefined
      },
    }),
  ]
}

const reply = ({ id, secretKey }: { id: number; secretKey: string }): object => ({ status: 'ok', id, secret_key: secretKey })
