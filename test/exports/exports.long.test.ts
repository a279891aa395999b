/** Exports of several sequences: each value or one row an interval, long and wide, in each format, on each clock. */
import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { parquetReadObjects } from 'hyparquet'
import { SECOND, type Micros } from '../../src/base/time.ts'
import { encodeWorkbook } from '../../src/exports/workbook.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { encodeSemicolonCsv } from '../../src/exports/text-files.ts'
import { startLab, type Lab, type Reply } from '../support/lab.ts'

const MINUTE = 60 * SECOND
/** Two hours before clocks in Berlin are put back, so that an hour there comes twice. */
const START: Micros = Date.UTC(2026, 9, 24, 23) * 1000
const text = (reply: Reply): string => Buffer.from(reply.bytes).toString('utf8')
const lines = (reply: Reply): string[] => text(reply).trimEnd().split('\n')

/** Temperatures each 10 minutes for 4 hours, a pump that has values in between, and a log. */
async function fill(t: TestContext): Promise<Lab> {
  const lab = await startLab(t)
  const temperature = await lab.sequence('/lab/house/north/temperature', 1, { units: '°C' })
  const pump = await lab.sequence('/lab/house/pump')
  const log = await lab.sequence('/lab/house/log', 2)
  await lab.sequence('/lab/house/camera', 3)
  await lab.ctx.sequences.append([
    ...Array.from({ length: 24 }, (_, at) => ({ sequence: refOf(temperature), time: START + at * 10 * MINUTE, value: at + 0.5 })),
    { sequence: refOf(pump), time: START + 5 * MINUTE, value: 1 },
    { sequence: refOf(pump), time: START + 10 * MINUTE, value: 0 },
    { sequence: refOf(log), time: START + 10 * MINUTE + 1, value: '=1+1; "on"' },
  ])
  return lab
}

test('a wide table has a row for each time and a column for each sequence; images are left out, and that is said', async (t) => {
  const lab = await fill(t)
  const reply = await lab.get('/exports', { path: '/lab/house', end_timestamp: '2026-10-24T23:20:00Z' })
  assert.equal(reply.status, 200, reply.text)
  assert.deepEqual(lines(reply), [
    'timestamp,/lab/house/log,/lab/house/north/temperature,/lab/house/pump',
    '2026-10-24T23:00:00Z,,0.5,',
    '2026-10-24T23:05:00Z,,,1',
    '2026-10-24T23:10:00Z,,1.5,0',
    '2026-10-24T23:10:00.000001Z,"=1+1; ""on""",,',
    '2026-10-24T23:20:00Z,,2.5,',
  ])
  assert.equal(reply.headers.get('content-disposition'), `attachment; filename="house.csv"; filename*=UTF-8''house.csv`)
  assert.equal(reply.headers.get('rhizo-left-out'), '1')
  assert.deepEqual(JSON.parse(decodeURIComponent(reply.headers.get('rhizo-left-out-paths') ?? '')), ['/lab/house/camera'])
})

test('a long table has a row for each value, with its sequence and units', async (t) => {
  const lab = await fill(t)
  const paths = ['/lab/house/pump', '/lab/house/north/temperature']
  const query = { paths, layout: 'long', end_timestamp: '2026-10-24T23:10:00Z' }
  assert.deepEqual(lines(await lab.post('/exports', query)), [
    'timestamp,path,value,units',
    '2026-10-24T23:00:00Z,/lab/house/north/temperature,0.5,°C',
    '2026-10-24T23:10:00Z,/lab/house/north/temperature,1.5,°C',
    '2026-10-24T23:05:00Z,/lab/house/pump,1,',
    '2026-10-24T23:10:00Z,/lab/house/pump,0,',
  ])
  const ndjson = await lab.get('/exports', { path: '/lab/house/pump', layout: 'long', format: 'ndjson' })
  assert.deepEqual(
    lines(ndjson).map((line) => JSON.parse(line) as unknown),
    [
      { timestamp: '2026-10-24T23:05:00Z', path: '/lab/house/pump', value: 1 },
      { timestamp: '2026-10-24T23:10:00Z', path: '/lab/house/pump', value: 0 },
    ],
  )
})

