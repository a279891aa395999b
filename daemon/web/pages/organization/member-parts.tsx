/** Tables of members and invitations, and the form that invites. */
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import type { Invitation } from '../../../../src/wire/answers.ts'
import type { MemberInfo } from '../../../../src/resources/organizations.ts'
import type { Micros } from '../../../../src/base/time.ts'
import { AgeOf, Badge, Field, Select } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import type { Fields } from '../../page.ts'
import type { Visitor } from '../../visitor.ts'

/** A person's name for display. */
export const nameOf = ({
  full_name: fullName,
  user_name: userName,
  email_address: address,
}: Pick<MemberInfo, 'full_name' | 'user_name' | 'email_address'>): string => escapeHidden(fullName || userName || address)

const Role = ({ isAdmin }: { isAdmin: boolean }) => (isAdmin ? <Badge tone="info">Admin</Badge> : <Badge>Member</Badge>)

interface MembersTableProps {
  visitor: Visitor
  members: readonly MemberInfo[]
  action: string
  /** Address of the page that takes a member out. */
  leavingPage: (userId: number) => string
}

export const MembersTable = ({ visitor, members, action, leavingPage }: MembersTableProps) => (
  <ListTable columns={['Member', 'Role', { hidden: 'What to do with them' }]}>
    {members.map((member) => (
      <tr>
        <th scope="row">
          <span class="person">
            {nameOf(member)}
            {member.user_id === visitor.user?.id ? <Badge tone="success">you</Badge> : null}
            {nameOf(member) === member.email_address ? null : <span class="note is-row">{member.email_address}</span>}
          </span>
        </th>
        <td data-label="Role">
          <Role isAdmin={member.is_admin} />
        </td>
        <td class="is-end is-tight">
          <div class="actions is-end">
            <PostButton
              visitor={visitor}
              action={action}
              fields={{ act: 'role', user_id: member.user_id, role: member.is_admin ? 'member' : 'admin' }}
              label={`${member.is_admin ? 'Make a member' : 'Make an admin'}: ${nameOf(member)}`}
              {...(member.is_admin
                ? { confirm: `Make ${nameOf(member)} a plain member? They can't invite or set permissions any more.` }
                : {})}
            >
              {member.is_admin ? 'Make a member' : 'Make an admin'}
            </PostButton>
            <a class="button is-small is-danger" href={leavingPage(member.user_id)} aria-label={`Remove ${nameOf(member)}`}>
              Remove
            </a>
          </div>
        </td>
      </tr>
    ))}
  </ListTable>
)

export const InviteForm = ({
  visitor,
  action,
  typed,
  isMailing,
}: {
  visitor: Visitor
  action: string
  typed: Fields
  isMailing: boolean
}) => {
  const ways = [
    ...(isMailing ? [['mail', 'By mail'] as const] : []),
    ['link', 'I hand the link over myself'] as const,
    ...(visitor.user?.isSystemAdmin === true ? [['add', 'Add at once (has an account here)'] as const] : []),
  ]
  return (
    <PostForm visitor={visitor} action={action} hidden={{ act: 'invite' }} submit="Invite" icon="mail">
      <div class="field-row">
        <Field
          label="E-mail address"
          name="email_address"
          type="email"
          value={typed['email_address']}
          required
          maxlength={100}
          autocomplete="off"
        />
        <Select
          label="Role"
          name="role"
          value={typed['role']}
          options={[
            ['member', 'Member'],
            ['admin', 'Admin'],
          ]}
        />
        <Select label="How" name="how" value={typed['how']} options={ways} />
      </div>
    </PostForm>
  )
}

export const InvitationsTable = ({
  visitor,
  invitations,
  action,
  now,
}: {
  visitor: Visitor
  invitations: readonly Invitation[]
  action: string
  now: Micros
}) => (
  <ListTable columns={['E-mail address', 'Role', 'Invited', 'Ends', 'Mail', { hidden: 'What to do with it' }]}>
    {invitations.map((invitation) => (
      <tr>
        <th scope="row">{invitation.email_address}</th>
        <td data-label="Role">
          <Role isAdmin={invitation.is_admin} />
        </td>
        <td data-label="Invited">
          <AgeOf timestamp={invitation.creation_timestamp} now={now} />
        </td>
        <td data-label="Ends">
          <AgeOf timestamp={invitation.expiry_timestamp} now={now} />
        </td>
        <td data-label="Mail">
          <MailState invitation={invitation} />
        </td>
        <td class="is-end is-tight">
          <div class="actions is-end">
            <PostButton
              visitor={visitor}
              action={action}
              fields={{
                act: 'resend',
                how: invitation.email === null ? 'link' : 'mail',
                invitation_id: invitation.id,
                email_address: invitation.email_address,
              }}
              label={`${invitation.email === null ? 'New link' : 'Send again'} for ${invitation.email_address}`}
            >
              {invitation.email === null ? 'New link' : 'Send again'}
            </PostButton>
            <PostButton
              visitor={visitor}
              action={action}
              fields={{ act: 'cancel', invitation_id: invitation.id }}
              danger
              label={`Take back the invitation of ${invitation.email_address}`}
            >
              Take back
            </PostButton>
          </div>
        </td>
      </tr>
    ))}
  </ListTable>
)

const MAIL_STATES: Readonly<Record<string, string>> = {
  queued: 'waits',
  sending: 'on its way',
  sent: 'delivered',
  failed: 'failed',
  held: 'held back',
  cancelled: 'taken back',
}

const MailState = ({ invitation: { email, email_error: error } }: { invitation: Invitation }) => {
  if (email === null) return <>handed over</>
  const text = MAIL_STATES[email] ?? email
  return email === 'failed' ? (
    <span title={error ?? undefined}>
      <Badge tone="danger">{text}</Badge> {error}
    </span>
  ) : (
    <Badge tone={email === 'sent' ? 'success' : 'info'}>{text}</Badge>
  )
}
