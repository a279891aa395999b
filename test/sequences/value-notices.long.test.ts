/** What the hub says of values: one notice for each commit, whatever way it came, and one for each removal, whatever way it went. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { IMAGE, TEXT } from '../../src/wire/resource-types.ts'
import { DAY, HOUR, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import type { ValuesCommitted, ValuesRemoved } from '../../src/tree/value-notices.ts'
import { PATH, create, list, pass, send, startFreezer, told } from '../support/freezer.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'
import { waitFor } from '../support/waiting.ts'

const base64 = (content: string | Uint8Array): string => Buffer.from(content).toString('base64')
const photo = (colour: string): Promise<Buffer> =>
  sharp({ create: { width: 20, height: 10, channels: 3, background: colour } })
    .jpeg()
    .toBuffer()

/** Gathers notices; that they are plain data shows in that they survive being sent to another process. */
function listen(lab: Lab): { committed: ValuesCommitted[]; removed: ValuesRemoved[] } {
  const committed: ValuesCommitted[] = []
  const removed: ValuesRemoved[] = []
  lab.ctx.hub.on('valuesCommitted', (notice) => {
    committed.push(JSON.parse(JSON.stringify(notice)) as ValuesCommitted)
  })
  lab.ctx.hub.on('valuesRemoved', (notice) => removed.push(structuredClone(notice)))
  return { committed, removed }
}

