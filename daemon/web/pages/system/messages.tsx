/** `/-/system/messages`: mails, texts and webhooks that were sent, wait or failed; details of one; testing whether sending works. */
import type { NotificationRecord } from '../../../../src/wire/answers.ts'
import { invalid, notFound } from '../../../../src/base/fault.ts'
import {
  cancelNotification,
  getNotification,
  listNotifications,
  repeatNotification,
  sendTestMessage,
} from '../../../../src/notifications/records.ts'
import { NOTIFICATION_STATES } from '../../../../src/wire/notification-kinds.ts'
import { parseTimestamp, type Micros } from '../../../../src/base/time.ts'
import { AgeOf, Badge, Card, Csrf, Empty, Field, Notice, RefusalNotice, type Tone } from '../../components/basics.tsx'
import { ListSearch, ListTable, wantedOf } from '../../components/lists.tsx'
import { PostButton } from '../../components/post.tsx'
import { refusalOf } from '../../forms.ts'
import { pageOf } from '../../links.ts'
import { redirect, type Page, type PageReply, type PageRequest, type Refusal } from '../../page.ts'
import { formatTime } from '../../shared/format.ts'
import { frameSystem } from './system-frame.tsx'

const PATH = '/-/system/messages'
const PAGE_SIZE = 100
const TONES: Readonly<Record<string, Tone>> = { sent: 'success', failed: 'danger', queued: 'info', sending: 'info', held: 'warning' }
const KINDS: Readonly<Record<string, string>> = { email: 'Mail', text: 'Text', webhook: 'Webhook' }

const StateMark = ({ state }: { state: string }) => {
  const tone = TONES[state]
  return <Badge {...(tone === undefined ? {} : { tone })}>{state}</Badge>
}

export async function showMessages(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor, query } = request
  const state = NOTIFICATION_STATES.find((one) => one === query['state'])
  const recipient = wantedOf(query)
  const before = Number.parseInt(query['before'] ?? '', 10)
  const list = await listNotifications(ctx, actor, {
    state,
    recipient: recipient === '' ? undefined : recipient,
    before: before > 0 ? before : undefined,
    count: PAGE_SIZE + 1,
  })
  const shown = list.slice(0, PAGE_SIZE)
  const link = (more: Readonly<Record<string, string | undefined>>): string => {
    const pairs = Object.entries({ q: recipient || undefined, state, ...more }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    )
    return `${PATH}?${new URLSearchParams(pairs).toString()}`
  }
  return frameSystem('Messages', {
    script: 'listing',
    lead: 'Mails, text messages and webhooks that the server sends',
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        {ctx.settings.PRODUCTION ? null : (
          <Notice tone="warning">The setting PRODUCTION is not true: messages are recorded, and none leaves this machine.</Notice>
        )}
        <ListSearch path={PATH} label="Search recipients" value={recipient}>
          {state === undefined ? null : <input type="hidden" name="state" value={state} />}
          <span class="button-group" role="group" aria-label="State">
            {[undefined, ...NOTIFICATION_STATES].map((one) => (
              <a class="button is-small" href={link({ state: one, before: undefined })} aria-current={one === state ? 'true' : undefined}>
                {one ?? 'all'}
              </a>
            ))}
          </span>
        </ListSearch>
        <div id="messages" class="stack" data-refresh>
          {shown.length === 0 ? (
            <Empty icon="mail" title="No message">
              <p>What controllers, watchdogs, alerts and invitations send is listed here.</p>
            </Empty>
          ) : (
            <MessageTable messages={shown} now={ctx.clock.now()} />
          )}
          {list.length > PAGE_SIZE ? (
            <p class="actions">
              <a class="button" rel="next" href={link({ before: String(shown.at(-1)?.id ?? 0) })}>
                Older ones
              </a>
            </p>
          ) : null}
        </div>
        <Card
          title="Try whether sending works"
          note={
            'A short message that says it is a test, to an e-mail address, a phone number or a webhook’s URL. What became of it ' +
            'shows on its own page.'
          }
        >
          <RefusalNotice refusal={refusal} />
          <form class="form" method="post" action={PATH}>
            <Csrf visitor={visitor} />
            <div class="inline-form">
              <Field
                label="To"
                name="recipient"
                value={refusal?.form['recipient']}
                required
                maxlength={2_000}
                autocomplete="off"
                placeholder="you@example.com"
              />
              <button type="submit" class="button is-primary">
                Send a test
              </button>
            </div>
          </form>
        </Card>
      </>
    ),
  })
}

