/** Masks and calibrations by the API: what reads leave out, and that undoing gives the same bytes. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { CalibrationInfo, MaskInfo } from '../../src/wire/answers.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'

const PATH = '/lab/freezer/temperature'
const VALUES = [-18, -17.9, 99, 98, -18.1, 97, -18.2]
const minute = (at: number): string => `2026-01-31T12:0${at}:00Z`

async function freezerLab(t: Parameters<typeof startLab>[0]): Promise<Lab> {
  const lab = await startLab(t)
  await lab.controller('freezer')
  await lab.sequence(PATH)
  for (const [at, value] of VALUES.entries()) await lab.put('/resources', { values: { [PATH]: value }, timestamp: minute(at) })
  return lab
}

/** Everything that reads a sequence, as bytes. */
async function readAll(lab: Lab): Promise<string[]> {
  const at = `/resources${PATH}`
  const range = { start_timestamp: '2026-01-31T12:00:00Z', end_timestamp: '2026-01-31T13:00:00Z' }
  const requests: [string, Record<string, unknown>][] = [
    [at, {}],
    [at, { count: 100 }],
    [at, { ...range, count: 3 }],
    [at, { format: 'csv' }],
    [at, { format: 'ndjson', order: 'desc' }],
    [at, { order: 'asc', count: 2 }],
    [at, { download: 1, count: 100 }],
    [at, { max_points: 3, ...range }],
    [at, { max_points: 3, aggregate: 'lttb' }],
    [at, { interval: '1m', aggregate: 'mean' }],
    ['/sequences/series', { path: PATH, interval: '1h', aggregate: 'minmax' }],
  ]
  const replies = await Promise.all(requests.map(([path, query]) => lab.get(path, query)))
  for (const reply of replies) assert.equal(reply.status, 200, reply.text)
  return replies.map(({ text }) => text)
}

async function mask(lab: Lab, parameters: Record<string, unknown>): Promise<MaskInfo> {
  const reply = await lab.post('/sequences/masks', { path: PATH, ...parameters })
  assert.equal(reply.status, 200, reply.text)
  return reply.json as MaskInfo
}

test('masked values are left out of all reads, and come back byte for byte', async (t) => {
  const lab = await freezerLab(t)
  const before = await readAll(lab)
  const made = await mask(lab, { where: 'value > 95', note: 'fan off' })
  assert.deepEqual([made.values, made.stretches, made.start_timestamp, made.end_timestamp], [3, 2, minute(2), minute(5)])
  const masked = await readAll(lab)
  for (const text of masked) assert.doesNotMatch(text, /\b9[789]\b/)
  assert.deepEqual((JSON.parse(masked[1] ?? '') as { values: string[] }).values, ['-18', '-17.9', '-18.1', '-18.2'])
  const included = (await lab.get(`/resources${PATH}`, { count: 100, masked: 'include' })).json as { values: string[]; masked: number[] }
  assert.deepEqual([included.values, included.masked], [VALUES.map(String), [2, 3, 5]])
  assert.match(
    (await lab.get(`/resources${PATH}`, { format: 'csv', masked: 'include' })).text,
    /^timestamp,value,masked\n[^\n]*,-18,\n(.*\n)*[^\n]*,99,1\n/,
  )
  const rawBytes = (await lab.get(`/resources${PATH}`, { format: 'csv', raw: true })).text
  assert.equal(rawBytes, before[3])
  const list = (await lab.get('/sequences/masks', { path: PATH })).json as { masks: MaskInfo[] }
  assert.deepEqual(
    list.masks.map(({ id, note, where }) => [id, note, where]),
    [[made.id, 'fan off', 'value > 95']],
  )
  const parts = { path: PATH, start_timestamp: minute(3), end_timestamp: minute(4) }
  assert.deepEqual(((await lab.get('/sequences/masks', parts)).json as { masks: MaskInfo[] }).masks[0]?.parts, [[minute(3), minute(3)]])
  assert.equal((await lab.delete('/sequences/masks', { path: PATH, id: made.id })).status, 200)
  assert.deepEqual(await readAll(lab), before)
  assert.equal((await lab.delete('/sequences/masks', { path: PATH, id: made.id })).status, 404)
})

test('the newest value leaves masked ones out, for readers, for those who subscribe later, and after a restart', async (t) => {
  const lab = await freezerLab(t)
  const freezer = lab.ctx.tree.find('/lab/freezer')
  assert.ok(freezer)
  const person = await connect(t, lab, lab.key)
  await person.subscribe('/lab/freezer')
  const { id } = await mask(lab, { start_timestamp: minute(5), note: 'probe in hand' })
  const newest = async (): Promise<string> => (await lab.get(`/resources${PATH}`)).text
  assert.equal(await newest(), '-18.1')
  await lab.put('/resources', { values: { [PATH]: 50 }, timestamp: minute(8) })
  assert.equal(await newest(), '-18.1', 'what comes into an open mask is masked')
  await person.tell('ping')
  assert.deepEqual(
    person.heard.filter(({ type }) => type === 'sequence_update'),
    [],
    'and is not shown',
  )
  lab.ctx.sequenceStates.clear()
  lab.ctx.corrections.clear()
  assert.equal(await newest(), '-18.1')
  await lab.delete('/sequences/masks', { path: PATH, id })
  assert.equal(await newest(), '50')
})

