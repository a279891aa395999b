/** `/-/system/users`: lists accounts, and creates new ones. */
import { escapeHidden } from '../../../../src/base/hidden-text.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { makeAccessCode } from '../../../../src/base/secrets.ts'
import type { Micros } from '../../../../src/base/time.ts'
import { STANDARD_USER, SYSTEM_ADMIN } from '../../../../src/wire/user-roles.ts'
import type { UserInfo } from '../../../../src/wire/answers.ts'
import { createUser, listUsers } from '../../../../src/people/users.ts'
import { AgeOf, Badge, Card, CopyBox, Empty, Field, RefusalNotice, Select } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { FoundCount, ListSearch, ListTable, linkTo, pageThrough, wantedOf } from '../../components/lists.tsx'
import { Paging } from '../../components/paging.tsx'
import { keepsNothing } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import type { Fields, Page, PageReply, PageRequest, Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { frameSystem } from './system-frame.tsx'

const PATH = '/-/system/users'

interface Outcome {
  readonly refusal?: Refusal | undefined
  /** The account that was created, with its password if the server chose one. */
  readonly made?: { readonly id: number; readonly emailAddress: string; readonly password: string | undefined }
}

export async function showUsers(request: PageRequest, { refusal, made }: Outcome = {}): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const all = await listUsers(ctx, actor)
  const wanted = wantedOf(query)
  const found = all.filter((user) => fits(user, wanted.toLowerCase()))
  const { shown, page, pages } = pageThrough(query, found)
  const form: Fields = refusal?.form ?? {}
  return frameSystem('Users', {
    lead: `${formatCount(all.filter(({ deleted }) => !deleted).length)} accounts`,
    ...(refusal === undefined ? {} : { status: 400 }),
    headers: keepsNothing,
    content: (
      <>
        {made === undefined ? null : (
          <Card
            title={`${made.emailAddress} has an account now`}
            note={
              made.password === undefined
                ? 'With the password that you chose.'
                : 'Give them this password: it is shown this once. They can change it when they have signed in.'
            }
          >
            {made.password === undefined ? null : <CopyBox label="Password" text={made.password} />}
            <p>
              <a href={`${PATH}/${made.id}`}>Look at the account</a>
            </p>
          </Card>
        )}
        <ListSearch path={PATH} label="Search names and addresses" value={wanted}>
          <FoundCount wanted={wanted} found={found.length} all={all.length} />
        </ListSearch>
        {found.length === 0 ? (
          <Empty icon="search" title="No account fits">
            <p>
              Nobody’s name or address contains “{wanted}”. <a href={PATH}>Show everybody</a>
            </p>
          </Empty>
        ) : (
          <UserTable users={shown} now={ctx.clock.now()} />
        )}
        <Paging page={page} pages={pages} link={linkTo(PATH, wanted)} />
        <Card
          title="Make an account"
          note="For somebody who cannot be invited by mail. Members of an organization are added on its own page."
        >
          <RefusalNotice refusal={refusal} />
          <PostForm visitor={visitor} action={PATH} submit="Make the account">
            <div class="field-row">
              <Field
                label="E-mail address"
                name="email_address"
                type="email"
                value={form['email_address']}
                required
                maxlength={100}
                autocomplete="off"
              />
              <Field label="Full name" name="full_name" value={form['full_name']} maxlength={100} autocomplete="off" />
            </div>
            <div class="field-row">
              <Field
                label="Password"
                name="password"
                type="password"
                minlength={8}
                maxlength={1_000}
                autocomplete="new-password"
                hint="If left empty: one is made, and shown once."
              />
              <RoleSelect value={form['role']} />
            </div>
          </PostForm>
        </Card>
      </>
    ),
  })
}

export const RoleSelect = ({ value }: { value: string | undefined }) => (
  <Select
    label="Role"
    name="role"
    value={value}
    options={[
      [String(STANDARD_USER), 'User'],
      [String(SYSTEM_ADMIN), 'System admin: may do everything here'],
    ]}
  />
)

const fits = ({ email_address: address, user_name: userName, full_name: fullName }: UserInfo, wanted: string): boolean =>
  [address, userName ?? '', fullName].some((text) => text.toLowerCase().includes(wanted))

const UserTable = ({ users, now }: { users: readonly UserInfo[]; now: Micros }) => (
  <ListTable columns={['Account', 'Name', 'State', 'Since']}>
    {users.map((user) => (
      <tr>
        <th scope="row">
          <a href={`${PATH}/${user.id}`}>{user.email_address}</a>
        </th>
        <td data-label="Name">{escapeHidden([user.full_name, user.user_name].filter(Boolean).join(' · '))}</td>
        <td data-label="State">
          <UserState user={user} />
        </td>
        <td data-label="Since">
          <AgeOf timestamp={user.creation_timestamp} now={now} />
        </td>
      </tr>
    ))}
  </ListTable>
)

export const UserState = ({ user }: { user: UserInfo }) => (
  <span class="actions">
    {user.deleted ? <Badge tone="warning">Disabled</Badge> : null}
    {user.role === SYSTEM_ADMIN ? <Badge tone="info">System admin</Badge> : null}
    {!user.deleted && user.role !== SYSTEM_ADMIN ? <Badge>User</Badge> : null}
  </span>
)

/** Parses a role of a form. @throws Fault invalid */
export function roleOf(text: string | undefined): number {
  if (text === String(SYSTEM_ADMIN)) return SYSTEM_ADMIN
  if (text === undefined || text === String(STANDARD_USER)) return STANDARD_USER
  throw invalid('There is no such role.')
}

/** Length of a password that the server chooses, in characters. */
const CHOSEN = 16
export const choosePassword = (): string => makeAccessCode(CHOSEN)

export async function makeUser(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  const { email_address: emailAddress = '', full_name: fullName = '' } = form
  const password = form['password'] || choosePassword()
  let id = 0
  const refusal = await refusalOf(form, async () => {
    id = await createUser(ctx, actor, {
      emailAddress: emailAddress.trim(),
      fullName: fullName.trim(),
      password,
      role: roleOf(form['role']),
    })
  })
  return refusal
    ? showUsers(request, { refusal })
    : showUsers(request, { made: { id, emailAddress, password: form['password'] ? undefined : password } })
}
