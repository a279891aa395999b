/** Values that were stamped while a clock was wrong are moved to where they belong, and back again. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { DAY, HOUR, MINUTE, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { rhizo } from '../support/outside-command.ts'

const PATH = '/lab/fridge/temperature'
const LOG = '/lab/fridge/log'

interface Answer {
  moved: number
  matching: number
  undo: string | null
}

const shift = (lab: Lab, path: string, start: Micros, end: Micros, by: string, more: Record<string, unknown> = {}) =>
  lab.post('/sequences/shift', { path, start_timestamp: formatTimestamp(start), end_timestamp: formatTimestamp(end), by, ...more })

const read = async (lab: Lab, path = PATH): Promise<[Micros, string][]> => {
  const { timestamps, values } = (await lab.get(`/resources${path}`, { count: 10_000 })).json as { timestamps: number[]; values: unknown[] }
  return timestamps.map((seconds, at) => [Math.round(seconds * SECOND), String(values[at])])
}

/** A value a minute, from a time on. */
async function store(lab: Lab, path: string, from: Micros, count: number, first = 0): Promise<[Micros, string][]> {
  const sequence = lab.ctx.tree.find(path) ?? assert.fail(path)
  const isText = sequence.sequence?.dataType === 2
  const rows = Array.from({ length: count }, (_, at) => ({
    sequence: { id: sequence.id, isText },
    time: from + at * MINUTE,
    value: isText ? `line ${first + at}` : first + at,
  }))
  await lab.ctx.sequences.append(rows)
  return rows.map(({ time, value }) => [time, String(value)])
}

const moved = (points: [Micros, string][], by: Micros): [Micros, string][] => points.map(([time, value]) => [time + by, value])

for (const isSealed of [false, true])
  for (const path of [PATH, LOG])
    test(`${path} is moved and moved back, ${isSealed ? 'sealed' : 'in the head'}, over restarts`, async (t) => {
      const clock = new FakeClock()
      const folder = await makeFolder(t)
      const lab = await startLab(t, { clock, folder })
      await lab.sequence(PATH)
      await lab.sequence(LOG, 2)
      const ahead = clock.time + 3 * HOUR
      const before = await store(lab, path, clock.time - 2 * DAY, 60)
      const wrong = await store(lab, path, ahead, 100, 100)
      const live = await store(lab, path, clock.time + 2 * HOUR, 30, 500)
      if (isSealed) await (lab.ctx.sequences as SqliteSequenceStore).seal()
      const end = ahead + 99 * MINUTE
      assert.equal(((await shift(lab, path, ahead, end, '-3h', { dry_run: 1 })).json as Answer).matching, 100)
      assert.deepEqual(await read(lab, path), [...before, ...live, ...wrong])
      const { json, status } = await shift(lab, path, ahead, end, '-3h')
      assert.equal(status, 200, JSON.stringify(json))
      assert.equal((json as Answer).moved, 100)
      const wanted = [...before, ...moved(wrong, -3 * HOUR), ...live]
      assert.deepEqual(await read(lab, path), wanted)
      clock.advance(3 * 3_600)
      assert.equal((await lab.get(`/resources${path}`)).text, live.at(-1)?.[1])
      // Not stopped in an orderly way: what is on the disk is what counts.
      if (isSealed) await (lab.ctx.sequences as SqliteSequenceStore).seal()
      await lab.stop()
      const again = await startLab(t, { clock, folder })
      assert.deepEqual(await read(again, path), wanted)
      const undo = (json as Answer).undo ?? assert.fail('no undo')
      const done = await rhizo(again, [...undo.split(' ').slice(1), '--yes', '--json'])
      assert.equal(done.code, 0, done.stderr)
      assert.equal((JSON.parse(done.stdout) as Answer).moved, 100)
      assert.deepEqual(await read(again, path), [...before, ...live, ...wrong])
    })

test('values may be moved by less than their range is long, either way', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence(PATH)
  const points = await store(lab, PATH, clock.time - DAY, 300)
  const [first = 0, last = 0] = [points[0]?.[0], points.at(-1)?.[0]]
  for (const isSealed of [false, true, false]) {
    if (isSealed) await (lab.ctx.sequences as SqliteSequenceStore).seal()
    assert.equal((await shift(lab, PATH, first, last, '61s')).status, 200)
    assert.deepEqual(await read(lab), moved(points, 61 * SECOND))
    assert.equal((await shift(lab, PATH, first + 61 * SECOND, last + 61 * SECOND, '-61')).status, 200)
    assert.deepEqual(await read(lab), points)
  }
})

test('nothing moves where others are, without permission, to no time that can be written, or by nothing', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence(PATH)
  const stay = await store(lab, PATH, clock.time - DAY, 10)
  const points = await store(lab, PATH, clock.time, 10, 50)
  const end = clock.time + 9 * MINUTE
  const taken = await shift(lab, PATH, clock.time, end, '-1d')
  assert.equal(taken.status, 409)
  assert.match(taken.text, /\/lab\/fridge\/temperature: There are values from \S+ to \S+ where these would go: nothing was moved/)
  const stranger = await lab.user('eve@example.com', { member: false })
  assert.equal((await shift({ ...lab, ...stranger }, PATH, clock.time, end, '1h')).status, 403)
  for (const by of ['', '0', 'soon', '--3h', '3 months', '300y'])
    assert.equal((await shift(lab, PATH, clock.time, end, by)).status, 400, by)
  assert.equal((await shift(lab, PATH, end, clock.time, '1h')).status, 400)
  assert.equal((await shift(lab, '/lab/none', clock.time, end, '1h')).status, 404)
  assert.equal((await shift(lab, '/lab/fridge', clock.time, end, '1h')).status, 400)
  assert.deepEqual((await shift(lab, PATH, end + HOUR, end + 2 * HOUR, '1h')).json, {
    path: PATH,
    moved: 0,
    matching: 0,
    by: 3_600,
    first_timestamp: null,
    last_timestamp: null,
    undo: null,
  })
  assert.deepEqual(await read(lab), [...stay, ...points])
})

test('images move with their thumbnails', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const path = '/lab/camera'
  await lab.sequence(path, 3)
  const data = (
    await sharp({ create: { width: 8, height: 8, channels: 3, background: '#123456' } })
      .jpeg()
      .toBuffer()
  ).toString('base64')
  const start = clock.time
  for (let n = 0; n < 3; n++) {
    assert.equal((await lab.put(`/resources${path}`, { data })).status, 200)
    clock.advance(60)
  }
  const timesOf = async (): Promise<number[]> =>
    (
      await lab.ctx.db
        .selectFrom('resource_revisions')
        .innerJoin('resources', 'resources.id', 'resource_id')
        .select('timestamp')
        .where('name', 'in', ['camera', 'thumbnail-240-x'])
        .execute()
    )
      .map(({ timestamp }) => timestamp)
      .sort((a, b) => a - b)
  const before = await timesOf()
  assert.equal(before.length, 6)
  assert.equal((await shift(lab, path, start, start + MINUTE, '30s')).status, 200, 'between those that stay there is room')
  assert.equal((await shift(lab, path, start, start + 90 * SECOND, '60s')).status, 409)
  assert.equal((await shift(lab, path, start, start + 90 * SECOND, '-30s')).status, 200)
  assert.deepEqual(await timesOf(), before)
  assert.equal((await shift(lab, path, start, start + 2 * MINUTE, '-1y')).status, 200)
  assert.deepEqual(
    await timesOf(),
    before.map((time) => time - 365 * DAY),
  )
})
