/** `?view=members` of an organization: its members and invitations. For its admins. */
import { invalid } from '../../../../src/base/fault.ts'
import { cancelInvitation, invite, listInvitations, resendInvitation, type Invited } from '../../../../src/people/invitations.ts'
import { addMember, findOrganizationName, listMembers, updateMember } from '../../../../src/resources/organizations.ts'
import { reasonToHold } from '../../../../src/notifications/obstacles.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { planChanges } from '../../../../src/resources/changes.ts'
import { listUsers } from '../../../../src/people/users.ts'
import { Card, Empty, Field, Notice, Select } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { serverAddress } from '../../../requests/address.ts'
import { frameResource } from './resource-frame.tsx'
import { InvitationsTable, InviteForm, MembersTable } from './member-parts.tsx'

const DONE = {
  invited: 'The mail with the invitation is queued. The list below says when it was sent, or why not.',
  cancelled: 'The invitation was taken back: its link is void.',
  role: 'The role was changed. It counts at once.',
  removed: 'The member was taken out. They may do no more here than strangers, from now on.',
  'removed-with-keys': 'The member was taken out, and the keys that they knew are void: give the devices that used them new ones.',
  added: 'The member was added.',
  saved: 'The settings were saved. The folder’s name, and all paths, stay as they are.',
} as const

interface Answer {
  readonly refusal?: Refusal | undefined
  /** An invitation whose link its maker hands over. */
  readonly handOver?: { readonly link: string; readonly emailAddress: string; readonly reason: string | undefined }
}

export async function showMembers(request: PageRequest, organization: Resource, { refusal, handOver }: Answer = {}): Promise<Page> {
  const { ctx, actor, visitor } = request
  const [members, invitations] = [await listMembers(ctx, actor, organization.id), await listInvitations(ctx, actor, organization.id)]
  const fullName = await findOrganizationName(ctx, organization)
  const action = pageOf(organization, 'members')
  return frameResource(request, organization, {
    view: 'members',
    script: 'organization',
    name: 'Members',
    refusal,
    done: DONE,
    secret: handOver && {
      title: `The link for ${handOver.emailAddress}`,
      label: 'Link of the invitation',
      text: handOver.link,
      note:
        `${handOver.reason === undefined ? '' : `No mail goes out: ${handOver.reason} `}Hand it over yourself. It works once, ` +
        `for 7 days, for the account of ${handOver.emailAddress} only.`,
    },
    content: (
      <>
        <Card
          title="Members"
          note="Members may read and change what the organization’s permissions say; admins also invite people, and set the permissions."
        >
          {members.length === 0 ? (
            <Empty icon="users" title="Nobody belongs to it yet">
              <p>Invite somebody below.</p>
            </Empty>
          ) : (
            <MembersTable
              visitor={visitor}
              members={members}
              action={action}
              leavingPage={(user) => pageOf(organization, 'leaving', { user })}
            />
          )}
        </Card>
        <Card title="Invite somebody" note="By e-mail address, whether they have an account here or not.">
          {refusal === undefined ? (
            <MailNotice reason={reasonToHold(ctx, 'email')} hasLinks={ctx.settings.PUBLIC_URL !== undefined} />
          ) : null}
          <InviteForm visitor={visitor} action={action} typed={refusal?.form ?? {}} isMailing={reasonToHold(ctx, 'email') === undefined} />
        </Card>
        {invitations.length === 0 ? null : (
          <Card title="Invitations" note="Not yet accepted.">
            <InvitationsTable visitor={visitor} invitations={invitations} action={action} now={ctx.clock.now()} />
          </Card>
        )}
        <Card
          title="Settings"
          note={
            'The full name stands in invitations and in lists of organizations. Charts, logs and images show times on the clock ' +
            'of the time zone, unless a reader chooses another.'
          }
        >
          <PostForm visitor={visitor} action={action} hidden={{ act: 'settings' }} submit="Save">
            <Field
              label="Full name"
              name="full_name"
              value={refusal?.form['full_name'] ?? fullName}
              required
              maxlength={200}
              autocomplete="organization"
            />
            <Field
              label="Time zone"
              name="timezone"
              value={refusal?.form['timezone'] ?? organization.timezone}
              maxlength={100}
              autocomplete="off"
              placeholder="none"
              list="time-zones"
              hint="Such as America/Los_Angeles, Europe/Berlin or UTC. If left empty: none."
            />
            <datalist id="time-zones"></datalist>
            <Select
              label="Second factor"
              name="second_factor"
              value={refusal?.form['second_factor'] ?? (organization.requiresFactor ? 'required' : '')}
              options={[
                ['', 'as each member likes'],
                ['required', 'required of all members'],
              ]}
              hint="Members without one are kept out, in browsers, until they have set one up. Keys keep working."
            />
            <Select
              label="Secret links"
              name="secret_links"
              value={refusal?.form['secret_links'] ?? (organization.forbidsLinks ? 'off' : '')}
              options={[
                ['', 'members make them for what they may change'],
                ['off', 'off: none is made, and none shows anything'],
              ]}
              hint="With a secret link, people without an account can read one thing until the link expires."
            />
          </PostForm>
        </Card>
      </>
    ),
  })
}

