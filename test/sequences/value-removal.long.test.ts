/** Removing values by time and condition: what goes, what stays, and what the server knows of the sequence afterwards. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Fault } from '../../src/base/fault.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { SECOND, formatTimestamp } from '../../src/base/time.ts'
import { parseConditions } from '../../src/sequences/value-conditions.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'

const PATH = '/lab/fridge/temperature'
const URL_PATH = `/resources${PATH}`

const valuesOf = async (lab: Caller, path = URL_PATH): Promise<string[]> =>
  ((await lab.get(path, { count: 1_000 })).json as { values: string[] }).values

/** One value a second from the clock's time on. */
async function store(lab: Lab, clock: FakeClock, values: unknown[], path = PATH): Promise<void> {
  const rows = values.map((value, at) => ({ path, timestamp: formatTimestamp(clock.time + at * SECOND), value }))
  const response = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(rows),
  })
  assert.equal(((await response.json()) as { stored: number }).stored, values.length)
}

async function startFridge(t: Parameters<typeof startLab>[0], attributes = {}): Promise<{ lab: Lab; clock: FakeClock }> {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  await lab.sequence(PATH, 1, attributes)
  return { lab, clock }
}

test('conditions are read as people write them, and what is wrong is named', () => {
  const good: [string, boolean, unknown][] = [
    ['value > 95', false, [{ is: '>', value: 95 }]],
    ['value<=-3.5e2', false, [{ is: '<=', value: -350 }]],
    [
      '>= 10 and value < 20 AND value != +15',
      false,
      [
        { is: '>=', value: 10 },
        { is: '<', value: 20 },
        { is: '!=', value: 15 },
      ],
    ],
    ['Value == .5', false, [{ is: '=', value: 0.5 }]],
    ['value = "off"', true, [{ is: '=', value: 'off' }]],
    [
      'contains "a and \\"b\\"" and value contains \'it\\\'s\'',
      true,
      [
        { is: 'contains', value: 'a and "b"' },
        { is: 'contains', value: "it's" },
      ],
    ],
    ['value != ""', true, [{ is: '!=', value: '' }]],
  ]
  for (const [text, isText, expected] of good) assert.deepEqual(parseConditions(text, isText), expected, text)
  const bad: [string, boolean, RegExp][] = [
    ['', false, /^where ends before a comparison in "". Write value > 95/],
    ['value', false, /ends before a comparison/],
    ['value >', false, /has no number after ">"/],
    ['value > warm', false, /has no number after ">"/],
    ['value > 5 value < 6', false, /needs "and" before "value"/],
    ['value > 5 and', false, /ends before a comparison/],
    ['value > 5 or value < 3', false, /needs "and" before "or"/],
    ['temperature > 5', false, /has "temperature" where a comparison is needed/],
    ['value > 5; drop table', false, /has "; drop table", which is not understood/],
    ['value > "5"', false, /compares with the text "5": the values are numbers/],
    ['value > 1e999', false, /too large for a number/],
    ['value > 5x', false, /not understood/],
    ['value contains "x"', false, /"contains", which is for texts/],
    ['value = 5', true, /the number 5: the values are texts, which stand in quotes/],
    ['contains "x', true, /not understood/],
    ['value > 1'.padEnd(2_001), false, /longer than 2000 characters/],
    [Array(21).fill('value > 1').join(' and '), false, /more than 20 conditions/],
  ]
  for (const [text, isText, message] of bad)
    assert.throws(
      () => parseConditions(text, isText),
      (error) => error instanceof Fault && error.code === 'invalid' && message.test(error.message),
      text,
    )
})

