/** Controllers that fall silent, and those that come back: told once each, whatever happens to the server meanwhile. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { formatTimestamp } from '../../src/base/time.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'

const MAIL = { PRODUCTION: true, OUTGOING_EMAIL_SERVER: '127.0.0.1', OUTGOING_EMAIL_PORT: 9, OUTGOING_EMAIL_ADDRESS: 'lab@example.com' }

/** Subjects of all messages so far, with whom they go to. */
async function told(lab: Lab): Promise<string[]> {
  const rows = await lab.ctx.db.selectFrom('outgoing_messages').select(['kind', 'recipients', 'subject']).orderBy('id').execute()
  return rows.map(({ kind, recipients, subject }) => `${kind} ${(JSON.parse(recipients) as string[]).join(' ')}: ${subject}`)
}

const statusOf = async (lab: Lab, path: string): Promise<Record<string, unknown>> =>
  ((await lab.get('/controllers', { path })).json as Record<string, unknown>[])[0] ?? {}

const watch = async (lab: Lab, fridge: { path: string }, attributes: Record<string, unknown>): Promise<void> => {
  const reply = await lab.put(`/resources${fridge.path}`, { system_attributes: attributes })
  assert.equal(reply.status, 200, reply.text)
}

const sendValue = (caller: Caller, value: number) => caller.put('/resources', { values: { '/lab/level': value } })

test('a controller that falls silent is told once, to all in the forms of old, and once when it is back', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await watch(lab, fridge, { watchdog_minutes: '10', watchdog_recipients: 'ann@example.com, +15551234567' })
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('watchdog')
  clock.advance(9 * 60)
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), [])
  assert.equal((await statusOf(lab, fridge.path))['silent'], false)

  clock.advance(61)
  // Messages of other kinds do not count for a program that sends watchdog messages.
  await peer.tell('ping')
  await lab.daemon.runWorkers()
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), ['email ann@example.com: /lab/fridge is silent', 'text +15551234567: /lab/fridge is silent'])
  assert.equal((await statusOf(lab, fridge.path))['silent'], true)
  assert.match((await lab.get('/resources/system/worker/log')).text, /^\/lab\/fridge is silent\. Held, so 2 recipients will not be told/)
  assert.match(await (await fetch(`${lab.url}/metrics`)).text(), /rhizo_controllers\{state="silent"\} 1\n/)

  clock.advance(86_400)
  await lab.daemon.runWorkers()
  assert.equal((await told(lab)).length, 2)
  await peer.tell('watchdog')
  await lab.daemon.runWorkers()
  await lab.daemon.runWorkers()
  assert.deepEqual((await told(lab)).slice(2), ['email ann@example.com: /lab/fridge is back', 'text +15551234567: /lab/fridge is back'])
  assert.equal((await statusOf(lab, fridge.path))['silent'], false)
})

test('one whose program sends no watchdog messages is watched by what it sends; by attribute or setting any message counts', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const [plain, any] = [await lab.controller('plain'), await lab.controller('any')]
  await lab.sequence('/lab/level')
  await watch(lab, plain, { watchdog_minutes: 5, watchdog_recipients: ['ann@example.com'] })
  await watch(lab, any, { watchdog_minutes: 5, watchdog_recipients: ['bob@example.com'], watchdog_counts: 'any' })
  // Never heard of: not built in yet, so nobody is woken for it.
  clock.advance(3_600)
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), [])
  assert.equal((await sendValue(plain, 1)).status, 200)
  await (await connect(t, lab, any.key)).tell('watchdog')
  clock.advance(240)
  await sendValue(plain, 2)
  await sendValue(any, 2)
  clock.advance(240)
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), [])
  clock.advance(61)
  await lab.daemon.runWorkers()
  assert.deepEqual((await told(lab)).sort(), ['email ann@example.com: /lab/plain is silent', 'email bob@example.com: /lab/any is silent'])
})

