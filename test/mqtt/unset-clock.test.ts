/** Values of devices whose clocks were never set, and of clocks that are ahead. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SECOND, formatTimestamp } from '../../src/base/time.ts'
import { readAhead } from '../../src/sequences/sequences.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'

const PATH = '/lab/fridge/temperature'

test("seconds since a device's start are no time: the value is stored at the server's, and its log says so once an hour", async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock })
  const fridge = await lab.controller('fridge')
  await lab.sequence(PATH)
  await lab.sequence('/lab/fridge/log', 2)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  for (const seconds of ['37', '37.5', '86400', '0']) {
    clock.advance(1)
    await device.publish('lab/fridge', `s,temperature,${seconds},4.5`, { qos: 1 })
  }
  await device.publish('lab/fridge', `s,temperature,${clock.time / SECOND - 60},4.6`, { qos: 1 })
  const { timestamps } = (await lab.get(`/resources${PATH}`, { count: 100 })).json as { timestamps: number[] }
  const now = clock.time / SECOND
  assert.deepEqual(timestamps, [now - 60, now - 3, now - 2, now - 1, now])
  const { values } = (await lab.get('/resources/lab/fridge/log', { count: 100 })).json as { values: string[] }
  assert.equal(values.filter((line) => line.includes("stored at the server's time")).length, 1)
  const [status] = (await lab.get('/controllers')).json as { refused_values: unknown }[]
  assert.equal(status?.refused_values, null, 'nothing was refused')
})

test('a value that is to come hides no live one from a new subscriber, and what lies ahead is known', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { mqtt: true, clock })
  const fridge = await lab.controller('fridge')
  const sequence = await lab.sequence(PATH)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const [ahead, later] = [clock.time + 30 * 86_400 * SECOND, clock.time + 31 * 86_400 * SECOND]
  for (const time of [ahead, later]) await device.publish('lab/fridge', `s,temperature,${formatTimestamp(time)},-20`, { qos: 1 })
  await device.publish('lab/fridge', 's,temperature,,-5', { qos: 1 })
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.subscribe('lab/fridge/temperature', 1)
  await panel.hear(() => true)
  assert.deepEqual(panel.texts(), ['-5'])
  const resource = lab.ctx.tree.find(PATH)
  assert.equal(resource?.id, sequence.id)
  assert.deepEqual(resource && (await readAhead(lab.ctx, resource)), { first: ahead, last: later })
  await lab.delete(`/resources${PATH}`, { data_only: 1, start_timestamp: formatTimestamp(ahead), end_timestamp: formatTimestamp(later) })
  assert.equal(resource && (await readAhead(lab.ctx, resource)), undefined)
})
