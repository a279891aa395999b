/** Routes to sign in and out, and to ask who the caller is. */
import { forbidden, notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { makeMqttToken } from '../../src/people/mqtt-tokens.ts'
import { offerPasskeyUse, parsePasskey } from '../../src/people/passkeys.ts'
import { confirmByPasskey, confirmIdentity } from '../../src/people/proofs.ts'
import { csrfTokenOf, endAllSessions, endSession, listSessions, signIn, signInByPasskey, signOut } from '../../src/people/sessions.ts'
import { whoami } from '../../src/people/whoami.ts'
import { deviceOf, isForeign, sessionCookie, signedInCookies } from '../requests/authentication.ts'
import { originOf } from '../requests/address.ts'
import { anything, flag, required, text, type JsonSchema } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

const sessionSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    creation_timestamp: { type: 'string', format: 'date-time' },
    last_use_timestamp: { type: 'string', format: 'date-time' },
    expiry_timestamp: { type: 'string', format: 'date-time' },
    address: { type: 'string' },
    user_agent: { type: 'string' },
    is_current: { type: 'boolean' },
  },
}

export function createSessionRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/sessions',
      tag: 'Sessions',
      summary: 'Sign in',
      description:
        'Sets a cookie that stands for the user. With the cookie, each change needs csrf_token, as a parameter or in the ' +
        'header X-CSRF-Token.',
      parameters: {
        user: required(text('E-mail address or user name.', { max: 200 })),
        password: required(text('The password.')),
        code: text('Of the second factor, where the account has one: what the app shows, or a recovery code.', { max: 30 }),
        passkey: anything('In place of the code: what the browser made of POST /sessions/passkey/offer.', { schema: { type: 'object' } }),
      },
      reply: { type: 'object', properties: { status: { const: 'ok' }, user_id: { type: 'integer' }, csrf_token: { type: 'string' } } },
      open: true,
      handle: async ({ ctx, parameters, address, incoming }) => {
        // A form of another site must not sign the browser in to an account of that site's choice.
        if (isForeign(incoming)) throw forbidden('Sign in from a page of this server.')
        const signedIn = await signIn(ctx, {
          user: parameters.user,
          password: parameters.password,
          code: parameters.code,
          ...(parameters.passkey === undefined
            ? {}
            : { passkey: { response: parsePasskey(parameters.passkey), origin: originOf(ctx, incoming) } }),
          address,
          userAgent: incoming.headers['user-agent'] ?? '',
          device: deviceOf(ctx.settings, incoming),
        })
        const { userId, csrfToken } = signedIn
        return withCookies({ status: 'ok', user_id: userId, csrf_token: csrfToken }, signedInCookies(ctx.settings, signedIn))
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/passkey/offer',
      tag: 'Sessions',
      summary: 'What a browser needs to use a passkey',
      description: 'For navigator.credentials.get. Valid for 5 minutes, once. 409 where no passkey works: they need https, or localhost.',
      parameters: {},
      reply: { type: 'object' },
      open: true,
      handle: async ({ ctx, incoming }) => offerPasskeyUse(ctx, originOf(ctx, incoming)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/passkey',
      tag: 'Sessions',
      summary: 'Sign in by a passkey, without a password',
      parameters: { passkey: required(anything('What the browser made of the offer, as JSON.', { schema: { type: 'object' } })) },
      reply: { type: 'object', properties: { status: { const: 'ok' }, user_id: { type: 'integer' }, csrf_token: { type: 'string' } } },
      open: true,
      handle: async ({ ctx, parameters, address, incoming }) => {
        if (isForeign(incoming)) throw forbidden('Sign in from a page of this server.')
        const use = { response: parsePasskey(parameters.passkey), origin: originOf(ctx, incoming), address }
        const signedIn = await signInByPasskey(ctx, { ...use, userAgent: incoming.headers['user-agent'] ?? '' })
        const { userId, csrfToken } = signedIn
        return withCookies({ status: 'ok', user_id: userId, csrf_token: csrfToken }, signedInCookies(ctx.settings, signedIn))
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/confirm/passkey',
      tag: 'Sessions',
      summary: 'Confirm by a passkey that it is you',
      parameters: { passkey: required(anything('What the browser made of the offer, as JSON.', { schema: { type: 'object' } })) },
      handle: async ({ ctx, actor, parameters, address, incoming }) => {
        await confirmByPasskey(ctx, actor, { response: parsePasskey(parameters.passkey), origin: originOf(ctx, incoming), address })
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/confirm',
      tag: 'Sessions',
      summary: 'Confirm that it is you',
      description:
        'With a session: making keys, roles, addresses and passwords of others, and second factors need the password from within ' +
        'the last 10 minutes; without it they answer 403 with needs: "proof". Keys need no confirmation.',
      parameters: { password: required(text('Your password.')) },
      handle: async ({ ctx, actor, parameters, address }) => {
        await confirmIdentity(ctx, actor, parameters.password, address)
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/sessions',
      tag: 'Sessions',
      summary: 'Where you are signed in',
      description: 'Your sessions, and the csrf_token of the one that asks.',
      parameters: {},
      reply: { type: 'object', properties: { sessions: { type: 'array', items: sessionSchema }, csrf_token: { type: 'string' } } },
      handle: async ({ ctx, actor, sessionToken }) => ({
        sessions: await listSessions(ctx, actor),
        ...(sessionToken === undefined ? {} : { csrf_token: csrfTokenOf(ctx, sessionToken) }),
      }),
    }),
    route({
      method: 'POST',
      path: '/api/v1/sessions/mqtt-token',
      tag: 'Sessions',
      summary: 'A password for MQTT in a page',
      description:
        'For a page that connects by MQTT over WebSocket: the user name is token, the password this token, which is good for ' +
        'connecting for expires_in seconds. The connection ends with the session.',
      parameters: {},
      reply: {
        type: 'object',
        properties: {
          status: { const: 'ok' },
          user_name: { const: 'token' },
          token: { type: 'string' },
          expires_in: { type: 'integer', description: 'Seconds.' },
        },
      },
      handle: async ({ ctx, sessionToken }) => {
        const { token, expiresIn } = makeMqttToken(ctx, sessionToken)
        return { status: 'ok', user_name: 'token', token, expires_in: expiresIn }
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/sessions',
      tag: 'Sessions',
      summary: 'Sign out',
      parameters: { all: flag('Everywhere.') },
      handle: async ({ ctx, actor, parameters }) => {
        await (parameters.all ? endAllSessions(ctx, actor) : signOut(ctx, actor))
        return withCookies({ status: 'ok' }, [sessionCookie(ctx.settings, undefined)])
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/sessions/:id',
      tag: 'Sessions',
      summary: 'End one of your sessions',
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        const id = idOf(path['id'])
        if (id === undefined) throw notFound(`There is no session ${quote(path['id'] ?? '')}: the id is a number.`)
        await endSession(ctx, actor, id)
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/whoami',
      tag: 'Sessions',
      summary: 'Who the server takes you for',
      parameters: {},
      reply: {
        type: 'object',
        properties: {
          kind: { enum: ['user', 'controller', 'anonymous'] },
          user: { type: 'object' },
          controller: { type: 'object', properties: { id: { type: 'integer' }, path: { type: 'string' } } },
          organizations: {
            type: 'array',
            items: { type: 'object', properties: { id: { type: 'integer' }, path: { type: 'string' }, is_admin: { type: 'boolean' } } },
          },
          key_id: { type: ['integer', 'null'] },
          server_version: { type: 'string' },
        },
      },
      handle: async ({ ctx, actor }) => whoami(ctx, actor),
    }),
  ]
}

function withCookies(reply: object, cookies: readonly string[]): Response {
  const response = new Response(JSON.stringify(reply), {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  })
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}
