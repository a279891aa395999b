/** Routes with which users who have forgotten their password set a new one. */
import { describePasswordReset, redeemPasswordReset, requestPasswordReset } from '../../src/people/password-resets.ts'
import { required, text } from './parameters.ts'
import { route, type Route } from './route.ts'

export function createPasswordRoutes(): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/password-resets',
      tag: 'Users',
      summary: 'Ask for a new password',
      description:
        'For anybody. Mails a code to the address, if it has an account; the answer is the same when it has none. A new ' +
        'request takes the place of the one before.',
      parameters: { email_address: required(text('Of the account.', { max: 200 })) },
      open: true,
      handle: async ({ ctx, parameters, address }) => {
        await requestPasswordReset(ctx, { emailAddress: parameters.email_address, address })
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/password-resets/:code',
      tag: 'Users',
      summary: 'Whose password a code sets',
      description: 'For its holder.',
      parameters: {},
      reply: {
        type: 'object',
        properties: {
          email_address: { type: 'string' },
          expiry_timestamp: { type: 'string', format: 'date-time' },
          keys_to_revoke: {
            type: 'integer',
            description: 'Keys of the account that were made before a mailed code was used: setting the password revokes them.',
          },
          factors_to_remove: { type: 'integer', description: 'Second factors of the account from before that: they are removed.' },
        },
      },
      open: true,
      handle: async ({ ctx, path, address }) => describePasswordReset(ctx, path['code'] ?? '', address),
    }),
    route({
      method: 'POST',
      path: '/api/v1/password-resets/:code',
      tag: 'Users',
      summary: 'Set a new password with a code',
      description:
        'Ends all sessions of the account, and tells its holder by mail. The first code that was mailed there also revokes the keys of ' +
        'the account (`revoked_keys`), and removes its second factors (`removed_factors`). The code is void from then on.',
      parameters: { password: required(text('The new one, at least 8 characters.')) },
      reply: {
        type: 'object',
        properties: {
          status: { const: 'ok' },
          user_id: { type: 'integer' },
          revoked_keys: { type: 'integer' },
          removed_factors: { type: 'integer' },
        },
      },
      open: true,
      handle: async ({ ctx, parameters, path, address }) => {
        const reset = { code: path['code'] ?? '', password: parameters.password, address }
        const { userId, revokedKeys, removedFactors } = await redeemPasswordReset(ctx, reset)
        return { status: 'ok', user_id: userId, revoked_keys: revokedKeys, removed_factors: removedFactors }
      },
    }),
  ]
}
