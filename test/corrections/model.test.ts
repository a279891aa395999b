/** Random values, masks and calibrations against a plain filter and a plain calculation. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { calibrateSequence, removeCalibration } from '../../src/sequences/calibrating.ts'
import { listMasks, maskValues, unmaskValues } from '../../src/sequences/masking.ts'
import { fulfils, type Condition } from '../../src/storage/sequence-store.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { startLab } from '../support/lab.ts'
import { appendValues, refOf } from '../../src/sequences/sequences.ts'

/** A generator of random numbers that a seed repeats. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const START = Date.UTC(2026, 0, 1) * 1_000
const SPAN = 2_000

interface Mask {
  id: number
  covers: (time: number) => boolean
}

for (const seed of [1, 2, 3, 4])
  test(`reads, counts, sums and the newest are those of a plain filter (${seed})`, async (t) => {
    const lab = await startLab(t)
    const { ctx } = lab
    const random = randomOf(seed)
    const sequence = await lab.sequence('/lab/t')
    const ref = refOf(sequence)
    const actor: Actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true }
    const stored = new Map<number, number>()
    let masks: Mask[] = []
    let calibrations: { id: number; from: number; scale: number; offset: number; points?: [number, number][] }[] = []
    const calibrate = (time: number, value: number): number => {
      const one = calibrations
        .filter(({ from }) => from <= time)
        .sort((a, b) => a.from - b.from || a.id - b.id)
        .at(-1)
      if (!one) return value
      const [[x0, y0], [x1, y1]] = (one.points ?? [
        [0, 0],
        [1, 1],
      ]) as [[number, number], [number, number]]
      return Number((one.points ? y0 + ((value - x0) * (y1 - y0)) / (x1 - x0) : value * one.scale + one.offset).toPrecision(14))
    }
    const all = (): [number, number][] => [...stored].sort(([a], [b]) => a - b).map(([time, value]) => [time, calibrate(time, value)])
    const expected = (): [number, number][] => all().filter(([time]) => !masks.some(({ covers }) => covers(time)))

    const steps: (() => Promise<void>)[] = [
      async () => {
        const rows = Array.from({ length: 1 + random(200) }, () => ({ sequence, time: START + random(SPAN), value: random(200) / 2 }))
        await appendValues(ctx, actor, rows)
        for (const { time, value } of rows) stored.set(time, value)
      },
      async () => {
        const [a, b] = [START + random(SPAN), START + random(SPAN)]
        const [start, end] = [Math.min(a, b), random(4) === 0 ? undefined : Math.min(a, b) + random(300)]
        const { id } = await maskValues(ctx, actor, sequence, { start, end, note: 'bad' })
        masks.push({ id, covers: (time) => time >= start && time <= (end ?? Number.POSITIVE_INFINITY) })
      },
      async () => {
        const limit = 60 + random(40)
        const [start, end] = [START + random(SPAN / 2), START + SPAN / 2 + random(SPAN / 2)]
        const where: Condition[] = [{ is: '>', value: limit }]
        const runs: [number, number][] = []
        let isOpen = false
        for (const [time, value] of all().filter(([at]) => at >= start && at <= end)) {
          const isBad = fulfils(value, where)
          const last = runs.at(-1)
          if (isBad && isOpen && last) last[1] = time
          else if (isBad) runs.push([time, time])
          isOpen = isBad
        }
        const { id, values } = await maskValues(ctx, actor, sequence, { start, end, where: `value > ${limit}` })
        assert.equal(values, all().filter(([time, value]) => time >= start && time <= end && value > limit).length)
        masks.push({ id, covers: (time) => runs.some(([from, to]) => time >= from && time <= to) })
      },
      async () => {
        const gone = masks[random(Math.max(1, masks.length))]
        if (!gone) return
        await unmaskValues(ctx, actor, sequence, gone.id)
        masks = masks.filter((mask) => mask !== gone)
      },
      async () => {
        const from = START + random(SPAN)
        const points =
          random(3) === 0
            ? ([
                [0, 1],
                [100, random(100) + 2],
              ] as [number, number][])
            : undefined
        const how = points ? { points } : { scale: [2, -1, 0.5][random(3)] ?? 1, offset: random(10) - 5 }
        const made = await calibrateSequence(ctx, actor, sequence, { start: from, ...how })
        calibrations.push({ id: made.id, from, scale: made.scale, offset: made.offset, ...(points ? { points } : {}) })
      },
      async () => {
        const gone = calibrations[random(Math.max(1, calibrations.length))]
        if (!gone) return
        await removeCalibration(ctx, actor, sequence, gone.id)
        calibrations = calibrations.filter((one) => one !== gone)
      },
    ]
    for (let step = 0; step < 60; step++) {
      await steps[step < 2 ? 0 : random(steps.length)]?.()
      const right = expected()
      const [a, b] = [START - 5 + random(SPAN + 10), START - 5 + random(SPAN + 10)]
      const range = random(3) === 0 ? {} : { start: Math.min(a, b), end: Math.max(a, b) }
      const inRange = right.filter(([time]) => time >= (range.start ?? -Infinity) && time <= (range.end ?? Infinity))
      const order = random(2) === 0 ? 'ascending' : 'descending'
      const limit = [1, 7, 100, 100_000][random(4)] ?? 1
      const page = await ctx.readings.read(ref, { ...range, order, limit })
      const wanted = (order === 'ascending' ? inRange : inRange.toReversed()).slice(0, limit)
      assert.deepEqual(
        page.times.map((time, at) => [time, page.values[at]]),
        wanted,
        `step ${step}`,
      )
      if (inRange.length > limit) assert.equal(page.more, true)
      assert.equal(await ctx.readings.count(ref, range), inRange.length)
      const extent = await ctx.readings.extent(ref, range)
      assert.deepEqual(extent && [extent.first, extent.last], inRange.length === 0 ? undefined : [inRange[0]?.[0], inRange.at(-1)?.[0]])
      const newest = await ctx.sequenceStates.newest(ctx, sequence)
      assert.deepEqual(newest && [newest.time, newest.value], right.at(-1))
      const edges = [...new Set(Array.from({ length: 2 + random(12) }, () => START - 5 + random(SPAN + 10)))].sort((x, y) => x - y)
      const summaries = edges.length < 2 ? [] : await ctx.readings.summarize(ref, edges)
      for (const [at, summary] of summaries.entries()) {
        const group = right.filter(([time]) => time >= (edges[at] ?? 0) && time < (edges[at + 1] ?? 0))
        const values = group.map(([, value]) => value)
        if (group.length === 0) {
          assert.equal(summary, undefined)
          continue
        }
        assert.ok(summary)
        assert.deepEqual([summary.count, summary.first, summary.last], [group.length, group[0]?.[0], group.at(-1)?.[0]])
        for (const [found, want] of [
          [summary.min, Math.min(...values)],
          [summary.max, Math.max(...values)],
          [summary.firstValue, values[0] ?? 0],
          [summary.lastValue, values.at(-1) ?? 0],
          [summary.sum, values.reduce((sum, value) => sum + value, 0)],
        ] as const)
          assert.ok(Math.abs(found - want) < 1e-6, `${found} is not ${want} at step ${step}`)
      }
      const raw = await ctx.readings.read(ref, { order: 'ascending', limit: 100_000 }, 'raw')
      assert.deepEqual(
        raw.times.map((time, at) => [time, raw.values[at]]),
        [...stored].sort(([x], [y]) => x - y),
        'raw values stay',
      )
    }
    assert.equal((await listMasks(ctx, actor, sequence)).length, masks.length)
  })
