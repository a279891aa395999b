/** `?view=keys` of an organization: all its keys, and new ones for its members. For its admins. */
import { invalid } from '../../../../src/base/fault.ts'
import { createUserKey, listOrganizationKeys, revokeKey } from '../../../../src/people/keys.ts'
import { listMembers } from '../../../../src/resources/organizations.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Card, Empty, Select } from '../../components/basics.tsx'
import { AddForm } from '../../components/forms.tsx'
import { KeyTable, RevokeButton, isLive } from '../../components/keys.tsx'
import { pageThrough } from '../../components/lists.tsx'
import { Paging } from '../../components/paging.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { frameResource } from './resource-frame.tsx'
import { nameOf } from './member-parts.tsx'

const DONE = { revoked: 'The key was revoked: what uses it is shut out at once.' } as const

interface Answer {
  readonly refusal?: Refusal | undefined
  readonly secretKey?: string
}

export async function showOrganizationKeys(
  request: PageRequest,
  organization: Resource,
  { refusal, secretKey }: Answer = {},
): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const all = await listOrganizationKeys(ctx, actor, organization.id)
  const members = await listMembers(ctx, actor, organization.id)
  const live = all.filter(isLive)
  const revoked = all.length - live.length
  const { shown, page, pages } = pageThrough(query, live)
  const action = pageOf(organization, 'keys')
  return frameResource(request, organization, {
    view: 'keys',
    name: 'Keys',
    refusal,
    done: DONE,
    secret:
      secretKey === undefined
        ? undefined
        : { title: 'The new key', label: 'Secret key', text: secretKey, note: 'It acts as that member, in this organization only.' },
    content: (
      <>
        <Card
          title="Keys"
          note={
            `${formatCount(live.length)} ${live.length === 1 ? 'key works' : 'keys work'} ` +
            `here${revoked === 0 ? '' : `; ${formatCount(revoked)} ${revoked === 1 ? 'was' : 'were'} revoked`}. ` +
            'A controller gets its keys on its own page.'
          }
        >
          {live.length === 0 ? (
            <Empty icon="key" title="No key yet" />
          ) : (
            <KeyTable
              ctx={ctx}
              keys={shown}
              names={new Map(members.map((member) => [member.user_id, nameOf(member)]))}
              act={(key) => <RevokeButton visitor={visitor} action={action} keyInfo={key} fields={{ act: 'revoke' }} />}
            />
          )}
          <Paging page={page} pages={pages} link={(to) => pageOf(organization, 'keys', { page: to })} />
        </Card>
        <Card
          title="A key for a member"
          note="For a program that is to act as a member here, and nowhere else: people make keys for themselves in their settings."
        >
          {members.length === 0 ? (
            <p class="note">There is no member to make one for.</p>
          ) : (
            <AddForm visitor={visitor} action={action} hidden={{ act: 'make' }} submit="Make a key">
              <Select
                label="Member"
                name="user_id"
                value={refusal?.form['user_id']}
                options={members.map((member) => [String(member.user_id), `${nameOf(member)} (${member.email_address})`] as const)}
              />
            </AddForm>
          )}
        </Card>
      </>
    ),
  })
}

export async function changeOrganizationKeys(request: PageRequest, organization: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  let secretKey: string | undefined
  const refusal = await refusalOf(form, async () => {
    if (form['act'] === 'make') ({ secretKey } = await createUserKey(ctx, actor, Number(form['user_id'] ?? ''), organization.id))
    else if (form['act'] === 'revoke') await revokeKey(ctx, actor, Number(form['key_id'] ?? ''))
    else throw invalid('act must be make or revoke.')
  })
  if (refusal) return showOrganizationKeys(request, organization, { refusal })
  return secretKey === undefined
    ? redirect(pageOf(organization, 'keys', { done: 'revoked' }))
    : showOrganizationKeys(request, organization, { secretKey })
}
