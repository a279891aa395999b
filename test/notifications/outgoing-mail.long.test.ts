import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { enqueueNotification } from '../../src/notifications/queue.ts'
import { certificate } from '../support/certificate.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'
import { makeFolder, pass, rowOf, settled, type OutgoingRow } from '../support/outgoing-records.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'

const send = async (lab: Lab, recipients = ['ann@example.com'], more: { subject?: string; body?: string } = {}): Promise<number> =>
  (await enqueueNotification(lab.ctx, { kind: 'email', recipients, subject: 'The freezer is warm', body: 'It is 9 degrees.', ...more })).id

const workerLog = async (lab: Lab): Promise<string[] | undefined> =>
  ((await lab.get('/resources/system/worker/log', { count: 10 })).json as { values?: string[] }).values

test('a mail that a controller asks for leaves at once', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: server.settings })
  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('send_email', { email_addresses: 'ann@example.com, bob@example.com', subject: 'Kühlschrank', body: 'Es sind 9 °C.' })
  const mail = await server.mail(1)
  assert.deepEqual([mail.from, mail.to], ['lab@example.com', ['ann@example.com', 'bob@example.com']])
  for (const header of [
    /^From: The Lab <lab@example\.com>\r$/m,
    /^To: ann@example\.com, bob@example\.com\r$/m,
    /^Subject: =\?UTF-8\?Q\?K=C3=BChlschrank\?=\r$/m,
    /^Message-ID: <rhizo-1-\d+@example\.com>\r$/m,
    /^Auto-Submitted: auto-generated\r$/m,
  ])
    assert.match(mail.text, header)
  assert.match(mail.text, /Es sind 9 =C2=B0C\./)
  const row = await settled(lab, 1, 'sent')
  assert.deepEqual(
    [row.controller_id, row.attempts, row.results, row.error],
    [fridge.id, 1, '{"ann@example.com":null,"bob@example.com":null}', null],
  )
  assert.ok(row.sent_timestamp !== null)
  await waitFor('it is counted', async () =>
    /rhizo_notifications_total\{kind="email",state="sent"\} 1\n/.test(await lab.daemon.metrics.registry.metrics()),
  )
})

test('without PRODUCTION nothing leaves the machine', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, PRODUCTION: false } })
  const row = await rowOf(lab, await send(lab))
  assert.deepEqual([row.state, row.error], ['held', 'The setting PRODUCTION is not true: nothing leaves this machine.'])
  await lab.stop()
  assert.equal(server.connections, 0)
})

test('what is not set up is held, and says what is missing', async (t) => {
  const lab = await startLab(t, { settings: { PRODUCTION: true, OUTGOING_EMAIL_SERVER: 'smtp.example.com' } })
  const mail = await rowOf(lab, await send(lab))
  assert.deepEqual([mail.state, mail.error], ['held', 'The setting OUTGOING_EMAIL_ADDRESS is missing.'])
  const text = await enqueueNotification(lab.ctx, { kind: 'text', recipients: ['+15551234567'], subject: '', body: 'x' })
  assert.match(
    (await rowOf(lab, text.id)).error ?? '',
    /^The settings TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TEXT_FROM_PHONE_NUMBER are missing/,
  )
})

test('a greylisting server gets the mail again a minute later', async (t) => {
  const clock = new FakeClock()
  const server = await startMailServer(t)
  let asked = 0
  server.answer = () => (++asked === 1 ? { code: 451, text: 'Greylisted, come back later' } : undefined)
  const lab = await startLab(t, { clock, settings: server.settings })
  const id = await send(lab)
  const waiting = await settled(lab, id, 'queued', 1)
  assert.match(waiting.error ?? '', /^ann@example\.com: 451 .*Greylisted/)
  const delay = (waiting.next_attempt_timestamp ?? 0) - clock.now()
  assert.ok(delay >= 60e6 && delay <= 75e6, `${delay}`)
  pass(lab, clock, 59)
  pass(lab, clock, 16)
  await server.mail(1)
  const row = await settled(lab, id, 'sent')
  assert.deepEqual([row.attempts, asked, row.error], [2, 2, null])
})

