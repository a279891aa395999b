/** `?view=links` of any resource: secret links to it and to what is in it, for whoever may change it; the permissions list them as well. */
import { shareResource } from '../../../../src/dashboards/sharing.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { DAY, HOUR } from '../../../../src/base/time.ts'
import { listLinks, revokeLink, type MadeLink } from '../../../../src/people/secret-links.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import type { LinkInfo } from '../../../../src/wire/answers.ts'
import { serverAddress } from '../../../requests/address.ts'
import { AgeOf, Badge, Card, Empty, Field, Select } from '../../components/basics.tsx'
import { AddForm } from '../../components/forms.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal, type ResourcePage } from '../../page.ts'
import { frameResource } from '../organization/resource-frame.tsx'

const VIEW = 'links'

/** How long a link may be chosen to be valid, in hours. */
const VALIDITIES: readonly (readonly [hours: string, text: string])[] = [
  ['24', '1 day'],
  ['168', '1 week'],
  ['720', '30 days'],
  ['2160', '90 days'],
  ['8760', '1 year'],
]

export function createLinkPages(): ResourcePage[] {
  return [
    { method: 'GET', fits: () => true, view: VIEW, handle: (request, resource) => showLinks(request, resource) },
    { method: 'POST', fits: () => true, view: VIEW, handle: changeLinks },
  ]
}

async function showLinks(
  request: PageRequest,
  resource: Resource,
  { refusal, made }: { refusal?: Refusal; made?: MadeLink } = {},
): Promise<Page> {
  const { ctx, incoming } = request
  return frameResource(request, resource, {
    view: VIEW,
    name: 'Secret links',
    refusal,
    done: { withdrawn: 'The link was withdrawn. It shows nothing any more, also where it was open.' },
    secret: made && {
      title: 'The secret link',
      label: 'Address',
      text: `${serverAddress(ctx, incoming)}/-/shared/${made.secret}`,
      note: `Anyone who has it can read ${pathOf(resource)} without an account, until ${timeText(made.expires)}.`,
    },
    content: await linksCard(request, resource, refusal),
  })
}

/** The links to a resource and to what is in it, and a form for another one. @throws Fault forbidden */
export async function linksCard(request: PageRequest, resource: Resource, refusal?: Refusal) {
  const { ctx, actor, visitor, query } = request
  const links = await listLinks(ctx, actor, resource)
  const action = pageOf(resource, VIEW)
  const state = (refusal?.form['query'] ?? query['query'] ?? '').replace(/^\?/, '')
  return (
    <Card
      title="Secret links"
      note={
        `Anyone who has one can read ${resource.name} and everything below it, and nothing else, without an account. It shows no names ` +
        'of people, and ends by itself, when it is withdrawn, or when its maker may not change this any more.'
      }
    >
      {links.length === 0 ? (
        <Empty icon="link" title="No secret links yet" />
      ) : (
        <LinkTable request={request} resource={resource} links={links} />
      )}
      {actor.kind === 'user' && canWrite(ctx, actor, resource) ? (
        <AddForm visitor={visitor} action={action} hidden={{ act: 'make', query: state }} submit="Make a secret link">
          <Select label="Valid for" name="hours" value={refusal?.form['hours'] ?? '720'} options={VALIDITIES} />
          <Field
            label="What or who it is for"
            name="note"
            value={refusal?.form['note']}
            maxlength={200}
            autocomplete="off"
            hint={state === '' ? undefined : 'It opens the chart as you left it.'}
          />
        </AddForm>
      ) : null}
    </Card>
  )
}

const LinkTable = ({
  request: { ctx, visitor },
  resource,
  links,
}: {
  request: PageRequest
  resource: Resource
  links: readonly LinkInfo[]
}) => (
  <ListTable columns={['To', 'For', 'Until', 'Opened', 'Made by', { hidden: 'Withdraw it' }]}>
    {links.map((link) => (
      <tr>
        <th scope="row">
          <a href={pageOf(link.path, 'links')}>{link.path}</a>
          {link.also.length === 0 ? null : <span class="note"> with {link.also.join(', ')}</span>}
        </th>
        <td data-label="For">{link.note === '' ? '–' : link.note}</td>
        <td data-label="Until" class="is-nowrap">
          {link.state === 'works' ? timeText(link.expiration_timestamp) : <Badge>{STATES[link.state]}</Badge>}
        </td>
        <td data-label="Opened">
          {link.uses === 0 ? 'never' : link.uses === 1 ? 'once' : `${link.uses} times`}
          {link.last_use_timestamp === null ? null : (
            <>
              {', last used '}
              <AgeOf timestamp={link.last_use_timestamp} now={ctx.clock.now()} />
            </>
          )}
        </td>
        <td data-label="Made by" class="is-nowrap">
          {link.by}
        </td>
        <td class="is-end is-tight">
          {link.state === 'revoked' || link.state === 'expired' ? null : (
            <PostButton
              visitor={visitor}
              action={pageOf(resource, VIEW)}
              fields={{ act: 'withdraw', link: link.id }}
              danger
              label={`Withdraw the link to ${link.path}`}
              confirm={`Withdraw the link to ${link.path}? It shows nothing from then on.`}
            >
              Withdraw
            </PostButton>
          )}
        </td>
      </tr>
    ))}
  </ListTable>
)

const STATES: Readonly<Record<LinkInfo['state'], string>> = {
  works: 'works',
  expired: 'expired',
  revoked: 'withdrawn',
  off: 'turned off',
  stopped: 'stopped: its maker may not give it any more',
}

const timeText = (timestamp: string): string => `${timestamp.slice(0, 16).replace('T', ' ')} UTC`

async function changeLinks(request: PageRequest, resource: Resource): Promise<PageReply> {
  const { ctx, actor, form } = request
  let made: MadeLink | undefined
  const refusal = await refusalOf(form, async () => {
    if (form['act'] === 'make') {
      const hours = VALIDITIES.find(([value]) => value === form['hours'])?.[0]
      if (hours === undefined) throw invalid('Choose how long the link is valid.')
      // As long as the server allows, where that is less than what the list offers.
      const most = ctx.settings.LINK_MAX_DAYS * DAY
      const expires = ctx.believed.now() + Math.min(Number(hours) * HOUR, most)
      made = await shareResource(ctx, actor, resource, {
        note: form['note'],
        query: form['query'],
        expires: most === 0 ? undefined : expires,
      })
    } else if (form['act'] === 'withdraw') await revokeLink(ctx, actor, Number(form['link']))
    else throw invalid('act must be make or withdraw.')
  })
  if (refusal) return showLinks(request, resource, { refusal })
  return made ? showLinks(request, resource, { made }) : redirect(pageOf(resource, VIEW, { done: 'withdrawn' }))
}
