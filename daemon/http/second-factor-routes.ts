/** Routes for second factors of the caller, who has a session. */
import { notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { addApp, listFactors, offerApp, removeFactor, renewRecoveryCodes, resetFactors } from '../../src/people/second-factors.ts'
import { addPasskey, offerNewPasskey, parsePasskey } from '../../src/people/passkeys.ts'
import { originOf } from '../requests/address.ts'
import { anything, required, text, type JsonSchema } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

const factorSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    kind: { enum: ['totp', 'passkey'] },
    name: { type: 'string' },
    creation_timestamp: { type: 'string', format: 'date-time' },
    last_use_timestamp: { type: 'string', description: 'Empty when it was not used yet.' },
  },
}
const codes: JsonSchema = { type: 'array', items: { type: 'string' }, description: 'Shown this once.' }

export function createSecondFactorRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/second-factors',
      tag: 'Sessions',
      summary: 'Your second factors, and how many recovery codes are left',
      parameters: {},
      reply: { type: 'object', properties: { factors: { type: 'array', items: factorSchema }, recovery_codes: { type: 'integer' } } },
      handle: async ({ ctx, actor }) => {
        const { factors, recoveryCodes } = await listFactors(ctx, actor)
        return { factors, recovery_codes: recoveryCodes }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/second-factors/offer',
      tag: 'Sessions',
      summary: 'A secret for an authenticator app',
      description: 'It counts once POST /api/v1/second-factors has had a code of it.',
      parameters: {},
      reply: { type: 'object', properties: { secret: { type: 'string' }, uri: { type: 'string', description: 'For a QR code.' } } },
      handle: async ({ ctx, actor }) => offerApp(ctx, actor),
    }),
    route({
      method: 'POST',
      path: '/api/v1/second-factors',
      tag: 'Sessions',
      summary: 'Add an authenticator app',
      description: 'Signing in needs a code of it from then on. With the first one come recovery codes. Needs a recent confirmation.',
      parameters: {
        secret: required(text('As offered.', { max: 32 })),
        code: required(text('What the app shows.', { max: 10 })),
        name: required(text('For you: 1 to 50 characters.', { max: 50 })),
      },
      reply: { type: 'object', properties: { status: { const: 'ok' }, recovery_codes: codes } },
      handle: async ({ ctx, actor, parameters }) => ({ status: 'ok', recovery_codes: await addApp(ctx, actor, parameters) }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/second-factors/passkeys/offer',
      tag: 'Sessions',
      summary: 'What a browser needs to make a passkey for you',
      description: 'For navigator.credentials.create. Valid for 5 minutes. 409 where no passkey works: they need https, or localhost.',
      parameters: {},
      reply: { type: 'object' },
      handle: async ({ ctx, actor, incoming }) => offerNewPasskey(ctx, actor, originOf(ctx, incoming)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/second-factors/passkeys',
      tag: 'Sessions',
      summary: 'Add a passkey',
      description: 'With the first second factor come recovery codes. Needs a recent confirmation.',
      parameters: {
        passkey: required(anything('The credential that the browser made, as JSON.', { schema: { type: 'object' } })),
        name: required(text('For you: 1 to 50 characters.', { max: 50 })),
      },
      reply: { type: 'object', properties: { status: { const: 'ok' }, recovery_codes: codes } },
      handle: async ({ ctx, actor, parameters, incoming }) => {
        const response = parsePasskey(parameters.passkey)
        const added = await addPasskey(ctx, actor, { response, name: parameters.name, origin: originOf(ctx, incoming) })
        return { status: 'ok', recovery_codes: added }
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/second-factors/recovery-codes',
      tag: 'Sessions',
      summary: 'New recovery codes in place of those before',
      parameters: {},
      reply: { type: 'object', properties: { status: { const: 'ok' }, recovery_codes: codes } },
      handle: async ({ ctx, actor }) => ({ status: 'ok', recovery_codes: await renewRecoveryCodes(ctx, actor) }),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/second-factors/:id',
      tag: 'Sessions',
      summary: 'Remove a second factor',
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        const id = idOf(path['id'])
        if (id === undefined) throw notFound(`You have no second factor ${quote(path['id'] ?? '')}.`)
        await removeFactor(ctx, actor, id)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/users/:id/second-factors',
      tag: 'Users',
      summary: 'Remove the second factors of a user who has lost them; for system admins',
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        const id = idOf(path['id'])
        if (id === undefined) throw notFound(`There is no user ${quote(path['id'] ?? '')}: the id is a number.`)
        await resetFactors(ctx, actor, id)
        return undefined
      },
    }),
  ]
}
