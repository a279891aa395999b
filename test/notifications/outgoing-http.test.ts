import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import test from 'node:test'
import { reasonAgainstWebhook } from '../../src/attributes/recipients.ts'
import { enqueueNotification } from '../../src/notifications/queue.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { startReceiver, type HttpReceiver } from '../support/http-receiver.ts'
import { pass, rowOf, settled } from '../support/outgoing-records.ts'
import { connect } from '../support/peer.ts'

const SECRET = 'a-secret-for-webhooks'

const twilio = ({ url }: HttpReceiver): Record<string, unknown> => ({
  PRODUCTION: true,
  TWILIO_API_URL: url,
  TWILIO_ACCOUNT_SID: 'AC123',
  TWILIO_AUTH_TOKEN: 'token-of-twilio',
  TEXT_FROM_PHONE_NUMBER: '+15550001111',
})

const hook = async (lab: Lab, ...recipients: string[]): Promise<number> =>
  (
    await enqueueNotification(lab.ctx, {
      kind: 'webhook',
      recipients,
      subject: 'The freezer is warm',
      body: 'It is 9 degrees.',
      data: { value: 9 },
    })
  ).id

test('a text message goes to Twilio, once for each number', async (t) => {
  const receiver = await startReceiver(t)
  receiver.answer = () => ({ status: 201, body: '{"sid":"SM1","status":"queued"}' })
  const lab = await startLab(t, { settings: twilio(receiver) })
  const peer = await connect(t, lab, (await lab.controller('fridge')).key)
  await peer.tell('send_sms', { phone_numbers: ['+1 (555) 123-4567', '+15557654321'], message: 'Es sind 9 °C' })
  await receiver.request(2)
  const forms = receiver.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))
  assert.deepEqual(forms, [
    { To: '+15551234567', From: '+15550001111', Body: 'Es sind 9 °C' },
    { To: '+15557654321', From: '+15550001111', Body: 'Es sind 9 °C' },
  ])
  const [request] = receiver.requests
  assert.equal(request?.path, '/2010-04-01/Accounts/AC123/Messages.json')
  assert.equal(request?.headers.authorization, `Basic ${Buffer.from('AC123:token-of-twilio').toString('base64')}`)
  assert.equal((await settled(lab, 1, 'sent')).error, null)
})

test('what Twilio refuses is refused; where it is busy or the account is wrong it is asked again', async (t) => {
  const clock = new FakeClock()
  const receiver = await startReceiver(t)
  const answers: Record<string, { status: number; body: string }[]> = {
    '+15550000001': [
      { status: 429, body: '{"code":20429,"message":"Too Many Requests"}' },
      { status: 201, body: '{}' },
    ],
    '+15550000002': [{ status: 400, body: `{"code":21211,"message":"The 'To' number is not valid"}` }],
    '+15550000003': [
      { status: 503, body: '<html>' },
      { status: 401, body: '{"code":20003,"message":"Authenticate"}' },
      { status: 201, body: '{}' },
    ],
  }
  receiver.answer = ({ body }) => answers[new URLSearchParams(body).get('To') ?? '']?.shift() ?? { status: 500 }
  const lab = await startLab(t, { clock, settings: twilio(receiver) })
  const { id } = await enqueueNotification(lab.ctx, {
    kind: 'text',
    recipients: Object.keys(answers),
    subject: 'Warm',
    body: 'It is 9 degrees.',
  })
  const first = await settled(lab, id, 'queued', 1)
  assert.deepEqual(JSON.parse(first.results), { '+15550000002': "Twilio answered 400: The 'To' number is not valid (21211)" })
  assert.equal(first.error, '+15550000001: Twilio answered 429: Too Many Requests (20429); +15550000003: Twilio answered 503.')
  pass(lab, clock, 75)
  assert.equal((await settled(lab, id, 'queued', 2)).error, '+15550000003: Twilio answered 401: Authenticate (20003)')
  pass(lab, clock, 150)
  const row = await settled(lab, id, 'failed', 3)
  assert.match(row.error ?? '', /^\+15550000002: Twilio answered 400/)
  assert.ok(row.sent_timestamp !== null, 'the others have it')
  assert.equal(receiver.requests.length, 6, 'who has it, or never will, is not asked again')
  assert.equal(new URLSearchParams(receiver.requests[0]?.body).get('Body'), 'Warm\nIt is 9 degrees.')
})

