import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { formatTimestamp } from '../../src/base/time.ts'
import { readEmoncms } from '../../src/foreign/emoncms.ts'
import { LeftOut, numberOf, shortestOfFloat, toTable, type ForeignValue } from '../../src/foreign/foreign-values.ts'
import { readHomeAssistant } from '../../src/foreign/home-assistant.ts'
import { readInflux } from '../../src/foreign/influx.ts'
import { readThingsboard } from '../../src/foreign/thingsboard.ts'

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-foreign-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** One line a value. */
async function linesOf(values: AsyncIterable<readonly ForeignValue[]>): Promise<string[]> {
  const lines: string[] = []
  for await (const batch of values) for (const { series, time, value } of batch) lines.push(`${series} ${formatTimestamp(time)} ${value}`)
  return lines
}

test('numbers, truths, and what is neither', () => {
  const given = ['21.5', ' -3 ', '1e-5', 'on', 'OFF', true, false, 4, '', 'home', 'NaN', Number.NaN, null, '0x10', '1e999']
  assert.deepEqual(given.map(numberOf), [
    ...[21.5, -3, 1e-5, 1, 0, 1, 0, 4],
    ...[undefined, undefined, undefined, undefined, undefined, undefined, undefined],
  ])
  for (const number of [21.3, -0.1, 1013.25, 1e-7, 16_777_216, 0]) assert.equal(shortestOfFloat(Math.fround(number)), number)
  assert.equal(Math.fround(shortestOfFloat(Math.fround(Math.PI))), Math.fround(Math.PI))
})

test('a table of them quotes what needs it', async () => {
  const values = async function* (): AsyncGenerator<ForeignValue[]> {
    yield [{ series: 'a "b", c', time: 1_500_000, value: 2 }]
  }
  const pieces: string[] = []
  for await (const piece of toTable(values())) pieces.push(piece)
  assert.equal(pieces.join(''), 'series,time,value\n"a ""b"", c",1970-01-01T00:00:01.500000Z,2\n')
})

