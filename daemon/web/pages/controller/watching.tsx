/** `?view=watching`: who is notified when a controller falls silent, and the alerts on it and its sequences. */
import { listAlerts } from '../../../../src/watching/alert-list.ts'
import { invalid } from '../../../../src/base/fault.ts'
import { requireResource } from '../../../../src/tree/finding.ts'
import { canWrite } from '../../../../src/tree/permissions.ts'
import { planChanges } from '../../../../src/resources/changes.ts'
import { MINUTE } from '../../../../src/base/time.ts'
import { pathOf, type Resource } from '../../../../src/tree/tree.ts'
import { silenceOf } from '../../../../src/watching/watchdog.ts'
import { warningsFor } from '../../../../src/notifications/obstacles.ts'
import { sendTestsFor } from '../../../../src/watching/watch-tests.ts'
import type { SentTest } from '../../../../src/wire/answers.ts'
import { TestResults, Warnings } from '../../components/active-alerts.tsx'
import { Age, Card, Empty, Field, RefusalNotice, Select } from '../../components/basics.tsx'
import { PostForm } from '../../components/forms.tsx'
import { Icon } from '../../components/icons.tsx'
import { DoneNotice, PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Fields, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { AlertHistory, readHistory } from '../alerts/history-card.tsx'
import { ALERT_DONE, AlertTable, actOnAlert } from '../alerts/alert-table.tsx'
import { frameController } from './controller-frame.tsx'

const DONE = { ...ALERT_DONE, saved: 'Saved.' } as const

/** The tab itself, or the form for the requested alert. */
export async function openWatching(request: PageRequest, controller: Resource): Promise<PageReply> {
  const { on } = request.query
  return on === undefined
    ? showWatching(request, controller)
    : redirect(pageOf(requireResource(request.ctx, request.actor, on), 'alert', { from: 'watching' }))
}

export async function showWatching(
  request: PageRequest,
  controller: Resource,
  { refusal, tests }: { refusal?: Refusal | undefined; tests?: readonly SentTest[] | undefined } = {},
): Promise<Page> {
  const { ctx, actor, query } = request
  const alerts = await listAlerts(ctx, actor, controller)
  const isWritable = actor.kind === 'user' && canWrite(ctx, actor, controller)
  return frameController(request, controller, {
    view: 'watching',
    name: 'Watching',
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        {refusal === undefined ? <DoneNotice query={query} texts={DONE} /> : null}
        <RefusalNotice refusal={refusal} />
        <Card
          title="Silence"
          note={
            'When nothing is heard from this controller for longer than that, those named here are told once, and once more when ' +
            'it is back.'
          }
        >
          <SilenceNow request={request} controller={controller} />
          {isWritable ? (
            <>
              <Warnings warnings={warningsFor(ctx, controller.watchdog?.recipients ?? [])} />
              {tests === undefined ? null : <TestResults results={tests} />}
              <WatchdogForm request={request} controller={controller} form={refusal?.form} />
              {controller.watchdog === undefined || controller.watchdog.recipients.length === 0 ? null : (
                <PostButton visitor={request.visitor} action={pageOf(controller, 'watching')} fields={{ act: 'send-test' }}>
                  Send them a test
                </PostButton>
              )}
            </>
          ) : null}
        </Card>
        <Card title="Alerts" note="Rules on this controller and on the sequences below it.">
          {alerts.length === 0 ? (
            <Empty icon="bell" title="No alerts">
              <p>{isWritable ? 'Make one below, on a sequence or on silence.' : 'Anybody who may change this controller can make one.'}</p>
            </Empty>
          ) : (
            <AlertTable request={request} place={controller} alerts={alerts} from="watching" />
          )}
          {isWritable ? <NewAlertForm request={request} controller={controller} /> : null}
        </Card>
        <AlertHistory request={request} place={controller} firings={await readHistory(request, controller)} />
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
  const stored = {
    minutes: watchdog === undefined ? '' : String(watchdog.limit / MINUTE),
    recipients: watchdog?.recipients.join(', ') ?? '',
    counts: watchdog?.counts ?? '',
  }
  const byDefault = request.ctx.settings.WATCHDOG_COUNTS === 'any' ? 'any message' : 'watchdog messages'
  return (
    <PostForm visitor={request.visitor} action={pageOf(controller, 'watching')} hidden={{ act: 'watchdog' }} submit="Save">
      <div class="field-row">
        <Field
          label="Minutes of silence"
          name="minutes"
          type="number"
          min={0}
          max={525_600}
          step="any"
          value={form?.['minutes'] ?? stored.minutes}
          hint="Empty or 0: nobody is told."
        />
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
      <Field
        label="Tell"
        name="recipients"
        value={form?.['recipients'] ?? stored.recipients}
        maxlength={4_000}
        autocomplete="off"
        placeholder="ann@example.com, +15551234567"
        hint="E-mail addresses, phone numbers and webhook URLs, with commas between them; 10 at most."
      />
    </PostForm>
  )
}

/** Number of sequences offered in the list. */
const MAX_CHOICES = 500

/** Chooses the sequence or controller for a new rule; the rule's form is on a page of its own. */
const NewAlertForm = ({ request, controller }: { request: PageRequest; controller: Resource }) => (
  <form class="inline-form is-wide" method="get" action={pageOf(controller)}>
    <input type="hidden" name="view" value="watching" />
    <Select
      label="A new alert on"
      name="on"
      options={[
        [pathOf(controller), `${controller.name}: its silence`],
        ...sequencesIn(request, controller).map((one) => [pathOf(one), pathOf(one).slice(pathOf(controller).length + 1)] as const),
      ]}
    />
    <button type="submit" class="button">
      <Icon name="plus" />
      New alert
    </button>
  </form>
)

function sequencesIn({ ctx, actor }: PageRequest, folder: Resource): Resource[] {
  const found: Resource[] = []
  const visit = (resource: Resource): void => {
    for (const child of resource.children.values()) {
      if (found.length >= MAX_CHOICES) return
      if (child.sequence && canWrite(ctx, actor, child)) found.push(child)
      visit(child)
    }
  }
  visit(folder)
  return found
}

export async function changeWatching(request: PageRequest, controller: Resource): Promise<PageReply> {
  const { form } = request
  let done: keyof typeof DONE = 'saved'
  let tests: readonly SentTest[] | undefined
  const refusal = await refusalOf(form, async () => {
    if (form['act'] === 'send-test')
      tests = await sendTestsFor(request.ctx, request.actor, controller, [...(controller.watchdog?.recipients ?? [])])
    else if (form['act'] === 'watchdog') await saveWatchdog(request, controller)
    else done = await actOnAlert(request, controller)
  })
  return refusal || tests ? showWatching(request, controller, { refusal, tests }) : redirect(pageOf(controller, 'watching', { done }))
}

/** An empty field removes the attribute. */
async function saveWatchdog({ ctx, actor, form }: PageRequest, controller: Resource): Promise<void> {
  const given = (name: string): string | null => form[name]?.trim() || null
  const minutes = given('minutes')
  const recipients = given('recipients')
  if (minutes !== null && Number(minutes) > 0 && recipients === null)
    throw invalid('Who should be told? Give at least one e-mail address, phone number or webhook, or leave the minutes empty.')
  const change = await planChanges(ctx, actor, controller, {
    systemAttributes: { watchdog_minutes: minutes, watchdog_recipients: recipients, watchdog_counts: given('counts') },
  })
  await change()
}
