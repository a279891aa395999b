/** What MQTT clients make the server keep for them is bounded: messages that wait, levels of filters, and what is written of a session. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { Delivery } from '../../daemon/mqtt/delivery.ts'
import { SessionMemory } from '../../daemon/mqtt/session-memory.ts'
import { Session } from '../../daemon/mqtt/session.ts'
import { TopicTree } from '../../daemon/mqtt/topic-tree.ts'
import { MqttRecords } from '../../src/messages/mqtt-records.ts'
import { startLab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { waitFor } from '../support/waiting.ts'

test('past the bound of all sessions whoever has most waiting loses the oldest of it, and what several have counts once', async (t) => {
  const lab = await startLab(t)
  const [one, other] = [await lab.controller('one'), await lab.controller('other')]
  const resource = lab.ctx.tree.find('/lab')
  assert.ok(resource)
  const memory = new SessionMemory(100_000)
  const sessions: Session[] = []
  const dropped: string[] = []
  const open = (name: string, controllerId: number): Session => {
    const session = new Session(
      lab.ctx,
      name,
      { kind: 'controller', controllerId, organizationId: resource.organizationId, keyId: 1 },
      undefined,
      {
        maxQueued: 1_000,
        maxBytes: 1_000_000,
        records: new MqttRecords(lab.ctx.engine),
        memory,
        grew: () => memory.makeRoom(sessions),
        dropped: ({ id }) => void dropped.push(id),
      },
    )
    sessions.push(session)
    return session
  }
  const grant = { qos: 1, asPublished: false, ids: [] } as const
  const say = (to: readonly Session[], bytes: number): void => {
    const delivery = new Delivery('lab', Buffer.alloc(bytes, 97), { qos: 1, resource })
    for (const session of to) session.deliver(delivery, grant)
  }
  const small = open('small', other.id)
  const large = [open('large 1', one.id), open('large 2', one.id)]
  say([small], 10_000)
  for (let at = 0; at < 4; at++) say(large, 10_000)
  // Those of the two are in memory once.
  assert.ok(memory.held > 50_000 && memory.held < 60_000, `${memory.held} bytes`)
  assert.equal(dropped.length, 0)
  for (let at = 0; at < 20; at++) {
    say(large.slice(0, 1), 10_000)
    assert.ok(memory.held <= 100_000, `${memory.held} bytes`)
  }
  assert.ok(dropped.length > 0)
  assert.ok(!dropped.includes('small'))
  assert.equal(small.queued, 1)
  for (const session of sessions) session.ended()
  assert.equal(memory.held, 0)
})

test('levels of filters that nobody has any more are not kept, and others are', () => {
  const tree = new TopicTree<string>()
  tree.set('lab/fridge/#', 'one', { qos: 0 })
  for (let at = 0; at < 100; at++) {
    tree.set(`lab/fridge/${at}/deep/er`, 'other', { qos: 0 })
    tree.set(`lab/fridge/${at}`, 'other', { qos: 0 })
    tree.delete(`lab/fridge/${at}/deep/er`, 'other')
    tree.delete(`lab/fridge/${at}`, 'other')
    tree.delete('lab/not/there', 'other')
    tree.delete('lab', 'one')
  }
  assert.equal(tree.levels, 2)
  assert.deepEqual(
    tree.match('lab/fridge/7/deep').map(({ subscriber }) => subscriber),
    ['one'],
  )
  tree.delete('lab/fridge/#', 'one')
  assert.equal(tree.levels, 0)
})

test('what a kept session is made of is put together once for what is written at a time, however many filters come', async (t) => {
  const lab = await startLab(t)
  const { key } = await lab.controller('fridge')
  let [changes, made] = [0, 0]
  type Put = MqttRecords['putSession']
  const put = Reflect.get(MqttRecords.prototype, 'putSession')
  t.mock.method(MqttRecords.prototype, 'putSession', function (this: MqttRecords, ...[id, row, isNew]: Parameters<Put>) {
    changes++
    const counted: typeof row = () => {
      made++
      return row()
    }
    Reflect.apply(put, this, [id, counted, isNew])
  })
  const device = await connectDevice(t, lab, key, { clean: false, clientId: 'kept' })
  const before = made
  const filters = Array.from({ length: 500 }, (_, at) => `lab/fridge/${at}/${'x'.repeat(100)}`)
  const granted = await device.client.subscribeAsync(filters)
  assert.equal(granted.length, 500)
  await waitFor('all of it is written', () => made > before)
  assert.ok(changes >= 500)
  assert.ok(made - before <= 3, `made ${made - before} times`)
})
