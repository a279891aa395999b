/** How long values are kept: by number, by age, through restarts; and what a sequence says that it holds. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { formatDuration, parseDuration } from '../../src/base/duration.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { DAY, HOUR, MINUTE, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'

const PATH = '/lab/fridge/temperature'

/** One value each hour, of the hours before now: 0 is the oldest. */
async function storeHours(lab: Lab, clock: FakeClock, hours: number, path = PATH): Promise<void> {
  const sequence = lab.ctx.tree.find(path)
  assert.ok(sequence)
  const isText = sequence.sequence?.dataType === 2
  const rows = Array.from({ length: hours }, (_, at) => ({
    sequence: { id: sequence.id, isText },
    time: clock.time - (hours - at) * HOUR,
    value: isText ? `line ${at}` : at,
  }))
  await lab.ctx.sequences.append(rows)
}

const timesOf = async (lab: Lab, path = PATH): Promise<Micros[]> =>
  ((await lab.get(`/resources${path}`, { count: 10_000 })).json as { timestamps: number[] }).timestamps.map((seconds) =>
    Math.round(seconds * SECOND),
  )
const seal = async (lab: Lab): Promise<void> => (lab.ctx.sequences as SqliteSequenceStore).seal()

test('durations are read and written in one way', () => {
  const good: [string, Micros][] = [
    ['90s', 90 * SECOND],
    ['1.5h', 90 * MINUTE],
    ['7 d', 7 * DAY],
    ['2w', 14 * DAY],
    ['2y', 730 * DAY],
    ['45', 45 * SECOND],
    ['0', 0],
    ['0.5', SECOND / 2],
  ]
  for (const [text, duration] of good) assert.equal(parseDuration(text), duration, text)
  for (const text of ['', 'd', '-1d', '1M', '1d2h', '1e3', '.5h', 'Infinity', '1d '.repeat(2)])
    assert.equal(parseDuration(text), undefined, text)
  for (const text of ['90s', '5m', '36h', '90d']) assert.equal(formatDuration(parseDuration(text) ?? 0), text)
})

test('max_age is checked where it comes in, kept as it was written, and taken back with 0', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const create = (name: string, max_age: unknown) =>
    lab.post('/resources', { path: '/lab/ages', name, type: 21, data_type: 1, system_attributes: { max_age } })
  const specOf = (name: string): Micros | undefined => lab.ctx.tree.find(`/lab/ages/${name}`)?.sequence?.maxAge
  for (const wrong of ['soon', '-1d', '0.5s', '300y', { days: 3 }, true]) {
    const { status, json } = await create('wrong', wrong)
    assert.equal(status, 400, JSON.stringify(wrong))
    assert.match((json as { message: string }).message, /^max_age is /)
  }
  for (const [name, given, kept, age] of [
    ['days', ' 90d', '90d', 90 * DAY],
    ['seconds', 7_200, '7200', 2 * HOUR],
    ['never', '0', undefined, undefined],
    ['empty', '', undefined, undefined],
  ] as const) {
    assert.equal((await create(name, given)).status, 200)
    const { system_attributes: attributes } = (await lab.get(`/resources/lab/ages/${name}`, { meta: 1 })).json as {
      system_attributes: Record<string, unknown>
    }
    assert.equal(attributes['max_age'], kept)
    assert.equal(specOf(name), age)
  }
  const set = (parameters: Record<string, unknown>) => lab.put('/resources/lab/ages/days', parameters)
  assert.equal((await set({ max_age: '12h' })).status, 200)
  assert.equal(specOf('days'), 12 * HOUR)
  assert.equal((await set({ system_attributes: { units: 'C' } })).status, 200)
  assert.equal(specOf('days'), 12 * HOUR, 'other attributes leave it alone')
  assert.equal((await set({ max_age: 'never' })).status, 400)
  for (const off of [{ max_age: '0' }, { system_attributes: { max_age: null } }, { system_attributes: { max_age: '' } }]) {
    await set({ max_age: '12h' })
    assert.equal((await set(off)).status, 200)
    assert.equal(specOf('days'), undefined)
  }
})

