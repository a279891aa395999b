/** A list of rules, with their state and the buttons that change it. */
import { acknowledgeAlerts } from '../../../../src/watching/alert-acknowledging.ts'
import { removeAlert, updateAlert } from '../../../../src/watching/alert-changes.ts'
import { muteAlerts, muteTime, unmuteAlerts } from '../../../../src/watching/alert-mutes.ts'
import type { AlertInfo } from '../../../../src/wire/alerts.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { HOUR } from '../../../../src/base/time.ts'
import { requireResource } from '../../../../src/tree/finding.ts'
import { isWithin, pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { warningsFor } from '../../../../src/notifications/obstacles.ts'
import { Warnings } from '../../components/active-alerts.tsx'
import { AgeOf, Badge } from '../../components/basics.tsx'
import { ListTable } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import { pageOf } from '../../links.ts'
import type { PageRequest } from '../../page.ts'
import { shownCondition } from '../../shared/alert-words.ts'
import { formatCount } from '../../shared/format.ts'
import { describeTold, timeOfPlace } from './history-card.tsx'

/** Confirmations of changes to a rule, for the page with the list. */
export const ALERT_DONE = {
  made: 'The alert was made. It counts from now on.',
  changed: 'The alert was changed.',
  removed: 'The alert was removed.',
  on: 'The alert was turned on. It counts from now on.',
  off: 'The alert was turned off: it tells nobody until it is turned on again.',
  ack: 'You take care of it: nobody else is told for now.',
  mute: 'The alert is muted. That ends by itself.',
  unmute: 'The alert is not muted any more.',
} as const

/** How long the buttons mute, in hours. */
const MUTE_HOURS = [1, 8] as const

/**
 * @param place the sequence or controller that the page is for; undefined: the page of all alerts
 * @param from value of `from`, with which the form's page links back
 */
export const AlertTable = ({
  request,
  place,
  alerts,
  from,
}: {
  request: PageRequest
  place?: Resource
  alerts: readonly AlertInfo[]
  from?: 'watching' | 'all'
}) => (
  <>
    <Warnings
      warnings={warningsFor(
        request.ctx,
        alerts.flatMap(({ recipients, enabled }) => (enabled ? (recipients ?? []) : [])),
      )}
    />
    <ListTable columns={[from === undefined ? 'Name' : 'On', 'When', 'State', 'Notifies', { hidden: 'What to do with it' }]}>
      {alerts.map((alert) => (
        <tr>
          <th scope="row">{from === undefined ? alert.name : <a href={pageOf(alert.path)}>{shortPath(alert.path, place)}</a>}</th>
          <td data-label="When">
            {shownCondition(alert.condition, request.ctx.tree.find(alert.path)?.sequence, request.visitor.units)}
            {alert.pattern === undefined ? null : (
              <span class="note"> {alert.folder === undefined ? `on ${alert.pattern}` : `by the rule of ${alert.folder}`}</span>
            )}
          </td>
          <td data-label="State">
            <div>
              <AlertState alert={alert} request={request} />
            </div>
          </td>
          <td data-label="Notifies">
            <div>
              {alert.recipients?.join(', ') ?? ''}
              {alert.escalate_to === undefined || alert.escalate_to === null ? null : `, then ${alert.escalate_to.join(', ')}`}
              {alert.enabled && warningsFor(request.ctx, alert.recipients ?? []).length > 0 ? (
                <>
                  {' '}
                  <Badge tone="warning">Can’t be told now</Badge>
                </>
              ) : null}
            </div>
          </td>
          <td class="is-end">
            {alert.recipients === null ? null : (
              <AlertActions request={request} alert={alert} action={place ? pageOf(place, from ?? 'alerts') : ALL_ALERTS} from={from} />
            )}
          </td>
        </tr>
      ))}
    </ListTable>
  </>
)

export const ALL_ALERTS = '/-/alerts'

const shortPath = (path: string, place: Resource | undefined): string =>
  place === undefined ? path : path.slice(pathOf(place).length + 1) || place.name

const AlertState = ({ alert, request }: { alert: AlertInfo; request: PageRequest }) => (
  <>
    {alert.covers !== undefined && alert.enabled ? (
      <span>Followed on {alert.covers === 1 ? 'one sequence' : `${formatCount(alert.covers)} sequences`}</span>
    ) : !alert.enabled ? (
      <Badge tone="warning">Turned off</Badge>
    ) : alert.active ? (
      <>
        <Badge tone="danger">On</Badge> <AgeOf timestamp={alert.start_timestamp} now={request.ctx.clock.now()} otherwise="" />
      </>
    ) : (
      <Badge tone="success">Fine</Badge>
    )}
    {alert.acknowledged === null ? null : (
      <>
        {' '}
        <Badge tone="info">{alert.acknowledged.by ?? 'Somebody'} is on it</Badge>{' '}
        {alert.acknowledged.note === '' ? null : <span class="note">“{alert.acknowledged.note}”</span>}
      </>
    )}
    {alert.muted === null ? null : (
      <>
        {' '}
        <Badge tone="warning">Muted</Badge>{' '}
        <span class="note">
          until {timeOfPlace(request, alert.path, alert.muted.until_timestamp)}
          {alert.muted.by === null ? '' : `, by ${alert.muted.by}`}
          {alert.muted.reason === '' ? '' : `: “${alert.muted.reason}”`}
        </span>
      </>
    )}
    {alert.told.length === 0 ? null : <span class="note"> Told: {alert.told.map(describeTold).join('; ')}</span>}
  </>
)

const AlertActions = ({
  request: { visitor },
  alert: { path, name, enabled, active, acknowledged, muted, covers, folder = path },
  action,
  from,
}: {
  request: PageRequest
  alert: AlertInfo
  action: string
  from: string | undefined
}) => (
  <div class="actions is-end">
    {active && acknowledged === null ? (
      <PostButton visitor={visitor} action={action} fields={{ act: 'ack', path, name }} label={`I’m on it: ${name} of ${path}`}>
        I’m on it
      </PostButton>
    ) : null}
    {covers !== undefined ? null : muted === null ? (
      MUTE_HOURS.map((hours) => (
        <PostButton
          visitor={visitor}
          action={action}
          fields={{ act: 'mute', hours, path, name }}
          label={`Mute ${hours} h: ${name} of ${path}`}
        >
          Mute {hours} h
        </PostButton>
      ))
    ) : muted.path === path && muted.name === name ? (
      <PostButton visitor={visitor} action={action} fields={{ act: 'unmute', path, name }} label={`Unmute ${name} of ${path}`}>
        Unmute
      </PostButton>
    ) : null}
    <a class="button is-small" href={pageOf(folder, 'alert', { name, from })} aria-label={`Change ${name} of ${folder}`}>
      Change
    </a>
    <PostButton
      visitor={visitor}
      action={action}
      fields={{ act: enabled ? 'off' : 'on', path: folder, name }}
      label={`${enabled ? 'Turn off' : 'Turn on'} ${name} of ${folder}`}
    >
      {enabled ? 'Turn off' : 'Turn on'}
    </PostButton>
    <PostButton
      visitor={visitor}
      action={action}
      fields={{ act: 'remove', path: folder, name }}
      label={`Remove ${name} of ${folder}`}
      confirm={`Remove the alert “${name}” on ${folder}?`}
      danger
    >
      Remove
    </PostButton>
  </div>
)

/** Handles the table's buttons. @returns a name of {@link ALERT_DONE} @throws Fault forbidden, invalid, not_found */
export async function actOnAlert({ ctx, actor, form }: PageRequest, place: Resource | undefined): Promise<keyof typeof ALERT_DONE> {
  const { act, path = '', name = '' } = form
  const resource = requireResource(ctx, actor, path)
  if (place && !isWithin(resource, place) && !isWithin(place, resource)) throw invalid(`${pathOf(resource)} is not of ${pathOf(place)}.`)
  switch (act) {
    case 'ack':
      await acknowledgeAlerts(ctx, actor, resource, { name })
      return act
    case 'mute': {
      const hours = MUTE_HOURS.find((one) => String(one) === form['hours'])
      if (hours === undefined) throw invalid('hours must be 1 or 8.')
      await muteAlerts(ctx, actor, resource, { name, until: muteTime(ctx) + hours * HOUR, reason: '' })
      return act
    }
    case 'unmute':
      await unmuteAlerts(ctx, actor, resource, name)
      return act
  }
  if (act === 'remove') {
    await removeAlert(ctx, actor, resource, name)
    return 'removed'
  }
  if (act !== 'on' && act !== 'off') throw invalid('act must be on, off, remove, ack, mute or unmute.')
  await updateAlert(ctx, actor, resource, name, { enabled: act === 'on' })
  return act
}
