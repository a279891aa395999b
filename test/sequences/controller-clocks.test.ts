/** Of two clocks that differ, the controller's is corrected, unless the server's own can't be right. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { changeJson } from '../../src/database/json-columns.ts'
import { transact } from '../../src/database/transact.ts'
import { DAY, HOUR, SECOND, formatTimestamp, type Micros } from '../../src/base/time.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'

const PATH = '/lab/fridge/temperature'

async function send(lab: Lab, fridge: Caller, time: Micros): Promise<Micros> {
  const values = { [PATH]: time / SECOND }
  assert.equal((await fridge.put('/resources', { values, timestamp: formatTimestamp(time) })).status, 200)
  const { timestamps, values: stored } = (await lab.get(`/resources${PATH}`, { count: 100 })).json as {
    timestamps: number[]
    values: string[]
  }
  return Math.round((timestamps[stored.findIndex((value) => Number(value) === time / SECOND)] ?? Number.NaN) * SECOND)
}

test('a right time of a controller stays as it is while the server shows 1970, or a time that is far off', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  const { key, id } = await first.controller('fridge')
  await first.sequence(PATH)
  await first.stop()
  const right = clock.time
  let sent = right
  for (const wrong of [600 * SECOND, right + 365 * DAY, right - 2 * DAY]) {
    clock.time = wrong
    const lab = await startLab(t, { clock, folder })
    sent += 10 * SECOND
    assert.equal(await send(lab, lab.as(key), sent), sent)
    const { clock_offset: offset } = ((await lab.get('/controllers')).json as { clock_offset: unknown }[])[0] ?? {}
    assert.equal(offset, null)
    // Found right, it corrects again those of controllers.
    clock.time = right + HOUR / 2
    await lab.daemon.runWorkers()
    const late = sent - DAY
    assert.equal(await send(lab, lab.as(key), late), clock.time)
    await transact(lab.ctx, (tx) => changeJson(tx, 'controller_status.attributes', id, () => '{}'))
    await lab.delete(`/resources${PATH}`, { data_only: 1 })
    await lab.stop()
  }
})

test('a controller in 1970 is corrected by a server that was off for long', async (t) => {
  const clock = new FakeClock()
  const folder = await makeFolder(t)
  const first = await startLab(t, { clock, folder })
  const { key } = await first.controller('fridge')
  await first.sequence(PATH)
  await first.stop()
  clock.advance(3 * 86_400)
  const lab = await startLab(t, { clock, folder })
  assert.equal(lab.ctx.believed.isClockRight, false)
  assert.equal(await send(lab, lab.as(key), 60 * SECOND), clock.time)
})
