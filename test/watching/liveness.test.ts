/** When controllers were last heard of: in memory at once, in the database now and then. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'

const rowOf = (lab: Lab, id: number) =>
  lab.ctx.db.selectFrom('controller_status').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

test('a controller is known by its connection, its messages and its requests, without a write for each', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, fridge.key, { version: '1.4' })
  const connected = clock.now()
  clock.advance(60)
  await peer.tell('watchdog')
  clock.advance(60)
  await fridge.get('/resources/self', { meta: 1 })
  const live = lab.ctx.liveness.get(fridge.id)
  assert.deepEqual(
    [live?.clientVersion, live?.connections, live?.lastConnect, live?.lastWatchdog, live?.lastMessage, live?.received],
    ['1.4', 1, connected, connected + 60_000_000, clock.now(), 2],
  )
  assert.equal(live?.address, '127.0.0.1')

  await lab.ctx.liveness.flush()
  const row = await rowOf(lab, fridge.id)
  assert.deepEqual([row.client_version, row.web_socket_connected, row.messages_received], ['1.4', 1, 2])
  await peer.tell('ping')
  await lab.ctx.liveness.flush()
  assert.equal((await rowOf(lab, fridge.id)).messages_received, 2)
  clock.advance(600)
  await lab.ctx.liveness.flush()
  assert.equal((await rowOf(lab, fridge.id)).messages_received, 3)
})

test('all of it is there again after a restart', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const fridge = await lab.controller('fridge')
  const peer = await connect(t, lab, fridge.key)
  await peer.subscribe('self')
  await lab.post('/messages', { folder_path: '/lab/fridge', type: 'open', parameters: '{}' })
  await peer.hear('open')
  const heard = clock.now()
  await lab.stop()
  clock.advance(3_600)
  const again = await startLab(t, { clock, folder: lab.folder })
  const live = again.ctx.liveness.get(fridge.id)
  assert.deepEqual([live?.connections, live?.lastConnect, live?.lastMessage, live?.received, live?.sent], [0, heard, heard, 1, 1])
  assert.equal((await rowOf(again, fridge.id)).web_socket_connected, 0)
  // Nobody could be heard while the server was off: that time is no silence.
  assert.equal(again.ctx.liveness.silentSince(heard), clock.now())
})
