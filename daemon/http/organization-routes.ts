/** Routes for organizations and their members. */
import { invalid, notFound } from '../../src/base/fault.ts'
import { invite } from '../../src/people/invitations.ts'
import type { LeftBehind } from '../../src/people/left-behind.ts'
import { dismissMember, listKeysKnownTo, revokeKeysKnownTo } from '../../src/people/leaving-members.ts'
import {
  addMember,
  createOrganization,
  describeOrganizations,
  getMember,
  listMembers,
  updateMember,
  type MemberInfo,
} from '../../src/resources/organizations.ts'
import { QUOTA_KINDS } from '../../src/attributes/quota.ts'
import { quote } from '../../src/base/path.ts'
import { readQuotas, setQuota } from '../../src/resources/organization-quotas.ts'
import { invitedProperties, invitedReply, requireOrganizationId } from './invitation-routes.ts'
import { keySchema } from './key-routes.ts'
import { integer, required, text, truth, type JsonSchema } from './parameters.ts'
import { byId, idOf, route, type Route } from './route.ts'

const memberSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer', description: 'The same as user_id: what names the member in paths.' },
    organization_id: { type: 'integer' },
    user_id: { type: 'integer' },
    is_admin: { type: 'boolean' },
    user_name: { type: ['string', 'null'] },
    email_address: { type: 'string' },
    full_name: { type: 'string' },
    role: { type: 'integer' },
  },
}

const organizationSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    name: { type: 'string' },
    type: { const: 11 },
    path: { type: 'string' },
    folder_name: { type: 'string' },
    full_name: { type: 'string' },
    timezone: { type: 'string', description: 'A name by IANA, such as America/Los_Angeles; empty: none.' },
    is_admin: { type: 'boolean' },
  },
}

const keyIds: JsonSchema = { type: 'array', items: { type: 'integer' } }
const otherIds: JsonSchema = { type: 'object', properties: { links: keyIds, invitations: keyIds, pins: keyIds } }

const NO_OTHERS: LeftBehind = { links: [], invitations: [], pins: [] }
const idsOf = ({ links, invitations, pins }: LeftBehind): Record<keyof LeftBehind, number[]> => {
  const of = (some: readonly { readonly id: number }[]): number[] => some.map(({ id }) => id)
  return { links: of(links), invitations: of(invitations), pins: of(pins) }
}

const quotaUseSchema: JsonSchema = { type: 'object', properties: { used: { type: 'integer' }, limit: { type: ['integer', 'null'] } } }

