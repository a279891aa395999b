/** Statistics of a range, beside what one computes by hand and a naive model. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { SECOND, formatTimestamp } from '../../src/base/time.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { StatisticsSum } from '../../src/sequences/series/statistics.ts'
import { startLab } from '../support/lab.ts'

interface Answer {
  sequences: Record<string, number | string | null>[]
  message?: string
}

const near = (found: unknown, expected: number): void =>
  assert.ok(Math.abs(Number(found) - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${String(found)} is not ${expected}`)

test('statistics weigh values by how long they held: before the range, over pauses and up to now', async (t) => {
  const lab = await startLab(t)
  const freezer = await lab.sequence('/lab/freezer')
  const now = lab.ctx.clock.now()
  const start = now - 100 * SECOND
  const end = formatTimestamp(now)
  const values: [second: number, value: number][] = [
    [-10, -20],
    [10, -18],
    [20, -10],
    [60, -19],
  ]
  await lab.ctx.sequences.append(values.map(([second, value]) => ({ sequence: refOf(freezer), time: start + second * SECOND, value })))
  const ask = async (more: Record<string, string | number> = {}): Promise<Record<string, number | string | null>> => {
    const reply = await lab.get('/sequences/statistics', { path: '/lab/freezer', start_timestamp: formatTimestamp(start), ...more })
    return (reply.json as Answer).sequences[0] ?? {}
  }
  const found = await ask({ above: -15, below: -18.5, end_timestamp: end })
  assert.deepEqual(
    [found['count'], found['min'], found['max'], found['first_timestamp']],
    [3, -19, -10, formatTimestamp(start + 10 * SECOND)],
  )
  near(found['mean'], -47 / 3)
  near(found['standard_deviation'], Math.sqrt([-18, -10, -19].reduce((sum, value) => sum + (value + 47 / 3) ** 2, 0) / 3))
  near(found['seconds'], 100)
  near(found['seconds_above'], 40)
  near(found['seconds_below'], 10 + 40)
  near(found['time_weighted_mean'], (10 * -20 + 10 * -18 + 40 * -10 + 40 * -19) / 100)

  // The value before held until 5 s after the beginning, the third 15 s of its 40, the last 15 s.
  const held = await ask({ max_hold: '15s', end_timestamp: end })
  near(held['seconds'], 5 + 10 + 15 + 15)
  assert.ok(!('seconds_above' in held))

  assert.ok(Number((await ask())['seconds']) >= 100, 'up to now')
  const ahead = await ask({ end_timestamp: '2200-01-01T00:00:00Z' })
  assert.ok(Number(ahead['seconds']) < 10_000, 'what is to come has not held yet')

  const closed = await ask({ end_timestamp: formatTimestamp(start + 30 * SECOND), above: -15 })
  near(closed['seconds'], 30)
  near(closed['seconds_above'], 10)

  const before = await ask({ start_timestamp: '2001-01-01T00:00:00Z', end_timestamp: '2001-02-01T00:00:00Z', above: 0 })
  assert.deepEqual(
    [before['count'], before['mean'], before['time_weighted_mean'], before['seconds'], before['seconds_above']],
    [0, null, null, 0, 0],
  )
})

test('what has no statistics is refused in words; masked values count only where they are asked for', async (t) => {
  const lab = await startLab(t)
  const fan = await lab.sequence('/lab/fan')
  await lab.sequence('/lab/log', 2)
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append([1, 2, 99].map((value, at) => ({ sequence: refOf(fan), time: now - (3 - at) * SECOND, value })))
  await lab.post('/sequences/masks', { path: '/lab/fan', where: 'value > 90', note: 'off' })
  const max = async (more: Record<string, string>): Promise<unknown> =>
    ((await lab.get('/sequences/statistics', { path: '/lab/fan', ...more })).json as Answer).sequences[0]?.['max']
  assert.equal(await max({}), 2)
  assert.equal(await max({ masked: 'include' }), 99)
  const text = await lab.get('/sequences/statistics', { path: '/lab/log' })
  assert.equal(text.status, 400)
  assert.match((text.json as Answer).message ?? '', /\/lab\/log is a text sequence/)
  const hold = await lab.get('/sequences/statistics', { path: '/lab/fan', max_hold: 'long' })
  assert.match((hold.json as Answer).message ?? '', /max_hold is "long"; give a number with a unit/)
})

test('sums that go on as values come agree with sums over all of them, also for large values that differ little', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: -50, max: 50 })), { minLength: 2, maxLength: 40 }),
      fc.constantFrom(0, 1e9),
      (steps, base) => {
        const sum = new StatisticsSum({ above: base })
        let time = 0
        const points = steps.map(([step, value]) => ({ time: (time += step * SECOND), value: base + value }))
        for (const point of points) sum.add(point.time, point.value)
        const found = sum.end(time + 10 * SECOND)
        const mean = points.reduce((all, { value }) => all + (value - base), 0) / points.length
        const variance = points.reduce((all, { value }) => all + (value - base - mean) ** 2, 0) / points.length
        const lengths = points.map((point, at) => ((points[at + 1]?.time ?? time + 10 * SECOND) - point.time) / SECOND)
        const held = lengths.reduce((all, length) => all + length, 0)
        const weighted = points.reduce((all, { value }, at) => all + (value - base) * (lengths[at] ?? 0), 0) / held
        const close = (one: number | undefined, other: number): boolean => Math.abs((one ?? Number.NaN) - other) < 1e-6
        return (
          close((found.mean ?? 0) - base, mean) &&
          close(found.standardDeviation, Math.sqrt(variance)) &&
          close((found.timeWeightedMean ?? 0) - base, weighted) &&
          close(
            found.above,
            points.reduce((all, { value }, at) => all + (value > base ? (lengths[at] ?? 0) : 0), 0),
          )
        )
      },
    ),
  )
})
