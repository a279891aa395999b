import assert from 'node:assert/strict'
import test from 'node:test'
import type { NotificationRecord } from '../../src/wire/answers.ts'
import { enqueueNotification } from '../../src/notifications/queue.ts'
import { messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Caller } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'
import { settled } from '../support/outgoing-records.ts'
import { rhizo } from '../support/outside-command.ts'

test('only system admins see and send messages of the server', async (t) => {
  const lab = await startLab(t)
  const { id } = await enqueueNotification(lab.ctx, {
    kind: 'email',
    recipients: ['ann@example.com'],
    subject: 'Warm',
    body: 'secret degrees',
  })
  const callers: [string, Caller, boolean][] = [
    ['anonymous', lab.as(''), false],
    ['member', await lab.user('amy@example.com'), false],
    ['admin of the organization', await lab.user('boss@example.com', { admin: true }), false],
    ['controller', await lab.controller('fridge'), false],
    ['system admin', lab, true],
  ]
  for (const [name, caller, allowed] of callers) {
    const replies = [
      await caller.get('/notifications'),
      await caller.get(`/notifications/${id}`),
      await caller.post('/notifications', { recipient: 'bob@example.com' }),
    ]
    for (const reply of replies) {
      assert.equal(reply.status, allowed ? 200 : 403, name)
      if (!allowed) assert.doesNotMatch(reply.text, /ann@|degrees/, name)
    }
    if (!allowed) assert.equal((await caller.delete(`/notifications/${id}`)).status, 403, name)
  }
})

test('the record tells who, when, to whom and what became of it, and can be searched', async (t) => {
  const clock = new FakeClock()
  const server = await startMailServer(t)
  server.answer = (recipient) =>
    recipient.startsWith('gone')
      ? { code: 550, text: 'No such user' }
      : recipient.startsWith('busy')
        ? { code: 450, text: 'Later' }
        : undefined
  const lab = await startLab(t, { clock, settings: server.settings })
  const fridge = await lab.controller('fridge')
  const send = async (recipient: string, more: object = {}): Promise<number> =>
    (await enqueueNotification(lab.ctx, { kind: 'email', recipients: [recipient], subject: 'Warm', body: 'It is 9 degrees.', ...more })).id
  const ann = await send('ann_1@example.com', { controllerId: fridge.id })
  await settled(lab, ann, 'sent')
  clock.advance(60)
  const gone = await send('gone@example.com')
  await settled(lab, gone, 'failed')
  const busy = await send('busy@example.com', { isSecret: true })
  await settled(lab, busy, 'queued', 1)
  const find = async (query: Record<string, unknown>): Promise<number[]> =>
    ((await lab.get('/notifications', query)).json as NotificationRecord[]).map(({ id }) => id)
  assert.deepEqual(await find({}), [busy, gone, ann])
  assert.deepEqual(await find({ state: 'failed' }), [gone])
  assert.deepEqual(await find({ kind: 'text' }), [])
  assert.deepEqual(await find({ recipient: 'ANN_' }), [ann])
  assert.deepEqual(await find({ recipient: 'a_n' }), [], 'wildcards of SQL are nothing but characters')
  assert.deepEqual(await find({ controller: '/lab/fridge' }), [ann])
  assert.deepEqual(await find({ start_timestamp: '2026-01-31T12:00:30Z' }), [busy, gone])
  assert.deepEqual(await find({ end_timestamp: '2026-01-31T12:00:30Z' }), [ann])
  assert.deepEqual(await find({ count: 1, before: busy }), [gone])
  assert.match(messageOf(await lab.get('/notifications', { state: 'lost' })), /^state is "lost"; allowed: held, queued/)
  assert.match(messageOf(await lab.get('/notifications', { controller: '/lab' })), /^controller: there is no controller/)
  assert.deepEqual((await lab.get(`/notifications/${ann}`)).json, {
    id: ann,
    kind: 'email',
    state: 'sent',
    recipients: ['ann_1@example.com'],
    subject: 'Warm',
    controller: '/lab/fridge',
    user_id: null,
    attempts: 1,
    creation_timestamp: '2026-01-31T12:00:00Z',
    next_attempt_timestamp: null,
    sent_timestamp: '2026-01-31T12:00:00Z',
    results: { 'ann_1@example.com': null },
    error: null,
    body: 'It is 9 degrees.',
  })
  assert.match((await lab.get(`/notifications/${busy}`)).text, /"body":null/)
  assert.equal((await lab.get('/notifications/999')).status, 404)
  assert.equal((await lab.delete(`/notifications/${busy}`)).status, 200)
  assert.match(messageOf(await lab.delete(`/notifications/${busy}`)), /^Message 3 is cancelled/)
  assert.equal((await settled(lab, busy, 'cancelled')).body, '')
})

test('rhizo notify test says what became of it, with an exit code', async (t) => {
  const server = await startMailServer(t)
  server.answer = (recipient) =>
    recipient.startsWith('gone')
      ? { code: 550, text: 'No such user' }
      : recipient.startsWith('busy')
        ? { code: 451, text: 'Greylisted' }
        : undefined
  const lab = await startLab(t, { settings: { ...server.settings, PUBLIC_URL: 'https://lab.example.com/' } })
  assert.deepEqual(await rhizo(lab, ['notify', 'test', 'ann@example.com']), { code: 0, stdout: 'Sent to ann@example.com.\n', stderr: '' })
  const { text } = await server.mail(1)
  assert.match(text, /^Subject: Test from The Lab\r$/m)
  assert.match(text, /https:\/\/lab\.example\.com\/\r\n/)
  const gone = await rhizo(lab, ['notify', 'test', 'gone@example.com'])
  assert.deepEqual([gone.code, gone.stdout], [1, ''])
  assert.match(gone.stderr, /^rhizo: Not sent to gone@example\.com: gone@example\.com: 550 .*No such user/)
  const busy = await rhizo(lab, ['notify', 'test', 'busy@example.com', '--subject', 'Hello', '--body', 'World'])
  assert.equal(busy.code, 1)
  assert.match(busy.stderr, /^rhizo: Not sent yet: busy@example\.com: 451 .*tried again at .*notify cancel 3/)
  const held = await rhizo(lab, ['notify', 'test', '+15551234567'])
  assert.equal(held.code, 1)
  assert.match(held.stderr, /Held back: The settings TWILIO/)
  assert.equal((await rhizo(lab, ['notify', 'test', 'nobody'])).code, 2)
  assert.equal((await rhizo(lab, ['notify', 'cancel', '3'])).code, 0)
  const listed = await rhizo(lab, ['notify', 'ls', '--json', '-n', '3'])
  assert.deepEqual(
    (JSON.parse(listed.stdout) as NotificationRecord[]).map(({ id, state }) => [id, state]),
    [
      [4, 'held'],
      [3, 'cancelled'],
      [2, 'failed'],
    ],
  )
  assert.match(
    (await rhizo(lab, ['notify', 'ls', '--to', 'ann@'])).stdout,
    /^1 {2}sent {2}\S+ {2}email {2}ann@example\.com {2}Test from The Lab\n$/,
  )
})