for (const isSealed of [false, true]) {
  test(`values go when they are too old, ${isSealed ? 'sealed' : 'in the head'}; others of the same age stay`, async (t) => {
    const clock = new FakeClock()
    const lab = await startLab(t, { clock })
    await lab.sequence(PATH, 1, { max_age: '1d' })
    await lab.sequence('/lab/fridge/log', 2, { max_age: '1d' })
    await lab.sequence('/lab/fridge/kept')
    for (const path of [PATH, '/lab/fridge/log', '/lab/fridge/kept']) await storeHours(lab, clock, 48, path)
    if (isSealed) await seal(lab)
    await lab.daemon.runWorkers()
    const first = clock.time - DAY
    for (const path of [PATH, '/lab/fridge/log']) {
      const times = await timesOf(lab, path)
      assert.deepEqual([times.length, times[0]], [24, first], path)
    }
    assert.equal((await timesOf(lab, '/lab/fridge/kept')).length, 48)
    assert.equal((await lab.get(`/resources${PATH}`)).text, '47')

    // An hour more: not worth a removal yet. Then all go, and nothing is newest any more.
    clock.advance(HOUR / SECOND)
    await lab.daemon.runWorkers()
    assert.equal((await timesOf(lab)).length, 24)
    clock.advance(DAY / SECOND)
    await lab.daemon.runWorkers()
    assert.deepEqual(await timesOf(lab), [])
    assert.equal((await lab.get(`/resources${PATH}`)).text, '')
    await lab.put('/resources', { values: { [PATH]: 5 } })
    assert.deepEqual(await timesOf(lab), [clock.time])
  })
}

test('what became too old while the server was down goes when an admin says that the clock is right', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence(PATH, 1, { max_age: '1d', max_history: 10 })
  await storeHours(lab, clock, 20)
  await lab.stop()
  clock.advance((DAY - 5.5 * HOUR) / SECOND)
  const again = await startLab(t, { clock, folder: lab.folder })
  const sequence = again.ctx.tree.find(PATH)
  assert.ok(sequence)
  const count = () => again.ctx.sequences.count({ id: sequence.id, isText: false }, {})
  // The worker's first run is under way since the start; this comes after it.
  await again.daemon.runWorkers()
  assert.equal(await count(), 10)
  assert.equal((await again.put('/clock', { confirm: 1 })).status, 200)
  await again.daemon.runWorkers()
  assert.equal(await count(), 5)
})

test('images go with their thumbnails', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { STORAGE_THRESHOLD: 100 } })
  await lab.sequence('/lab/camera', 3, { max_age: '1h' })
  const image = (
    await sharp({ create: { width: 300, height: 200, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer()
  ).toString('base64')
  for (let number = 0; number < 30; number++) {
    assert.equal((await lab.put('/resources/lab/camera', { data: image })).status, 200)
    clock.advance(MINUTE / SECOND)
  }
  const report = async () => (await lab.get('/sequences/info', { path: '/lab/camera' })).json as Record<string, unknown>
  const rows = async () =>
    lab.ctx.db
      .selectFrom('resource_revisions')
      .innerJoin('resources', 'resources.id', 'resource_id')
      .select('storage_path')
      .where('resources.name', 'in', ['camera', 'thumbnail-240-x'])
      .execute()
  const before = await report()
  assert.deepEqual(
    [before['data_type'], before['values'], before['unsealed'], before['blocks'], before['max_age']],
    ['image', 30, null, null, '1h'],
  )
  assert.ok(Number(before['bytes']) > (30 * image.length * 3) / 4, 'images and thumbnails')
  const old = await rows()
  assert.equal(old.length, 60)
  clock.advance((35 * MINUTE) / SECOND)
  await lab.daemon.runWorkers()
  assert.equal((await report())['values'], 25)
  assert.equal((await rows()).length, 50)
  assert.equal(
    (
      await Promise.all(old.map(async ({ storage_path: path }) => path !== null && (await lab.ctx.storage.writtenAt(path)) !== undefined))
    ).filter(Boolean).length,
    50,
    'their content too',
  )
})

test('a sequence says what it holds and takes up', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence(PATH, 1, { units: 'C', decimal_places: 1, max_age: '90d' })
  await storeHours(lab, clock, 500)
  await seal(lab)
  await lab.put('/resources', { values: { [PATH]: 1 } })
  const { json } = await lab.get('/sequences/info', { path: PATH })
  const { bytes, bytes_per_value: perValue, ...report } = json as Record<string, unknown>
  assert.deepEqual(report, {
    id: lab.ctx.tree.find(PATH)?.id,
    path: PATH,
    data_type: 'numeric',
    units: 'C',
    decimal_places: 1,
    values: 501,
    first_timestamp: formatTimestamp(clock.time - 500 * HOUR),
    last_timestamp: formatTimestamp(clock.time),
    unsealed: 1,
    blocks: 1,
    max_history: 1_000_000,
    max_age: '90d',
    min_storage_interval: 0,
  })
  assert.equal(perValue, Math.round(Number(bytes) * 2) / 1_000)

  await lab.sequence('/lab/fridge/empty', 2)
  const empty = (await lab.get('/sequences/info', { path: '/lab/fridge/empty' })).json as Record<string, unknown>
  assert.deepEqual(
    [empty['values'], empty['first_timestamp'], empty['bytes'], empty['bytes_per_value'], empty['max_age']],
    [0, null, 0, null, null],
  )
  for (const [path, status] of [
    ['/lab/fridge', 400],
    ['/lab/nothing', 404],
    ['', 400],
  ] as const)
    assert.equal((await lab.get('/sequences/info', { path })).status, status, path)
  assert.equal((await (await lab.user('stranger@example.com', { member: false })).get('/sequences/info', { path: PATH })).status, 403)
})

