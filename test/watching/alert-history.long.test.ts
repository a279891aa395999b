/** When alerts were on is kept as data; mutes hold back what is told and end by themselves; who takes care lets others sleep. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { PATH, create, fine, list, pass, send, startFreezer, told } from '../support/freezer.ts'
import { startLab, type Caller, type Lab } from '../support/lab.ts'

const historyOf = async (lab: Caller, query: Record<string, unknown> = {}): Promise<Record<string, unknown>[]> =>
  fine(await lab.get('/alerts/history', query)).json as Record<string, unknown>[]

/** The same lab in a new daemon. */
async function restart(
  t: Parameters<typeof startLab>[0],
  lab: Lab,
  clock: NonNullable<Parameters<typeof startLab>[1]>['clock'],
): Promise<Lab> {
  await lab.stop()
  const next = await startLab(t, { ...(clock ? { clock } : {}), folder: lab.folder })
  return { ...next, ...next.as(lab.key) }
}

test('each time that an alert was on is kept: from when to when, lowest and highest, who was told, over a restart', async (t) => {
  const { lab: first, clock } = await startFreezer(t)
  let lab = first
  await create(lab, { kind: 'above', value: -15, for_seconds: 60 })
  await lab.daemon.runWorkers()
  for (const value of [-14, -9.5, -12]) {
    await send(lab, value)
    await pass(lab, clock, 61)
  }
  assert.deepEqual(
    (await historyOf(lab)).map(({ id, told: toldOf, ...rest }) => ({ ...rest, id: typeof id, count: (toldOf as unknown[]).length })),
    [
      {
        id: 'number',
        path: PATH,
        name: 'above -15',
        condition: 'above -15 for 1m',
        units: 'C',
        start_timestamp: '2026-01-31T12:01:00Z',
        end_timestamp: null,
        lowest: -14,
        highest: -9.5,
        acknowledged: null,
        count: 1,
      },
    ],
  )
  lab = await restart(t, lab, clock)
  await lab.daemon.runWorkers()
  await send(lab, -8)
  await pass(lab, clock, 10)
  await send(lab, -20)
  await pass(lab, clock, 10)
  const [over, ...others] = await historyOf(lab, { path: PATH })
  assert.deepEqual(others, [])
  assert.deepEqual([over?.['lowest'], over?.['highest'], over?.['end_timestamp']], [-14, -8, '2026-01-31T12:03:13Z'])
  const toldOf = over?.['told'] as { what: string; recipients: string[]; states: string[] }[]
  assert.deepEqual(
    toldOf.map(({ what, recipients, states }) => [what, recipients, states]),
    [
      ['start', ['ann@example.com'], ['held']],
      ['end', ['ann@example.com'], ['held']],
    ],
  )
  assert.deepEqual(await historyOf(lab, { start_timestamp: '2026-01-31T12:10:00Z' }), [])
  assert.equal((await historyOf(lab, { path: '/lab', end_timestamp: '2026-01-31T12:10:00Z', name: 'above -15' })).length, 1)
})

test('an alert on and off between two looks is in the history; one whose rule is changed, turned off or removed ends there', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0 })
  await lab.daemon.runWorkers()
  const times = ['2026-01-31T12:00:01Z', '2026-01-31T12:00:02Z', '2026-01-31T12:00:03Z', '2026-01-31T12:00:04Z']
  clock.advance(10)
  const reply = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(times.map((timestamp, at) => ({ path: PATH, timestamp, value: at % 2 === 0 ? at + 5 : -1 }))),
  })
  assert.equal(reply.status, 200)
  await pass(lab, clock, 10)
  const seen = await historyOf(lab)
  assert.deepEqual(
    seen.map((one) => [one['start_timestamp'], one['end_timestamp'], one['highest']]),
    [
      [times[2], times[3], 7],
      [times[0], times[1], 5],
    ],
  )
  const isOn = async (): Promise<boolean> => (await historyOf(lab))[0]?.['end_timestamp'] === null
  for (const undo of [
    async () => lab.put('/alerts', { path: PATH, name: 'above 0', value: 3 }),
    async () => lab.put('/alerts', { path: PATH, name: 'above 3', enabled: false }),
    async () => lab.delete('/alerts', { path: PATH, name: 'above 3' }),
  ]) {
    await lab.put('/alerts', { path: PATH, name: 'above 3', enabled: true })
    await send(lab, 10)
    await pass(lab, clock, 10)
    assert.equal(await isOn(), true)
    fine(await undo())
    await send(lab, -1)
    await pass(lab, clock, 10)
    assert.equal(await isOn(), false)
  }
})

