/** What the hub says is plain data: it could cross a process border, and everybody hears the same. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { MemoryBus, type Bus } from '../../src/tree/bus.ts'
import { Hub, type HubEvent, type Message } from '../../src/tree/hub.ts'
import { Tree, type Resource } from '../../src/tree/tree.ts'
import { BASIC_FOLDER, ORGANIZATION_FOLDER, SEQUENCE } from '../../src/wire/resource-types.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect } from '../support/peer.ts'
import { SerializingBus } from '../support/serializing-bus.ts'

/** Everything that passes between clients of all kinds in one afternoon. @returns what each of them heard, in order */
async function spendAfternoon(t: TestContext, bus: Bus<HubEvent>): Promise<Record<string, unknown[]>> {
  const lab = await startLab(t, { clock: new FakeClock(), bus })
  const fridge = await lab.controller('fridge')
  const amy = await lab.user('amy@example.com', { password: 'correct-horse-9' })
  await lab.sequence('/lab/fridge/t')
  await lab.sequence('/lab/fridge/inner/state', 2)
  const signIn = await fetch(`${lab.url}/api/v1/sessions`, {
    method: 'POST',
    body: new URLSearchParams({ user: 'amy@example.com', password: 'correct-horse-9' }),
  })
  const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  const { csrf_token: token } = (await signIn.json()) as { csrf_token: string }

  const peers = {
    page: await connect(t, lab, '', { headers: { cookie }, origin: lab.url }),
    amy: await connect(t, lab, amy.key),
    fridge: await connect(t, lab, fridge.key),
    twin: await connect(t, lab, fridge.key),
    admin: await connect(t, lab, lab.key),
  }
  const devices = { fridge: await connectDevice(t, lab, fridge.key), panel: await connectDevice(t, lab, lab.key) }
  for (const peer of Object.values(peers)) await peer.subscribe('/lab', { include_children: true })
  for (const device of Object.values(devices)) for (const filter of ['lab/#', 'lab/fridge/t']) await device.subscribe(filter, 1)

  await lab.put('/resources/lab/fridge/t', { data: 1 })
  await lab.post('/messages', { folder_path: '/lab/fridge', type: 'note', parameters: { text: 'by REST' } })
  await peers.fridge.tell('update_sequence', { sequence: 't', value: 2 })
  await peers.fridge.tell('update', { t: 3, 'inner/state': 'on', unknown: true })
  await peers.fridge.tell('alarm', { level: 3 })
  await devices.fridge.publish('lab/fridge/t', '4')
  await devices.fridge.publish('lab/fridge', 's,t,2026-01-31T12:00:01Z,5')
  await devices.fridge.publish('lab/fridge', 's,inner/state,,off', { qos: 2 })
  await devices.fridge.publish('lab/fridge', 'd,t,,6')
  await devices.fridge.publish('lab/fridge', 'd,nothing,,é')
  await devices.fridge.publish('lab/fridge', { update: { t: 7 }, alarm: { level: 4 } })
  await devices.fridge.publish('lab/fridge/raw/bytes', Buffer.from([0, 200, 255, 34]), { retain: true })
  await devices.panel.publish('lab/fridge', { order: { speed: 5 } })

  // Ends of what somebody may do reach their open connections.
  await fetch(`${lab.url}/api/v1/sessions`, { method: 'DELETE', headers: { cookie, 'x-csrf-token': token } })
  const ends: unknown[] = [await peers.page.closed]
  await peers.admin.tell('marker', {}, { folder: '/lab' })
  for (const peer of [peers.amy, peers.fridge, peers.twin]) await peer.hear('marker')
  for (const device of Object.values(devices)) await device.hear('{"marker":{}}')
  await lab.put(`/users/${amy.id}`, { role: 'system_admin' })
  ends.push(await peers.amy.closed)
  const keys = (await lab.get('/keys', { access_as_controller_id: fridge.id })).json as Record<string, unknown>
  for (const id of Object.keys(keys)) await lab.delete(`/keys/${id}`)
  ends.push(await peers.fridge.closed, await peers.twin.closed)
  await devices.fridge.closed

  const heard: Record<string, unknown[]> = { ends }
  for (const [name, peer] of Object.entries(peers)) heard[`WebSocket ${name}`] = peer.heard.filter(({ type }) => type !== 'ack')
  for (const [name, device] of Object.entries(devices))
    heard[`MQTT ${name}`] = device.heard.map(({ topic, bytes, qos, retain }) => [topic, bytes.toString('hex'), qos, retain])
  await lab.stop()
  return heard
}

