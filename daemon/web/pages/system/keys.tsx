/** `/-/system/keys`: all keys, whose they are, and revoking them. */
import type { Context } from '../../../../src/context.ts'
import { listKeys, revokeKey } from '../../../../src/people/keys.ts'
import type { KeyInfo } from '../../../../src/wire/answers.ts'
import { pathOf } from '../../../../src/tree/tree.ts'
import { listUsers } from '../../../../src/people/users.ts'
import { AgeOf, Empty, RefusalNotice } from '../../components/basics.tsx'
import { KeyState, RevokeButton, isLive, showKeyPart } from '../../components/keys.tsx'
import { FoundCount, ListSearch, ListTable, linkTo, pageThrough, wantedOf } from '../../components/lists.tsx'
import { Paging } from '../../components/paging.tsx'
import { DoneNotice } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { frameSystem } from './system-frame.tsx'

const PATH = '/-/system/keys'

interface Holder {
  readonly text: string
  readonly href: string | undefined
}

export async function showKeys(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const all = (await listKeys(ctx, actor)).reverse()
  const addresses = new Map((await listUsers(ctx, actor)).map((user) => [user.id, user.email_address]))
  const wanted = wantedOf(query)
  const found = all
    .map((key) => ({ key, holder: holderOf(ctx, key, addresses) }))
    .filter(({ key, holder }) => `${holder.text} ${showKeyPart(key)}`.toLowerCase().includes(wanted.toLowerCase()))
  const { shown, page, pages } = pageThrough(query, found)
  const now = ctx.clock.now()
  return frameSystem('Keys', {
    lead: `${formatCount(all.filter(isLive).length)} that work, ${formatCount(all.length)} in all`,
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        {refusal ? null : <DoneNotice query={query} texts={{ revoked: 'The key was revoked.' }} />}
        <RefusalNotice refusal={refusal} />
        <ListSearch path={PATH} label="Search by holder" value={wanted}>
          <FoundCount wanted={wanted} found={found.length} all={all.length} />
        </ListSearch>
        {shown.length === 0 ? (
          <Empty icon="key" title={wanted === '' ? 'No keys yet' : 'No key fits'}>
            <p>Keys are made on the page of a controller, and in people’s settings.</p>
          </Empty>
        ) : (
          <ListTable columns={['Acts as', 'Key', 'Made', 'State', { hidden: 'What to do with it' }]}>
            {shown.map(({ key, holder }) => (
              <tr>
                <th scope="row">{holder.href === undefined ? holder.text : <a href={holder.href}>{holder.text}</a>}</th>
                <td data-label="Key" class="is-mono is-nowrap">
                  {showKeyPart(key)}
                </td>
                <td data-label="Made">
                  <span>
                    <AgeOf timestamp={key.creation_timestamp} now={now} /> by {addresses.get(key.creation_user_id) ?? 'the server'}
                  </span>
                </td>
                <td data-label="State">
                  <KeyState keyInfo={key} />
                </td>
                <td class="is-end">
                  <RevokeButton
                    visitor={visitor}
                    action={PATH}
                    keyInfo={key}
                    what={`key ${key.id} of ${holder.text}`}
                    whatInFull={`the key of ${holder.text}`}
                  />
                </td>
              </tr>
            ))}
          </ListTable>
        )}
        <Paging page={page} pages={pages} link={linkTo(PATH, wanted)} />
      </>
    ),
  })
}

function holderOf(ctx: Context, key: KeyInfo, addresses: ReadonlyMap<number, string>): Holder {
  if (key.access_as_controller_id !== null) {
    const controller = ctx.tree.byId(key.access_as_controller_id)
    return controller ? { text: pathOf(controller), href: pageOf(controller, 'keys') } : { text: 'a deleted controller', href: undefined }
  }
  const userId = key.access_as_user_id ?? 0
  return { text: addresses.get(userId) ?? 'nobody any more', href: addresses.has(userId) ? `/-/system/users/${userId}` : undefined }
}

export async function revoke(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  const refusal = await refusalOf(form, () => revokeKey(ctx, actor, Number(form['key_id'])))
  return refusal ? showKeys(request, refusal) : redirect(`${PATH}?done=revoked`)
}
