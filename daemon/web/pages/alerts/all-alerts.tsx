/** `/-/alerts`: all alerts that the visitor may see, with their state and history, and what is muted. */
import { httpStatusOf, invalid } from '../../../../src/base/fault.ts'
import { parseDuration } from '../../../../src/base/duration.ts'
import { requireResource } from '../../../../src/tree/finding.ts'
import { listAlerts } from '../../../../src/watching/alert-list.ts'
import { listMutes, muteAlerts, muteTime, unmuteAlerts } from '../../../../src/watching/alert-mutes.ts'
import type { AlertInfo, AlertMuteInfo } from '../../../../src/wire/alerts.ts'
import { Card, Empty, Field, PageHeader, RefusalNotice, Select } from '../../components/basics.tsx'
import { AddForm, PostForm } from '../../components/forms.tsx'
import { FoundCount, ListSearch, ListTable, wantedOf } from '../../components/lists.tsx'
import { DoneNotice, PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type PageRoute, type Refusal } from '../../page.ts'
import { formatCount } from '../../shared/format.ts'
import { ALERT_DONE, ALL_ALERTS, AlertTable, actOnAlert } from './alert-table.tsx'
import { AlertHistory, readHistory, timeOfPlace } from './history-card.tsx'

const MAX_SHOWN = 200
const LENGTHS = [
  ['1h', 'an hour'],
  ['8h', '8 hours'],
  ['1d', 'a day'],
  ['7d', 'a week'],
  ['30d', '30 days'],
] as const

export function createAllAlertsRoutes(): PageRoute[] {
  return [
    { method: 'GET', path: ALL_ALERTS, handle: async (request) => showAll(request) },
    { method: 'POST', path: ALL_ALERTS, handle: changeAll },
  ]
}

async function showAll(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, query } = request
  const all = (await listAlerts(ctx, actor, undefined)).sort(byUrgency)
  const filter = wantedOf(query, 'filter').toLowerCase()
  const found = all.filter(({ path }) => path.toLowerCase().includes(filter))
  return {
    title: 'Alerts',
    crumb: 'Alerts',
    script: 'listing',
    wide: true,
    ...(refusal === undefined ? {} : { status: httpStatusOf[refusal.fault.code] }),
    content: (
      <>
        <PageHeader title="Alerts" icon="bell" lead={summaryOf(all)} />
        {refusal === undefined ? <DoneNotice query={query} texts={ALERT_DONE} /> : <RefusalNotice refusal={refusal} />}
        {all.length === 0 ? (
          <Empty icon="bell" title="No alerts">
            <p>Nobody is told when a value is not as it should be. Make an alert below, or on the page of a sequence, with “Alerts”.</p>
          </Empty>
        ) : (
          <>
            {all.length > 8 ? (
              <ListSearch label="Filter the alerts" text="Filter by path" name="filter" value={query['filter'] ?? ''}>
                <FoundCount wanted={filter} found={found.length} all={all.length} />
              </ListSearch>
            ) : null}
            <section class="card" id="alerts" aria-label="All alerts" data-refresh>
              <AlertTable request={request} alerts={found.slice(0, MAX_SHOWN)} from="all" />
              {found.length > MAX_SHOWN ? <p class="note">The first {MAX_SHOWN} are shown: filter by path to see others.</p> : null}
            </section>
          </>
        )}
        <Card title="New alert" note="On a sequence, on the silence of a controller, or on the sequences in a folder that fit a pattern.">
          <AddForm visitor={request.visitor} action={ALL_ALERTS} hidden={{ act: 'new' }} submit="New alert">
            <Field label="Sequence, controller or folder" name="on" id="field-on" required maxlength={2_000} placeholder="/lab/freezers" />
          </AddForm>
        </Card>
        <Mutes request={request} mutes={await listMutes(ctx, actor, undefined)} refusal={refusal} />
        <div id="history" data-refresh>
          <AlertHistory request={request} firings={await readHistory(request)} />
        </div>
      </>
    ),
  }
}

