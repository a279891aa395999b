/** A list of rules, with their actions; and `?view=alerts` of a sequence. */
import { removeAlert, updateAlert } from '../../../../src/watching/alert-changes.ts'
import { listAlerts } from '../../../../src/watching/alert-list.ts'
import type { AlertInfo } from '../../../../src/wire/alerts.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { requireResource } from '../../../../src/tree/finding.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import { isWithin, pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { warningsFor } from '../../../../src/notifications/obstacles.ts'
import { Warnings } from '../../components/active-alerts.tsx'
import { AgeOf, Badge, Card, Empty } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { frameResource } from '../organization/resource-frame.tsx'

/** Confirmations of changes to a rule, for the page with the list. */
export const ALERT_DONE = {
  made: 'The alert was made. It counts from now on.',
  changed: 'The alert was changed.',
  removed: 'The alert was removed.',
  on: 'The alert was turned on. It counts from now on.',
  off: 'The alert was turned off: it tells nobody until it is turned on again.',
} as const

/** @param place the sequence or controller that the page is for; @param from value of `from`, with which the form's page links back */
export const AlertTable = ({
  request,
  place,
  alerts,
  from,
}: {
  request: PageRequest
  place: Resource
  alerts: readonly AlertInfo[]
  from?: 'watching'
}) => (
  <>
    <Warnings
      warnings={warningsFor(
        request.ctx,
        alerts.flatMap(({ recipients, enabled }) => (enabled ? (recipients ?? []) : [])),
      )}
    />
    <ListTable columns={[from === undefined ? 'Name' : 'On', 'When', 'State', 'Tells', { hidden: 'What to do with it' }]}>
      {alerts.map((alert) => (
        <tr>
          <th scope="row">
            {from === undefined ? alert.name : <a href={pageOf(alert.path)}>{alert.path.slice(pathOf(place).length + 1) || place.name}</a>}
          </th>
          <td data-label="When">{alert.condition}</td>
          <td data-label="State">
            <AlertState alert={alert} request={request} />
          </td>
          <td data-label="Tells">
            {alert.recipients?.join(', ') ?? ''}
            {alert.enabled && warningsFor(request.ctx, alert.recipients ?? []).length > 0 ? (
              <>
                {' '}
                <Badge tone="warning">Can’t be told now</Badge>
              </>
            ) : null}
          </td>
          <td class="is-end is-tight">
            {alert.recipients === null ? null : (
              <AlertActions request={request} alert={alert} action={pageOf(place, from ?? 'alerts')} from={from} />
            )}
          </td>
        </tr>
      ))}
    </ListTable>
  </>
)

const AlertState = ({ alert, request }: { alert: AlertInfo; request: PageRequest }) =>
  !alert.enabled ? (
    <Badge tone="warning">Turned off</Badge>
  ) : alert.active ? (
    <>
      <Badge tone="danger">On</Badge> <AgeOf timestamp={alert.start_timestamp} now={request.ctx.clock.now()} otherwise="" />
    </>
  ) : (
    <Badge tone="success">Fine</Badge>
  )

const AlertActions = ({
  request: { visitor },
  alert: { path, name, enabled },
  action,
  from,
}: {
  request: PageRequest
  alert: AlertInfo
  action: string
  from: string | undefined
}) => (
  <div class="actions is-end">
    <a class="button is-small" href={pageOf(path, 'alert', { name, from })} aria-label={`Change ${name} of ${path}`}>
      Change
    </a>
    <PostButton
      visitor={visitor}
      action={action}
      fields={{ act: enabled ? 'off' : 'on', path, name }}
      label={`${enabled ? 'Turn off' : 'Turn on'} ${name} of ${path}`}
    >
      {enabled ? 'Turn off' : 'Turn on'}
    </PostButton>
    <PostButton
      visitor={visitor}
      action={action}
      fields={{ act: 'remove', path, name }}
      label={`Remove ${name} of ${path}`}
      confirm={`Remove the alert “${name}” on ${path}?`}
      danger
    >
      Remove
    </PostButton>
  </div>
)

/** Handles the table's buttons. @returns a name of {@link ALERT_DONE} @throws Fault forbidden, invalid, not_found */
export async function actOnAlert({ ctx, actor, form }: PageRequest, place: Resource): Promise<keyof typeof ALERT_DONE> {
  const { act, path = '', name = '' } = form
  const resource = requireResource(ctx, actor, path)
  if (!isWithin(resource, place)) throw invalid(`${pathOf(resource)} is not of ${pathOf(place)}.`)
  if (act === 'remove') {
    await removeAlert(ctx, actor, resource, name)
    return 'removed'
  }
  if (act !== 'on' && act !== 'off') throw invalid('act must be on, off or remove.')
  await updateAlert(ctx, actor, resource, name, { enabled: act === 'on' })
  return act
}

export async function showAlerts(request: PageRequest, sequence: Resource, refusal?: Refusal): Promise<Page> {
  const { ctx, actor } = request
  const alerts = await listAlerts(ctx, actor, sequence)
  const isChangeable = actor.kind === 'user' && canWrite(ctx, actor, sequence)
  return frameResource(request, sequence, {
    view: 'alerts',
    name: 'Alerts',
    refusal,
    done: ALERT_DONE,
    content: (
      <>
        <Card
          title="Alerts"
          note="The server tells people when values are not as they should be, or stay away: once when that begins, and once when it ends."
        >
          {alerts.length === 0 ? (
            <Empty icon="bell" title="No alerts">
              <p>
                {isChangeable
                  ? 'Make one: on a limit, on a value that stands still, or on silence.'
                  : 'Who may change this sequence can make one.'}
              </p>
            </Empty>
          ) : (
            <AlertTable request={request} place={sequence} alerts={alerts} />
          )}
          <div class="actions">
            {isChangeable ? (
              <a class="button is-primary" href={pageOf(sequence, 'alert')}>
                <Icon name="plus" />
                New alert
              </a>
            ) : null}
            <a class="button" href={pageOf(sequence)}>
              Back to {sequence.name}
            </a>
          </div>
        </Card>
      </>
    ),
  })
}

export async function changeAlerts(request: PageRequest, sequence: Resource): Promise<PageReply> {
  let done = ''
  const refusal = await refusalOf(request.form, async () => {
    done = await actOnAlert(request, sequence)
  })
  return refusal ? showAlerts(request, sequence, refusal) : redirect(pageOf(sequence, 'alerts', { done }))
}