const importOf = (lab: Lab, rows: readonly string[]): Promise<Response> =>
  fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Basic ${base64(`x:${lab.key}`)}`, 'content-type': 'text/csv' },
    body: `path,timestamp,value\n${rows.join('\n')}\n`,
  })

const first = ({ sequences, times, values, shown, how }: ValuesCommitted): unknown => ({ sequences, times, values, shown, how })

test('each way in is told of once a commit, with its sequences, times and values, and with how they came', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock })
  const fridge = await lab.controller('fridge')
  const [a, b] = [await lab.sequence('/lab/fridge/a'), await lab.sequence('/lab/fridge/b', TEXT)]
  const camera = await lab.sequence('/lab/fridge/camera', IMAGE)
  const { committed } = listen(lab)
  const last = (): ValuesCommitted => committed.at(-1) ?? assert.fail('nothing was told')
  const now = clock.now()

  await lab.put('/resources/lab/fridge/a', { data: base64('4.50') })
  assert.deepEqual(first(last()), { sequences: [a.id], times: [now], values: [4.5], shown: [], how: 'live' }, 'REST, by path')

  await fridge.put('/resources', { values: { '/lab/fridge/a': 5, '/lab/fridge/b': 'open' } })
  const both = { sequences: [a.id, b.id], times: [now + 1, now], values: [5, 'open'], shown: [], how: 'live' }
  assert.deepEqual(first(last()), both, 'REST, many')

  const csv = [`/lab/fridge/b,2026-01-01T00:00:00Z,shut`, `/lab/fridge/a,2026-01-01T00:00:01Z,1`, `/lab/fridge/a,2026-01-01T00:00:00Z,0`]
  assert.equal((await importOf(lab, csv)).status, 200)
  const start = Date.UTC(2026, 0, 1) * 1000
  assert.deepEqual(
    first(last()),
    { sequences: [b.id, a.id, a.id], times: [start, start + SECOND, start], values: ['shut', 1, 0], shown: [], how: 'import' },
    'import',
  )

  const peer = await connect(t, lab, fridge.key)
  await peer.tell('update_sequence', { sequence: 'a', value: 6, timestamp: now / 1e6 + 1 })
  assert.deepEqual(first(last()), { sequences: [a.id], times: [now + SECOND], values: [6], shown: [], how: 'live' }, 'WebSocket')
  await peer.tell('update', { folder: 'self', a: 7, b: 'ajar' })
  assert.deepEqual([last().sequences, last().values, last().how], [[a.id, b.id], [7, 'ajar'], 'live'], 'WebSocket, update')

  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  await device.publish('lab/fridge', 's,a,2026-01-31T12:00:30Z,8', { qos: 1 })
  assert.deepEqual(first(last()), { sequences: [a.id], times: [now + 30 * SECOND], values: [8], shown: [], how: 'live' }, 'MQTT')
  await device.publish('lab/fridge', 'd,a,2026-01-31T12:00:40Z,9', { qos: 1 })
  assert.deepEqual(
    [last().commit, first(last())],
    [null, { sequences: [a.id], times: [now + 40 * SECOND], values: [9], shown: [0], how: 'shown' }],
    'MQTT, not to be stored',
  )

  await lab.put('/resources/lab/fridge/camera', { data: base64(await photo('#884422')) })
  assert.deepEqual(first(last()), { sequences: [camera.id], times: [now], values: [''], shown: [], how: 'image' }, 'REST, image')
  await peer.tell('update_sequence', { sequence: 'camera', value: base64(await photo('#004400')) })
  assert.deepEqual([last().sequences, last().times, last().how], [[camera.id], [now + 1], 'image'], 'WebSocket, image')
  await device.publish('lab/fridge/camera', await photo('#000044'), { qos: 1 })
  assert.deepEqual([last().sequences, last().times, last().how], [[camera.id], [now + 2], 'image'], 'MQTT, image')

  assert.equal(committed.length, 10, 'one notice each')
  const numbers = committed.flatMap(({ commit }) => commit ?? [])
  assert.deepEqual(
    numbers,
    [...numbers].sort((one, other) => one - other),
  )
  assert.equal(new Set(numbers).size, 9)
  assert.ok(committed.every(({ continues }) => !continues))
})

test('values that min_storage_interval leaves out are told of as shown, beside those that are stored', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const [often, seldom] = [await lab.sequence('/lab/often'), await lab.sequence('/lab/seldom', 1, { min_storage_interval: 50 })]
  const camera = await lab.sequence('/lab/camera', IMAGE, { min_storage_interval: 50 })
  const { committed } = listen(lab)
  for (let round = 0; round < 2; round++) {
    await lab.put('/resources', { values: { '/lab/seldom': round, '/lab/often': round } })
    await lab.put('/resources/lab/camera', { data: base64(await photo('#123456')) })
    clock.advance(1)
  }
  assert.deepEqual(
    committed.map(({ sequences, shown }) => [sequences, shown]),
    [
      [[seldom.id, often.id], []],
      [[camera.id], []],
      [[seldom.id, often.id], [0]],
      [[camera.id], [0]],
    ],
  )
})

test('a large import is told of piece by piece, and each piece but the last says that more follow', async (t) => {
  const lab = await startLab(t)
  const sequence = await lab.sequence('/lab/a')
  const { committed } = listen(lab)
  const rows = Array.from({ length: 12_000 }, (_, at) => `/lab/a,${formatTimestamp(Date.UTC(2025, 0, 1) * 1000 + at * SECOND)},${at}`)
  assert.equal((await importOf(lab, rows)).status, 200)
  assert.deepEqual(
    committed.map(({ values, continues, how }) => [values.length, continues, how]),
    [
      [5_000, true, 'import'],
      [5_000, true, 'import'],
      [2_000, false, 'import'],
    ],
  )
  assert.deepEqual(
    committed.flatMap(({ values }) => values),
    rows.map((_, at) => at),
  )
  assert.ok(committed.every(({ sequences }) => sequences.every((id) => id === sequence.id)))
})

test('what was refused, and what nobody wrote, is told of by nothing', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/a')
  const { committed } = listen(lab)
  const refused = await lab.put('/resources', { values: { '/lab/fridge/a': 'NaN' } })
  assert.equal((refused.json as { stored: number }).stored, 0, refused.text)
  assert.equal((await lab.put('/resources', { values: {} })).status, 200)
  const peer = await connect(t, lab, fridge.key)
  await peer.tell('update', { folder: 'self', nothing: 1 })
  await peer.tell('greeting', { folder: 'self' })
  assert.deepEqual(committed, [])
})

async function storeHours(lab: Lab, path: string, now: Micros, hours: number): Promise<void> {
  const rows = Array.from({ length: hours }, (_, at) => `${path},${formatTimestamp(now - (hours - at) * HOUR)},${at}`)
  assert.equal((await importOf(lab, rows)).status, 200)
}

test('each removal that somebody asks for is told of, with its range and conditions', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const a = await lab.sequence('/lab/a')
  const camera = await lab.sequence('/lab/camera', IMAGE)
  await storeHours(lab, '/lab/a', clock.now(), 5)
  await lab.put('/resources/lab/camera', { data: base64(await photo('#884422')) })
  const { removed } = listen(lab)
  const [start, end] = [clock.now() - 3 * HOUR, clock.now() - 2 * HOUR]
  const range = { start_timestamp: formatTimestamp(start), end_timestamp: formatTimestamp(end) }
  const counts: unknown[] = []
  for (const [path, more] of [
    ['a', range],
    ['a', { where: 'value > 3' }],
    ['a', {}],
    ['camera', {}],
  ] as const)
    counts.push(((await lab.delete(`/resources/lab/${path}`, { data_only: 1, ...more })).json as { deleted: number }).deleted)
  assert.deepEqual(counts, [2, 1, 2, 1])
  const all = { start: undefined, end: undefined }
  assert.deepEqual(removed, [
    { sequence: a.id, range: { start, end }, where: [], why: 'request' },
    { sequence: a.id, range: all, where: [{ is: '>', value: 3 }], why: 'request' },
    { sequence: a.id, range: all, where: [], why: 'request' },
    { sequence: camera.id, range: all, where: [], why: 'request' },
  ])
  assert.equal((await lab.delete('/resources/lab/a', { data_only: 1, dry_run: 1 })).status, 200)
  assert.equal(removed.length, 4, 'a dry run removes nothing')
})

test('values beyond max_history or max_age are told of as they go, and only then', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const few = await lab.sequence('/lab/few', 1, { max_history: 10 })
  const young = await lab.sequence('/lab/young', 1, { max_age: '5h' })
  const [fewImages, youngImages] = [
    await lab.sequence('/lab/few-images', IMAGE, { max_history: 1 }),
    await lab.sequence('/lab/young-images', IMAGE, { max_age: '1d' }),
  ]
  const { removed } = listen(lab)
  const of = (id: number): ValuesRemoved[] => removed.filter(({ sequence }) => sequence === id)

  await storeHours(lab, '/lab/few', clock.now(), 20)
  const [cut] = await waitFor('old values go', () => of(few.id).length > 0 && of(few.id))
  assert.deepEqual(cut, { sequence: few.id, range: { end: clock.now() - 10 * HOUR - 1 }, where: [], why: 'retention' })
  assert.equal((await lab.ctx.sequences.info({ id: few.id, isText: false })).count, 10)

  await storeHours(lab, '/lab/young', clock.now(), 4)
  for (const path of ['few-images', 'young-images'])
    for (const colour of ['#111111', '#222222']) await lab.put(`/resources/lab/${path}`, { data: base64(await photo(colour)) })
  assert.deepEqual(of(fewImages.id), [{ sequence: fewImages.id, range: { end: clock.now() }, where: [], why: 'retention' }])

  await lab.daemon.runWorkers()
  assert.deepEqual([of(young.id), of(youngImages.id)], [[], []], 'nothing is too old yet')
  const stored = clock.now()
  clock.advance(2 * (DAY / SECOND))
  await lab.daemon.runWorkers()
  assert.deepEqual(
    of(young.id).map(({ why }) => why),
    ['retention'],
  )
  assert.ok((of(young.id)[0]?.range.end ?? 0) >= stored - HOUR)
  assert.deepEqual(of(youngImages.id), [{ sequence: youngImages.id, range: { end: stored + 1 }, where: [], why: 'retention' }])
})

test('what goes with its sequence for good is told of: at once when it is purged, or by the server later', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  const [now, later] = [await lab.sequence('/lab/now'), await lab.sequence('/lab/fridge/later')]
  for (const path of ['/lab/now', '/lab/fridge/later']) await storeHours(lab, path, clock.now(), 3)
  const { removed } = listen(lab)
  assert.equal((await lab.delete('/resources/lab/now', { purge: 1 })).status, 200)
  assert.deepEqual(removed, [{ sequence: now.id, range: {}, where: [], why: 'purge' }])
  assert.equal((await lab.delete(`/resources${fridge.path}`)).status, 200)
  assert.equal(removed.length, 1, 'what can come back is not gone')
  clock.advance(40 * (DAY / SECOND))
  await lab.daemon.runWorkers()
  assert.deepEqual(
    removed.filter(({ why }) => why === 'purge'),
    [now, later].map(({ id }) => ({ sequence: id, range: {}, where: [], why: 'purge' })),
  )
})

test('who shows a value without storing it sets off no alert, and a value that goes because it is old ends none', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: -15 })
  await pass(lab, clock, 10)
  const device = await connectDevice(t, lab, lab.key)
  const isActive = async (): Promise<unknown> => (await list(lab))[0]?.['active']
  const { committed, removed } = listen(lab)
  await device.publish('lab/freezer', 'd,temperature,,-3', { qos: 1 })
  await pass(lab, clock, 10)
  assert.deepEqual([committed.map(({ how }) => how), await isActive()], [['shown'], false])
  await send(lab, -3)
  await pass(lab, clock, 10)
  assert.equal(await isActive(), true)
  assert.equal((await lab.put(`/resources${PATH}`, { system_attributes: { max_age: '1h' } })).status, 200)
  await pass(lab, clock, 7_200)
  await waitFor('the old value goes', () => removed.some(({ why }) => why === 'retention'))
  await pass(lab, clock, 10)
  assert.equal(await isActive(), true)
  assert.equal((await told(lab)).length, 1)
})