test('a server that was off gives everybody their time; what was told before stays told', async (t) => {
  const clock = new FakeClock()
  let lab = await startLab(t, { clock })
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  for (const each of [fridge, oven]) await watch(lab, each, { watchdog_minutes: 10, watchdog_recipients: ['ann@example.com'] })
  await fridge.get('/resources/self', { meta: 1 })
  clock.advance(601)
  await lab.daemon.runWorkers()
  await oven.get('/resources/self', { meta: 1 })
  assert.deepEqual(await told(lab), ['email ann@example.com: /lab/fridge is silent'])

  const { folder } = lab
  await lab.stop()
  clock.advance(86_400)
  lab = await startLab(t, { clock, folder })
  await lab.daemon.runWorkers()
  assert.equal((await told(lab)).length, 1)
  assert.deepEqual([(await statusOf(lab, '/lab/fridge'))['silent'], (await statusOf(lab, '/lab/oven'))['silent']], [true, false])
  clock.advance(599)
  await lab.daemon.runWorkers()
  assert.equal((await told(lab)).length, 1)
  clock.advance(2)
  await lab.daemon.runWorkers()
  assert.deepEqual((await told(lab)).slice(1), ['email ann@example.com: /lab/oven is silent'])

  await lab.stop()
  clock.advance(60)
  lab = await startLab(t, { clock, folder })
  for (const each of [fridge, oven]) await lab.as(each.key).get('/resources/self', { meta: 1 })
  await lab.daemon.runWorkers()
  assert.deepEqual((await told(lab)).slice(2), ['email ann@example.com: 2 controllers are back: /lab/fridge, /lab/oven'])
})

test(
  'a server that starts again more often than watchdog_minutes still says that a controller is silent, ' + 'when it was up for so long',
  async (t) => {
    const clock = new FakeClock()
    let lab = await startLab(t, { clock })
    const fridge = await lab.controller('fridge')
    await watch(lab, fridge, { watchdog_minutes: 10, watchdog_recipients: ['ann@example.com'] })
    await fridge.get('/resources/self', { meta: 1 })
    const heard = clock.now()
    for (let minutes = 4; minutes <= 8; minutes += 4) {
      clock.advance(240)
      await lab.daemon.runWorkers()
      await lab.stop()
      clock.advance(7_200)
      lab = await startLab(t, { clock, folder: lab.folder })
      await lab.daemon.runWorkers()
      assert.deepEqual(await told(lab), [], `after ${minutes} minutes of silence`)
    }
    clock.advance(119)
    await lab.daemon.runWorkers()
    assert.deepEqual(await told(lab), [])
    clock.advance(2)
    await lab.daemon.runWorkers()
    assert.deepEqual(await told(lab), ['email ann@example.com: /lab/fridge is silent'])
    assert.equal((await statusOf(lab, fridge.path))['last_heard_timestamp'], formatTimestamp(heard))
  },
)

test('a machine that wakes in the past, and then leaps over the time when it was off, goes on counting silence too', async (t) => {
  const clock = new FakeClock()
  let lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await watch(lab, fridge, { watchdog_minutes: 10, watchdog_recipients: ['ann@example.com'] })
  await fridge.get('/resources/self', { meta: 1 })
  for (let restarts = 0; restarts < 2; restarts++) {
    clock.advance(300)
    await lab.daemon.runWorkers()
    await lab.stop()
    // It knows the time from when it last wrote it down.
    clock.jump(-100)
    lab = await startLab(t, { clock, folder: lab.folder })
    clock.advance(10)
    clock.jump(86_400)
    await lab.daemon.runWorkers()
  }
  clock.advance(11)
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), ['email ann@example.com: /lab/fridge is silent'])
})

test('a clock that is set, either way, makes nobody silent, and nobody immortal', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await watch(lab, fridge, { watchdog_minutes: 10, watchdog_recipients: ['ann@example.com'] })
  await fridge.get('/resources/self', { meta: 1 })
  clock.jump(5 * 3_600)
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), [])
  await fridge.get('/resources/self', { meta: 1 })
  clock.jump(-300 * 86_400)
  await lab.daemon.runWorkers()
  clock.advance(590)
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), [])
  clock.advance(11)
  await lab.daemon.runWorkers()
  assert.deepEqual(await told(lab), ['email ann@example.com: /lab/fridge is silent'])
})

test('mail for people goes into the queue with the state, and says what they need to know', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { ...MAIL, PUBLIC_URL: 'https://lab.example.com' } })
  const fridge = await lab.controller('fridge')
  await watch(lab, fridge, { watchdog_minutes: 10, watchdog_recipients: ['ann@example.com'] })
  await fridge.get('/resources/self', { meta: 1 })
  clock.advance(601)
  await lab.daemon.runWorkers()
  const row = await lab.ctx.db.selectFrom('outgoing_messages').selectAll().executeTakeFirstOrThrow()
  assert.equal(row.controller_id, fridge.id)
  assert.notEqual(row.state, 'held')
  assert.match(
    row.body,
    new RegExp(
      'Nothing was heard from /lab/fridge since 2026-01-31 12:00:00 UTC, which is longer than its 10 minutes .* ' +
        'its last address was 127\\.0\\.0\\.1\\.\nhttps://lab\\.example\\.com/lab/fridge',
    ),
  )
  assert.deepEqual(JSON.parse(row.data ?? ''), {
    event: 'controllers_silent',
    controllers: [{ id: fridge.id, path: '/lab/fridge', last_heard_timestamp: '2026-01-31T12:00:00Z' }],
  })
})

