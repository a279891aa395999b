/** When alerts were on. */
import { listAlertHistory } from '../../../../src/watching/alert-history.ts'
import type { AlertHistoryInfo, AlertToldInfo } from '../../../../src/wire/alerts.ts'
import { clockText } from '../../../../src/base/clock-text.ts'
import { parseTimestamp } from '../../../../src/base/time.ts'
import { timezoneOf, type Resource } from '../../../../src/tree/tree.ts'
import { Badge, Card } from '../../components/basics.tsx'
import { ListTable } from '../../components/lists.tsx'
import { pageOf } from '../../links.ts'
import type { PageRequest } from '../../page.ts'
import { shownCondition } from '../../shared/alert-words.ts'
import { formatCount } from '../../shared/format.ts'
import { showNumber } from '../../shared/shown-value.ts'

const MAX_SHOWN = 50

/** What the card shows. @param place a sequence or controller; undefined: everywhere */
export const readHistory = ({ ctx, actor }: PageRequest, place?: Resource): Promise<AlertHistoryInfo[]> =>
  listAlertHistory(ctx, actor, place, { count: MAX_SHOWN })

interface HistoryProps {
  request: PageRequest
  /** Of which the history is; undefined: of all, and paths are shown. */
  place?: Resource
  firings: readonly AlertHistoryInfo[]
}

export const AlertHistory = ({ request, place, firings }: HistoryProps) => (
  <Card title="History" note={`When alerts were on, the newest first${firings.length === MAX_SHOWN ? `: the last ${MAX_SHOWN}` : ''}.`}>
    {firings.length === 0 ? (
      <p>None has been on yet.</p>
    ) : (
      <ListTable columns={[place ? 'Alert' : 'On', 'From', 'To', 'Lowest and highest', 'Told']}>
        {firings.map((firing) => (
          <Row request={request} firing={firing} place={place} />
        ))}
      </ListTable>
    )}
  </Card>
)

const Row = ({ request, firing, place }: { request: PageRequest; firing: AlertHistoryInfo; place: Resource | undefined }) => {
  const { path, condition, start_timestamp: start, end_timestamp: end, told, acknowledged } = firing
  const words = shownCondition(condition, request.ctx.tree.find(path)?.sequence, request.visitor.units)
  return (
    <tr>
      <th scope="row">
        {place ? words : <a href={pageOf(path)}>{path}</a>} {place ? null : words}
      </th>
      <td data-label="From">{timeOfPlace(request, path, start)}</td>
      <td data-label="To">{end === null ? <Badge tone="danger">Still on</Badge> : timeOfPlace(request, path, end)}</td>
      <td data-label="Lowest and highest" class="is-nowrap">
        {extremesOf(request, firing)}
      </td>
      <td data-label="Told">
        {told.length === 0 ? 'nobody' : told.map(describeTold).join('; ')}
        {acknowledged === null ? null : (
          <span class="note">
            {' '}
            {acknowledged.by ?? 'Somebody'} took care{acknowledged.note === '' ? '' : `: “${acknowledged.note}”`}
          </span>
        )}
      </td>
    </tr>
  )
}

function extremesOf({ ctx, visitor }: PageRequest, { path, lowest, highest }: AlertHistoryInfo): string {
  if (lowest === null || highest === null) return ''
  const spec = ctx.tree.find(path)?.sequence
  const show = (value: number): string => showNumber(value, { decimals: spec?.decimalPlaces, units: spec?.units }, visitor.units)
  return lowest === highest ? show(lowest) : `${show(lowest)} to ${show(highest)}`
}

/** On the clock of the organization. */
export function timeOfPlace({ ctx }: PageRequest, path: string, timestamp: string): string {
  const resource = ctx.tree.find(path)
  return clockText(parseTimestamp(timestamp) ?? 0, resource && timezoneOf(ctx.tree, resource))
}

export const describeTold = ({ what, recipients, count, states }: AlertToldInfo): string =>
  `${what === 'escalation' ? 'second group, ' : what === 'end' ? 'end, ' : ''}` +
  `${recipients?.join(', ') ?? formatCount(count)} (${states.join(', ')})`
