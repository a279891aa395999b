/** Devices without a clock say what counter of which boot their readings have: sent again, each comes to the same time. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND, type Micros } from '../../src/base/time.ts'
import type { ControllerStatus } from '../../src/wire/answers.ts'
import { FakeClock, startLab, type Caller, type Lab, type Reply } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'

const PATH = '/lab/fridge/temperature'
const BESIDE = '/lab/fridge/humidity'

const put = (fridge: Caller, value: number, monotonic: number, now: number, boot = 'a', paths = [PATH]): Promise<Reply> =>
  fridge.put('/resources', {
    values: Object.fromEntries(paths.map((path) => [path, value])),
    clock: 'untrusted',
    monotonic,
    monotonic_now: now,
    boot,
  })

const counts = ({ status, text, json }: Reply): [stored: number, repeated: number] => {
  assert.equal(status, 200, text)
  const { stored, repeated } = json as { stored: number; repeated: number }
  return [stored, repeated]
}

/** Values with their times, in the order of time. */
const readings = async (lab: Lab, path = PATH): Promise<[value: number, time: Micros][]> => {
  const { timestamps, values } = (await lab.get(`/resources${path}`, { count: 1000 })).json as { timestamps: number[]; values: string[] }
  return values.map((value, at) => [Number(value), Math.round((timestamps[at] ?? 0) * SECOND)])
}

test('a batch without a clock that is sent again stores nothing new, whatever lies between, a restart too', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  const { key } = await first.controller('fridge')
  for (const path of [PATH, BESIDE]) await first.sequence(path)
  const both = [PATH, BESIDE]
  const taken = clock.time - 100 * SECOND
  assert.deepEqual(counts(await put(first.as(key), 1, 50, 150, 'a', both)), [2, 0])
  clock.advance(3.25)
  assert.deepEqual(counts(await put(first.as(key), 1, 50, 150, 'a', both)), [0, 2], 'the same request')
  clock.advance(10)
  assert.deepEqual(
    counts(await put(first.as(key), 1, 50, 163.5, 'a', both)),
    [0, 2],
    'the same reading, with what the counter shows by then',
  )
  await first.stop()
  clock.advance(3600)
  const lab = await startLab(t, { clock, folder })
  lab.ctx.believed.confirm()
  assert.deepEqual(counts(await put(lab.as(key), 1, 50, 150, 'a', both)), [0, 2], 'the same request after a restart')
  assert.deepEqual(counts(await put(lab.as(key), 1, 50, 3763.25, 'a', both)), [0, 2])
  for (const path of both) assert.deepEqual(await readings(lab, path), [[1, taken]])
  clock.advance(1)
  assert.deepEqual(counts(await put(lab.as(key), 2, 3764.25, 3764.25)), [1, 0])
  const found = (await readings(lab)).at(-1)
  assert.ok(found && found[0] === 2 && Math.abs(found[1] - clock.time) < SECOND, 'what was sent late does not move what comes next')
})

test('another boot counts anew, and a queue of the boot before keeps its times', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  const start = clock.time
  clock.advance(60)
  await put(fridge, 1, 60, 60, 'a')
  clock.advance(600)
  assert.deepEqual(counts(await put(fridge, 2, 60, 60, 'b')), [1, 0])
  assert.deepEqual(counts(await put(fridge, 3, 120, 660, 'a')), [1, 0])
  assert.deepEqual(await readings(lab), [
    [1, start + 60 * SECOND],
    [3, start + 120 * SECOND],
    [2, start + 660 * SECOND],
  ])
  const [status] = (await lab.get('/controllers')).json as ControllerStatus[]
  assert.deepEqual(status?.status, {}, 'what the server notes of it is no part of what the controller reports')
})

test('a counter that drifts, or a server whose clock is put right, loses no reading, and what was sent before stays known', async (t) => {
  for (const drift of [0.001, -0.001, 600]) {
    const clock = new FakeClock()
    const lab = await startLab(t, { clock })
    const fridge = await lab.controller('fridge')
    await lab.sequence(PATH)
    const sent: [value: number, monotonic: number][] = []
    for (let at = 0; at < 200; at++) {
      const counter = 60 * (at + 1)
      clock.advance(60 + (Math.abs(drift) < 1 ? 60 * drift : 0))
      if (drift > 1 && at === 100) clock.jump(drift)
      assert.deepEqual(counts(await put(fridge, at, counter, counter)), [1, 0], `${drift}: ${at}`)
      sent.push([at, counter])
      const found = (await readings(lab)).find(([value]) => value === at)
      assert.ok(found && Math.abs(found[1] - clock.time) <= 6 * SECOND, `${drift}: ${at}`)
    }
    for (const [value, counter] of sent.slice(-30)) {
      clock.advance(0.1)
      assert.deepEqual(counts(await put(fridge, value, counter, 60 * 200 + 1)), [0, 1], `${drift}: ${value} again`)
    }
    assert.equal((await readings(lab)).length, 200)
    await lab.stop()
  }
})

test('a boot without a counter, or from a user, is refused, and says why', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  const values = { [PATH]: 1 }
  const [bare, user] = [
    await fridge.put('/resources', { values, boot: 'a', clock: 'untrusted' }),
    await lab.put('/resources', { values, boot: 'a', monotonic: 1, monotonic_now: 2 }),
  ]
  assert.deepEqual([bare.status, user.status], [400, 400])
  assert.match(bare.text, /boot goes with monotonic/)
  assert.match(user.text, /controller/)
})