test('events survive JSON unchanged, and clients hear the same whether or not they went through it', async (t) => {
  const bus = new SerializingBus()
  const [direct, serialized] = [await spendAfternoon(t, new MemoryBus()), await spendAfternoon(t, bus)]
  assert.deepEqual(bus.failures, [])
  assert.deepEqual(serialized, direct)
  for (const [name, heard] of Object.entries(direct)) assert.ok(heard.length >= 3, `${name} heard ${heard.length}`)
  const names = new Set(bus.events.map((event) => ('message' in event ? event.message.type : event.name)))
  for (const name of ['sequence_update', 'update', 'alarm', 'mqttPublished', 'sessionsEnded', 'userChanged', 'keyRevoked'])
    assert.ok(names.has(name), `${name} went over the bus`)
})

/** A daemon's hub, with a tree of its own. */
function startHub(bus: Bus<HubEvent>): {
  hub: Hub
  folder: Resource
  sequence: Resource
  heard: [Message, Resource, Resource | undefined][]
} {
  const tree = new Tree()
  const row = { organization_id: 1, permissions: null, system_attributes: '{}' }
  tree.add({ ...row, id: 1, parent_id: null, name: 'lab', type: ORGANIZATION_FOLDER })
  const folder = tree.add({ ...row, id: 2, parent_id: 1, name: 'fridge', type: BASIC_FOLDER })
  const sequence = tree.add({ ...row, id: 3, parent_id: 2, name: 't', type: SEQUENCE })
  const hub = new Hub(silentLog, bus, tree)
  const heard: [Message, Resource, Resource | undefined][] = []
  const subscription = { folderId: 1, type: undefined, includeChildren: true }
  hub.subscribe(
    { sender: { connectionId: hub.newConnectionId(), controllerId: 9 }, deliver: (...message) => heard.push(message) },
    subscription,
  )
  return { hub, folder, sequence, heard }
}

test('hubs on one bus hear each other’s messages, each with the resources of its own tree', () => {
  const bus = new SerializingBus()
  const [here, there] = [startHub(bus), startHub(bus)]
  const connectionId = here.hub.newConnectionId()
  assert.equal(there.hub.hasSubscribers(there.folder), true)
  here.hub.publish({
    folder: here.folder,
    sequence: here.sequence,
    type: 'sequence_update',
    parameters: { value: '4' },
    timestamp: 5,
    sender: { connectionId, controllerId: 9 },
  })
  const message = {
    folderId: 2,
    sequenceId: 3,
    type: 'sequence_update',
    parameters: { value: '4' },
    timestamp: 5,
    sender: { connectionId },
  }
  for (const { heard, folder, sequence } of [here, there]) {
    assert.deepEqual(
      heard.map(([one]) => one),
      [message],
    )
    assert.equal(heard[0]?.[1], folder)
    assert.equal(heard[0]?.[2], sequence)
  }
  // Of other messages the whole controller is the sender, wherever it is connected.
  here.hub.publish({ folder: here.folder, type: 'alarm', parameters: {}, timestamp: 6, sender: { connectionId, controllerId: 9 } })
  assert.deepEqual([here.heard.length, there.heard.length], [1, 1])
  assert.deepEqual(bus.failures, [])
})

test('connections of all daemons have names of their own', () => {
  const bus = new MemoryBus<HubEvent>()
  const hubs = [startHub(bus), startHub(bus)].map(({ hub }) => hub)
  const ids = hubs.flatMap((hub) => [hub.newConnectionId(), hub.newConnectionId()])
  assert.equal(new Set(ids).size, 4)
})

test('ends of keys, sessions and users reach all daemons; what is about one process stays there', () => {
  const bus = new SerializingBus()
  const [here, there] = [startHub(bus).hub, startHub(bus).hub]
  const told: unknown[] = []
  there.on('keyRevoked', (notice) => told.push(notice))
  there.on('sessionsEnded', (notice) => told.push(notice))
  there.on('userChanged', (notice) => told.push(notice))
  there.on('clockJumped', (notice) => told.push(notice))
  here.notify('keyRevoked', { keyId: 1 })
  here.notify('sessionsEnded', { userId: 2, sessionId: 3 })
  here.notify('userChanged', { userId: 4 })
  here.notify('clockJumped', { by: 5 })
  assert.deepEqual(told, [{ keyId: 1 }, { userId: 2, sessionId: 3 }, { userId: 4 }])
})

test('a message about what a daemon does not know is not delivered there', () => {
  const bus = new MemoryBus<HubEvent>()
  const { hub, heard } = startHub(bus)
  hub.publish({ folder: { id: 99 }, type: 'alarm', parameters: {}, timestamp: 1 })
  hub.publish({ folder: { id: 2 }, sequence: { id: 99 }, type: 'sequence_update', parameters: {}, timestamp: 1 })
  assert.deepEqual(heard, [])
})
