/** What a chart draws: values themselves where they fit, and summaries that keep extremes where they do not. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { serverActor } from '../../src/resources/system.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { readChartPoints } from '../../src/sequences/series/series.ts'
import { startLab } from '../support/lab.ts'

test('up to twice as many values as a chart has room for are drawn by themselves; summaries of more keep the extremes', async (t) => {
  const lab = await startLab(t)
  const sequence = await lab.sequence('/lab/freezer')
  const start = lab.ctx.clock.now()
  const valueAt = (at: number): number => (at === 77 ? 85 : at / 8)
  const rows = Array.from({ length: 201 }, (_, at) => ({ sequence: refOf(sequence), time: start + at * 1_000_000, value: valueAt(at) }))
  await lab.ctx.sequences.append(rows)
  const read = (last: number): ReturnType<typeof readChartPoints> =>
    readChartPoints(lab.ctx, serverActor, sequence, { start, end: start + last * 1_000_000 }, 100)

  const whole = await read(199)
  assert.deepEqual(
    whole.map(({ first, last, min, max, count }) => [first, last, min, max, count]),
    rows.slice(0, 200).map(({ time, value }) => [time, time, value, value, 1]),
  )
  const summed = await read(200)
  assert.ok(summed.length <= 100 && summed.length > 50, `${summed.length} points`)
  assert.equal(
    summed.reduce((sum, { count }) => sum + count, 0),
    201,
  )
  assert.equal(Math.max(...summed.map(({ max }) => max)), 85)
  assert.equal(summed.at(-1)?.lastValue, 25)
  assert.deepEqual(await readChartPoints(lab.ctx, serverActor, sequence, { start: start - 10, end: start - 1 }, 100), [])
})
