/** `?view=leaving&user=ID` of an organization: takes a member out, with the keys that they know or without. For its admins. */
import { invalid } from '../../../../src/base/fault.ts'
import type { LeftBehind } from '../../../../src/people/left-behind.ts'
import { dismissMember, listKeysKnownTo, listLeftBehind } from '../../../../src/people/leaving-members.ts'
import { getMember, listMembers } from '../../../../src/resources/organizations.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Card, Empty } from '../../components/basics.tsx'
import { KeyTable } from '../../components/keys.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { nameOf } from './member-parts.tsx'
import { frameResource } from './resource-frame.tsx'

export async function showLeaving(request: PageRequest, organization: Resource, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor } = request
  const userId = userOf(request)
  const member = await getMember(ctx, actor, organization.id, userId)
  const keys = await listKeysKnownTo(ctx, actor, organization.id, userId)
  const others = await listLeftBehind(ctx, actor, organization.id, userId)
  const isClean = keys.length + others.links.length + others.invitations.length + others.pins.length === 0
  const names = new Map((await listMembers(ctx, actor, organization.id)).map((one) => [one.user_id, nameOf(one)]))
  const name = nameOf(member)
  const action = pageOf(organization, 'leaving', { user: userId })
  return frameResource(request, organization, {
    view: 'members',
    name: `${name} leaves`,
    refusal,
    content: (
      <>
        <Card
          title={`Keys that ${name} knows`}
          note="Keys that act as them here, and keys that they made for controllers and other members, whose secrets they have seen."
        >
          {keys.length === 0 ? <Empty icon="key" title="None that works" /> : <KeyTable ctx={ctx} keys={keys} names={names} />}
        </Card>
        <Others name={name} others={others} />
        <Card title={`Remove ${name}`} note="Their account stays. From then on they may do no more here than anybody else.">
          <div class="actions">
            {isClean ? null : (
              <PostButton visitor={visitor} action={action} fields={{ act: 'revoke' }} danger small={false}>
                {keys.length === 0
                  ? 'Remove and withdraw these'
                  : `Remove and revoke ${keys.length === 1 ? 'the key' : `${formatCount(keys.length)} keys`}`}
              </PostButton>
            )}
            <PostButton visitor={visitor} action={action} fields={{ act: 'keep' }} danger={isClean} small={false}>
              {isClean ? 'Remove' : keys.length === 0 ? 'Remove, keep these' : 'Remove, keep the keys'}
            </PostButton>
            <a class="button" href={pageOf(organization, 'members')}>
              Cancel
            </a>
          </div>
          {keys.length === 0 ? null : (
            <p class="note">
              Devices that use a revoked key are cut off until they get a new one. Keys can be revoked later, too, under Keys.
            </p>
          )}
        </Card>
      </>
    ),
  })
}

/** What they made that lets somebody in or shows something, beside keys: it goes and stays with the keys. */
function Others({ name, others: { links, invitations, pins } }: { name: string; others: LeftBehind }) {
  if (links.length + invitations.length + pins.length === 0) return null
  return (
    <Card
      title={`What ${name} made`}
      note="It is withdrawn together with the keys, and goes on otherwise: secret links as far as they still show something."
    >
      <ListTable columns={['What', 'Of']}>
        {links.map(({ path, note }) => (
          <Other what={note === '' ? 'Secret link' : `Secret link: ${note}`} of={path} />
        ))}
        {invitations.map(({ email, isAdmin }) => (
          <Other what={isAdmin ? 'Invitation as an admin' : 'Invitation'} of={email} />
        ))}
        {pins.map(({ path }) => (
          <Other what="PIN, with which a device may still fetch a key" of={path} />
        ))}
      </ListTable>
    </Card>
  )
}

const Other = ({ what, of }: { what: string; of: string }) => (
  <tr>
    <th scope="row">{what}</th>
    <td data-label="Of">{of}</td>
  </tr>
)

export async function dismiss(request: PageRequest, organization: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  let done = 'removed'
  const refusal = await refusalOf(form, async () => {
    if (form['act'] !== 'revoke' && form['act'] !== 'keep') throw invalid('act must be revoke or keep.')
    const { revoked } = await dismissMember(ctx, actor, organization.id, userOf(request), { revokesKeys: form['act'] === 'revoke' })
    if (revoked.length > 0) done = 'removed-with-keys'
  })
  return refusal ? showLeaving(request, organization, refusal) : redirect(pageOf(organization, 'members', { done }))
}

function userOf({ query }: PageRequest): number {
  const id = Number(query['user'] ?? '')
  if (!Number.isSafeInteger(id) || id < 1) throw invalid('user must be the number of a user.')
  return id
}