const MailNotice = ({ reason, hasLinks }: { reason: string | undefined; hasLinks: boolean }) => {
  if (reason !== undefined)
    return <Notice>No mail leaves this server. {reason} Invitations show their link instead, for you to hand over.</Notice>
  return hasLinks ? null : (
    <Notice>Mails bring a code, and no link, as long as the setting PUBLIC_URL does not say where people reach this server.</Notice>
  )
}

export async function changeMembers(request: PageRequest, organization: Resource): Promise<PageReply> {
  let answer: Answer | keyof typeof DONE = {}
  const refusal = await refusalOf(request.form, async () => {
    answer = await act(request, organization)
  })
  if (refusal) return showMembers(request, organization, { refusal })
  return typeof answer === 'string'
    ? redirect(pageOf(organization, 'members', { done: answer }))
    : showMembers(request, organization, answer)
}

async function act(request: PageRequest, organization: Resource): Promise<Answer | keyof typeof DONE> {
  const { ctx, actor, form } = request
  const emailAddress = (form['email_address'] ?? '').trim()
  const isAdmin = form['role'] === 'admin'
  switch (form['act']) {
    case 'invite': {
      if (form['how'] === 'add') {
        await addMember(ctx, actor, organization.id, await requireUserId(request, emailAddress), isAdmin)
        return 'added'
      }
      return answerTo(
        request,
        emailAddress,
        await invite(ctx, actor, organization.id, { emailAddress, isAdmin, byMail: form['how'] !== 'link' }),
      )
    }
    case 'resend':
      return answerTo(
        request,
        emailAddress,
        await resendInvitation(ctx, actor, organization.id, numberOf(form, 'invitation_id'), form['how'] !== 'link'),
      )
    case 'cancel':
      await cancelInvitation(ctx, actor, organization.id, numberOf(form, 'invitation_id'))
      return 'cancelled'
    case 'role':
      await updateMember(ctx, actor, organization.id, numberOf(form, 'user_id'), isAdmin)
      return 'role'
    case 'settings': {
      const systemAttributes = {
        full_name: (form['full_name'] ?? '').trim(),
        ...(form['timezone'] === undefined ? {} : { timezone: form['timezone'].trim() }),
        ...(form['second_factor'] === undefined ? {} : { second_factor: form['second_factor'] === 'required' ? 'required' : null }),
        ...(form['secret_links'] === undefined ? {} : { secret_links: form['secret_links'] === 'off' ? 'off' : null }),
      }
      const change = await planChanges(ctx, actor, organization, { systemAttributes })
      await change()
      return 'saved'
    }
    default:
      throw invalid('act must be invite, resend, cancel, role or settings.')
  }
}

/** Without a code, the mail is on its way. */
function answerTo({ ctx, incoming }: PageRequest, emailAddress: string, { accessCode, reason }: Invited): Answer | 'invited' {
  return accessCode === undefined
    ? 'invited'
    : { handOver: { link: `${serverAddress(ctx, incoming)}/-/invitations/${accessCode}`, emailAddress, reason } }
}

/** Only system admins may list users, and therefore add them without an invitation. */
async function requireUserId({ ctx, actor }: PageRequest, emailAddress: string): Promise<number> {
  const user = (await listUsers(ctx, actor)).find(
    ({ email_address: address, deleted }) => !deleted && address.toLowerCase() === emailAddress.toLowerCase(),
  )
  if (!user) throw invalid(`email_address: nobody with the address ${emailAddress} has an account here. Invite them instead.`)
  return user.id
}

function numberOf(form: Fields, name: string): number {
  const number = Number(form[name] ?? '')
  if (!Number.isSafeInteger(number) || number < 1) throw invalid(`${name} must be a number.`)
  return number
}
