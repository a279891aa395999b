/** `rhizo org invite`, `invitations`, `resend`, `uninvite` and `join`: invitations into organizations. */
import { notFound } from '../../src/base/fault.ts'
import type { Client } from '../../src/client/client.ts'
import type { Invited } from '../../src/client/people.ts'
import { findOrganizationId } from '../support/lookup.ts'
import { askNewPassword, askPassword, readSecretLine } from '../support/prompt.ts'
import { action, type Session, type CommandGroup } from '../support/session.ts'

const ORGANIZATION = "name of the organization's folder"
const INVITATION = 'e-mail address, or id as "rhizo org invitations" shows it'

export function define(org: CommandGroup): void {
  org
    .command('invite')
    .description(
      'Invite somebody into an organization by mail; where no mail leaves the server, or with --no-mail, print a code to hand ' +
        "over. For the organization's administrators.",
    )
    .argument('<organization>', ORGANIZATION)
    .argument('<email>', 'e-mail address')
    .option('--admin', 'as an administrator of the organization')
    .option('--no-mail', 'send no mail, and print the code')
    .addHelpText(
      'after',
      '\nExamples:\n  rhizo org invite greenhouse ann@example.com\n  rhizo org invite greenhouse ann@example.com --admin --no-mail',
    )
    .action(
      action(async (session, name, email, options) => {
        const client = await session.client()
        const organization = await findOrganizationId(client, name)
        await showInvited(
          session,
          organization,
          email,
          await client.organizations.invite(organization, email, { isAdmin: options.admin === true, byMail: options.mail }),
        )
      }),
    )

  org
    .command('invitations')
    .description("List invitations that may still be accepted. For the organization's administrators.")
    .argument('<organization>', ORGANIZATION)
    .addHelpText('after', '\nExamples:\n  rhizo org invitations greenhouse')
    .action(
      action(async (session, name) => {
        const client = await session.client()
        const invitations = await client.organizations.invitations(await findOrganizationId(client, name))
        await session.out.list(invitations, [
          { title: 'ID', value: ({ id }) => id, align: 'right' },
          { title: 'E-MAIL', value: (invitation) => invitation.email_address },
          { title: 'ROLE', value: (invitation) => (invitation.is_admin ? 'admin' : 'member') },
          { title: 'UNTIL', value: (invitation) => invitation.expiry_timestamp },
          { title: 'MAIL', value: ({ email }) => email ?? 'none' },
          { title: 'ERROR', value: (invitation) => invitation.email_error },
        ])
      }),
    )

  org
    .command('resend')
    .description("Send an invitation again, with a new code for another 7 days. For the organization's administrators.")
    .argument('<organization>', ORGANIZATION)
    .argument('<invitation>', INVITATION)
    .option('--no-mail', 'send no mail, and print the code')
    .addHelpText('after', '\nExamples:\n  rhizo org resend greenhouse ann@example.com')
    .action(
      action(async (session, name, invitation, options) => {
        const client = await session.client()
        const organization = await findOrganizationId(client, name)
        const { id, email_address: email } = await findInvitation(client, organization, invitation)
        await showInvited(session, organization, email, await client.organizations.resend(organization, id, { byMail: options.mail }))
      }),
    )

  org
    .command('uninvite')
    .description("Take an invitation back; its code is void at once. For the organization's administrators.")
    .argument('<organization>', ORGANIZATION)
    .argument('<invitation>', INVITATION)
    .addHelpText('after', '\nExamples:\n  rhizo org uninvite greenhouse ann@example.com')
    .action(
      action(async (session, name, invitation) => {
        const client = await session.client()
        const organization = await findOrganizationId(client, name)
        const { id, email_address: email } = await findInvitation(client, organization, invitation)
        await client.organizations.uninvite(organization, id)
        await session.out.done({ organization_id: organization, id, email_address: email })
      }),
    )

  org
    .command('join')
    .description(
      'Accept an invitation by its code, or make the organization that you asked for. Asks for the password of your new ' +
        'account, or of the one that you have.',
    )
    .argument('<code>', 'from the mail, or from who invited you')
    .option('--name <name>', 'your full name')
    .option('--user-name <name>', 'name to sign in with, beside the e-mail address')
    .option('--folder <name>', 'name for the folder of a new organization')
    .option('--password-stdin', 'read the password from the first line of stdin')
    .addHelpText(
      'after',
      "\nExamples:\n  rhizo org join J3K… --name 'Ann Lee' --server lab.example.com\n" +
        '  rhizo org join J3K… --folder greenhouse --server lab.example.com',
    )
    .action(
      action(async (session, code, options) => {
        const client = await session.client()
        const request = await client.organizations.accountRequest(code)
        const ask = request.has_account
          ? () => askPassword(`Password of ${request.email_address}`, '--password-stdin')
          : () => askNewPassword('--password-stdin')
        const password = options.passwordStdin === true ? await readSecretLine('--password-stdin') : await ask()
        const joined = await client.organizations.join(code, {
          password,
          full_name: options.name,
          user_name: options.userName,
          folder_name: options.folder,
        })
        await session.out.done({ organization_id: joined.organization_id, user_id: joined.user_id, email_address: request.email_address })
      }),
    )
}

/** Prints the code to stdout if there is one, so that a script can use it. */
async function showInvited(
  session: Session,
  organization: number,
  email: string,
  { id, email_sent: isSent, access_code: code, message }: Invited,
): Promise<void> {
  const result = { id, organization_id: organization, email_address: email, email_sent: isSent, access_code: code ?? null }
  if (message !== undefined && !session.out.json)
    session.out.warn(`No mail is sent: ${message} Hand over this code, valid for 7 days and once; "rhizo org join" takes it.`)
  await session.out.show(result, code ?? '')
}

async function findInvitation(client: Client, organization: number, which: string): Promise<{ id: number; email_address: string }> {
  const invitations = await client.organizations.invitations(organization)
  const found = invitations.find(({ id, email_address: email }) => String(id) === which || email.toLowerCase() === which.toLowerCase())
  if (found === undefined) throw notFound(`There is no invitation ${JSON.stringify(which)} that may still be accepted.`)
  return found
}