test('a webhook is a signed POST of JSON, sent again until it is taken', async (t) => {
  const clock = new FakeClock()
  const receiver = await startReceiver(t)
  receiver.answer = () => ({ status: receiver.requests.length === 1 ? 502 : 204 })
  const settings = { PRODUCTION: true, SYSTEM_NAME: 'The Lab', WEBHOOK_SECRET: SECRET, WEBHOOK_HOSTS: ['127.0.0.1'] }
  const lab = await startLab(t, { clock, settings })
  const fridge = await lab.controller('fridge')
  const { id } = await enqueueNotification(lab.ctx, {
    kind: 'webhook',
    recipients: [`${receiver.url}/hook?token=x`],
    subject: 'Warm',
    body: 'It is 9 degrees.',
    data: { value: 9 },
    controllerId: fridge.id,
  })
  const waiting = await settled(lab, id, 'queued', 1)
  assert.equal(waiting.error, `${new URL(receiver.url).host}: It answered 502.`, 'a path may hold a token, which is nothing for logs')
  pass(lab, clock, 75)
  const { method, path, headers, body } = await receiver.request(2)
  assert.deepEqual(
    [method, path, headers['content-type'], headers['rhizo-message-id']],
    ['POST', '/hook?token=x', 'application/json', String(id)],
  )
  assert.equal(headers['rhizo-signature'], `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`)
  assert.deepEqual(JSON.parse(body), {
    id,
    server: 'The Lab',
    timestamp: '2026-01-31T12:00:00Z',
    sent_timestamp: '2026-01-31T12:01:15Z',
    controller: '/lab/fridge',
    subject: 'Warm',
    body: 'It is 9 degrees.',
    text: 'Warm\nIt is 9 degrees.',
    data: { value: 9 },
  })
  await settled(lab, id, 'sent')
})

test('a webhook follows no redirect, and goes only where it may', async (t) => {
  const [receiver, other] = [await startReceiver(t), await startReceiver(t)]
  receiver.answer = ({ path }) => (path === '/gone' ? { status: 404 } : { status: 307, headers: { location: other.url } })
  const { host } = new URL(receiver.url)
  const lab = await startLab(t, { settings: { PRODUCTION: true, WEBHOOK_HOSTS: [host] } })
  assert.equal((await settled(lab, await hook(lab, receiver.url), 'failed')).error, `${host}: It answered 307; redirects are not followed.`)
  assert.equal((await settled(lab, await hook(lab, `${receiver.url}/gone`), 'failed')).error, `${host}: It answered 404.`)
  assert.match((await settled(lab, await hook(lab, other.url), 'failed')).error ?? '', /WEBHOOK_HOSTS does not name/)
  assert.equal(receiver.requests[0]?.headers['rhizo-signature'], undefined, 'unsigned without a secret')
  assert.equal(other.requests.length, 0)
  for (const url of [
    'file:///etc/passwd',
    'ftp://example.com/',
    'http://user:password@example.com/',
    'http:///',
    'javascript:1',
    'http://example.com/a b',
  ]) {
    await assert.rejects(hook(lab, url), /recipients: .* is not an http or https URL/, url)
  }
})

test('no webhook goes to this machine itself, by number or by name, unless an admin names it', async (t) => {
  const receiver = await startReceiver(t)
  const port = new URL(receiver.url).port
  const lab = await startLab(t, { settings: { PRODUCTION: true } })
  for (const host of ['127.0.0.1', '2130706433', '0.0.0.0', '[::1]', '[::ffff:127.0.0.1]', '169.254.169.254', 'localhost', 'a.localhost'])
    assert.match((await settled(lab, await hook(lab, `http://${host}:${port}/`), 'failed')).error ?? '', /this machine itself/, host)
  // A name of the public that leads to this machine: this one stands for it where every resolver knows it.
  const byName = await settled(lab, await hook(lab, `http://localhost.:${port}/`), 'queued', 1)
  assert.match(byName.error ?? '', /this machine itself|no address|ENOTFOUND|EAI_AGAIN/)
  assert.equal(receiver.requests.length, 0)
  for (const url of ['http://192.168.1.7:1880/alarm', 'https://hooks.example.com/x'])
    assert.equal(reasonAgainstWebhook({ WEBHOOK_HOSTS: [] }, url), undefined, 'most receivers are in the lab’s own network')
  assert.equal(reasonAgainstWebhook({ WEBHOOK_HOSTS: ['localhost:1880'] }, 'http://localhost:1880/alarm'), undefined)
})

test('without PRODUCTION no text and no webhook leaves', async (t) => {
  const receiver = await startReceiver(t)
  const lab = await startLab(t, { settings: { ...twilio(receiver), PRODUCTION: false } })
  const ids = [
    await hook(lab, receiver.url),
    (await enqueueNotification(lab.ctx, { kind: 'text', recipients: ['+15551234567'], subject: '', body: 'x' })).id,
  ]
  assert.deepEqual(await Promise.all(ids.map(async (id) => (await rowOf(lab, id)).state)), ['held', 'held'])
  await lab.stop()
  assert.equal(receiver.requests.length, 0)
})

test('what only its recipient may know is kept no longer than until it was sent', async (t) => {
  const receiver = await startReceiver(t)
  const secret = { kind: 'webhook', recipients: [receiver.url], subject: 'Come in', body: 'The code is 123.', isSecret: true } as const
  const lab = await startLab(t, { settings: { PRODUCTION: true, WEBHOOK_HOSTS: ['127.0.0.1'] } })
  const { id } = await enqueueNotification(lab.ctx, secret)
  assert.match((await receiver.request(1)).body, /The code is 123/)
  assert.equal((await settled(lab, id, 'sent')).body, '')
  const quiet = await startLab(t)
  assert.equal((await rowOf(quiet, (await enqueueNotification(quiet.ctx, secret)).id)).body, '')
})
