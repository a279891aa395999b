/** `?view=watching`: who is told when a controller falls silent, and the alerts on it and its sequences. */
import { listAlerts, removeAlert, type AlertInfo } from '../../../../src/alert-changes.ts'
import { invalid } from '../../../../src/fault.ts'
import { canWrite, requireResource } from '../../../../src/permissions.ts'
import { planChanges } from '../../../../src/resource-changes.ts'
import { MINUTE, type Micros } from '../../../../src/time.ts'
import { isWithin, pathOf, type Resource } from '../../../../src/tree.ts'
import { silenceOf } from '../../../../src/watchdog.ts'
import { Age, AgeOf, Badge, Card, Empty, Field, RefusalNotice, Select } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { ListTable } from '../../components/lists.tsx'
import { DoneNotice, PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { frameController } from './frame.tsx'

export async function showWatching(request: PageRequest, controller: Resource, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, query } = request
  const alerts = await listAlerts(ctx, actor, controller)
  const isWritable = actor.kind === 'user' && canWrite(ctx, actor, controller)
  const now = ctx.clock.now()
  return frameController(request, controller, {
    view: 'watching',
    name: 'Watching',
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        {refusal === undefined ? <DoneNotice query={query} texts={{ alert: 'The alert was removed.', saved: 'Saved.' }} /> : null}
        <RefusalNotice refusal={refusal} />
        <Card title="Silence" note="When nothing is heard from this controller for longer than that, those named here are told once, and once more when it is back.">
          <SilenceNow request={request} controller={controller} />
          {isWritable ? <WatchdogForm request={request} controller={controller} form={refusal?.form} /> : null}
        </Card>
        <Card title="Alerts" note="Rules on this controller and on the sequences below it.">
          {alerts.length === 0 ? (
            <Empty icon="bell" title="No alerts">
              <p>
                Make one where the values are: on the page of a sequence, or with <code>rhizo alert create</code>.
              </p>
            </Empty>
          ) : (
            <AlertTable request={request} controller={controller} alerts={alerts} now={now} />
          )}
        </Card>
      </>
    ),
  })
}

const SilenceNow = ({ request: { ctx }, controller }: { request: PageRequest; controller: Resource }) => {
  const silence = silenceOf(ctx, controller)
  if (!silence) return <p>Nobody is told of its silence at present.</p>
  const { heard, isSilent } = silence
  return (
    <p class="status">
      <span class={isSilent ? 'dot is-danger' : 'dot is-success'}></span>
      <span>
        {isSilent ? 'Silent for longer than it may be: ' : 'As it should be: '}
        {heard === undefined ? (
          'not heard yet, and so not missed.'
        ) : (
          <>
            last heard <Age time={heard} now={ctx.clock.now()} />.
          </>
        )}
      </span>
    </p>
  )
}

const WatchdogForm = ({ request, controller, form }: { request: PageRequest; controller: Resource; form: Fields | undefined }) => {
  const { watchdog } = controller
  const stored = { minutes: watchdog === undefined ? '' : String(watchdog.limit / MINUTE), recipients: watchdog?.recipients.join(', ') ?? '', counts: watchdog?.counts ?? '' }
  const byDefault = request.ctx.settings.WATCHDOG_COUNTS === 'any' ? 'any message' : 'watchdog messages'
  return (
    <PostForm visitor={request.visitor} action={pageOf(controller, 'watching')} hidden={{ act: 'watchdog' }} submit="Save">
      <div class="field-row">
        <Field label="Minutes of silence" name="minutes" type="number" min={0} max={525_600} step="any" value={form?.['minutes'] ?? stored.minutes} hint="Empty or 0: nobody is told." />
        <Select
          label="What counts as a sign of life"
          name="counts"
          value={form?.['counts'] ?? stored.counts}
          options={[
            ['', `Default: ${byDefault}`],
            ['watchdog', 'Watchdog messages'],
            ['any', 'Any message or request'],
          ]}
        />
      </div>
      <Field label="Tell" name="recipients" value={form?.['recipients'] ?? stored.recipients} maxlength={4_000} autocomplete="off" placeholder="ann@example.com, +15551234567" hint="E-mail addresses, phone numbers and webhook URLs, with commas between them; 10 at most." />
    </PostForm>
  )
}

const AlertTable = ({ request, controller, alerts, now }: { request: PageRequest; controller: Resource; alerts: readonly AlertInfo[]; now: Micros }) => (
  <ListTable columns={['On', 'When', 'State', 'Tells', { hidden: 'What to do with it' }]}>
    {alerts.map((alert) => (
      <tr>
        <th scope="row">
          <a href={pageOf(alert.path)}>{alert.path.slice(pathOf(controller).length + 1) || controller.name}</a>
        </th>
        <td data-label="When">{alert.condition}</td>
        <td data-label="State">
          {alert.active ? <Badge tone="danger">On</Badge> : <Badge>Off</Badge>} {alert.active ? <AgeOf timestamp={alert.start_timestamp} now={now} otherwise="" /> : null}
        </td>
        <td data-label="Tells">{alert.recipients?.join(', ') ?? ''}</td>
        <td class="is-end">
          {alert.recipients === null ? null : (
            <PostButton visitor={request.visitor} action={pageOf(controller, 'watching')} fields={{ act: 'remove', path: alert.path, name: alert.name }} label={`Remove ${alert.name} of ${alert.path}`} confirm={`Remove the alert “${alert.name}” on ${alert.path}?`} danger>
              Remove
            </PostButton>
          )}
        </td>
      </tr>
    ))}
  </ListTable>
)

export async function changeWatching(request: PageRequest, controller: Resource): Promise<PageReply> {
  const { form } = request
  const isRemoval = form['act'] === 'remove'
  const refusal = await refusalOf(form, () => (isRemoval ? removeRule(request, controller) : saveWatchdog(request, controller)))
  return refusal ? showWatching(request, controller, refusal) : redirect(pageOf(controller, 'watching', { done: isRemoval ? 'alert' : 'saved' }))
}

async function removeRule({ ctx, actor, form }: PageRequest, controller: Resource): Promise<void> {
  const resource = requireResource(ctx, form['path'] ?? '')
  if (!isWithin(resource, controller)) throw invalid(`${pathOf(resource)} is not of ${pathOf(controller)}.`)
  await removeAlert(ctx, actor, resource, form['name'] ?? '')
}

/** An empty field takes the attribute away. */
async function saveWatchdog({ ctx, actor, form }: PageRequest, controller: Resource): Promise<void> {
  const given = (name: string): string | null => form[name]?.trim() || null
  const minutes = given('minutes')
  const recipients = given('recipients')
  if (minutes !== null && Number(minutes) > 0 && recipients === null) throw invalid('Tell whom? Give at least one e-mail address, phone number or webhook, or leave the minutes empty.')
  const change = await planChanges(ctx, actor, controller, { systemAttributes: { watchdog_minutes: minutes, watchdog_recipients: recipients, watchdog_counts: given('counts') } })
  await change()
}
