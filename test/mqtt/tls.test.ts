/** MQTT with TLS, where there is a certificate. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import mqtt from 'mqtt'
import { certificate, certificateKey } from '../support/certificate.ts'
import { findFreePort } from '../support/free-port.ts'
import { startLab } from '../support/lab.ts'
import { gatherDevice, type Device } from '../support/mqtt-client.ts'
import { waitFor } from '../support/waiting.ts'
import { RecordingLog } from '../support/recording-log.ts'

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'mqtt.crt'), certificate)
  await writeFile(join(folder, 'mqtt.key'), certificateKey)
  return folder
}

const files = { MQTT_TLS_CERTIFICATE: 'mqtt.crt', MQTT_TLS_KEY: 'mqtt.key' }

test('with a certificate a client that trusts it stores values over TLS; one that doesn’t, or speaks no TLS, gets nowhere', async (t) => {
  const folder = await makeFolder(t)
  const port = await findFreePort()
  const lab = await startLab(t, { folder, settings: { ...files, MQTT_TLS_PORT: port } })
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  const login = { username: 'key', password: fridge.key, reconnectPeriod: 0 }
  const device = await gatherDevice(t, mqtt.connect(`mqtts://localhost:${port}`, { ...login, ca: certificate }))
  await device.publish('lab/fridge', 's,temperature,,4.5')
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '4.5')
  await assert.rejects(gatherDevice(t, mqtt.connect(`mqtts://localhost:${port}`, login)), /self.signed/i)
  await assert.rejects(gatherDevice(t, mqtt.connect(`mqtt://localhost:${port}`, { ...login, connectTimeout: 5_000 })))
  await device.publish('lab/fridge', 's,temperature,,5.5')
})

test('a new certificate is read without a restart; a broken one changes nothing', async (t) => {
  const log = new RecordingLog()
  const folder = await makeFolder(t)
  const port = await findFreePort()
  const lab = await startLab(t, { folder, log, settings: { ...files, MQTT_TLS_PORT: port } })
  const fridge = await lab.controller('fridge')
  const reach = (): Promise<Device> =>
    gatherDevice(
      t,
      mqtt.connect(`mqtts://localhost:${port}`, { username: 'key', password: fridge.key, reconnectPeriod: 0, ca: certificate }),
    )
  const read = (): number => log.lines.filter(({ message }) => message === 'read the certificate for MQTT again').length
  await lab.daemon.reload()
  assert.equal(read(), 1)
  await reach()
  await writeFile(join(folder, 'mqtt.crt'), 'half a file')
  await lab.daemon.reload()
  assert.equal(read(), 1)
  assert.ok(
    log.lines.some(
      ({ message, reason }) => message === 'goes on with the former certificate for MQTT' && /can't be used/.test(String(reason)),
    ),
  )
  await reach()
})

test('of connections that never agree on a key the oldest give way to newer ones', async (t) => {
  const folder = await makeFolder(t)
  const port = await findFreePort()
  const lab = await startLab(t, { folder, settings: { ...files, MQTT_TLS_PORT: port, TRUSTED_PROXIES: ['127.0.0.1'] } })
  const fridge = await lab.controller('fridge')
  const silent: Socket[] = []
  while (silent.length < 101) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    silent.push(socket.resume())
  }
  await waitFor('the oldest one is ended', () => silent[0]?.destroyed === true)
  await gatherDevice(
    t,
    mqtt.connect(`mqtts://localhost:${port}`, { username: 'key', password: fridge.key, reconnectPeriod: 0, ca: certificate }),
  )
  assert.equal(silent[100]?.destroyed, false)
})

test('a certificate that can’t be used is a clear error at the start', async (t) => {
  const folder = await makeFolder(t)
  await writeFile(join(folder, 'broken.crt'), 'no certificate')
  for (const [settings, message] of [
    [{ ...files, MQTT_TLS_CERTIFICATE: 'missing.crt' }, /MQTT_TLS_CERTIFICATE is "missing.crt", which can't be read/],
    [{ ...files, MQTT_TLS_CERTIFICATE: 'broken.crt' }, /MQTT_TLS_CERTIFICATE and MQTT_TLS_KEY can't be used/],
    [{ MQTT_TLS_CERTIFICATE: 'mqtt.crt' }, /belong together/],
  ] as const) {
    await assert.rejects(startLab(t, { folder, settings: { ...settings, MQTT_TLS_PORT: await findFreePort() } }), message)
  }
})
