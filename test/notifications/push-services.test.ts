/**
 * ntfy, Telegram, Slack, Microsoft Teams and Pushover, each against a server that checks a request as the service documents it, and answers
 * as it does.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { pino } from 'pino'
import { kindOfRecipient } from '../../src/attributes/recipients.ts'
import { obstaclesTo } from '../../src/notifications/obstacles.ts'
import { enqueueNotification } from '../../src/notifications/queue.ts'
import { startReceiver, type Received } from '../support/http-receiver.ts'
import { FakeClock, labSettings, startLab } from '../support/lab.ts'
import { pass, settled } from '../support/outgoing-records.ts'

type Answer = { status: number; body?: string; headers?: Record<string, string> }
type Json = Record<string, unknown>

interface Service {
  readonly recipient: string
  /** One that the service does not know. */
  readonly stranger: string
  readonly settings: (url: string) => Record<string, unknown>
  readonly secrets: readonly string[]
  /** What the service does with a request that is as its documentation has it, and with one that is not. */
  readonly serve: (request: Received, json: Json) => Answer
  readonly busy: Answer
}

const USER = 'uQiRzpo4DXghDmr9QzzfQu27cmVRsG'
const answer = (status: number, body: unknown): Answer => ({ status, body: typeof body === 'string' ? body : JSON.stringify(body) })

