/** Whatever takes recipients says at once when they can't be told; logs say queued or held; tests say what came of them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { examine } from '../../src/doctor/doctor.ts'
import { obstaclesTo } from '../../src/notifications/obstacles.ts'
import { startCommandLineLab } from '../support/command-line.ts'
import { labSettings, startLab } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'
import { connect } from '../support/peer.ts'
import { writeSettingsFile } from '../support/settings-file.ts'

const PATH = '/lab/freezer/temperature'
const rule = { path: PATH, kind: 'above', value: -15, recipients: 'ann@example.com' }

test('each reason why somebody can’t be told is found, and named once with all whom it concerns', () => {
  const reasonsIn = (more: Record<string, unknown>): Record<string, string[]> => {
    const settings = labSettings('/nowhere', more)
    const recipients = ['ann@example.com', 'bob@example.com', '+15551234567', 'https://hook.example.com/a', 'nobody']
    return Object.fromEntries(obstaclesTo({ settings }, recipients).map((one) => [one.reason, [...one.recipients]]))
  }
  assert.deepEqual(Object.values(reasonsIn({})), [['ann@example.com', 'bob@example.com', '+15551234567', 'https://hook.example.com/a']])
  assert.deepEqual(reasonsIn({ PRODUCTION: true, OUTGOING_EMAIL_SERVER: 'mail', WEBHOOK_HOSTS: ['other.example.com'] }), {
    'The setting OUTGOING_EMAIL_ADDRESS is missing.': ['ann@example.com', 'bob@example.com'],
    'The settings TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TEXT_FROM_PHONE_NUMBER are missing.': ['+15551234567'],
    'The setting WEBHOOK_HOSTS does not name its host.': ['https://hook.example.com/a'],
  })
})

test('on a server that sends nothing, alerts, watchdogs and mails of controllers say so in their answers', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  const fridge = await lab.controller('fridge')
  const reason = /ann@example\.com can't be told now.*PRODUCTION is not true/
  const warningsOf = (reply: { json: unknown }): string => String((reply.json as { warnings?: string[] }).warnings ?? '')
  assert.match(warningsOf(await lab.post('/alerts', rule)), reason)
  assert.match(warningsOf(await lab.put('/alerts', { path: PATH, name: 'above -15', quiet_seconds: 120 })), reason)
  assert.equal(warningsOf(await lab.put('/alerts', { path: PATH, name: 'above -15', enabled: false })), '')
  const watch = async (attributes: object): Promise<string> =>
    warningsOf(await lab.put(`/resources${fridge.path}`, { system_attributes: attributes }))
  assert.match(await watch({ watchdog_minutes: 5, watchdog_recipients: 'ann@example.com' }), reason)
  assert.match(await watch({ watchdog_recipients: 'ann@example.com', watchdog_minutes: null }), /is not watched, so nobody is told/)
  assert.match(await watch({ watchdog_minutes: 5, watchdog_recipients: null }), /its watchdog_recipients is empty/)
  assert.match(warningsOf(await lab.put(`/resources${fridge.path}`, { units: 'C', user_attributes: {} })), /^units does nothing/)
  const peer = await connect(t, lab, fridge.key)
  const { state, reason: why } = (await peer.ask('send_email', {
    email_addresses: 'ann@example.com',
    subject: 'warm',
    body: 'It is warm.',
  })) as unknown as { state: string; reason: string }
  assert.equal(state, 'held')
  assert.match(why, /PRODUCTION/)
  const sent = (await lab.post('/alerts/test')).json as { results: { state: string; recipient: string; reason: string }[] }
  assert.deepEqual([sent.results[0]?.state, sent.results[0]?.recipient], ['held', 'admin@example.com'])
  assert.match(sent.results[0]?.reason ?? '', /PRODUCTION/)
})

test('where mail leaves, there is no warning, and a test says that the mail server took it, refused it, or is away', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: server.settings })
  await lab.sequence(PATH)
  const made = (await lab.post('/alerts', rule)).json as { warnings?: string[] }
  assert.equal(made.warnings, undefined)
  const send = async (more: object): Promise<{ state: string; reason: string | null }[]> =>
    ((await lab.post('/alerts/test', { path: PATH, ...more })).json as { results: { state: string; reason: string | null }[] }).results
  assert.deepEqual(
    (await send({})).map(({ state, reason }) => [state, reason]),
    [['sent', null]],
  )
  assert.deepEqual((await server.mail(1)).to, ['ann@example.com'])
  server.answer = (recipient) =>
    recipient === 'gone@example.com' ? { code: 550, text: 'No such user' } : { code: 451, text: 'Come back later' }
  const [gone, later] = await send({ recipients: ['gone@example.com', 'later@example.com'] })
  assert.equal(gone?.state, 'failed')
  assert.match(gone.reason ?? '', /No such user/)
  assert.equal(later?.state, 'queued')
  assert.match(later.reason ?? '', /Come back later/)
})

test('who may not change a sequence sends no tests to others, and a controller none at all', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  const stranger = await lab.user('stranger@example.com', { member: false })
  const fridge = await lab.controller('fridge')
  assert.equal((await stranger.post('/alerts/test', { path: PATH, recipients: 'ann@example.com' })).status, 403)
  assert.equal((await stranger.post('/alerts/test', { recipients: 'ann@example.com' })).status, 400)
  assert.equal((await stranger.post('/alerts/test')).status, 200)
  assert.equal((await fridge.post('/alerts/test')).status, 403)
  assert.equal((await lab.post('/alerts/test', { path: PATH })).status, 400, 'nobody is told')
})

test('the log says queued where it was queued', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: server.settings })
  await lab.sequence(PATH)
  await lab.post('/alerts', rule)
  await lab.daemon.runWorkers()
  await lab.put('/resources', { values: { [PATH]: -9 } })
  await lab.daemon.runWorkers()
  const { text } = await lab.get('/resources/system/worker/log')
  assert.match(text, /is above -15\. Queued for 1 recipient\.$/)
})

test('doctor names alarms that reach nobody, and is content when they do', async (t) => {
  const lab = await startLab(t)
  await lab.sequence(PATH)
  await lab.post('/alerts', rule)
  await lab.stop()
  const look = async (more: Record<string, unknown>): Promise<string[]> => {
    const file = writeSettingsFile(lab, more)
    const examination = { file, environment: {}, clock: systemClock, urlOf: () => 'http://127.0.0.1:1', isQuick: true }
    const { findings } = await examine(examination)
    return findings.filter(({ check }) => check === 'messages').map(({ subject, problem }) => `${subject} ${problem}`)
  }
  const [found = ''] = await look({})
  assert.match(found, /^\/lab\/freezer\/temperature has an alarm that can't reach ann@example\.com: The setting PRODUCTION/)
  assert.deepEqual(await look({ PRODUCTION: true, OUTGOING_EMAIL_SERVER: 'localhost', OUTGOING_EMAIL_ADDRESS: 'lab@example.com' }), [])
})

test('commands warn on stderr and end with 0 where the alarm is set up; a test that did not arrive ends with 1', async (t) => {
  const lab = await startCommandLineLab(t)
  const create = ['alert', 'create', '/test-org/c/t', '--above', '30', '--to', 'ann@example.com']
  await lab.run('controller', 'create', '/test-org/c')
  await lab.run('seq', 'create', '/test-org/c/t')
  const made = await lab.rhizo(...create)
  assert.deepEqual([made.code, made.stdout], [0, ''])
  assert.match(made.stderr, /^rhizo: ann@example\.com can't be told now, messages are held: The setting PRODUCTION/)
  const watched = await lab.rhizo('controller', 'watch', '/test-org/c', '--after', '10m', '--to', 'ann@example.com')
  assert.equal(watched.code, 0)
  assert.match(watched.stderr, /PRODUCTION/)
  const sent = await lab.rhizo('alert', 'send-test', '/test-org/c/t')
  assert.equal(sent.code, 1)
  assert.match(sent.stdout, /^ann@example\.com +held +The setting PRODUCTION/)
})
