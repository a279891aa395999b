/** Routes for invitations into organizations, and for the codes with which people accept them or create their own organization. */
import { describeAccountRequest, redeemAccountRequest } from '../../src/people/account-requests.ts'
import { notFound } from '../../src/base/fault.ts'
import { cancelInvitation, listInvitations, resendInvitation, type Invited } from '../../src/people/invitations.ts'
import { quote } from '../../src/base/path.ts'
import { requestOrganization } from '../../src/people/sign-up.ts'
import { required, text, truth, type JsonSchema } from './parameters.ts'
import { idOf, route, type Route } from './route.ts'

const timestamp = { type: 'string', format: 'date-time' }

const invitationSchema: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'integer' },
    email_address: { type: 'string' },
    is_admin: { type: 'boolean' },
    inviter_id: { type: ['integer', 'null'] },
    creation_timestamp: timestamp,
    expiry_timestamp: timestamp,
    email: {
      type: ['string', 'null'],
      description: 'State of its mail: queued, sending, sent, failed or cancelled; null when the code was handed over otherwise.',
    },
    email_error: { type: ['string', 'null'] },
  },
}

/** Properties of the answer to an invitation. */
export const invitedProperties: JsonSchema = {
  status: { const: 'ok' },
  id: { type: 'integer' },
  email_sent: { type: 'boolean', description: 'A mail is queued; the list of invitations says what became of it.' },
  access_code: { type: 'string', description: 'When no mail was sent.' },
  message: { type: 'string', description: 'Why no mail was sent though one was wanted.' },
}

export const invitedReply = ({ id, accessCode, reason }: Invited): object => ({
  status: 'ok',
  id,
  email_sent: accessCode === undefined,
  ...(accessCode === undefined ? {} : { access_code: accessCode }),
  ...(reason === undefined ? {} : { message: reason }),
})

export function createInvitationRoutes(): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/organizations/:id/invitations',
      tag: 'Organizations',
      summary: 'Invitations that may still be accepted',
      description: "For the organization's admins.",
      parameters: {},
      reply: { type: 'array', items: invitationSchema },
      handle: async ({ ctx, actor, path }) => listInvitations(ctx, actor, requireOrganizationId(path['id'])),
    }),
    route({
      method: 'POST',
      path: '/api/v1/organizations/:id/invitations/:invitation',
      tag: 'Organizations',
      summary: 'Send an invitation again',
      description: "For the organization's admins. A new invitation takes its place, with a new id and code, for another 7 days.",
      parameters: { send_email: truth('False: no mail; the code is handed over.') },
      reply: { type: 'object', properties: invitedProperties },
      handle: async ({ ctx, actor, parameters, path }) =>
        invitedReply(
          await resendInvitation(
            ctx,
            actor,
            requireOrganizationId(path['id']),
            requireInvitationId(path['invitation']),
            parameters.send_email ?? true,
          ),
        ),
    }),
    route({
      method: 'DELETE',
      path: '/api/v1/organizations/:id/invitations/:invitation',
      tag: 'Organizations',
      summary: 'Take an invitation back',
      description: "For the organization's admins. Its code is void at once.",
      parameters: {},
      handle: async ({ ctx, actor, path }) => {
        await cancelInvitation(ctx, actor, requireOrganizationId(path['id']), requireInvitationId(path['invitation']))
        return undefined
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/account-requests',
      tag: 'Organizations',
      summary: 'Ask for a new organization',
      description:
        'For anybody, where the setting ORGANIZATION_SIGN_UP allows it. A code is mailed to the address, with which POST ' +
        '/api/v1/account-requests/{code} makes the organization and the account of its admin. The answer is the same whether ' +
        'the address has an account or not.',
      parameters: {
        email_address: required(text('Of its admin.', { max: 200, aliases: ['emailAddress'] })),
        organization_name: required(text('Its full name, 1 to 200 characters.', { max: 1_000 })),
      },
      open: true,
      handle: async ({ ctx, parameters, address }) => {
        await requestOrganization(ctx, { emailAddress: parameters.email_address, organizationName: parameters.organization_name, address })
        return undefined
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/account-requests/:code',
      tag: 'Organizations',
      summary: 'What a code is for',
      description: 'For its holder: a page shows it before they choose a password.',
      parameters: {},
      reply: {
        type: 'object',
        properties: {
          kind: { enum: ['invitation', 'organization'] },
          email_address: { type: 'string' },
          organization: {
            type: ['object', 'null'],
            properties: { path: { type: 'string' }, full_name: { type: 'string' } },
            description: 'That one is invited to.',
          },
          organization_name: { type: ['string', 'null'], description: 'Of the new one that was asked for.' },
          has_account: { type: 'boolean', description: 'The address has an account: its present password is needed, not a new one.' },
          expiry_timestamp: timestamp,
        },
      },
      open: true,
      handle: async ({ ctx, path, address }) => describeAccountRequest(ctx, path['code'] ?? '', address),
    }),
    route({
      method: 'POST',
      path: '/api/v1/account-requests/:code',
      tag: 'Organizations',
      summary: 'Accept an invitation, or make the organization that was asked for',
      description:
        'Makes the account that the code is for and joins it to the organization. Where the address has an account, its ' +
        'present password is needed.',
      parameters: {
        password: required(text('Of the new account, at least 8 characters; or of the present one.')),
        full_name: text('Up to 100 characters.', { max: 200 }),
        user_name: text('A name to sign in with beside the e-mail address.', { max: 200 }),
        folder_name: text("Name of a new organization's folder, at the top of all paths; needed for one.", { max: 1_000 }),
      },
      reply: {
        type: 'object',
        properties: { status: { const: 'ok' }, user_id: { type: 'integer' }, organization_id: { type: 'integer' } },
      },
      open: true,
      handle: async ({ ctx, parameters, path, address }) => {
        const { password, full_name: fullName, user_name: userName, folder_name: folderName } = parameters
        const { userId, organizationId } = await redeemAccountRequest(ctx, {
          code: path['code'] ?? '',
          password,
          fullName,
          userName,
          folderName,
          address,
        })
        return { status: 'ok', user_id: userId, organization_id: organizationId }
      },
    }),
  ]
}

export function requireOrganizationId(part: string | undefined): number {
  const id = idOf(part)
  if (id === undefined) throw notFound(`There is no organization ${quote(part ?? '')}: the id is a number.`)
  return id
}

function requireInvitationId(part: string | undefined): number {
  const id = idOf(part)
  if (id === undefined) throw notFound(`There is no invitation ${quote(part ?? '')}: the id is a number.`)
  return id
}