const services: Readonly<Record<string, Service>> = {
  ntfy: {
    recipient: 'ntfy:freezer-8f2kq',
    stranger: 'ntfy:reserved-topic',
    settings: (url) => ({ NTFY_URL: `${url}/`, NTFY_TOKEN: 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2' }),
    secrets: ['tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2', 'reserved-topic'],
    serve: ({ path, headers }, { topic, title, message, priority }) => {
      if (path !== '/' || headers.authorization !== 'Bearer tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2')
        return answer(401, { code: 40101, http: 401, error: 'unauthorized' })
      if (topic === 'reserved-topic') return answer(403, { code: 40301, http: 403, error: 'forbidden' })
      assert.deepEqual([topic, title, priority], ['freezer-8f2kq', 'It is warm', 5])
      assert.match(String(message), /^9 °C/)
      assert.ok(Buffer.byteLength(String(message)) <= 4_096, 'a longer one would be attached as a file')
      return answer(200, { id: 'xE73Iyuabi', time: 1673542291, event: 'message', topic })
    },
    busy: answer(429, { code: 42901, http: 429, error: 'limit reached: too many requests' }),
  },
  telegram: {
    recipient: 'telegram:-1001234567890',
    stranger: 'telegram:77',
    settings: (url) => ({ TELEGRAM_API_URL: url, TELEGRAM_BOT_TOKEN: '123456:ABC-DEF1234ghIkl' }),
    secrets: ['123456:ABC-DEF1234ghIkl'],
    serve: ({ path }, { chat_id: chat, text, link_preview_options: preview }) => {
      if (path !== '/bot123456:ABC-DEF1234ghIkl/sendMessage') return answer(404, { ok: false, error_code: 404, description: 'Not Found' })
      if (chat === 77) return answer(400, { ok: false, error_code: 400, description: 'Bad Request: chat not found' })
      assert.equal(chat, -1001234567890)
      assert.deepEqual(preview, { is_disabled: true })
      assert.match(String(text), /^It is warm\n\n9 °C/)
      assert.ok(String(text).length <= 4_096)
      return answer(200, { ok: true, result: { message_id: 7 } })
    },
    busy: answer(429, { ok: false, error_code: 429, description: 'Too Many Requests: retry after 5', parameters: { retry_after: 5 } }),
  },
  slack: {
    recipient: 'slack:alarms',
    stranger: 'slack:archived',
    settings: (url) => ({ SLACK_WEBHOOKS: `alarms=${url}/services/T0/B0/XXsecretXX archived=${url}/services/T0/B1/YYsecretYY` }),
    secrets: ['XXsecretXX', 'YYsecretYY'],
    serve: ({ path }, { text, ...others }) => {
      if (path === '/services/T0/B1/YYsecretYY') return answer(410, 'channel_is_archived')
      if (path !== '/services/T0/B0/XXsecretXX') return answer(404, 'no_service')
      assert.deepEqual(others, {})
      assert.match(String(text), /^\*It is warm\*\n9 °C &amp; rising &lt;b&gt;/)
      return answer(200, 'ok')
    },
    busy: { ...answer(429, 'rate_limited'), headers: { 'retry-after': '30' } },
  },
  teams: {
    recipient: 'teams:lab',
    stranger: 'teams:gone',
    settings: (url) => ({
      TEAMS_WEBHOOKS: `lab=${url}/workflows/1/triggers/manual/paths/invoke?sig=s1gnature gone=${url}/workflows/2/invoke?sig=0ther`,
    }),
    secrets: ['s1gnature', '0ther'],
    serve: ({ path }, { type, attachments }) => {
      if (path.startsWith('/workflows/2'))
        return answer(400, { error: { code: 'WorkflowTriggerIsNotEnabled', message: 'The workflow is off' } })
      assert.equal(path, '/workflows/1/triggers/manual/paths/invoke?sig=s1gnature')
      const [card, ...more] = attachments as { contentType: string; content: { type: string; version: string; body: Json[] } }[]
      assert.deepEqual([type, card?.contentType, more], ['message', 'application/vnd.microsoft.card.adaptive', []])
      assert.deepEqual([card?.content.type, card?.content.version], ['AdaptiveCard', '1.4'])
      const texts = card?.content.body.map(({ inlines }) => (inlines as { text: string }[])[0]?.text ?? '')
      assert.equal(texts?.[0], 'It is warm')
      assert.match(texts[1] ?? '', /^9 °C & rising <b>/)
      return { status: 202 }
    },
    busy: answer(429, { error: { code: 'TooManyRequests', message: 'Rate limit is exceeded' } }),
  },
  pushover: {
    recipient: `pushover:${USER}`,
    stranger: `pushover:${'x'.repeat(30)}`,
    settings: (url) => ({ PUSHOVER_API_URL: url, PUSHOVER_TOKEN: 'azGDORePK8gMaC0QOYAMyEEuzJnyUi' }),
    secrets: ['azGDORePK8gMaC0QOYAMyEEuzJnyUi', 'x'.repeat(30)],
    serve: ({ path }, { token, user, title, message, priority, timestamp }) => {
      assert.equal(path, '/1/messages.json')
      if (user !== USER) return answer(400, { user: 'invalid', errors: ['user identifier is invalid'], status: 0, request: '5042853c' })
      assert.deepEqual([token, title, priority, typeof timestamp], ['azGDORePK8gMaC0QOYAMyEEuzJnyUi', 'It is warm', 1, 'number'])
      assert.match(String(message), /^9 °C/)
      assert.ok([...String(message)].length <= 1_024)
      return answer(200, { status: 1, request: '647d2300-702c-4b38' })
    },
    busy: answer(429, { status: 0, errors: ['application is over its quota'], request: 'x' }),
  },
}

for (const [name, service] of Object.entries(services))
  test(`${name}: sends what it documents, takes its refusal, asks again where it is busy, and tells no secret`, async (t) => {
    const receiver = await startReceiver(t)
    const clock = new FakeClock()
    const lines: string[] = []
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
    const lab = await startLab(t, { clock, log, settings: { PRODUCTION: true, ...service.settings(receiver.url) } })
    let isBusy = true
    const wrong: unknown[] = []
    receiver.answer = (request) => {
      if (isBusy) return service.busy
      try {
        assert.match(request.headers['content-type'] ?? '', /^application\/json/)
        assert.equal(request.method, 'POST')
        return service.serve(request, JSON.parse(request.body) as Json)
      } catch (error) {
        wrong.push(error)
        return { status: 500 }
      }
    }
    const { recipient, stranger } = service
    const kind = kindOfRecipient(recipient)
    assert.equal(kind, name)
    const body = `9 °C & rising <b>${'°'.repeat(5_000)}`
    const send = async (to: string): Promise<number> =>
      (await enqueueNotification(lab.ctx, { kind, recipients: [to], subject: 'It is warm', body, data: { event: 'alerts_started' } })).id
    const first = await send(recipient)
    assert.match((await settled(lab, first, 'queued', 1)).error ?? '', /answered 429/)
    isBusy = false
    pass(lab, clock, 120)
    await settled(lab, first, 'sent', 2)
    const { error } = await settled(lab, await send(stranger), 'failed')
    assert.match(error ?? '', /answered 4\d\d: /)
    assert.deepEqual(wrong, [])
    const { text } = await lab.get('/resources/system/worker/log')
    for (const secret of service.secrets) {
      assert.ok(!lines.join('').includes(secret), `${secret} is in the log`)
      assert.ok(!`${text} ${error ?? ''}`.includes(secret), `${secret} is told`)
    }
  })

test('a service that is away, or whose setting is missing, is told at once and before', async (t) => {
  const settings = labSettings('/nowhere', { PRODUCTION: true, SLACK_WEBHOOKS: 'alarms=https://hooks.example.com/x' })
  const recipients = ['slack:alarms', 'slack:other', 'telegram:7', 'teams:lab', `pushover:${USER}`, 'ntfy:t']
  assert.deepEqual(
    obstaclesTo({ settings }, recipients).map((one) => [one.recipients, one.reason]),
    [
      [['slack:other'], 'The setting SLACK_WEBHOOKS names no channel other.'],
      [['telegram:7'], 'The setting TELEGRAM_BOT_TOKEN is missing.'],
      [['teams:lab'], 'The setting TEAMS_WEBHOOKS is missing.'],
      [[`pushover:${USER}`], 'The setting PUSHOVER_TOKEN is missing.'],
    ],
  )
  for (const no of ['slack:', 'ntfy:a b', 'telegram:ann', 'pushover:short', 'sms:1']) assert.throws(() => kindOfRecipient(no), /is neither/)
  const lab = await startLab(t, { settings: { PRODUCTION: true, NTFY_URL: 'http://127.0.0.1:9' } })
  await lab.sequence('/lab/x')
  const rule = { path: '/lab/x', kind: 'above', value: 1, recipients: ['ntfy:t', 'slack:other'] }
  assert.match((await lab.post('/alerts', rule)).text, /slack:other can't be told now/)
  const tests = (await lab.post('/alerts/test', { path: '/lab/x', recipients: ['ntfy:t'] })).json as { results: { state: string }[] }
  assert.equal(tests.results[0]?.state, 'queued')
})
