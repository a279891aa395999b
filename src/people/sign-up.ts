/**
 * Requests for a new organization, by anyone, if ORGANIZATION_SIGN_UP allows it: a code is mailed that creates it. Source: protocol,
 * section 5.
 */
import { insertAccountRequest } from './account-requests.ts'
import { announceMail, byCommand, howToUse } from './code-mails.ts'
import type { Context } from '../context.ts'
import { conflict, forbidden } from '../base/fault.ts'
import { requireOrganizationName } from '../resources/organizations.ts'
import { reasonToHold } from '../notifications/obstacles.ts'
import type { ThrottleRule } from '../tree/throttles.ts'
import { DAY, HOUR } from '../base/time.ts'
import { requireEmailAddress } from './user-records.ts'
import { transact } from '../database/transact.ts'

const byAddress: ThrottleRule = { what: 'sign-ups from your address', limit: 10, window: HOUR, durable: true }
const byEmail: ThrottleRule = { what: 'sign-ups for this e-mail address', limit: 3, window: DAY, durable: true }
/** Limits all sign-ups together, so that a sender with many addresses can't use this server to flood mailboxes. */
const byAll: ThrottleRule = { what: 'sign-ups', limit: 100, window: DAY, durable: true }

/**
 * Mails a code to the holder of an e-mail address, with which they create the organization and their account. Does not reveal whether the
 * address has an account already.
 * @param address the requester's network address
 * @throws Fault forbidden when sign-up is off; conflict when this server sends no mail; invalid, throttled
 */
export async function requestOrganization(
  ctx: Context,
  request: { emailAddress: string; organizationName: string; address: string },
): Promise<void> {
  const { emailAddress, organizationName } = request
  if (!ctx.settings.ORGANIZATION_SIGN_UP)
    throw forbidden('This server takes no new organizations (ORGANIZATION_SIGN_UP). Ask an admin of one to invite you.')
  requireEmailAddress(emailAddress)
  requireOrganizationName(organizationName, 'organization_name')
  if (reasonToHold(ctx, 'email') !== undefined) throw conflict('This server sends no mail, which signing up needs. Tell its admins.')
  ctx.throttles.take(byAddress, request.address)
  ctx.throttles.take(byEmail, emailAddress.toLowerCase())
  ctx.throttles.take(byAll, '')
  const { SYSTEM_NAME } = ctx.settings
  // The mail leaves out the organization's name, because a stranger chose its text and its recipient.
  const mail = {
    subject: `Your new organization on ${SYSTEM_NAME}`,
    body: (code: string) =>
      `Somebody, probably you, asked for a new organization on ${SYSTEM_NAME} with this e-mail address.\n\n` +
      howToUse(ctx, {
        page: `/-/sign-up/${code}`,
        code,
        validity: '7 days',
        otherwise: byCommand(`rhizo org join ${code} --folder NAME --server SERVER`),
      }),
  }
  const { recorded } = await transact(ctx, (tx) => insertAccountRequest(ctx, tx, emailAddress, { organizationName }, mail))
  announceMail(ctx, recorded)
}
