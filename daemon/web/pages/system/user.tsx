/** `/-/system/users/N`: one account: its fields, its role, a new password, disabling it. */
import { invalid, notFound } from '../../../../src/base/fault.ts'
import { membershipsOf } from '../../../../src/resources/organizations.ts'
import { pathOf } from '../../../../src/tree/tree.ts'
import { deleteUser, inspectUser, updateUser } from '../../../../src/people/users.ts'
import { Card, Csrf, Field, RefusalNotice } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { DoneNotice, NewSecret, PostButton, keepsNothing } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { frameSystem } from './system-frame.tsx'
import { RoleSelect, UserState, choosePassword, roleOf } from './users.tsx'

interface Outcome {
  readonly refusal?: Refusal | undefined
  readonly password?: string
}

export async function showUser(request: PageRequest, { refusal, password }: Outcome = {}): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const id = idOf(request)
  const user = await inspectUser(ctx, actor, id)
  const isSelf = visitor.user?.id === id
  const form: Fields = refusal?.form ?? {}
  const action = `/-/system/users/${id}`
  const organizations = membershipsOf(ctx, id)
  return frameSystem('Users', {
    lead: user.email_address,
    ...(refusal === undefined ? {} : { status: 400 }),
    headers: keepsNothing,
    content: (
      <>
        {refusal === undefined ? (
          <DoneNotice
            query={query}
            texts={{
              save: 'Saved.',
              password: 'The password was set.',
              restore: 'The account is enabled again.',
              disable: 'The account is disabled.',
            }}
          />
        ) : null}
        <RefusalNotice refusal={refusal} />
        {password === undefined ? null : (
          <NewSecret title="The new password" label="Password" secret={password}>
            <p>All sessions of the account have ended.</p>
          </NewSecret>
        )}
        <Card title={user.full_name || user.email_address}>
          <UserState user={user} />
          <p class="note">
            {organizations.length === 0
              ? 'A member of no organization.'
              : organizations.map((organization, at) => (
                  <>
                    {at === 0 ? 'Member of ' : ', '}
                    <a href={pageOf(organization)}>{pathOf(organization)}</a>
                  </>
                ))}
          </p>
          <PostForm visitor={visitor} action={action} hidden={{ act: 'save' }} submit="Save">
            <div class="field-row">
              <Field
                label="E-mail address"
                name="email_address"
                type="email"
                value={form['email_address'] ?? user.email_address}
                required
                maxlength={100}
                autocomplete="off"
              />
              <Field label="Full name" name="full_name" value={form['full_name'] ?? user.full_name} maxlength={100} autocomplete="off" />
              <Field
                label="User name"
                name="user_name"
                value={form['user_name'] ?? user.user_name ?? ''}
                maxlength={50}
                autocomplete="off"
                hint="To sign in with, in place of the address."
              />
            </div>
            <RoleSelect value={form['role'] ?? String(user.role)} />
          </PostForm>
        </Card>
        {isSelf ? (
          <Card title="Password">
            <p>
              This is your own account: change its password in <a href="/-/settings">your settings</a>.
            </p>
          </Card>
        ) : (
          <div class="columns">
            <Card title="Password" note="For somebody who lost theirs. All of their sessions end.">
              <form class="form" method="post" action={action}>
                <Csrf visitor={visitor} />
                <input type="hidden" name="act" value="password" />
                <Field
                  label="New password"
                  name="password"
                  type="password"
                  minlength={8}
                  maxlength={1_000}
                  autocomplete="new-password"
                  hint="If left empty: one is made, and shown once."
                />
                <div class="actions">
                  <button type="submit" class="button">
                    Set the password
                  </button>
                </div>
              </form>
            </Card>
            {user.deleted ? (
              <Card title="Disabled" note="Nobody can sign in with this account. Its keys were revoked, and stay so.">
                <PostButton visitor={visitor} action={action} fields={{ act: 'restore' }} small={false}>
                  Enable it again
                </PostButton>
              </Card>
            ) : (
              <Card
                title="Disable"
                note="Sessions end at once and keys are revoked for good. What the person made stays, and the account can be enabled again."
              >
                <PostButton
                  visitor={visitor}
                  action={action}
                  fields={{ act: 'disable' }}
                  confirm={`Disable ${user.email_address}? They are cut off at once.`}
                  small={false}
                  danger
                >
                  Disable the account
                </PostButton>
              </Card>
            )}
          </div>
        )}
      </>
    ),
  })
}

function idOf({ params }: PageRequest): number {
  const id = Number(params['id'])
  if (!Number.isSafeInteger(id) || id < 1) throw notFound('There is no such user.')
  return id
}

export async function changeUser(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form, address } = request
  const id = idOf(request)
  const act = form['act']
  let password: string | undefined
  const refusal = await refusalOf(form, async () => {
    switch (act) {
      case 'save':
        return updateUser(
          ctx,
          actor,
          id,
          {
            emailAddress: form['email_address']?.trim(),
            fullName: form['full_name']?.trim(),
            userName: form['user_name']?.trim(),
            role: roleOf(form['role']),
          },
          address,
        )
      case 'password':
        if (!form['password']) password = choosePassword()
        return updateUser(ctx, actor, id, { password: password ?? form['password'] }, address)
      case 'restore':
        return updateUser(ctx, actor, id, { deleted: false }, address)
      case 'disable':
        return deleteUser(ctx, actor, id)
      default:
        throw invalid('That form does not say what to do with the account. Reload the page and try again.')
    }
  })
  if (refusal) return showUser(request, { refusal })
  if (password !== undefined) return showUser(request, { password })
  return redirect(`/-/system/users/${id}?done=${act ?? ''}`)
}