test('a list of rows has each column in each row, as Grafana’s Infinity asks for it, and is JSON however much there is', async (t) => {
  const lab = await fill(t)
  // Grafana fills in the range of the dashboard: ${__from:date:iso} has milliseconds.
  const range = { start_timestamp: '2026-10-24T23:05:00.000Z', end_timestamp: '2026-10-24T23:10:00.500Z' }
  const authorization = `Basic ${Buffer.from(`grafana:${lab.key}`).toString('base64')}`
  const ask = async (query: Record<string, string>): Promise<unknown> => {
    const response = await fetch(`${lab.url}/api/v1/exports?${new URLSearchParams({ format: 'json', ...query }).toString()}`, {
      headers: { authorization, accept: 'application/json;q=0.9,text/plain' },
    })
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/json'])
    return response.json()
  }
  assert.deepEqual(await ask({ path: '/lab/house', layout: 'long', ...range }), [
    { timestamp: '2026-10-24T23:10:00.000001Z', path: '/lab/house/log', value: '=1+1; "on"', units: null },
    { timestamp: '2026-10-24T23:10:00Z', path: '/lab/house/north/temperature', value: 1.5, units: '°C' },
    { timestamp: '2026-10-24T23:05:00Z', path: '/lab/house/pump', value: 1, units: null },
    { timestamp: '2026-10-24T23:10:00Z', path: '/lab/house/pump', value: 0, units: null },
  ])
  assert.deepEqual(await ask({ path: '/lab/house/pump', layout: 'wide', interval: '1h', fields: 'mean,count' }), [
    { timestamp: '2026-10-24T23:00:00Z', '/lab/house/pump mean': 0.5, '/lab/house/pump count': 2 },
  ])
  assert.deepEqual(await ask({ path: '/lab/house/pump', start_timestamp: '2027-01-01T00:00:00Z' }), [])
})

test('an interval gives a row for each that holds values, by hours of the zone; the hour that comes twice is told apart', async (t) => {
  const lab = await fill(t)
  const hours = await lab.get('/exports', {
    path: '/lab/house/north/temperature',
    interval: '1h',
    fields: 'mean,count',
    times: 'local',
    time_zone: 'Europe/Berlin',
  })
  assert.deepEqual(lines(hours), [
    'timestamp,/lab/house/north/temperature mean,/lab/house/north/temperature count',
    '2026-10-25T01:00:00+02:00,3,6',
    '2026-10-25T02:00:00+02:00,9,6',
    '2026-10-25T02:00:00+01:00,15,6',
    '2026-10-25T03:00:00+01:00,21,6',
  ])
  const days = await lab.get('/exports', { path: '/lab/house', layout: 'long', interval: '1d', fields: 'min,max,first,last,sum' })
  assert.deepEqual(lines(days), [
    'timestamp,path,min,max,first,last,sum,units',
    '2026-10-24T00:00:00Z,/lab/house/north/temperature,0.5,5.5,0.5,5.5,18,°C',
    '2026-10-25T00:00:00Z,/lab/house/north/temperature,6.5,23.5,6.5,23.5,270,°C',
    '2026-10-24T00:00:00Z,/lab/house/pump,0,1,1,0,1,',
  ])
  assert.equal(days.headers.get('rhizo-left-out'), '2', 'the log and the images')
})

test('the clock is the organization’s when it has one', async (t) => {
  const lab = await fill(t)
  assert.equal((await lab.put(`/resources/lab`, { timezone: 'Asia/Kathmandu' })).status, 200)
  const reply = await lab.get('/exports', { path: '/lab/house/pump', times: 'local' })
  assert.deepEqual(lines(reply), ['timestamp,/lab/house/pump', '2026-10-25T04:50:00+05:45,1', '2026-10-25T04:55:00+05:45,0'])
})

test('CSV for spreadsheets that write a comma in numbers: short titles with units, plain times, nothing that is a formula', async (t) => {
  const lab = await fill(t)
  const reply = await lab.get('/exports', {
    path: '/lab/house',
    format: 'csv-semicolon',
    times: 'local',
    time_zone: 'Europe/Berlin',
    end_timestamp: '2026-10-24T23:10:00.000001Z',
  })
  assert.deepEqual([...reply.bytes.slice(0, 3)], [0xef, 0xbb, 0xbf], 'it says that it is UTF-8')
  assert.deepEqual(
    lines(reply).map((line) => line.replace('\ufeff', '').trimEnd()),
    [
      'Time (Europe/Berlin);UTC offset;log;north/temperature (°C);pump',
      '2026-10-25 01:00:00;+02:00;;0,5;',
      '2026-10-25 01:05:00;+02:00;;;1',
      '2026-10-25 01:10:00;+02:00;;1,5;0',
      `2026-10-25 01:10:00,000001;+02:00;"'=1+1; ""on""";;`,
    ],
  )
})