test('nobody waits for the return of a controller that is watched no more', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await watch(lab, fridge, { watchdog_minutes: 10, watchdog_recipients: ['ann@example.com'] })
  await fridge.get('/resources/self', { meta: 1 })
  clock.advance(601)
  await lab.daemon.runWorkers()
  await watch(lab, fridge, { watchdog_minutes: null })
  await lab.daemon.runWorkers()
  await fridge.get('/resources/self', { meta: 1 })
  await lab.daemon.runWorkers()
  assert.equal((await told(lab)).length, 1)
  assert.equal((await statusOf(lab, fridge.path))['silent'], null)
})

test('what is wrong with a watchdog is said with its name; a controller cannot make the server write to strangers', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const refused = async (attributes: unknown, caller: Caller = lab): Promise<string> => {
    const reply = await caller.put('/resources/lab/fridge', { system_attributes: attributes })
    assert.notEqual(reply.status, 200)
    return (reply.json as { message: string }).message
  }
  assert.match(await refused({ watchdog_minutes: 'often' }), /^watchdog_minutes must be a number/)
  assert.match(await refused({ watchdog_minutes: -1 }), /^watchdog_minutes must be a number/)
  assert.match(await refused({ watchdog_recipients: 'nobody' }), /^watchdog_recipients: "nobody" is neither an e-mail address/)
  assert.match(await refused({ watchdog_recipients: 7 }), /^watchdog_recipients must be a list/)
  assert.match(await refused({ watchdog_counts: 'maybe' }), /^watchdog_counts is/)
  const attributes = { watchdog_minutes: 10, watchdog_recipients: 'stranger@example.com' }
  assert.match(await refused(attributes, fridge), /^Only users have something watched/)
  await watch(lab, fridge, attributes)
  // Sending back what was read changes nothing.
  const { system_attributes: read } = (await fridge.get('/resources/self', { meta: 1 })).json as { system_attributes: object }
  assert.equal((await fridge.put('/resources/lab/fridge', { system_attributes: read })).status, 200)
})

test('how a controller is, is shown to who may read it; its address to who may change it', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.controller('oven')
  await lab.sequence('/lab/level')
  await fridge.put('/resources', { values: { '/lab/level': 1 }, timestamp: '2026-01-31T11:00:00Z' })
  const status = await statusOf(lab, '/lab/fridge')
  assert.deepEqual(
    [
      status['connected'],
      status['silent'],
      status['last_heard_timestamp'],
      status['clock_offset'],
      status['messages_received'],
      status['address'],
    ],
    [false, null, '2026-01-31T12:00:00Z', 3_600, 1, '127.0.0.1'],
  )
  const paths = async (caller: Caller, path?: string): Promise<unknown> => {
    const reply = await caller.get('/controllers', path === undefined ? {} : { path })
    return reply.status === 200 ? (reply.json as { path: string }[]).map((each) => each.path) : reply.status
  }
  assert.deepEqual(await paths(lab), ['/lab/fridge', '/lab/oven'])
  assert.deepEqual(await paths(lab, '/lab'), ['/lab/fridge', '/lab/oven'])
  assert.deepEqual(await paths(fridge, 'self'), ['/lab/fridge'])
  assert.deepEqual(await paths(lab, '/lab/level'), 400)
  assert.deepEqual(await paths(lab, '/lab/none'), 404)
  assert.deepEqual(await paths(lab.as('')), 403)
  assert.deepEqual(await paths(await lab.user('stranger@example.com', { member: false })), [])
  await lab.put('/resources/lab/fridge', { permissions: [[100, 0, 10]] })
  const [seen] = (await lab.as('').get('/controllers', { path: '/lab/fridge' })).json as {
    address: string | null
    messages_received: number
  }[]
  assert.deepEqual([seen?.address, seen?.messages_received], [null, 2])
})