test('of several recipients each has a fate of its own', async (t) => {
  const clock = new FakeClock()
  const server = await startMailServer(t)
  const refusals: Record<string, { code: number; text: string }> = {
    'gone@example.com': { code: 550, text: 'No such user' },
    'full@example.com': { code: 452, text: 'Mailbox full' },
  }
  server.answer = (recipient) => refusals[recipient]
  const lab = await startLab(t, { clock, settings: server.settings })
  const id = await send(lab, ['ann@example.com', 'gone@example.com', 'full@example.com'])
  const first = await server.mail(1)
  assert.deepEqual(first.to, ['ann@example.com'])
  const waiting = await settled(lab, id, 'queued', 1)
  assert.match(waiting.error ?? '', /^full@example\.com: 452 .*Mailbox full/)
  delete refusals['full@example.com']
  pass(lab, clock, 75)
  const second = await server.mail(2)
  assert.deepEqual(second.to, ['full@example.com'], 'who has it does not get it again')
  const idOf = (text: string): string => /^Message-ID: (.*)\r$/m.exec(text)?.[1] ?? 'none'
  assert.equal(idOf(first.text), idOf(second.text))
  const row = await settled(lab, id, 'failed')
  const results = JSON.parse(row.results) as Record<string, string | null>
  assert.deepEqual([results['ann@example.com'], results['full@example.com']], [null, null])
  assert.match(results['gone@example.com'] ?? '', /^550 .*No such user/)
  assert.match(row.error ?? '', /^gone@example\.com: 550/)
  const entry = await waitFor('the worker log has an entry', async () => (await workerLog(lab))?.at(0))
  assert.match(entry, /^Gave up the mail 1 "The freezer is warm" after 2 attempts: gone@example\.com: 550/)
})

test('a mail that nobody takes is given up after a day', async (t) => {
  const clock = new FakeClock()
  const server = await startMailServer(t)
  server.answer = () => ({ code: 450, text: 'Busy' })
  const lab = await startLab(t, { clock, settings: server.settings })
  const id = await send(lab)
  let attempts = 0
  const delays: number[] = []
  const nextOutcome = async (): Promise<OutgoingRow> =>
    waitFor('the next attempt ended', async () => {
      const row = await rowOf(lab, id)
      return row.attempts > attempts && row.state !== 'sending' && row
    })
  for (let row = await nextOutcome(); row.state === 'queued'; row = await nextOutcome()) {
    attempts = row.attempts
    const delay = ((row.next_attempt_timestamp ?? 0) - clock.now()) / 1e6
    delays.push(delay)
    pass(lab, clock, delay)
  }
  const row = await rowOf(lab, id)
  assert.equal(row.state, 'failed')
  assert.ok(clock.now() - row.creation_timestamp >= 86_400e6 && clock.now() - row.creation_timestamp < 93_600e6 * 1.25)
  assert.deepEqual(
    delays.slice(0, 6).map((delay, n) => delay >= 60 * 2 ** n && delay <= 75 * 2 ** n),
    Array.from({ length: 6 }, () => true),
    `a minute, doubling: ${delays.join(' ')}`,
  )
  assert.ok(Math.max(...delays) <= 9_000)
  assert.equal(server.mails.length, 0)
})

test('an unreachable server, or one that hangs up in the middle, loses nothing', async (t) => {
  const clock = new FakeClock()
  const server = await startMailServer(t)
  server.beforeAck = () => server.hangUp()
  const lab = await startLab(t, { clock, settings: server.settings })
  const id = await send(lab)
  const dropped = await settled(lab, id, 'queued', 1)
  assert.match(dropped.error ?? '', /^ann@example\.com: .*(closed|ECONNRESET)/i)
  await server.close()
  pass(lab, clock, 75)
  const refused = await settled(lab, id, 'queued', 2)
  assert.match(refused.error ?? '', /ECONNREFUSED/)
  const again = await startMailServer(t, { port: server.port })
  pass(lab, clock, 150)
  await again.mail(1)
  await settled(lab, id, 'sent', 3)
})

