/** The parts of "My settings". */
import type { KeyInfo, OrganizationInfo, UserInfo } from '../../../../src/wire/answers.ts'
import type { SessionInfo } from '../../../../src/people/sessions.ts'
import { parseTimestamp, type Micros } from '../../../../src/base/time.ts'
import { Age, Badge, Card, Empty, Field, RefusalNotice, Select } from '../../components/basics.tsx'
import { AddForm, PostForm } from '../../components/forms.tsx'
import { LastUse, RevokeButton, showKeyPart } from '../../components/keys.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import type { Refusal } from '../../page.ts'
import type { Visitor } from '../../visitor.ts'
import { describeAgent } from './agents.ts'
import { NewPasswordFields } from './password-fields.tsx'

interface CardProps {
  visitor: Visitor
  refusal: Refusal | undefined
}

export const ProfileCard = ({ visitor, user, refusal }: CardProps & { user: UserInfo }) => (
  <Card title="Name">
    <RefusalNotice refusal={refusal} />
    <PostForm visitor={visitor} action="/-/settings/profile" submit="Save">
      <Field
        label="Full name"
        name="full_name"
        value={refusal?.form['full_name'] ?? user.full_name}
        autocomplete="name"
        maxlength={100}
        hint="What others see of you."
      />
      <Field
        label="User name"
        name="user_name"
        value={refusal?.form['user_name'] ?? user.user_name ?? ''}
        autocomplete="username"
        maxlength={50}
        hint="To sign in with, beside your e-mail address. Optional."
      />
    </PostForm>
    <p class="note">Your e-mail address is {user.email_address}. An admin of this server can change it.</p>
  </Card>
)

export const UNIT_CHOICES: readonly (readonly [value: string, text: string])[] = [
  ['', 'As they are stored'],
  ['metric', 'Metric: °C, hPa, km/h, mm'],
  ['us', 'US: °F, inHg, mph, in'],
]

export const UnitsCard = ({ visitor }: { visitor: Visitor }) => (
  <Card title="Units">
    <PostForm visitor={visitor} action="/-/settings/units" submit="Save the units">
      <Select
        label="Show values"
        name="units"
        value={visitor.units ?? ''}
        options={UNIT_CHOICES}
        hint="On pages, charts and dashboards, wherever you sign in. What is stored keeps its units; limits of alerts are given in those."
      />
    </PostForm>
  </Card>
)

export const PasswordCard = ({ visitor, user, refusal }: CardProps & { user: UserInfo }) => (
  <Card title="Password">
    <RefusalNotice refusal={refusal} />
    <PostForm visitor={visitor} action="/-/settings/password" submit="Change the password">
      <input type="hidden" name="user" value={user.email_address} autocomplete="username" />
      <Field label="Current password" name="old_password" type="password" autocomplete="current-password" required />
      <NewPasswordFields />
    </PostForm>
    <p>
      <a href="/-/second-factors">Second factors</a>: signing in then also needs a code from your phone.
    </p>
    <p class="note">All other browsers that you are signed in with have to sign in again. Keys stay.</p>
  </Card>
)

const timeOf = (timestamp: string): Micros => parseTimestamp(timestamp) ?? 0

export const KeysCard = ({
  visitor,
  refusal,
  keys,
  organizations,
}: CardProps & { keys: readonly (KeyInfo & { organization: string })[]; organizations: readonly OrganizationInfo[] }) => (
  <Card
    title="Keys of my own"
    note="A key lets a program or the rhizo command act as you, without your password. Revoke those that you do not use."
  >
    <RefusalNotice refusal={refusal} />
    {keys.length === 0 ? (
      <Empty icon="key" title="You have no key" />
    ) : (
      <ListTable columns={['Key', 'Organization', 'Made', 'Last used', { hidden: 'What to do with it' }]}>
        {keys.map((key) => (
          <tr>
            <th scope="row">
              <code>{showKeyPart(key)}</code>
            </th>
            <td data-label="Organization">{key.organization}</td>
            <td data-label="Made">{key.creation_timestamp.slice(0, 10)}</td>
            <td data-label="Last used">
              <LastUse keyInfo={key} />
            </td>
            <td class="is-end is-tight">
              <RevokeButton visitor={visitor} action="/-/settings/keys/revoke" keyInfo={key} />
            </td>
          </tr>
        ))}
      </ListTable>
    )}
    {organizations.length === 0 ? (
      <p class="note">Keys belong to an organization, and you are in none yet.</p>
    ) : (
      <AddForm visitor={visitor} action="/-/settings/keys" submit="Make a key">
        {organizations.length === 1 ? (
          <input type="hidden" name="organization_id" value={String(organizations[0]?.id)} />
        ) : (
          <Select
            label="For the organization"
            name="organization_id"
            value={refusal?.form['organization_id']}
            options={organizations.map(({ id, folder_name: name, full_name: fullName }) => [String(id), fullName || name] as const)}
          />
        )}
      </AddForm>
    )}
  </Card>
)

export const SessionsCard = ({ visitor, sessions, now }: { visitor: Visitor; sessions: readonly SessionInfo[]; now: Micros }) => (
  <Card title="Where I am signed in">
    <ListTable columns={['Browser', 'Address', 'Used', { hidden: 'What to do with it' }]}>
      {sessions.map((session) => (
        <tr>
          <th scope="row" title={session.user_agent}>
            {describeAgent(session.user_agent)} {session.is_current ? <Badge tone="success">this one</Badge> : null}
          </th>
          <td data-label="Address">{session.address}</td>
          <td data-label="Used">
            <Age time={timeOf(session.last_use_timestamp)} now={now} />
          </td>
          <td class="is-end is-tight">
            {session.is_current ? null : (
              <PostButton
                visitor={visitor}
                action="/-/settings/sessions/end"
                fields={{ session_id: session.id }}
                label={`Sign out ${describeAgent(session.user_agent)} at ${session.address}`}
              >
                Sign out
              </PostButton>
            )}
          </td>
        </tr>
      ))}
    </ListTable>
    <div class="actions">
      <PostButton
        visitor={visitor}
        action="/-/settings/sessions/end-all"
        fields={{}}
        icon="out"
        danger
        small={false}
        confirm="Sign out in all browsers, this one too?"
      >
        Sign out everywhere
      </PostButton>
    </div>
  </Card>
)
