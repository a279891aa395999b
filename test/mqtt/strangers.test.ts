/** Who has not said who they are can't take the places of devices, nor their memory. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { mqttConnect, mqttPacket } from '../support/raw-samples.ts'
import { waitFor } from '../support/waiting.ts'

async function silentSocket(t: TestContext, lab: Lab): Promise<Socket> {
  const socket = connect(lab.daemon.mqttPort ?? 0, '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

const closed = (socket: Socket): Promise<void> => waitFor('it is closed', () => socket.closed).then(() => undefined)

test('silent sockets shut no device out: those that have been quiet for longest give way', async (t) => {
  const lab = await startLab(t, { mqtt: true, settings: { MAX_CONNECTIONS: 20 } })
  const silent: Socket[] = []
  for (let count = 0; count < 40; count++) silent.push(await silentSocket(t, lab))
  const fridge = await lab.controller('fridge')
  for (let count = 0; count < 15; count++) {
    const device = await connectDevice(t, lab, fridge.key, { over: 'tcp', clientId: `d${count}` })
    assert.ok(device.client.connected)
  }
  await waitFor('half of MAX_CONNECTIONS are left of the silent ones', () => silent.filter(({ closed }) => !closed).length <= 10)
})

test('the first packet has some kilobytes; a device that is known sends as much as before', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  const long = await silentSocket(t, lab)
  long.write(mqttPacket(0x10, Buffer.alloc(20_000)))
  await closed(long)
  const chatty = await silentSocket(t, lab)
  // No key: a CONNECT that is complete, and then as much as goes.
  chatty.write(mqttConnect('wrong'))
  for (let packet = 0; packet < 20 && !chatty.destroyed; packet++) chatty.write(mqttPacket(0x30, Buffer.alloc(10_000)))
  await closed(chatty)
  await lab.sequence('/lab/notes', 2)
  const device = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await device.publish('lab/notes', 'x'.repeat(300_000), { qos: 1 })
})