export function createOrganizationRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/organizations',
      tag: 'Organizations',
      summary: 'Your organizations, by id',
      description: 'All of them for system admins, with all metadata of their folders.',
      parameters: {},
      reply: { type: 'object', additionalProperties: organizationSchema },
      handle: async ({ ctx, actor }) => byId(await describeOrganizations(ctx, actor)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/organizations',
      tag: 'Organizations',
      summary: 'Create an organization',
      description: 'For system admins. Its users and controllers may write in its folder.',
      parameters: {
        full_name: required(text('1 to 200 characters.', { max: 1_000 })),
        folder_name: required(text('Name of its folder, at the top of all paths.', { max: 1_000 })),
        timezone: text('Whose clock its pages show: a name by IANA, such as Europe/Berlin.', { max: 1_000 }),
      },
      reply: { type: 'object', properties: { status: { const: 'ok' }, organization_id: { type: 'integer' } } },
      handle: async ({ ctx, actor, parameters }) => ({
        status: 'ok',
        organization_id: await createOrganization(ctx, actor, {
          fullName: parameters.full_name,
          folderName: parameters.folder_name,
          timezone: parameters.timezone,
        }),
      }),
    }),
    route({
      method: 'GET',
      path: '/api/v1/organizations/:id/quota',
      tag: 'Organizations',
      summary: 'What an organization uses, and its limits',
      description: "For the organization's admins. A limit of null is none. Bytes count what is not purged.",
      parameters: {},
      reply: { type: 'object', properties: Object.fromEntries(QUOTA_KINDS.map((kind) => [kind, quotaUseSchema])) },
      handle: async ({ ctx, actor, path }) => readQuotas(ctx, actor, requireOrganizationId(path['id'])),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/organizations/:id/quota',
      tag: 'Organizations',
      summary: 'Limit what an organization may store',
      description: 'For system admins. What is above a new limit stays; nothing is added to it.',
      parameters: {
        file_bytes: text('Bytes of files and images, earlier revisions too; "none": no limit.', { max: 20 }),
        sequences: text('Number of sequences; "none": no limit.', { max: 20 }),
        retained_messages: text('Number of retained MQTT messages; "none": no limit.', { max: 20 }),
      },
      handle: async ({ ctx, actor, parameters, path }) => setQuota(ctx, actor, requireOrganizationId(path['id']), parameters),
    }),
    route({
      method: 'GET',
      path: '/api/v1/organizations/:id/users',
      tag: 'Organizations',
      summary: 'Members, by user id',
      description: "For the organization's admins.",
      parameters: {},
      reply: { type: 'object', additionalProperties: memberSchema },
      handle: async ({ ctx, actor, path }) => byId((await listMembers(ctx, actor, requireOrganizationId(path['id']))).map(asMember)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/organizations/:id/users',
      tag: 'Organizations',
      summary: 'Add a member, or invite somebody by e-mail address',
      description:
        "For the organization's admins. An invitation is valid for 7 days, once, and replaces an earlier one of the same " +
        'address. It is mailed; where no mail leaves this server, or none is wanted, its access_code is in the answer, to be ' +
        'handed over. email_sent: the mail is in the queue.',
      parameters: {
        user_id: integer('A user to add.', { min: 1 }),
        email_address: text('Whom to invite.', { max: 200, aliases: ['emailAddress'] }),
        is_admin: truth('Whether as an admin of the organization.'),
        send_email: truth('False: no mail; the code is handed over.'),
      },
      reply: { type: 'object', properties: invitedProperties },
      handle: async ({ ctx, actor, parameters, path }) => {
        const organizationId = requireOrganizationId(path['id'])
        const isAdmin = parameters.is_admin ?? false
        if (parameters.email_address !== undefined) {
          return invitedReply(
            await invite(ctx, actor, organizationId, {
              emailAddress: parameters.email_address,
              isAdmin,
              byMail: parameters.send_email ?? true,
            }),
          )
        }
        if (parameters.user_id === undefined) throw invalid('user_id or email_address is missing: say who is to be added or invited.')
        await addMember(ctx, actor, organizationId, parameters.user_id, isAdmin)
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/organizations/:id/users/:user',
      tag: 'Organizations',
      summary: 'One member',
      description: "For the organization's admins.",
      parameters: {},
      reply: memberSchema,
      handle: async ({ ctx, actor, path }) => getMember(ctx, actor, requireOrganizationId(path['id']), requireMemberId(path['user'])),
    }),
    route({
      method: 'PUT',
      path: '/api/v1/organizations/:id/users/:user',
      tag: 'Organizations',
      summary: 'Make a member an admin, or no admin',
      description: "For the organization's admins. A session needs a recent confirmation before somebody becomes an admin.",
      parameters: { is_admin: required(truth('Whether an admin of the organization.')) },
      handle: async ({ ctx, actor, parameters, path }) => {
        await updateMember(ctx, actor, requireOrganizationId(path['id']), requireMemberId(path['user']), parameters.is_admin)
        return undefined
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/organizations/:id/users/:user',
      tag: 'Organizations',
      summary: 'Take a member out',
      description:
        "For the organization's admins. keys_left: the keys that they know and that go on working there: those that act as them, " +
        'and those that they made for controllers and other members. others_left: their secret links, invitations that nobody has ' +
        'accepted, and PINs that no controller has fetched its key with.',
      parameters: { revoke_keys: truth('Whether those keys are revoked as well, and the others withdrawn, at once.') },
      reply: {
        type: 'object',
        properties: { status: { const: 'ok' }, keys_revoked: keyIds, keys_left: keyIds, others_revoked: otherIds, others_left: otherIds },
      },
      handle: async ({ ctx, actor, parameters, path }) => {
        const revokesKeys = parameters.revoke_keys ?? false
        const ids = [requireOrganizationId(path['id']), requireMemberId(path['user'])] as const
        const { revoked, left, others } = await dismissMember(ctx, actor, ...ids, { revokesKeys })
        const [othersRevoked, othersLeft] = revokesKeys ? [others, NO_OTHERS] : [NO_OTHERS, others]
        return {
          status: 'ok',
          keys_revoked: revoked,
          keys_left: left,
          others_revoked: idsOf(othersRevoked),
          others_left: idsOf(othersLeft),
        }
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/organizations/:id/users/:user/keys',
      tag: 'Keys',
      summary: 'Working keys of an organization that a person knows, by id',
      description:
        "For the organization's admins, also after the person left: keys that act as them, and keys that they made for controllers " +
        'and other members.',
      parameters: {},
      reply: { type: 'object', additionalProperties: keySchema },
      handle: async ({ ctx, actor, path }) =>
        byId(await listKeysKnownTo(ctx, actor, requireOrganizationId(path['id']), requireMemberId(path['user']))),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/organizations/:id/users/:user/keys',
      tag: 'Keys',
      summary: 'Revoke the working keys of an organization that a person knows',
      description: "For the organization's admins: those that GET shows, all at once.",
      parameters: {},
      reply: { type: 'object', properties: { status: { const: 'ok' }, keys_revoked: keyIds } },
      handle: async ({ ctx, actor, path }) => ({
        status: 'ok',
        keys_revoked: await revokeKeysKnownTo(ctx, actor, requireOrganizationId(path['id']), requireMemberId(path['user'])),
      }),
    }),
  ]
}

const asMember = (member: MemberInfo): MemberInfo & { id: number } => ({ id: member.user_id, ...member })

function requireMemberId(part: string | undefined): number {
  const id = idOf(part)
  if (id === undefined) throw notFound(`There is no member ${quote(part ?? '')}: members are named by the id of the user, a number.`)
  return id
}