const MessageTable = ({ messages, now }: { messages: readonly NotificationRecord[]; now: Micros }) => (
  <ListTable columns={['Message', 'To', 'State', 'When']}>
    {messages.map((message) => (
      <tr>
        <th scope="row">
          <a href={`${PATH}/${message.id}`}>
            {KINDS[message.kind] ?? message.kind}: {message.subject === '' ? `number ${message.id}` : message.subject}
          </a>
        </th>
        <td data-label="To">{message.recipients.join(', ')}</td>
        <td data-label="State">
          <StateMark state={message.state} />
        </td>
        <td data-label="When" class="is-nowrap">
          <AgeOf timestamp={message.creation_timestamp} now={now} />
        </td>
      </tr>
    ))}
  </ListTable>
)

export async function sendTest(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  let id = 0
  const refusal = await refusalOf(form, async () => {
    id = (await sendTestMessage(ctx, actor, { recipient: form['recipient']?.trim() ?? '' })).id
  })
  return refusal ? showMessages(request, refusal) : redirect(`${PATH}/${id}`)
}

export async function showMessage(request: PageRequest, refusal?: Refusal): Promise<Page> {
  const { ctx, actor, visitor } = request
  const message = await getNotification(ctx, actor, idOf(request))
  const isWaiting = message.state === 'queued'
  const isOver = message.state !== 'sending' && !isWaiting
  const canRepeat = isOver && message.body !== null && message.recipients.some((recipient) => message.results[recipient] !== null)
  const action = `${PATH}/${message.id}`
  return frameSystem('Messages', {
    script: 'listing',
    lead: `${KINDS[message.kind] ?? message.kind} ${message.id}`,
    ...(refusal === undefined ? {} : { status: 400 }),
    content: (
      <>
        <RefusalNotice refusal={refusal} />
        <Card title={message.subject === '' ? `Message ${message.id}` : message.subject}>
          <div id="message" class="stack" data-refresh>
            <dl class="facts">
              <Fact name="State">
                <StateMark state={message.state} />
              </Fact>
              <Fact name="Recorded">{timeOf(message.creation_timestamp)}</Fact>
              {message.sent_timestamp === null ? null : <Fact name="Sent">{timeOf(message.sent_timestamp)}</Fact>}
              {isWaiting && message.next_attempt_timestamp !== null ? (
                <Fact name="Next attempt">{timeOf(message.next_attempt_timestamp)}</Fact>
              ) : null}
              <Fact name="Attempts">{message.attempts}</Fact>
              {message.controller === null ? null : (
                <Fact name="Controller">
                  <a href={pageOf(message.controller)}>{message.controller}</a>
                </Fact>
              )}
            </dl>
            {message.error === null ? null : <Notice tone={message.state === 'failed' ? 'danger' : 'warning'}>{message.error}</Notice>}
            <dl class="pairs">
              {message.recipients.map((recipient) => (
                <div>
                  <dt>{recipient}</dt>
                  <dd>{resultOf(message, recipient)}</dd>
                </div>
              ))}
            </dl>
          </div>
          <div class="actions">
            {isWaiting ? (
              <PostButton visitor={visitor} action={action} fields={{ act: 'cancel' }} small={false}>
                Take it back
              </PostButton>
            ) : null}
            {canRepeat ? (
              <PostButton visitor={visitor} action={action} fields={{ act: 'repeat' }} small={false}>
                Send it again
              </PostButton>
            ) : null}
            <a class="button is-quiet" href={PATH}>
              All messages
            </a>
          </div>
        </Card>
        <Card title="Text">
          {message.body === null ? (
            <p class="note">It holds a code for its recipient, and is not shown.</p>
          ) : (
            <pre class="plain">{message.body}</pre>
          )}
        </Card>
      </>
    ),
  })
}

const Fact = ({ name, children }: { name: string; children?: unknown }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const timeOf = (timestamp: string): string => `${formatTime((parseTimestamp(timestamp) ?? 0) / 1000)} UTC`

function resultOf({ results, state }: NotificationRecord, recipient: string): string {
  const result = results[recipient]
  if (result === null) return 'has it'
  return result ?? (state === 'queued' || state === 'sending' ? 'waits' : state === 'held' ? 'not sent: it was held' : 'not sent')
}

function idOf({ params }: PageRequest): number {
  const id = Number(params['id'])
  if (!Number.isSafeInteger(id) || id < 1) throw notFound('There is no such message.')
  return id
}

export async function changeMessage(request: PageRequest): Promise<PageReply> {
  const { ctx, actor, form } = request
  let id = idOf(request)
  const refusal = await refusalOf(form, async () => {
    if (form['act'] === 'cancel') await cancelNotification(ctx, actor, id)
    else if (form['act'] === 'repeat') id = (await repeatNotification(ctx, actor, id)).id
    else throw invalid('That form does not say what to do with the message. Reload the page and try again.')
  })
  return refusal ? showMessage(request, refusal) : redirect(`${PATH}/${id}`)
}
