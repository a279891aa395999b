/** Alert rules in a running server: who is told what, when, and what a restart, an import or a deletion does to it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { formatTimestamp } from '../../src/base/time.ts'
import { PATH, create, fine, list, pass, send, startFreezer, told } from '../support/freezer.ts'
import { startLab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'

test('a freezer that gets warm wakes somebody once, and says when it is cold again', async (t) => {
  const { lab, clock } = await startFreezer(t, { PUBLIC_URL: 'https://lab.example.com' })
  await create(lab, { kind: 'above', value: -15, for_seconds: 300, hysteresis: 2, recipients: 'ann@example.com, +15551234567' })
  await send(lab, -18)
  await pass(lab, clock, 60)
  await send(lab, -14)
  await pass(lab, clock, 290)
  assert.deepEqual(await told(lab), [])
  await pass(lab, clock, 11)
  await pass(lab, clock, 60)
  await send(lab, -13.5)
  await pass(lab, clock, 60)
  assert.deepEqual(await told(lab), [
    'ann@example.com: /lab/freezer/temperature is above -15 C for 5m',
    '+15551234567: /lab/freezer/temperature is above -15 C for 5m',
  ])
  const { body, data } = await lab.ctx.db.selectFrom('outgoing_messages').selectAll().where('kind', '=', 'email').executeTakeFirstOrThrow()
  assert.equal(
    body,
    '/lab/freezer/temperature is above -15 C for 5m (alert "above -15"): since 2026-01-31 12:01:00 UTC. The newest value is -14 ' +
      'C, of 2026-01-31 12:01:00 UTC.\nhttps://lab.example.com/lab/freezer/temperature',
  )
  assert.deepEqual(JSON.parse(data ?? ''), {
    event: 'alerts_started',
    alerts: [
      {
        path: PATH,
        name: 'above -15',
        kind: 'above',
        start_timestamp: '2026-01-31T12:06:00Z',
        end_timestamp: null,
        value: -14,
        units: 'C',
        value_timestamp: '2026-01-31T12:01:00Z',
      },
    ],
  })
  assert.equal((await list(lab))[0]?.['active'], true)
  assert.match(await (await fetch(`${lab.url}/metrics`)).text(), /rhizo_alerts\{state="active"\} 1\n/)

  await send(lab, -16.5)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 2)
  await send(lab, -17.5)
  await pass(lab, clock, 10)
  await pass(lab, clock, 10)
  assert.deepEqual((await told(lab)).slice(2), [
    'ann@example.com: /lab/freezer/temperature is no longer above -15 C',
    '+15551234567: /lab/freezer/temperature is no longer above -15 C',
  ])
  assert.match(
    (await lab.get('/resources/system/worker/log', { count: 2 })).text,
    /is above -15 C for 5m\. Held, so 2 recipients will not be told: The setting PRODUCTION is not true.*is no longer above -15 C\. Held/,
  )
})

test('a value is told as it comes, by any way in, without waiting for the next look at everything', async (t) => {
  const { lab } = await startFreezer(t)
  const freezer = await lab.controller('box')
  const paths = ['/lab/box/one', '/lab/box/two', '/lab/box/three', '/lab/box/four']
  for (const path of paths) {
    await lab.sequence(path)
    await create(lab, { kind: 'above', value: 0 }, path)
  }
  await lab.daemon.runWorkers()
  const [one = '', , , four = ''] = paths
  await send(freezer, 1, one)
  const peer = await connect(t, lab, freezer.key)
  await peer.tell('update_sequence', { sequence: 'two', value: 1 })
  await peer.tell('update', { three: 1 }, { folder: '/lab/box' })
  const reply = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Bearer ${freezer.key}`, 'content-type': 'application/json' },
    body: JSON.stringify([{ path: four, timestamp: '2026-01-31T12:00:00Z', value: 1 }]),
  })
  assert.equal(reply.status, 200)
  const started = lab.ctx.db
    .selectFrom('alert_states')
    .innerJoin('resources', 'resources.id', 'resource_id')
    .select('resources.name')
    .where('start_told', '=', 1)
    .orderBy('resources.id')
  await waitFor('four alerts are told', async () => (await started.execute()).length >= 4)
  assert.deepEqual(
    (await started.execute()).map(({ name }) => `/lab/box/${name}`),
    paths,
  )
  const mails = await lab.ctx.db.selectFrom('outgoing_messages').select(['subject', 'body']).execute()
  for (const path of paths)
    assert.ok(
      mails.some(({ subject, body }) => `${subject} ${body}`.includes(`${path} is above 0`)),
      path,
    )
})

test('a freezer that goes silent wakes somebody, even one that never had a value', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await lab.sequence('/lab/freezer/door', 2)
  await create(lab, { kind: 'silent', for_seconds: 1_800 })
  await create(lab, { kind: 'silent', for_seconds: 1_800, recipients: ['bob@example.com'] }, '/lab/freezer/door')
  await lab.daemon.runWorkers()
  await pass(lab, clock, 1_000)
  await send(lab, -18)
  await pass(lab, clock, 801)
  assert.deepEqual(await told(lab), ['bob@example.com: /lab/freezer/door is silent for 30m'])
  await pass(lab, clock, 1_000)
  await pass(lab, clock, 7_200)
  assert.deepEqual((await told(lab)).slice(1), ['ann@example.com: /lab/freezer/temperature is silent for 30m'])
  await send(lab, -18)
  await pass(lab, clock, 10)
  assert.deepEqual((await told(lab)).slice(2), ['ann@example.com: /lab/freezer/temperature is heard again'])
})

test('a controller that goes silent: any message of it counts, and the status shows it', async (t) => {
  const { lab, clock } = await startFreezer(t)
  const box = await lab.controller('box')
  await create(lab, { kind: 'silent', for_seconds: 600 }, box.path)
  await box.get('/resources/self', { meta: 1 })
  await pass(lab, clock, 590)
  await box.get('/resources/self', { meta: 1 })
  await pass(lab, clock, 590)
  assert.deepEqual(await told(lab), [])
  const silent = async (): Promise<unknown> =>
    ((await lab.get('/controllers', { path: box.path })).json as { silent: unknown }[])[0]?.silent
  assert.equal(await silent(), false)
  await pass(lab, clock, 20)
  assert.deepEqual(await told(lab), ['ann@example.com: /lab/box is silent for 10m'])
  assert.equal(await silent(), true)
  await box.get('/resources/self', { meta: 1 })
  await pass(lab, clock, 5)
  assert.deepEqual((await told(lab)).slice(1), ['ann@example.com: /lab/box is heard again'])
  assert.equal(await silent(), false)
})

test('an import of last year wakes nobody; values that come late or again change nothing', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: -15 })
  await create(lab, { kind: 'unchanged', for_seconds: 600 })
  await lab.daemon.runWorkers()
  const put = async (values: readonly { ago: number; value: number }[]): Promise<void> => {
    const body = JSON.stringify(
      values.map(({ ago, value }) => ({ path: PATH, timestamp: formatTimestamp(clock.now() - ago * 1_000_000), value })),
    )
    fine({
      ...(await lab.get('/time')),
      status: (
        await fetch(`${lab.url}/api/v1/sequences/values`, {
          method: 'POST',
          headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
          body,
        })
      ).status,
    })
  }
  await put(Array.from({ length: 500 }, (_, at) => ({ ago: 365 * 86_400 - at * 60, value: 20 })))
  await pass(lab, clock, 700)
  assert.deepEqual(await told(lab), [])
  await send(lab, -18)
  await put([{ ago: 60, value: 10 }])
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), [])
  // A controller that catches up: what was so hours ago and is over wakes nobody, what is so still does.
  await pass(lab, clock, 4 * 3_600)
  await put([
    { ago: 3 * 3_600, value: 10 },
    { ago: 2 * 3_600, value: -18.5 },
    { ago: 60, value: -18.6 },
  ])
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), [])
  await put([
    { ago: 50, value: 10 },
    { ago: 5, value: 11 },
  ])
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), ['ann@example.com: /lab/freezer/temperature is above -15 C'])
})

test('by a clock that is wrong a value may come from the future: what it says counts all the same', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: -15 })
  const box = await lab.controller('box')
  const peer = await connect(t, lab, box.key)
  await peer.tell('update_sequence', { sequence: PATH, value: -18, timestamp: '2031-01-01T00:00:00Z' })
  await lab.daemon.runWorkers()
  await pass(lab, clock, 60)
  await peer.tell('update_sequence', { sequence: PATH, value: 5, timestamp: '2031-01-01T00:01:00Z' })
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), ['ann@example.com: /lab/freezer/temperature is above -15 C'])
  await send(lab, -18)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 2)
})

test('what flaps is told once in its quiet time; what stays bad after it is told again', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0, quiet_seconds: 600 })
  for (let round = 0; round < 5; round++) {
    await send(lab, 1)
    await pass(lab, clock, 30)
    await send(lab, -1)
    await pass(lab, clock, 30)
  }
  assert.deepEqual((await told(lab)).length, 2)
  await send(lab, 1)
  await pass(lab, clock, 200)
  assert.equal((await told(lab)).length, 2)
  await pass(lab, clock, 200)
  assert.deepEqual((await told(lab)).slice(2), ['ann@example.com: /lab/freezer/temperature is above 0 C'])
})

test('a restart tells nothing twice, forgets nothing, and gives everybody their time', async (t) => {
  const { lab: first, clock } = await startFreezer(t)
  let lab = first
  const restart = async (off: number): Promise<void> => {
    const { folder } = lab
    await lab.stop()
    clock.advance(off)
    const next = await startLab(t, { clock, folder })
    lab = next
    await lab.daemon.runWorkers()
  }
  await create(lab, { kind: 'above', value: 0 })
  await create(lab, { kind: 'above', value: 0, for_seconds: 300, name: 'held', recipients: ['bob@example.com'] })
  await create(lab, { kind: 'silent', for_seconds: 1_800, recipients: ['eve@example.com'] })
  await send(lab, 5)
  await pass(lab, clock, 60)
  assert.deepEqual(await told(lab), ['ann@example.com: /lab/freezer/temperature is above 0 C'])
  await restart(30)
  await pass(lab, clock, 60)
  assert.equal((await told(lab)).length, 1)
  // Held for five minutes, the restart among them.
  await pass(lab, clock, 155)
  assert.deepEqual((await told(lab)).slice(1), ['bob@example.com: /lab/freezer/temperature is above 0 C for 5m'])
  // Silent for 275 seconds by now; the time when the server is off does not count.
  await restart(3_000)
  await pass(lab, clock, 1_520)
  assert.equal((await told(lab)).length, 2)
  await pass(lab, clock, 10)
  assert.deepEqual((await told(lab)).slice(2), ['eve@example.com: /lab/freezer/temperature is silent for 30m'])
  await restart(86_400)
  await send(lab, -5)
  await pass(lab, clock, 10)
  assert.deepEqual((await told(lab)).slice(3).sort(), [
    'ann@example.com: /lab/freezer/temperature is no longer above 0 C',
    'bob@example.com: /lab/freezer/temperature is no longer above 0 C',
    'eve@example.com: /lab/freezer/temperature is heard again',
  ])
})

test('a server that starts again more often than a rule takes still says that a sequence is silent, or stands still', async (t) => {
  const { lab: first, clock } = await startFreezer(t)
  let lab = first
  await create(lab, { kind: 'silent', for_seconds: 600 })
  await create(lab, { kind: 'unchanged', for_seconds: 900, recipients: ['eve@example.com'] })
  await send(lab, 5)
  for (let restarts = 0; restarts < 3; restarts++) {
    await pass(lab, clock, 200)
    if (restarts < 2) assert.deepEqual(await told(lab), [])
    await lab.stop()
    clock.advance(700)
    lab = await startLab(t, { clock, folder: lab.folder })
    await lab.daemon.runWorkers()
  }
  assert.deepEqual(await told(lab), ['ann@example.com: /lab/freezer/temperature is silent for 10m'])
  await pass(lab, clock, 290)
  assert.equal((await told(lab)).length, 1)
  await pass(lab, clock, 20)
  assert.deepEqual((await told(lab)).slice(1), ['eve@example.com: /lab/freezer/temperature is unchanged for 15m'])
})

test('rules are changed while they are followed: another limit begins anew, other recipients do not', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0, name: 'warm' })
  await send(lab, 5)
  await lab.daemon.runWorkers()
  const rule = { name: 'warm', kind: 'above', value: 0, recipients: ['bob@example.com'] }
  const change = async (alerts: unknown): Promise<void> => void fine(await lab.put(`/resources${PATH}`, { system_attributes: { alerts } }))
  await change([rule])
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 1)
  await change([{ ...rule, value: 3 }])
  await pass(lab, clock, 10)
  assert.deepEqual((await told(lab)).slice(1), ['bob@example.com: /lab/freezer/temperature is above 3 C'])
  fine(await lab.delete('/alerts', { path: PATH, name: 'warm' }))
  await send(lab, -5)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 2)
  assert.deepEqual(await lab.ctx.db.selectFrom('alert_states').selectAll().execute(), [])
  assert.deepEqual(await list(lab), [])
})

test('a sequence that is deleted is followed no more; brought back, it goes on', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'silent', for_seconds: 600 })
  await send(lab, 5)
  await lab.daemon.runWorkers()
  fine(await lab.delete(`/resources${PATH}`))
  await pass(lab, clock, 3_600)
  assert.deepEqual(await told(lab), [])
  fine(await lab.post(`/resources${PATH}`, { undelete: 1 }))
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), [])
  await pass(lab, clock, 600)
  assert.equal((await told(lab)).length, 1)
})

test('many that start at once are told in one message to each group of people', async (t) => {
  const { lab, clock } = await startFreezer(t)
  for (let number = 0; number < 12; number++) {
    await lab.sequence(`/lab/hall/t${number}`)
    await create(
      lab,
      { kind: 'silent', for_seconds: 600, recipients: number < 10 ? ['ann@example.com', 'bob@example.com'] : ['bob@example.com'] },
      `/lab/hall/t${number}`,
    )
  }
  await lab.daemon.runWorkers()
  await pass(lab, clock, 601)
  const messages = await told(lab)
  assert.deepEqual(
    messages.map((message) => message.replace(/: \/lab\/hall\/t\d+ /, ': … ')),
    [
      'ann@example.com bob@example.com: 10 alerts started: … is silent for 10m, …',
      'bob@example.com: 2 alerts started: … is silent for 10m, …',
    ],
  )
})

test('a queue that is full delays the telling, and loses none of it', async (t) => {
  const { lab, clock } = await startFreezer(t, {
    PRODUCTION: true,
    OUTGOING_EMAIL_SERVER: '127.0.0.1',
    OUTGOING_EMAIL_PORT: 9,
    OUTGOING_EMAIL_ADDRESS: 'lab@example.com',
  })
  await create(lab, { kind: 'above', value: 0 })
  await lab.daemon.runWorkers()
  const full = Array.from({ length: 500 }, () => ({
    controller_id: null,
    user_id: null,
    kind: 'email',
    recipients: '["x@example.com"]',
    subject: '',
    body: '',
    data: null,
    secret: 0 as const,
    state: 'queued',
    attempts: 0,
    interrupted: 0 as const,
    creation_timestamp: 0,
    next_attempt_timestamp: clock.now() + 1e15,
    sent_timestamp: null,
    results: '{}',
    error: null,
  }))
  for (let part = 0; part < 20; part++) await lab.ctx.db.insertInto('outgoing_messages').values(full).execute()
  await send(lab, 5)
  await pass(lab, clock, 10)
  const mine = () => lab.ctx.db.selectFrom('outgoing_messages').select('id').where('subject', 'like', '%is above 0 C').execute()
  assert.deepEqual(await mine(), [])
  await lab.ctx.db.deleteFrom('outgoing_messages').execute()
  await pass(lab, clock, 10)
  assert.equal((await mine()).length, 1)
})

test(
  'a rule is changed: it stays on while its condition does, under another name too, and starts anew ' + 'with another condition',
  async (t) => {
    const { lab, clock } = await startFreezer(t)
    const change = async (name: string, changes: Record<string, unknown>): Promise<unknown> => {
      const reply = await lab.put('/alerts', { path: PATH, name, ...changes })
      return reply.status === 200 ? (reply.json as { name: string }).name : `${reply.status} ${(reply.json as { message: string }).message}`
    }
    await create(lab, { kind: 'above', value: -15, quiet_seconds: 60 })
    await pass(lab, clock, 10)
    await send(lab, -10)
    await pass(lab, clock, 10)
    assert.equal((await told(lab)).length, 1)
    assert.equal(await change('above -15', { recipients: 'bob@example.com' }), 'above -15')
    assert.equal(await change('above -15', { new_name: 'warm' }), 'warm')
    await pass(lab, clock, 120)
    assert.deepEqual(
      (await list(lab)).map(({ name, active }) => [name, active]),
      [['warm', true]],
    )
    assert.equal((await told(lab)).length, 1, 'nobody is told again')
    await send(lab, -20)
    await pass(lab, clock, 10)
    assert.deepEqual((await told(lab)).slice(1), ['bob@example.com: /lab/freezer/temperature is no longer above -15 C'])

    assert.equal(await change('warm', { value: -25 }), 'warm')
    await pass(lab, clock, 120)
    assert.deepEqual((await told(lab)).slice(2), ['bob@example.com: /lab/freezer/temperature is above -25 C'])
    assert.equal(await change('warm', { new_name: '', kind: 'below' }), 'below -25')
    assert.equal(await change('below -25', { kind: 'outside' }), '400 alert: low must be a number, found nothing.')
    assert.equal(await change('below -25', { kind: 'outside', low: -30, high: -20 }), 'outside -30..-20')
    assert.match(String(await change('none', { value: 1 })), /^404 .*has no alert named "none"/)
    await create(lab, { kind: 'above', value: 1 })
    assert.match(String(await change('above 1', { new_name: 'outside -30..-20' })), /^409 .*has an alert named/)
    const box = await lab.controller('box')
    assert.equal((await box.put('/alerts', { path: PATH, name: 'above 1', value: 2 })).status, 403)
  },
)

test('a rule that is turned off tells nobody, and says nothing of what was when it is turned on', async (t) => {
  const { lab, clock } = await startFreezer(t)
  const turn = (enabled: boolean): Promise<unknown> => lab.put('/alerts', { path: PATH, name: 'above -15', enabled })
  await create(lab, { kind: 'above', value: -15, for_seconds: 60, enabled: false })
  await pass(lab, clock, 10)
  await send(lab, -10)
  await pass(lab, clock, 300)
  assert.deepEqual(await told(lab), [])
  assert.match(await (await fetch(`${lab.url}/metrics`)).text(), /rhizo_alerts\{state="active"\} 0\n/)
  await turn(true)
  await send(lab, -10)
  await pass(lab, clock, 10)
  await pass(lab, clock, 70)
  assert.equal((await told(lab)).length, 1)
  await turn(false)
  assert.deepEqual(
    (await list(lab)).map(({ enabled, active }) => [enabled, active]),
    [[false, false]],
  )
  await send(lab, -20)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 1, 'nor that it is over')
  assert.equal((await lab.ctx.db.selectFrom('alert_states').selectAll().execute()).length, 0)
  const reply = await lab.put(`/resources${PATH}`, {
    system_attributes: { alerts: [{ kind: 'above', value: 1, recipients: ['ann@example.com'], enabled: 'no' }] },
  })
  assert.match((reply.json as { message: string }).message, /enabled must be true or false/)
})