test('Home Assistant: states and statistics of today, and of before 2023', async (t) => {
  const folder = temporary(t)
  const now = new Sqlite(join(folder, 'now.db'))
  now.exec(`
    create table states_meta (metadata_id integer primary key, entity_id varchar(255));
    create table states (state_id integer primary key, entity_id char(0), state varchar(255), last_updated char(0), last_updated_ts float,
      metadata_id integer);
    create table statistics_meta (id integer primary key, statistic_id varchar(255), unit_of_measurement varchar(255));
    create table statistics (id integer primary key, created_ts float, metadata_id integer, start_ts float, mean float, min float,
      max float, last_reset_ts float, state float, sum float);
    insert into states_meta values (1, 'sensor.fridge'), (2, 'light.hall'), (3, 'person.amy');
    insert into states values (1, null, '4.5', null, 1700000000.25, 1), (2, null, 'on', null, 1700000001, 2),
      (3, null, 'home', null, 1700000002, 3), (4, null, 'unavailable', null, 1700000003, 1), (5, null, '5', null, 1700000004, 1);
    insert into statistics_meta values (1, 'sensor.fridge', '°C'), (2, 'sensor.meter', 'kWh');
    insert into statistics values (1, 0, 1, 1690000000, 4, 3.5, 4.5, null, null, null),
      (2, 0, 2, 1690000000, null, null, null, null, 12, 7);
  `)
  now.close()
  const leftOut = new LeftOut()
  assert.deepEqual(await linesOf(readHomeAssistant(join(folder, 'now.db'), leftOut)), [
    'sensor.fridge 2023-11-14T22:13:20.250000Z 4.5',
    'light.hall 2023-11-14T22:13:21Z 1',
    'sensor.fridge 2023-11-14T22:13:24Z 5',
    'sensor.fridge hourly mean 2023-07-22T04:26:40Z 4',
    'sensor.fridge hourly min 2023-07-22T04:26:40Z 3.5',
    'sensor.fridge hourly max 2023-07-22T04:26:40Z 4.5',
    'sensor.meter hourly state 2023-07-22T04:26:40Z 12',
    'sensor.meter hourly sum 2023-07-22T04:26:40Z 7',
  ])
  assert.deepEqual(leftOut.tell(), ['person.amy: 1 are no numbers and are left out'])
  const old = new Sqlite(join(folder, 'old.db'))
  old.exec(`
    create table states (state_id integer primary key, entity_id varchar(255), state varchar(255), last_updated datetime);
    insert into states values (1, 'sensor.fridge', '4.5', '2022-03-01 12:00:00.123456'), (2, 'sensor.fridge', '5', '2022-03-01 12:01:00');
  `)
  old.close()
  assert.deepEqual(await linesOf(readHomeAssistant(join(folder, 'old.db'), leftOut)), [
    'sensor.fridge 2022-03-01T12:00:00.123456Z 4.5',
    'sensor.fridge 2022-03-01T12:01:00Z 5',
  ])
  new Sqlite(join(folder, 'other.db')).exec('create table t (a)').close()
  await assert.rejects(linesOf(readHomeAssistant(join(folder, 'other.db'), leftOut)), /no table of states/)
  await assert.rejects(linesOf(readHomeAssistant(join(folder, 'none.db'), leftOut)), /can't be read as an SQLite database/)
})

test('emoncms: both engines, gaps, names, and files that are cut short', async (t) => {
  const folder = temporary(t)
  mkdirSync(join(folder, 'phpfina'))
  mkdirSync(join(folder, 'phptimeseries'))
  const meta = Buffer.alloc(16)
  meta.writeUInt32LE(10, 8)
  meta.writeUInt32LE(1_700_000_000, 12)
  writeFileSync(join(folder, 'phpfina', '7.meta'), meta)
  const data = Buffer.alloc(4 * 3 + 2)
  for (const [at, value] of [21.3, Number.NaN, -0.5].entries()) data.writeFloatLE(value, at * 4)
  writeFileSync(join(folder, 'phpfina', '7.dat'), data)
  const records = Buffer.alloc(9 * 2)
  for (const [at, [seconds, value]] of [
    [1_700_000_005, 100.25],
    [1_700_000_015, 99],
  ].entries()) {
    records.writeUInt8(249, at * 9)
    records.writeUInt32LE(seconds ?? 0, at * 9 + 1)
    records.writeFloatLE(value ?? 0, at * 9 + 5)
  }
  writeFileSync(join(folder, 'phptimeseries', 'feed_8.MYD'), records)
  writeFileSync(join(folder, 'list.json'), JSON.stringify([{ id: '7', name: 'temperature', tag: 'Room' }]))
  const expected = (name: string): string[] => [`${name} 2023-11-14T22:13:20Z 21.3`, `${name} 2023-11-14T22:13:40Z -0.5`]
  assert.deepEqual(await linesOf(readEmoncms(join(folder, 'phpfina', '7.dat'), undefined)), expected('feed-7'))
  assert.deepEqual(await linesOf(readEmoncms(folder, join(folder, 'list.json'))), [
    ...expected('Room temperature'),
    'feed-8 2023-11-14T22:13:25Z 100.25',
    'feed-8 2023-11-14T22:13:35Z 99',
  ])
  writeFileSync(join(folder, 'phpfina', '9.meta'), Buffer.alloc(5))
  await assert.rejects(linesOf(readEmoncms(join(folder, 'phpfina', '9.meta'), undefined)), /is cut short/)
  await assert.rejects(linesOf(readEmoncms(join(folder, 'list.json'), undefined)), /holds no feed of emoncms/)
  await assert.rejects(linesOf(readEmoncms(join(folder, 'none'), undefined)), /There is no file or folder/)
})

test('ThingsBoard: what its telemetry call answers', async (t) => {
  const file = join(temporary(t), 'telemetry.json')
  const answer = {
    temperature: [
      { ts: 1_700_000_000_250, value: '21.5' },
      { ts: 1_700_000_001_000, value: 'broken' },
    ],
    pump: [{ ts: 1_700_000_000_000, value: 'true' }],
  }
  writeFileSync(file, JSON.stringify(answer))
  const leftOut = new LeftOut()
  assert.deepEqual(await linesOf(readThingsboard(file, leftOut)), [
    'temperature 2023-11-14T22:13:20.250000Z 21.5',
    'pump 2023-11-14T22:13:20Z 1',
  ])
  assert.deepEqual(leftOut.tell(), ['temperature: 1 are no numbers and are left out'])
  writeFileSync(file, '{"temperature": 5}')
  await assert.rejects(linesOf(readThingsboard(file, leftOut)), /must hold what values\/timeseries of ThingsBoard answers/)
})

test('InfluxDB: an export without its statements, compressed or not', async (t) => {
  const folder = temporary(t)
  const points = 'weather,room=hall temperature=21.5 1700000000000000000\nweather,room=hall temperature=22 1700000060000000000\n'
  const text = `# DDL\nCREATE DATABASE lab WITH NAME autogen\n# DML\n# CONTEXT-DATABASE:lab\n\n${points}`
  for (const [name, content] of [
    ['export.lp', Buffer.from(text)],
    ['export.lp.gz', gzipSync(text)],
  ] as const) {
    writeFileSync(join(folder, name), content)
    const pieces: string[] = []
    for await (const piece of readInflux(join(folder, name))) pieces.push(piece)
    assert.equal(pieces.join(''), points)
  }
  await assert.rejects(async () => {
    for await (const _ of readInflux(join(folder, 'none'))) assert.fail('there is nothing')
  }, /ENOENT/)
})