test('a mute of a rule, sequence or folder holds beginnings back and ends by itself: what is still on is told then', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0 })
  for (const path of ['/lab', '/lab/freezer', PATH]) {
    const before = (await told(lab)).length
    fine(await lab.post('/alerts/mute', { path, for_seconds: 1_000, reason: 'defrosting', ...(path === PATH ? { name: 'above 0' } : {}) }))
    await send(lab, 5)
    await pass(lab, clock, 20)
    assert.equal((await told(lab)).length, before, `${path} is muted`)
    const [shown] = await list(lab)
    const { path: of, by, reason } = shown?.['muted'] as Record<string, unknown>
    assert.deepEqual([shown?.['active'], of, by, reason], [true, path, 'admin@example.com', 'defrosting'])
    await pass(lab, clock, 1_000)
    assert.deepEqual((await told(lab)).slice(before), ['ann@example.com: /lab/freezer/temperature is above 0 C'])
    assert.equal((await list(lab))[0]?.['muted'], null)
    await send(lab, -5)
    await pass(lab, clock, 20)
    await pass(lab, clock, 700)
  }
  fine(await lab.post('/alerts/mute', { path: '/lab', for_seconds: 3_600 }))
  assert.match((await lab.delete('/alerts/mute', { path: PATH })).text, /\/lab above it is muted/)
  fine(await lab.delete('/alerts/mute', { path: '/lab' }))
  const before = (await told(lab)).length
  await send(lab, 5)
  await pass(lab, clock, 10)
  fine(await lab.post('/alerts/mute', { path: '/lab', until_timestamp: '2026-01-31T20:00:00Z' }))
  await send(lab, -5)
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, before + 2, 'the end of what was told is told')
  for (const wrong of [{}, { for_seconds: 60, until_timestamp: '2026-01-31T20:00:00Z' }, { for_seconds: 1e9 }])
    assert.equal((await lab.post('/alerts/mute', { path: PATH, ...wrong })).status, 400)
  const kinds = (await lab.get('/audit', { kind: 'alert' })).json as { kind: string; details: Record<string, unknown> }[]
  assert.equal(kinds.filter(({ kind }) => kind === 'alert.muted').length, 5)
  assert.equal(kinds.filter(({ kind }) => kind === 'alert.unmuted').length, 1)
})

test('when nobody takes care in time, a second group is told, once; whoever is on it keeps the others asleep', async (t) => {
  const { lab: first, clock } = await startFreezer(t)
  let lab = first
  const rule = { kind: 'above', value: 0, escalate_after_seconds: 600, escalate_to: ['boss@example.com'] }
  assert.match(
    (await lab.post('/alerts', { path: PATH, kind: 'above', value: 0, recipients: 'a@b.cd', escalate_to: 'c@d.ef' })).text,
    /escalate_after/,
  )
  await create(lab, rule)
  await send(lab, 5)
  await pass(lab, clock, 10)
  await pass(lab, clock, 590)
  assert.equal((await told(lab)).length, 1)
  await pass(lab, clock, 20)
  await pass(lab, clock, 900)
  assert.deepEqual((await told(lab)).slice(1), ['boss@example.com: Nobody takes care yet: /lab/freezer/temperature is above 0 C'])
  await send(lab, -5)
  await pass(lab, clock, 10)
  assert.deepEqual((await told(lab)).slice(2), ['ann@example.com boss@example.com: /lab/freezer/temperature is no longer above 0 C'])
  assert.match((await lab.post('/alerts/ack', { path: PATH })).text, /nothing to take care of/)

  await send(lab, 5)
  await pass(lab, clock, 10)
  const acknowledged = fine(await lab.post('/alerts/ack', { path: '/lab', note: 'moving samples' })).json as { alerts: unknown[] }
  assert.equal(acknowledged.alerts.length, 1)
  await pass(lab, clock, 900)
  lab = await restart(t, lab, clock)
  await pass(lab, clock, 900)
  assert.equal((await told(lab)).length, 4)
  const [latest, earlier] = await historyOf(lab)
  assert.deepEqual(latest?.['acknowledged'], { timestamp: '2026-01-31T12:25:40Z', by: 'admin@example.com', note: 'moving samples' })
  assert.deepEqual(
    (earlier?.['told'] as { what: string }[]).map(({ what }) => what),
    ['start', 'escalation', 'end'],
  )
  assert.deepEqual(((await list(lab))[0]?.['acknowledged'] as { by: string }).by, 'admin@example.com')
})

test('who may not change a sequence sees its history without the recipients, and neither mutes nor acknowledges', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: 0 })
  await send(lab, 5)
  await pass(lab, clock, 10)
  const guest = await lab.user('guest@example.com', { member: false })
  assert.deepEqual(await historyOf(guest), [])
  await lab.put('/resources/lab/freezer', { permissions: [[100, 0, 10]] })
  for (const path of ['/alerts/mute', '/alerts/ack']) assert.equal((await guest.post(path, { path: PATH, for_seconds: 600 })).status, 403)
  fine(await lab.post('/alerts/ack', { path: PATH }))
  const [seen] = await historyOf(guest, { path: PATH })
  const [toldOf] = seen?.['told'] as Record<string, unknown>[]
  assert.deepEqual([toldOf?.['recipients'], toldOf?.['count'], (seen?.['acknowledged'] as { by: unknown }).by], [null, 1, null])
})

test('mails give times on the clock of the organization, with its zone, in winter and in summer', async (t) => {
  const { lab, clock } = await startFreezer(t)
  fine(await lab.put('/resources/lab', { system_attributes: { timezone: 'Europe/Berlin' } }))
  await create(lab, { kind: 'above', value: 0 })
  await send(lab, 5)
  await pass(lab, clock, 10)
  clock.advance(150 * 86_400)
  await send(lab, -5)
  await pass(lab, clock, 10)
  const bodies = (await lab.ctx.db.selectFrom('outgoing_messages').select('body').orderBy('id').execute()).map(({ body }) => body)
  assert.match(bodies[0] ?? '', /since 2026-01-31 13:00:00 Europe\/Berlin \(UTC\+01:00\)\. .* of 2026-01-31 13:00:00 Europe\/Berlin/)
  assert.match(bodies[1] ?? '', /to 2026-06-30 14:00:10 Europe\/Berlin \(UTC\+02:00\)/)
})