test('values go by time and condition, sealed or not; a dry run only counts them', async (t) => {
  const { lab, clock } = await startFridge(t)
  const start = clock.time
  await store(lab, clock, [4, 999, 5, -999, 6])
  await (lab.ctx.sequences as SqliteSequenceStore).seal()
  clock.advance(5)
  await store(lab, clock, [999, 7, 999.5])
  const ask = async (parameters: Record<string, unknown>): Promise<unknown> =>
    (await lab.delete(URL_PATH, { data_only: 1, ...parameters })).json
  const { id } = (await lab.get(URL_PATH, { meta: 1 })).json as { id: number }

  assert.deepEqual(await ask({ where: 'value > 95', dry_run: 1 }), { status: 'ok', id, matching: 3 })
  assert.deepEqual(await ask({ where: 'value > 95 and value < 999.5', end_timestamp: formatTimestamp(start + 4 * SECOND), dry_run: 1 }), {
    status: 'ok',
    id,
    matching: 1,
  })
  assert.equal((await valuesOf(lab)).length, 8)
  assert.deepEqual(await ask({ where: 'value > 95' }), { status: 'ok', id, deleted: 3 })
  assert.deepEqual(await valuesOf(lab), ['4', '5', '-999', '6', '7'])
  assert.equal((await lab.get(URL_PATH)).text, '7', 'the newest value is what is left')
  assert.deepEqual(
    await ask({ start_timestamp: formatTimestamp(start + 3 * SECOND), end_timestamp: formatTimestamp(start + 4 * SECOND) }),
    { status: 'ok', id, deleted: 2 },
  )
  assert.deepEqual(await valuesOf(lab), ['4', '5', '7'])
  await lab.stop()
  const again = await startLab(t, { clock, folder: lab.folder })
  const admin = again.as(lab.key)
  assert.deepEqual(await valuesOf(admin), ['4', '5', '7'], 'still so after a restart')
})

test('texts go by what they are and what they contain', async (t) => {
  const { lab, clock } = await startFridge(t)
  await lab.sequence('/lab/log', 2)
  await store(lab, clock, ['error: one', 'fine', 'debug: "x" and y', 'fine too'], '/lab/log')
  const remove = async (where: string): Promise<unknown> =>
    ((await lab.delete('/resources/lab/log', { data_only: 1, where })).json as { deleted: number }).deleted
  assert.equal(await remove('contains "error" and contains "two"'), 0)
  assert.equal(await remove('value = "fine"'), 1)
  assert.equal(await remove('contains "\\"x\\" and"'), 1)
  assert.deepEqual(await valuesOf(lab, '/resources/lab/log'), ['error: one', 'fine too'])
})

test('who may not write removes nothing, and a slip never removes the sequence', async (t) => {
  const { lab, clock } = await startFridge(t)
  await store(lab, clock, [1, 2, 3])
  const stranger = await lab.user('stranger@example.com', { member: false })
  for (const dry_run of [1, '']) assert.equal((await stranger.delete(URL_PATH, { data_only: 1, where: 'value > 1', dry_run })).status, 403)
  const refused: [Record<string, unknown>, RegExp][] = [
    [{ where: 'value > 1' }, /where goes with data_only/],
    [{ dry_run: 1 }, /dry_run goes with data_only/],
    [{ start_timestamp: formatTimestamp(clock.time) }, /start_timestamp goes with data_only/],
    [{ end_timestamp: formatTimestamp(clock.time), purge: 1 }, /end_timestamp goes with data_only/],
    [{ data_only: 1, purge: 1 }, /give one of them/],
    [{ data_only: 1, where: 'value over 1' }, /^where has "over" where a comparison is needed/],
    [{ data_only: 1, start_timestamp: formatTimestamp(clock.time + 1), end_timestamp: formatTimestamp(clock.time) }, /later than/],
  ]
  for (const [parameters, message] of refused) {
    const { status, json } = await lab.delete(URL_PATH, parameters)
    assert.equal(status, 400)
    assert.match((json as { message: string }).message, message)
  }
  await lab.sequence('/lab/camera', 3)
  assert.match((await lab.delete('/resources/lab/camera', { data_only: 1, where: 'value > 1' })).text, /image sequence/)
  assert.deepEqual((await lab.delete('/resources/lab/camera', { data_only: 1, dry_run: 1 })).json, {
    status: 'ok',
    id: lab.ctx.tree.find('/lab/camera')?.id,
    matching: 0,
  })
  assert.deepEqual(await valuesOf(lab), ['1', '2', '3'])
})