test('a queue that the daemon left behind is sent by the next one, with its own clock', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const server = await startMailServer(t)
  server.answer = () => ({ code: 421, text: 'Try again later' })
  const first = await startLab(t, { clock, folder, settings: server.settings })
  const id = await send(first)
  await settled(first, id, 'queued', 1)
  await first.stop()
  server.answer = () => undefined
  clock.advance(75)
  const second = await startLab(t, { clock, folder, settings: server.settings })
  await server.mail(1)
  assert.equal((await settled(second, id, 'sent')).attempts, 2)
})

test('what was being sent when the daemon died is sent once more, and not a third time', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const server = await startMailServer(t)
  const held = await startLab(t, { clock, folder, settings: { PRODUCTION: false } })
  const id = await send(held)
  // What a daemon that was killed while it waited for the server's answer leaves behind.
  const dieSending = (interrupted: 0 | 1): Promise<unknown> =>
    held.ctx.db
      .updateTable('outgoing_messages')
      .set({ state: 'sending', attempts: 1, interrupted, error: null })
      .where('id', '=', id)
      .execute()
  await dieSending(0)
  await held.stop()
  const second = await startLab(t, { clock, folder, settings: server.settings })
  await server.mail(1)
  const row = await settled(second, id, 'sent')
  assert.deepEqual([row.attempts, row.interrupted], [2, 1])
  await second.ctx.db.updateTable('outgoing_messages').set({ state: 'sending', results: '{}' }).where('id', '=', id).execute()
  await second.stop()
  const third = await startLab(t, { clock, folder, settings: server.settings })
  assert.equal((await settled(third, id, 'failed')).error, 'The server ended twice while it was being sent.')
  assert.equal(server.mails.length, 1)
})

test('a server that was taken out of production holds what is in its queue', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const server = await startMailServer(t)
  server.answer = () => ({ code: 451, text: 'Later' })
  const first = await startLab(t, { clock, folder, settings: server.settings })
  const id = await send(first)
  await settled(first, id, 'queued', 1)
  await first.stop()
  const connections = server.connections
  clock.advance(3_600)
  const second = await startLab(t, { clock, folder, settings: { ...server.settings, PRODUCTION: false } })
  assert.match((await settled(second, id, 'held')).error ?? '', /PRODUCTION/)
  await second.stop()
  assert.equal(server.connections, connections)
})

test('a server that says nothing keeps neither texts nor the end of the daemon waiting', async (t) => {
  const folder = await makeFolder(t)
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as { port: number }
  const sockets: Socket[] = []
  silent.on('connection', (socket) => sockets.push(socket.on('error', () => {})))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const settings = {
    PRODUCTION: true,
    OUTGOING_EMAIL_SERVER: '127.0.0.1',
    OUTGOING_EMAIL_PORT: port,
    OUTGOING_EMAIL_ADDRESS: 'lab@example.com',
    OUTGOING_EMAIL_SECURITY: 'plain',
    SHUTDOWN_TIMEOUT: 1,
    WEBHOOK_HOSTS: ['127.0.0.1:1'],
  }
  const lab = await startLab(t, { folder, settings })
  const ids = [await send(lab), await send(lab), await send(lab)]
  await waitFor('two are under way', () => sockets.length === 2)
  assert.deepEqual(
    await Promise.all(ids.map(async (id) => (await rowOf(lab, id)).state)),
    ['sending', 'sending', 'queued'],
    'two at a time',
  )
  const hook = await enqueueNotification(lab.ctx, { kind: 'webhook', recipients: ['http://127.0.0.1:1/'], subject: 'x', body: 'x' })
  await settled(lab, hook.id, 'queued', 1)
  await lab.stop()
  const server = await startMailServer(t)
  const later = await startLab(t, { folder, settings: { ...server.settings }, clock: new FakeClock() })
  assert.deepEqual(
    await Promise.all(ids.map(async (id) => (await rowOf(later, id)).interrupted)),
    [0, 0, 0],
    'it was broken off, and knows it',
  )
})

