/** Routes for users. */
import { notFound } from '../../src/base/fault.ts'
import { quote } from '../../src/base/path.ts'
import { requireRole } from '../../src/people/user-records.ts'
import { checkUserExists, createUser, deleteUser, getUser, listUsers, updateUser } from '../../src/people/users.ts'
import { flag, required, text, truth, type JsonSchema } from './parameters.ts'
import { byId, idOf, route, type Route } from './route.ts'

const userSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    user_name: { type: ['string', 'null'] },
    email_address: { type: 'string' },
    full_name: { type: 'string' },
    role: { type: 'integer', description: '0 standard user, 2 system admin' },
    units: { enum: ['metric', 'us'], description: 'What they see values in; missing: as they are stored' },
    creation_timestamp: { type: 'string', format: 'date-time' },
    deleted: { type: 'boolean' },
  },
}

const profile = {
  full_name: text('Up to 100 characters.', { max: 200 }),
  user_name: text('A name to sign in with beside the e-mail address: 1 to 50 letters, digits, dots, underscores or hyphens.', { max: 200 }),
}
const role = text('0 or standard_user, 2 or system_admin.', { max: 20 })

export function createUserRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/users',
      tag: 'Users',
      summary: 'All users, by id',
      description: 'For system admins.',
      parameters: {},
      reply: { type: 'object', additionalProperties: userSchema },
      handle: async ({ ctx, actor }) => byId(await listUsers(ctx, actor)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/users',
      tag: 'Users',
      summary: 'Create a user',
      description: 'For system admins. Others come by invitation: see POST /api/v1/organizations/{id}/users.',
      parameters: {
        email_address: required(text('Its holder.', { max: 200 })),
        password: required(text('At least 8 characters.')),
        ...profile,
        role,
      },
      reply: { type: 'object', properties: { status: { const: 'ok' }, id: { type: 'integer' } } },
      handle: async ({ ctx, actor, parameters }) => {
        const id = await createUser(ctx, actor, {
          emailAddress: parameters.email_address,
          password: parameters.password,
          fullName: parameters.full_name,
          userName: parameters.user_name,
          role: parseRole(parameters.role),
        })
        return { status: 'ok', id }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/users/:id',
      tag: 'Users',
      summary: "A user's record, or whether an account exists",
      description:
        'Records: your own, and all for system admins. With check_exists, an e-mail address or user name stands in place of ' +
        'the id, and anybody may ask, now and then.',
      parameters: { check_exists: flag('Answer {"exists": 0 or 1} instead.') },
      reply: { oneOf: [userSchema, { type: 'object', properties: { exists: { enum: [0, 1] } } }] },
      handle: async ({ ctx, actor, parameters, path, address }) => {
        if (parameters.check_exists) return { exists: (await checkUserExists(ctx, path['id'] ?? '', address)) ? 1 : 0 }
        return getUser(ctx, actor, requireUserId(path['id']))
      },
    }),
    route({
      method: 'PUT',
      path: '/api/v1/users/:id',
      tag: 'Users',
      summary: 'Change a user',
      description:
        "Users change their own full_name, user_name, units and password; system admins change everybody's, and the rest. A new " +
        "password ends the user's other sessions.",
      parameters: {
        ...profile,
        password: text('At least 8 characters.'),
        old_password: text('Your present password, to change your own.'),
        email_address: text('For system admins.', { max: 200 }),
        role,
        units: text('What pages show values in: metric or us; empty: as they are stored.', { max: 20 }),
        deleted: truth('False brings a deleted user back.'),
      },
      handle: async ({ ctx, actor, parameters, path, address }) => {
        const changes = {
          fullName: parameters.full_name,
          userName: parameters.user_name,
          password: parameters.password,
          oldPassword: parameters.old_password,
          emailAddress: parameters.email_address,
          role: parseRole(parameters.role),
          units: parameters.units,
          deleted: parameters.deleted,
        }
        await updateUser(ctx, actor, requireUserId(path['id']), changes, address)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/users/:id',
      tag: 'Users',
      summary: 'Delete a user',
      description: 'For system admins. The sessions end and the keys are revoked; the record stays, marked as deleted.',
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        await deleteUser(ctx, actor, requireUserId(path['id']))
        return undefined
      },
    }),
  ]
}

const parseRole = (given: string | undefined): number | undefined => (given === undefined || given === '' ? undefined : requireRole(given))

function requireUserId(part: string | undefined): number {
  const id = idOf(part)
  if (id === undefined) throw notFound(`There is no user ${quote(part ?? '')}: the id is a number.`)
  return id
}
