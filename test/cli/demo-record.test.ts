import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import test from 'node:test'
import { parseRecord, readRecord, RECORD_TABLES, type RecordRow, type RecordTable } from '../../commands/demo/record.ts'
import { replay } from '../../commands/demo/replay.ts'
import { DAY, parseTimestamp } from '../../src/base/time.ts'

const [weather, co2] = RECORD_TABLES as [RecordTable, RecordTable]

test('the weather of Seattle is there, day by day', async () => {
  const rows = await readRecord(weather)
  assert.equal(rows.length, 1461)
  assert.equal(rows[0]?.time, parseTimestamp('2012-01-01T00:00:00Z'))
  assert.deepEqual(
    rows[0]?.values,
    new Map([
      ['temp_max', 12.8],
      ['temp_min', 5],
      ['precipitation', 0],
      ['wind', 4.7],
    ]),
  )
  assert.ok(rows.every((row, at) => at === 0 || row.time - (rows[at - 1]?.time ?? 0) === DAY))
})

test('the CO₂ of Mauna Loa rises from 1958 to 2020', async () => {
  const rows = await readRecord(co2)
  assert.equal(rows[0]?.values.get('co2'), 315.7)
  assert.equal(rows.at(-1)?.values.get('co2'), 416.18)
  assert.equal(rows.at(-1)?.time, parseTimestamp('2020-04-01T00:00:00Z'))
})

test('what was not measured is missing, and a column that is not there is named', () => {
  const rows = parseRecord('Date,CO2,adjusted CO2\n1958-03-01,315.70,\n', co2)
  assert.deepEqual([...(rows[0]?.values.keys() ?? [])], ['co2'])
  assert.throws(() => parseRecord('Date,CO2\n1958-03-01,315.70\n', co2), /no column adjusted CO2/)
})

test('a replay sends every row in order, and ends when it is told to', async () => {
  const rows: RecordRow[] = [0, 1, 2, 3].map((day) => ({ time: day * DAY, values: new Map() }))
  const sent: number[] = []
  const began = performance.now()
  await replay([{ rows, send: async ({ time }) => void sent.push(time / DAY) }], 0, 100, new AbortController().signal)
  assert.deepEqual(sent, [0, 1, 2, 3])
  assert.ok(performance.now() - began >= 25, 'three days at 100 a second take 30 ms')

  const ending = new AbortController()
  const slow: number[] = []
  const ended = replay([{ rows, send: async ({ time }) => void slow.push(time / DAY) }], 0, 0.001, ending.signal)
  await setImmediate()
  ending.abort()
  await ended
  assert.ok(slow.length <= 1)
})