test('mail is encrypted before anything else, and logs in', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'authority.pem'), certificate)
  const login = (username: string | null, password: string | null): boolean => username === 'lab' && password === 'open sesame'
  const server = await startMailServer(t, {
    disabledCommands: [],
    authOptional: false,
    onAuth: ({ username = '', password = '' }, _session, callback) =>
      login(username, password) ? callback(null, { user: username }) : callback(new Error('Wrong user or password')),
  })
  const secure = { ...server.settings, OUTGOING_EMAIL_SECURITY: 'starttls', OUTGOING_EMAIL_USER_NAME: 'lab' }
  const wrong = await startLab(t, {
    clock,
    folder,
    settings: { ...secure, OUTGOING_EMAIL_CA_FILE: 'authority.pem', OUTGOING_EMAIL_PASSWORD: 'open barley' },
  })
  const id = await send(wrong)
  assert.match(
    (await settled(wrong, id, 'queued', 1)).error ?? '',
    /535 .*Wrong user or password/,
    'the admin may put it right within a day',
  )
  await wrong.stop()
  clock.advance(75)
  const stranger = await startLab(t, { clock, folder, settings: { ...secure, OUTGOING_EMAIL_PASSWORD: 'open sesame' } })
  assert.match(
    (await settled(stranger, id, 'queued', 2)).error ?? '',
    /self-signed certificate/,
    'a certificate that nobody vouches for is none',
  )
  await stranger.stop()
  clock.advance(150)
  const right = await startLab(t, {
    clock,
    folder,
    settings: { ...secure, OUTGOING_EMAIL_CA_FILE: 'authority.pem', OUTGOING_EMAIL_PASSWORD: 'open sesame' },
  })
  await server.mail(1)
  await settled(right, id, 'sent', 3)
})

test('a server that offers no encryption gets nothing unless that is wanted', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, OUTGOING_EMAIL_SECURITY: 'starttls' } })
  assert.match((await settled(lab, await send(lab), 'queued', 1)).error ?? '', /STARTTLS/i)
  assert.equal(server.mails.length, 0)
})

test('TLS from the first byte', async (t) => {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'authority.pem'), certificate)
  const server = await startMailServer(t, { secure: true })
  const lab = await startLab(t, {
    folder,
    settings: { ...server.settings, OUTGOING_EMAIL_SECURITY: 'tls', OUTGOING_EMAIL_CA_FILE: 'authority.pem' },
  })
  const id = await send(lab)
  await server.mail(1)
  await settled(lab, id, 'sent')
})

test('a subject can not smuggle headers, and what ended long ago is forgotten', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const server = await startMailServer(t)
  const lab = await startLab(t, { clock, folder, settings: { ...server.settings, NOTIFICATION_RETENTION: 2 } })
  const id = await send(lab, ['ann@example.com'], {
    subject: 'Warm\r\nBcc: everybody@example.com',
    body: '.\r\n.\r\nMAIL FROM:<x@example.com>',
  })
  const { text } = await server.mail(1)
  assert.match(text, /^Subject: Warm Bcc: everybody@example\.com\r$/m)
  assert.match(text, /\r\n\r\n\.\r\n\.\r\nMAIL FROM/)
  await settled(lab, id, 'sent')
  await lab.stop()
  clock.advance(2 * 86_400 + 1)
  const restart = () => startLab(t, { clock, folder, settings: { ...server.settings, NOTIFICATION_RETENTION: 2 } })
  const recordsOf = (later: Lab) => later.ctx.db.selectFrom('outgoing_messages').select('id').execute()
  const later = await restart()
  // The server was off: nobody knows yet whether so much time has passed.
  assert.equal((await recordsOf(later)).length, 1)
  assert.equal((await later.put('/clock', { confirm: 1 })).status, 200)
  await later.stop()
  assert.deepEqual(await recordsOf(await restart()), [])
})