test('after a deletion the next value counts from what is left, and stamps go on', async (t) => {
  const { lab, clock } = await startFridge(t, { min_storage_interval: 60 })
  const send = async (value: number): Promise<unknown> => lab.put('/resources', { values: { [PATH]: value } })
  await send(1)
  clock.advance(70)
  await send(999)
  clock.advance(10)
  await send(2)
  assert.deepEqual(await valuesOf(lab), ['1', '999'], 'too soon after the glitch')
  await lab.delete(URL_PATH, { data_only: 1, where: 'value = 999' })
  assert.equal((await lab.get(URL_PATH)).text, '1')
  await send(3)
  assert.deepEqual(await valuesOf(lab), ['1', '3'], 'the last stored one is long ago now')
  await lab.delete(URL_PATH, { data_only: 1 })
  assert.equal((await lab.get(URL_PATH)).text, '')
  await send(4)
  assert.equal((await lab.get(URL_PATH)).text, '4')
})

test('a deletion among live values leaves the newest one known, whichever comes first', async (t) => {
  const { lab } = await startFridge(t)
  for (let round = 0; round < 30; round++) {
    await Promise.all([
      lab.put('/resources', { values: { [PATH]: 999 } }),
      lab.delete(URL_PATH, { data_only: 1, where: 'value = 999' }),
      lab.put('/resources', { values: { [PATH]: round } }),
    ])
    const [newest] = (await valuesOf(lab)).slice(-1)
    assert.equal((await lab.get(URL_PATH)).text, newest)
  }
})

test('an alert that a glitch has set off ends when the glitch is removed', async (t) => {
  const { lab, clock } = await startFridge(t)
  await lab.post('/alerts', { path: PATH, kind: 'above', value: 90, recipients: ['ann@example.com'] })
  await lab.post('/alerts', { path: PATH, kind: 'silent', for_seconds: 600, recipients: ['ann@example.com'] })
  const look = async (seconds: number): Promise<string[]> => {
    clock.advance(seconds)
    await lab.daemon.runWorkers()
    return (await lab.ctx.db.selectFrom('outgoing_messages').select('subject').orderBy('id').execute()).map(({ subject }) => subject)
  }
  await lab.put('/resources', { values: { [PATH]: 5 } })
  await look(300)
  await lab.put('/resources', { values: { [PATH]: 999 } })
  assert.deepEqual(await look(10), [`${PATH} is above 90`])
  await lab.delete(URL_PATH, { data_only: 1, where: 'value < 90', dry_run: 1 })
  assert.deepEqual(await look(10), [`${PATH} is above 90`])
  await lab.delete(URL_PATH, { data_only: 1, where: 'value > 90' })
  assert.deepEqual(await look(10), [`${PATH} is above 90`, `${PATH} is no longer above 90`])
  assert.equal((await look(500)).length, 2, 'the sensor was heard, glitch or not')
})

test('rhizo seq delete asks for --yes without a terminal, counts, and removes', async (t) => {
  const { lab, clock } = await startFridge(t)
  await store(lab, clock, [4, 999, 5, 998])
  const remove = (...args: string[]): ReturnType<typeof rhizo> => rhizo(lab, ['seq', 'delete', PATH, ...args])
  const everything = await remove('--yes')
  assert.equal(everything.code, 2)
  assert.match(everything.stderr, /Give --start, --end or --where/)
  assert.deepEqual(await remove('--where', 'value > 95', '--dry-run'), {
    code: 0,
    stdout: `2 values of ${PATH} would be removed.\n`,
    stderr: '',
  })
  assert.deepEqual(JSON.parse((await remove('--where', 'value > 95', '--dry-run', '--json')).stdout), {
    path: PATH,
    matching: 2,
    deleted: 0,
  })
  const unasked = await remove('--where', 'value > 95')
  assert.equal(unasked.code, 2)
  assert.match(unasked.stderr, /^rhizo: Remove 2 values of .* for good\? Give --yes/)
  assert.equal((await remove('--where', 'value over 95', '--yes')).code, 2)
  assert.deepEqual(
    JSON.parse((await remove('--where', 'value > 5000', '--json')).stdout),
    { path: PATH, deleted: 0 },
    'nothing to ask about',
  )
  assert.deepEqual(await remove('--where', 'value > 998', '--yes', '--json'), {
    code: 0,
    stdout: `${JSON.stringify({ path: PATH, deleted: 1 })}\n`,
    stderr: '',
  })
  assert.deepEqual(await remove('--start', formatTimestamp(clock.time + 3 * SECOND), '--yes'), { code: 0, stdout: '', stderr: '' })
  assert.deepEqual(await valuesOf(lab), ['4', '5'])
})