test('whatever a spreadsheet would begin a formula with has a quote before it, as wide signs and behind spaces too', async () => {
  const titles = [
    '=a',
    '+a',
    '-a',
    '@a',
    '\ta',
    '\r=a',
    '\uff1da',
    '\uff0ba',
    '\uff0da',
    '\uff20a',
    ' =a',
    '\u00a0\uff1da',
    '\u200b@a',
    'a=b',
    ' a',
    '\uff21',
  ]
  const columns = titles.map((title) => ({ kind: 'text' as const, name: title, title }))
  const pieces: Uint8Array[] = []
  for await (const piece of encodeSemicolonCsv({ columns, batches: noRows(), offsetAt: () => 0 })) pieces.push(piece)
  const cells = Buffer.concat(pieces).toString().slice(1).trimEnd().split(';')
  assert.deepEqual(
    cells.map((cell) => /^"?'/.test(cell)),
    titles.map((_, at) => at < 13),
  )
})

async function* noRows(): AsyncGenerator<never> {}

interface Sheet {
  readonly name: string
  readonly rows: unknown[][]
}

function readWorkbook(bytes: Uint8Array): Sheet[] {
  const book = spreadsheets.read(bytes, { type: 'buffer', cellDates: false })
  return book.SheetNames.map((name) => {
    const sheet = book.Sheets[name]
    assert.ok(sheet)
    return { name, rows: spreadsheets.utils.sheet_to_json<unknown[]>(sheet, { header: 1, raw: true }) }
  })
}

test('a workbook holds times as times, numbers as numbers and texts as texts', async (t) => {
  const lab = await fill(t)
  const reply = await lab.get('/exports', {
    path: '/lab/house',
    format: 'xlsx',
    end_timestamp: '2026-10-24T23:10:00.000001Z',
    name: 'run 7',
  })
  assert.match(reply.headers.get('content-disposition') ?? '', /run 7\.xlsx/)
  const [sheet] = readWorkbook(reply.bytes)
  assert.deepEqual(sheet?.rows[0], ['Time (UTC)', 'log', 'north/temperature (°C)', 'pump'])
  const days = (sheet?.rows ?? []).slice(1).map(([day]) => Math.round((Number(day) - 25_569) * 86_400_000))
  assert.deepEqual(
    days.map((time) => new Date(time).toISOString()),
    ['2026-10-24T23:00:00.000Z', '2026-10-24T23:05:00.000Z', '2026-10-24T23:10:00.000Z', '2026-10-24T23:10:00.000Z'],
  )
  assert.equal(sheet?.rows[1]?.[2], 0.5)
  assert.equal(sheet?.rows[4]?.[1], '=1+1; "on"')
})

test('what is too long for one sheet goes on the next; what XML can’t hold comes back', async (t) => {
  const { ctx } = await startLab(t)
  const odd = 'a\u0007b _x0041_ <&> "c" \n d'
  async function* batches(): AsyncGenerator<(number | string)[][]> {
    yield [[START, odd]]
    yield [
      [START + 1, 'two'],
      [START + 2, 'x'.repeat(40_000)],
      [START + 3, 'four'],
    ]
  }
  const columns = [
    { kind: 'time', name: 't', title: 'Time' },
    { kind: 'text', name: 'x', title: 'Text' },
  ] as const
  const parts: Buffer[] = []
  for await (const part of await encodeWorkbook({ columns, batches: batches(), offsetAt: () => 0 }, ctx.turns, 3))
    parts.push(part as Buffer)
  const sheets = readWorkbook(Buffer.concat(parts))
  assert.deepEqual(
    sheets.map(({ name, rows }) => [name, rows.length]),
    [
      ['Values', 3],
      ['Values 2', 3],
    ],
  )
  assert.equal(sheets[0]?.rows[1]?.[1], odd)
  assert.match(String(sheets[1]?.rows[1]?.[1]), /^x{32000,} … \(cut here: a cell holds no more\)$/)
})

test('Parquet holds times in UTC to the microsecond, numbers, texts, and nothing where there is nothing', async (t) => {
  const lab = await fill(t)
  const reply = await lab.get('/exports', { path: '/lab/house', format: 'parquet', end_timestamp: '2026-10-24T23:10:00.000001Z' })
  const file = reply.bytes.slice().buffer
  const rows = await parquetReadObjects({ file })
  assert.deepEqual(
    rows.map((row) => ({ ...row, timestamp: (row['timestamp'] as Date).toISOString() })),
    [
      { timestamp: '2026-10-24T23:00:00.000Z', '/lab/house/log': null, '/lab/house/north/temperature': 0.5, '/lab/house/pump': null },
      { timestamp: '2026-10-24T23:05:00.000Z', '/lab/house/log': null, '/lab/house/north/temperature': null, '/lab/house/pump': 1 },
      { timestamp: '2026-10-24T23:10:00.000Z', '/lab/house/log': null, '/lab/house/north/temperature': 1.5, '/lab/house/pump': 0 },
      {
        timestamp: '2026-10-24T23:10:00.000Z',
        '/lab/house/log': '=1+1; "on"',
        '/lab/house/north/temperature': null,
        '/lab/house/pump': null,
      },
    ],
  )
})

test('tables of many batches, pages and windows are whole in each format', async (t) => {
  const lab = await startLab(t)
  const many = await lab.sequence('/lab/many')
  const few = await lab.sequence('/lab/few')
  const [count, each] = [130_000, 7 * SECOND]
  for (let from = 0; from < count; from += 10_000)
    await lab.ctx.sequences.append(
      Array.from({ length: 10_000 }, (_, at) => ({ sequence: refOf(many), time: START + (from + at) * each, value: from + at })),
    )
  await lab.ctx.sequences.append([{ sequence: refOf(few), time: START + 100_000 * each, value: -1 }])
  const wide = lines(await lab.get('/exports', { path: '/lab' }))
  assert.equal(wide.length, count + 1)
  assert.ok(wide.slice(1).every((line, at) => line.endsWith(`,${at === 100_000 ? -1 : ''},${at}`)))
  const minutes = lines(await lab.get('/exports', { path: '/lab/many', interval: '1m', fields: 'sum,count' }))
  const counts = minutes.slice(1).map((line) => line.split(',').slice(1).map(Number))
  assert.equal(
    counts.reduce((sum, [, one = 0]) => sum + one, 0),
    count,
  )
  assert.equal(
    counts.reduce((sum, [one = 0]) => sum + one, 0),
    (count * (count - 1)) / 2,
  )
  assert.equal(new Set(minutes.map((line) => line.slice(0, 20))).size, minutes.length, 'no minute is there twice')
  const [sheet] = readWorkbook((await lab.get('/exports', { path: '/lab/many', format: 'xlsx' })).bytes)
  assert.equal(sheet?.rows.length, count + 1)
  const listed = (await lab.get('/exports', { path: '/lab/many', format: 'json' })).json as Record<string, unknown>[]
  assert.ok(listed.length === count && listed.every((row, at) => row['/lab/many'] === at))
  const file = (await lab.get('/exports', { path: '/lab/many', format: 'parquet' })).bytes.slice().buffer
  const rows = await parquetReadObjects({ file })
  assert.equal(rows.length, count)
  assert.ok(rows.every((row, at) => row['/lab/many'] === at))
})

test('what can’t be exported is refused in words', async (t) => {
  const lab = await fill(t)
  await lab.post('/resources', { path: '/lab', name: 'empty', type: 'basic_folder' })
  const refusals: [Record<string, string>, RegExp][] = [
    [{}, /path is missing/],
    [{ path: '/lab/house/camera' }, /holds images: download them as files/],
    [{ path: '/lab/house/log', interval: '1h' }, /holds text, which can't be summed up/],
    [{ path: '/lab/empty' }, /There is no sequence in \/lab\/empty/],
    [{ path: '/lab/house', interval: '1 fortnight' }, /interval is .*1 fortnight/],
    [{ path: '/lab/house', interval: '1h', fields: 'mean,median' }, /there is no .*median/],
    [{ path: '/lab/house', fields: 'mean' }, /fields goes with interval/],
    [{ path: '/lab/house', times: 'local', time_zone: 'Europe/Berlim' }, /time_zone is .*Europe\/Berlim/],
  ]
  for (const [query, words] of refusals) {
    const reply = await lab.get('/exports', query)
    assert.equal(reply.status, 400, reply.text)
    assert.match(reply.text, words)
  }
  const stranger = await lab.user('stranger@example.com', { member: false })
  assert.equal((await stranger.get('/exports', { path: '/lab/house' })).status, 403)
})

test('numbers can be told in other units, which the header says; what is stored stays', async (t) => {
  const lab = await fill(t)
  const path = '/lab/house/north/temperature'
  const query = { paths: [path, '/lab/house/pump'], units: 'us', end_timestamp: '2026-10-24T23:10:00Z' }
  assert.deepEqual(lines(await lab.post('/exports', query)), [
    `timestamp,${path} (°F),/lab/house/pump`,
    '2026-10-24T23:00:00Z,32.9,',
    '2026-10-24T23:05:00Z,,1',
    '2026-10-24T23:10:00Z,34.7,0',
  ])
  assert.match(text(await lab.post('/exports', { ...query, layout: 'long' })), /,\/lab\/house\/north\/temperature,34\.7,°F\n/)
  const hours = { path, units: 'us', interval: '1h', fields: 'mean,min,sum,count', layout: 'long', end_timestamp: '2026-10-24T23:10:00Z' }
  assert.equal(lines(await lab.get('/exports', hours))[1], '2026-10-24T23:00:00Z,/lab/house/north/temperature,33.8,32.9,67.6,2,°F')
  assert.deepEqual(lines(await lab.get('/exports', { path, end_timestamp: '2026-10-24T23:00:00Z' }))[1], '2026-10-24T23:00:00Z,0.5')
  assert.equal((await lab.get('/exports', { path, units: 'imperial' })).status, 400)
})
