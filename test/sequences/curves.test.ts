/** What charts make of values: rates of counters, sums and directions, from few values and from many. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SECOND } from '../../src/base/time.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { readCurve, type Curve } from '../../src/sequences/series/curves.ts'
import { serverActor } from '../../src/resources/system.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { startLab, type Lab } from '../support/lab.ts'

const START = Date.UTC(2026, 0, 1) * 1000

/** A value each second. */
async function store(lab: Lab, path: string, values: readonly number[]): Promise<Resource> {
  const sequence = await lab.sequence(path)
  const rows = values.map((value, at) => ({ sequence: refOf(sequence), time: START + at * SECOND, value }))
  await lab.ctx.sequences.append(rows)
  return sequence
}

const read = async (lab: Lab, sequence: Resource, curve: Curve, from: number, to: number, room: number): Promise<[number, number][]> => {
  const range = { start: START + from * SECOND, end: START + to * SECOND - 1 }
  return (await readCurve(lab.ctx, serverActor, sequence, range, room, curve)).map(({ last, lastValue }) => [
    (last - START) / SECOND,
    lastValue,
  ])
}

test('a counter that begins again at 0 has no negative rate, and stretches of many values lose nothing of its growth', async (t) => {
  const lab = await startLab(t)
  const meter = await store(lab, '/lab/meter', [10, 12, 15, 1, 4, 4])
  // The value before the range gives the first one a rate.
  assert.deepEqual(await read(lab, meter, 'rate', 1, 6, 100), [
    [1, 2],
    [2, 3],
    [3, 1],
    [4, 3],
    [5, 0],
  ])
  assert.deepEqual((await read(lab, meter, 'rate', 0, 6, 100))[0], [1, 2])

  // 3 a second, with a reset in the midst of a stretch and one between two.
  const long = Array.from({ length: 1_000 }, (_, at) => 3 * (at < 130 ? at : at < 500 ? at - 130 : at - 500))
  const busy = await store(lab, '/lab/busy', long)
  const rates = await read(lab, busy, 'rate', 0, 1_000, 10)
  assert.equal(rates.length, 10)
  const growth = rates.reduce((sum, [time, rate], at) => sum + rate * (time - (rates[at - 1]?.[0] ?? 0)), 0)
  assert.equal(Math.round(growth), 3 * 999 - 6, 'two resets lose the step that was not counted')
  assert.ok(rates.every(([, rate]) => rate > 2.9 && rate <= 3))
})

test('a sum begins with the range, and goes on to the same end however many values one point stands for', async (t) => {
  const lab = await startLab(t)
  const rain = await store(
    lab,
    '/lab/rain',
    Array.from({ length: 600 }, (_, at) => at % 7),
  )
  assert.deepEqual(await read(lab, rain, 'sum', 2, 6, 100), [
    [2, 2],
    [3, 5],
    [4, 9],
    [5, 14],
  ])
  const [few, many] = [await read(lab, rain, 'sum', 0, 600, 6), await read(lab, rain, 'sum', 0, 600, 600)]
  assert.equal(few.length, 6)
  assert.equal(many.length, 600)
  assert.equal(few.at(-1)?.[1], many.at(-1)?.[1])
})

test('the mean of 350 and 10 degrees is north, and winds from all sides have none', async (t) => {
  const lab = await startLab(t)
  const wind = await store(lab, '/lab/wind', [350, 10, -90, 720])
  assert.deepEqual(await read(lab, wind, 'direction', 0, 4, 100), [
    [0, 350],
    [1, 10],
    [2, 270],
    [3, 0],
  ])
  const gusts = await store(
    lab,
    '/lab/gusts',
    Array.from({ length: 400 }, (_, at) => (at < 200 ? [350, 10] : [90, 270])[at % 2] ?? 0),
  )
  assert.deepEqual(
    (await read(lab, gusts, 'direction', 0, 400, 4)).map(([, angle]) => angle),
    [0, 0],
  )
})
