/** `?view=alerts` of a sequence: its rules, and when they were on. */
import { listAlerts } from '../../../../src/watching/alert-list.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import type { Resource } from '../../../../src/tree/tree.ts'
import { Card, Empty } from '../../components/basics.tsx'
import { Icon } from '../../components/icons.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { frameResource } from '../organization/resource-frame.tsx'
import { ALERT_DONE, AlertTable, actOnAlert } from './alert-table.tsx'
import { AlertHistory, readHistory } from './history-card.tsx'

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
                  : 'Anybody who may change this sequence can make one.'}
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
        <AlertHistory request={request} place={sequence} firings={await readHistory(request, sequence)} />
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