test('an alert that a masked value set off ends, and masked values set none off', async (t) => {
  const lab = await freezerLab(t)
  await lab.put('/resources', { values: { [PATH]: 99 } })
  await lab.post('/alerts', { path: PATH, kind: 'above', value: 0, name: 'warm', recipients: ['ann@example.com'] })
  const isOn = async (): Promise<boolean> => {
    await lab.daemon.runWorkers()
    return ((await lab.get('/alerts', { path: PATH })).json as { active: boolean }[])[0]?.active === true
  }
  assert.equal(await isOn(), true)
  await mask(lab, { where: 'value > 95' })
  assert.equal(await isOn(), false)
  await mask(lab, { start_timestamp: '2026-02-01T00:00:00Z' })
  await lab.put('/resources', { values: { [PATH]: 99 } })
  assert.equal(await isOn(), false)
})

test('a calibration holds from its time on, for reads, subscribers and the newest value; the raw value stays', async (t) => {
  const lab = await freezerLab(t)
  await mask(lab, { where: 'value > 95' })
  const person = await connect(t, lab, lab.key)
  await person.subscribe('/lab/freezer')
  const reply = await lab.post('/sequences/calibrations', {
    path: PATH,
    start_timestamp: minute(4),
    scale: 2,
    offset: 1,
    note: 'reference',
  })
  const made = reply.json as CalibrationInfo
  assert.equal(reply.status, 200, reply.text)
  const valuesOf = async (more: Record<string, unknown>): Promise<string[]> =>
    ((await lab.get(`/resources${PATH}`, { count: 100, ...more })).json as { values: string[] }).values
  assert.deepEqual(await valuesOf({}), ['-18', '-17.9', '-35.2', '-35.4'])
  assert.deepEqual(await valuesOf({ raw: true }), VALUES.map(String))
  assert.equal((await lab.get(`/resources${PATH}`)).text, '-35.4')
  assert.equal((await lab.get(`/resources${PATH}`, { raw: true })).text, '-18.2')
  await lab.put('/resources', { values: { [PATH]: -18 }, timestamp: minute(7) })
  assert.deepEqual((await person.hear('sequence_update')).parameters, {
    id: lab.ctx.tree.find(PATH)?.id,
    name: PATH,
    timestamp: minute(7),
    value: '-35',
  })
  const table = await lab.post('/sequences/calibrations', {
    path: PATH,
    start_timestamp: minute(6),
    points: [
      [-20, -21],
      [-18, -18],
    ],
  })
  assert.equal(table.status, 200, table.text)
  assert.deepEqual(await valuesOf({}), ['-18', '-17.9', '-35.2', '-18.3', '-18'])
  await lab.delete('/sequences/calibrations', { path: PATH, id: (table.json as CalibrationInfo).id })
  await lab.delete('/sequences/calibrations', { path: PATH, id: made.id })
  assert.deepEqual(await valuesOf({}), ['-18', '-17.9', '-18.1', '-18.2', '-18'])
})

test('who may write masks and calibrates, readers see it, and what makes no sense is refused', async (t) => {
  const lab = await freezerLab(t)
  const reader = await lab.user('reader@example.com')
  await lab.put('/resources/lab/freezer', { permissions: [[110, lab.organization.id, 10]] })
  const { id } = await mask(lab, { where: 'value > 95' })
  assert.equal((await reader.get('/sequences/masks', { path: PATH })).status, 200)
  assert.equal((await reader.post('/sequences/masks', { path: PATH, where: 'value > 1' })).status, 403)
  assert.equal((await reader.delete('/sequences/masks', { path: PATH, id })).status, 403)
  assert.equal((await reader.post('/sequences/calibrations', { path: PATH, scale: 2 })).status, 403)
  const log = '/lab/freezer/log'
  await lab.sequence(log, 2)
  await lab.put('/resources', { values: { [log]: 'error: fan' }, timestamp: minute(0) })
  await lab.put('/resources', { values: { [log]: 'fine' }, timestamp: minute(1) })
  assert.equal((await lab.post('/sequences/masks', { path: log, where: 'contains "error"' })).status, 200)
  assert.match((await lab.get(`/resources${log}`, { format: 'csv' })).text, /^timestamp,value\n[^\n]*,fine\n$/)
  const refused: [string, Record<string, unknown>, RegExp][] = [
    ['masks', {}, /Give start_timestamp, end_timestamp or where/],
    ['masks', { where: 'value is bad' }, /where/],
    ['masks', { start_timestamp: minute(2), end_timestamp: minute(1) }, /later than end_timestamp/],
    ['masks', { where: 'value > 1', note: 'x'.repeat(501) }, /longer than 500/],
    ['calibrations', {}, /Give scale, offset or points/],
    ['calibrations', { scale: 0 }, /scale is 0/],
    ['calibrations', { points: [[1, 2]] }, /2 to 200 pairs/],
    [
      'calibrations',
      {
        points: [
          [1, 2],
          [1, 3],
        ],
      },
      /has 1 twice/,
    ],
    [
      'calibrations',
      {
        scale: 2,
        points: [
          [1, 2],
          [2, 3],
        ],
      },
      /a table of points, or scale and offset/,
    ],
    ['calibrations', { path: log, scale: 2 }, /text sequence/],
  ]
  for (const [kind, parameters, message] of refused) {
    const reply = await lab.post(`/sequences/${kind}`, { path: PATH, ...parameters })
    assert.equal(reply.status, 400, reply.text)
    assert.match(reply.text, message)
  }
})

test('masks move with values that are moved in time', async (t) => {
  const lab = await freezerLab(t)
  await mask(lab, { where: 'value > 95' })
  const shift = { path: PATH, start_timestamp: minute(0), end_timestamp: minute(3), by: '-1h' }
  assert.equal((await lab.post('/sequences/shift', shift)).status, 200)
  assert.deepEqual(((await lab.get(`/resources${PATH}`, { count: 100 })).json as { values: string[] }).values, [
    '-18',
    '-17.9',
    '-18.1',
    '-18.2',
  ])
})