/** What is on and nobody takes care of comes first, then what else is on. */
function byUrgency(a: AlertInfo, b: AlertInfo): number {
  const rank = ({ active, acknowledged, muted }: AlertInfo): number => (active ? (acknowledged !== null || muted !== null ? 1 : 0) : 2)
  return rank(a) - rank(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
}

function summaryOf(alerts: readonly AlertInfo[]): string {
  const on = alerts.filter(({ active }) => active).length
  const muted = alerts.filter((alert) => alert.muted !== null).length
  const parts = [`${formatCount(alerts.length)} in all`, on === 0 ? 'none on' : `${formatCount(on)} on`]
  return [...parts, ...(muted === 0 ? [] : [`${formatCount(muted)} muted`])].join(', ')
}

const Mutes = ({ request, mutes, refusal }: { request: PageRequest; mutes: readonly AlertMuteInfo[]; refusal: Refusal | undefined }) => (
  <Card
    title="Mute"
    note={
      'While alerts are muted, nobody is told that they begin. They are followed and shown all the same; what is on when the mute ends ' +
      'is told then.'
    }
  >
    {mutes.length === 0 ? null : (
      <ListTable columns={['What', 'Until', 'By', 'Why', { hidden: 'What to do with it' }]}>
        {mutes.map((mute) => (
          <tr>
            <th scope="row">
              <a href={pageOf(mute.path)}>{mute.path}</a> {mute.name}
            </th>
            <td data-label="Until">{timeOfPlace(request, mute.path, mute.until_timestamp)}</td>
            <td data-label="By">{mute.by}</td>
            <td data-label="Why">{mute.reason}</td>
            <td class="is-end is-tight">
              <PostButton
                visitor={request.visitor}
                action={ALL_ALERTS}
                fields={{ act: 'end-mute', path: mute.path, name: mute.name ?? '' }}
                label={`End it: the mute of ${mute.path}`}
              >
                End it
              </PostButton>
            </td>
          </tr>
        ))}
      </ListTable>
    )}
    <PostForm visitor={request.visitor} action={ALL_ALERTS} hidden={{ act: 'mute-place' }} submit="Mute">
      <div class="field-row">
        <Field
          label="What to mute: a sequence, a controller or a folder"
          name="path"
          value={refusal?.form['path'] ?? request.query['mute']}
          required
          maxlength={2_000}
          placeholder="/lab/freezer"
          autocomplete="off"
        />
        <Select label="For" name="length" options={LENGTHS} value={refusal?.form['length'] ?? '8h'} />
      </div>
      <Field label="Why" name="reason" value={refusal?.form['reason']} maxlength={500} placeholder="Defrosting" autocomplete="off" />
    </PostForm>
  </Card>
)

async function changeAll(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  let done = ''
  let next: string | undefined
  const refusal = await refusalOf(form, async () => {
    const { act, path = '', name = '', length = '', reason = '' } = form
    if (act === 'new') next = pageOf(requireResource(ctx, actor, (form['on'] ?? '').trim()), 'alert', { from: 'all' })
    else if (act === 'mute-place') {
      const duration = LENGTHS.some(([known]) => known === length) ? parseDuration(length) : undefined
      if (duration === undefined) throw invalid('Choose how long it is muted.')
      await muteAlerts(ctx, actor, requireResource(ctx, actor, path.trim()), { until: muteTime(ctx) + duration, reason })
      done = 'mute'
    } else if (act === 'end-mute') {
      await unmuteAlerts(ctx, actor, requireResource(ctx, actor, path), name === '' ? undefined : name)
      done = 'unmute'
    } else done = await actOnAlert(request, undefined)
  })
  return refusal ? showAll(request, refusal) : redirect(next ?? `${ALL_ALERTS}?done=${done}`)
}