test('rhizo seq create, set, info and ls', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await rhizo(lab, ['seq', ...args])
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
    return stdout
  }
  await run('create', PATH, '--units', 'C', '--max-age', '90d')
  assert.equal(lab.ctx.tree.find(PATH)?.sequence?.maxAge, 90 * DAY)
  for (const args of [
    ['create', '/lab/x', '--max-age', 'soon'],
    ['set', PATH, '--max-age', 'soon'],
    ['set', PATH],
    ['set', PATH, '--max-history', '0'],
  ])
    assert.equal((await rhizo(lab, ['seq', ...args])).code, 2, args.join(' '))
  assert.equal((await rhizo(lab, ['seq', 'set', '/lab/fridge', '--units', 'K'])).code, 2)
  await run('set', PATH, '--max-age', '2y', '--units', '', '--decimals', '1')
  const { maxAge, units, decimalPlaces, maxHistory } = lab.ctx.tree.find(PATH)?.sequence ?? {}
  assert.deepEqual([maxAge, units, decimalPlaces, maxHistory], [730 * DAY, undefined, 1, 1_000_000_000])
  await storeHours(lab, clock, 3)
  assert.match(
    await run('info', PATH),
    new RegExp(
      `^path +${PATH}\\ntype +numeric\\nvalues +3\\nfirst +2026-01-31T09:00:00Z\\nlast +2026-01-31T11:00:00Z\\nnot yet packed ` +
        '+3\\nblocks +0\\nsize +0 B\\nkeeps +all values, for 730d\\nstores +every value\\n$',
    ),
  )
  await run('set', PATH, '--max-age', '0')
  assert.equal(lab.ctx.tree.find(PATH)?.sequence?.maxAge, undefined)

  await run('create', '/lab/fridge/log', '--type', 'text')
  await lab.put('/resources', { values: { '/lab/fridge/log': 'x'.repeat(2_000) } })
  await run('create', '/lab/fridge/camera', '--type', 'image')
  const requests = async (): Promise<number> =>
    Number(/rhizo_http_request_seconds_count\{[^}]*resources\/\*[^}]*\} (\d+)/.exec(await (await fetch(`${lab.url}/metrics`)).text())?.[1])
  const before = await requests()
  const rows = JSON.parse(await run('ls', '/lab', '--json')) as {
    path: string
    timestamp: string | null
    value: unknown
    max_age: unknown
  }[]
  assert.ok((await requests()) - before <= 2, 'one request for the folder and one for the list, however many sequences')
  assert.deepEqual(
    rows.map(({ path, timestamp, value }) => [path, timestamp, value]),
    [
      ['/lab/fridge/camera', null, null],
      ['/lab/fridge/log', formatTimestamp(clock.time), 'x'.repeat(1_000)],
      [PATH, '2026-01-31T11:00:00Z', 2],
    ],
  )
  assert.deepEqual(
    (JSON.parse(await run('ls', PATH, '--json')) as { path: string; value: unknown }[]).map(({ path, value }) => [path, value]),
    [[PATH, 2]],
  )
})
