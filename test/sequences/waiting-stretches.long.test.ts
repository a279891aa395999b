/** What a wrong clock stamped and can still be moved is not removed by retention, whatever it is made of: no image, no number, no text. */
import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import { HOUR, SECOND, type Micros } from '../../src/base/time.ts'
import { measureImages } from '../../src/sequences/image-reading.ts'
import { findOldestKept, rangesAround } from '../../src/sequences/waiting-stretches.ts'
import type { StretchShiftAnswer, WrongClock } from '../../src/wire/answers.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

const TODAY = Date.UTC(2026, 1, 3, 8) * 1000
const LEVEL = '/lab/level'

const put = async (lab: Lab, value: number): Promise<void> => {
  assert.equal((await lab.put('/resources', { values: { [LEVEL]: value } })).status, 200)
}
const valuesOf = async (lab: Lab): Promise<number[]> =>
  ((await lab.get(`/resources${LEVEL}`, { count: 1_000 })).json as { values: string[] }).values.map((value) =>
    Number(value.split(' ').at(-1)),
  )
const stretches = async (lab: Lab): Promise<WrongClock[]> =>
  ((await lab.get('/clock/stretches')).json as { stretches: WrongClock[] }).stretches
const shift = async (lab: Lab, id = 0): Promise<StretchShiftAnswer> => {
  const { status, json, text } = await lab.post(`/clock/stretches/${id}`)
  assert.equal(status, 200, text)
  return json as StretchShiftAnswer
}
const picture = async (width: number): Promise<string> => {
  const image = sharp({ create: { width, height: 20, channels: 3, background: 'red' } })
  return (await image.jpeg().toBuffer()).toString('base64')
}

test('what lies around stretches is found, and where the kept ones begin', async () => {
  const waiting = [
    { start: 10, end: 19 },
    { start: 30, end: 39 },
  ]
  assert.deepEqual(rangesAround(waiting, 35), [{ end: 9 }, { start: 20, end: 29 }])
  assert.deepEqual(rangesAround(waiting, 50), [{ end: 9 }, { start: 20, end: 29 }, { start: 40, end: 49 }])
  assert.deepEqual(rangesAround(waiting, 5), [{ end: 4 }])
  assert.deepEqual(rangesAround([], 5), [{ end: 4 }])
  const times = Array.from({ length: 50 }, (_, time) => time)
  const count = ({ start = 0, end = 49 }: { start?: Micros | undefined; end?: Micros | undefined }): number =>
    times.filter((time) => time >= start && time <= end).length
  const outside = times.filter((time) => !waiting.some(({ start, end }) => time >= start && time <= end))
  for (let keep = 1; keep < outside.length; keep++) {
    const from = await findOldestKept(count, keep, waiting, { first: 0, last: 49 })
    assert.equal(outside.filter((time) => time >= (from ?? 0)).length, keep)
  }
  assert.equal(await findOldestKept(count, outside.length, waiting, { first: 0, last: 49 }), undefined)
})

for (const [what, attributes] of [
  ['their age', { max_age: '90d' }],
  ['their number', { max_history: 20 }],
] as const) {
  test(`images that a wrong clock stamped are not removed for ${what} while they can be moved`, async (t) => {
    const clock = new FakeClock()
    clock.time = HOUR
    const lab = await startLab(t, { clock })
    const camera = '/lab/camera'
    await lab.sequence(camera, 3, attributes)
    const pictures = await Promise.all([50, 300].map((width) => picture(width)))
    const take = async (count: number): Promise<void> => {
      for (let image = 0; image < count; image++) {
        clock.advance(60)
        assert.equal((await lab.put(`/resources${camera}`, { data: pictures[image % 2] })).status, 200)
      }
    }
    const count = async (start: Micros, end: Micros): Promise<number[]> => {
      const images = lab.ctx.tree.find(camera)
      const thumbnails = lab.ctx.tree.find(`${camera}/thumbnail-240-x`)
      return Promise.all([images, thumbnails].map(async (one) => (await measureImages(lab.ctx.db, one?.id ?? 0, { start, end })).count))
    }
    await take(4)
    clock.jump((TODAY - clock.time) / SECOND)
    await lab.daemon.runWorkers()
    await take(30)
    const right = 'max_history' in attributes ? 20 : 30
    assert.deepEqual(await count(0, 24 * HOUR), [4, 4], 'those of 1970')
    assert.equal((await count(TODAY, TODAY + 24 * HOUR))[0], right)
    clock.advance(12 * 3_600)
    await lab.daemon.runWorkers()
    assert.deepEqual(await count(0, 24 * HOUR), [4, 4], 'those of 1970, after the hourly work')
    const [stretch] = await stretches(lab)
    const { sequences } = await shift(lab, stretch?.id)
    assert.equal(sequences[0]?.moved, 4)
    assert.deepEqual(await count(TODAY - HOUR, TODAY), [4, 4])
  })
}

for (const offBy of [-(TODAY - HOUR), 24 * HOUR]) {
  test(`max_history cuts none of what comes while and after the clock is off by ${offBy / HOUR} hours`, async (t) => {
    const clock = new FakeClock()
    clock.time = TODAY
    const lab = await startLab(t, { clock })
    await lab.sequence(LEVEL, 1, { max_history: 20 })
    const store = async (from: number, to: number): Promise<void> => {
      for (let value = from; value <= to; value++) {
        clock.advance(60)
        await put(lab, value)
      }
      await lab.daemon.runWorkers()
    }
    await store(1, 20)
    clock.jump(offBy / SECOND)
    await lab.daemon.runWorkers()
    await store(101, 130)
    clock.jump(-offBy / SECOND)
    await lab.daemon.runWorkers()
    await store(201, 230)
    const held = await valuesOf(lab)
    const from = (hundred: number): number => held.filter((value) => Math.floor(value / 100) === hundred).length
    assert.ok(from(2) >= 20, `${from(2)} of 30 that came when it was right again`)
    // While it is ahead nothing tells that it is wrong: the newest 20 are kept.
    assert.ok(from(1) >= (offBy < 0 ? 30 : 20), `${from(1)} of 30 that came while it was wrong`)
    assert.equal(from(0), 0, 'the oldest went')
    const [stretch] = await stretches(lab)
    const { sequences } = await shift(lab, stretch?.id)
    assert.equal(sequences[0]?.moved, from(1), 'with the last one before the clock was set')
    await lab.daemon.runWorkers()
    assert.equal((await stretches(lab))[0]?.state, 'shifted')
  })
}
