/** A server whose own clock is set while it runs: no stamp goes backwards, nobody is called silent for it, and the log says so. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { ClockWatch } from '../../src/watching/clock-watch.ts'
import type { Log } from '../../src/base/log.ts'
import { silentLog } from '../../src/base/log.ts'
import { parseTimestamp } from '../../src/base/time.ts'
import { FakeClock, startLab } from '../support/lab.ts'

test('time that passes is no jump, a clock that is set is one, either way', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const jumps: number[] = []
  lab.ctx.hub.on('clockJumped', ({ by }) => jumps.push(by))
  const watch = new ClockWatch(lab.ctx)
  clock.advance(86_400)
  assert.equal(watch.check(), 0)
  clock.jump(1)
  assert.equal(watch.check(), 0)
  clock.advance(5)
  clock.jump(7_200)
  assert.equal(watch.check(), 7_200_000_000)
  assert.equal(watch.check(), 0)
  clock.jump(-30)
  assert.equal(watch.check(), -30_000_000)
  assert.deepEqual(jumps, [7_200_000_000, -30_000_000])
})

test('a clock that is set back leaves the stamps of values increasing, and both logs say what happened', async (t) => {
  const clock = new FakeClock()
  const warnings: string[] = []
  const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) }
  const lab = await startLab(t, { clock, log })
  await lab.sequence('/lab/level')
  const put = (value: number) => lab.put('/resources', { values: { '/lab/level': value } })
  await put(1)
  clock.jump(-40)
  await lab.daemon.runWorkers()
  await put(2)
  await put(3)
  const { timestamps, values } = (await lab.get('/resources/lab/level', { count: 10 })).json as { timestamps: number[]; values: string[] }
  assert.deepEqual(values, ['1', '2', '3'])
  assert.ok(timestamps.every((time, at) => at === 0 || time > (timestamps[at - 1] ?? 0)))
  assert.match(warnings.join('\n'), /clock was set/)
  assert.match((await lab.get('/resources/system/worker/log')).text, /set back by 40 seconds/)
})

test('anybody may ask for the time, so that a controller without a clock can set its own', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const { timestamp } = (await lab.as('').get('/time')).json as { timestamp: string }
  assert.equal(parseTimestamp(timestamp), clock.now())
})
