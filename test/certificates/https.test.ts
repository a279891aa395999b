/** TLS without a proxy: the server's own certificate, for https, WebSockets and MQTT. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { TLSSocket } from 'node:tls'
import mqtt from 'mqtt'
import { checkCertificates } from '../../src/doctor/certificate-check.ts'
import { checkExposure } from '../../src/doctor/exposure-check.ts'
import { Report } from '../../src/doctor/report.ts'
import { Client } from '../../src/client/client.ts'
import { makeSelfSigned, readFacts } from '../../src/certificates/self-signed.ts'
import { findFreePort } from '../support/free-port.ts'
import { labSettings, startLab } from '../support/lab.ts'
import { gatherDevice } from '../support/mqtt-client.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { emptyLab } from '../support/command-line.ts'

const DAY_MS = 86_400_000
const names = ['localhost', 'rhizo.local', '127.0.0.1', '::1']
const files = { TLS_CERTIFICATE: 'tls.crt', TLS_KEY: 'tls.key' }

async function makeFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function write(folder: string, { certificate, key }: { certificate: string; key: string }): void {
  writeFileSync(join(folder, 'tls.crt'), certificate)
  writeFileSync(join(folder, 'tls.key'), key, { mode: 0o600 })
}

/** @returns the answer, and the fingerprint of the certificate that came with it */
async function ask(url: string, ca: string, path = '/health'): Promise<{ answer: IncomingMessage; fingerprint: string }> {
  const sent = request(`${url}${path}`, { ca, agent: false, headers: { authorization: 'Bearer none' } })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const { fingerprint256 } = (answer.socket as TLSSocket).getPeerCertificate()
  answer.resume()
  return { answer, fingerprint: fingerprint256 }
}

test('with a certificate the server speaks https, WebSocket and MQTT by it, and takes a renewed one by itself', async (t) => {
  const folder = await makeFolder(t)
  const first = makeSelfSigned({ names, days: 30, now: Date.now() })
  write(folder, first)
  const [log, mqttPort] = [new RecordingLog(), await findFreePort()]
  const lab = await startLab(t, { folder, log, settings: { ...files, MQTT_TLS_PORT: mqttPort } })
  assert.match(lab.url, /^https:\/\/127\.0\.0\.1:\d+$/)
  const { answer, fingerprint } = await ask(lab.url, first.certificate)
  assert.equal(fingerprint, readFacts(first.certificate).fingerprint)
  assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000')
  await assert.rejects(ask(lab.url, makeSelfSigned({ names, days: 30, now: Date.now() }).certificate), /self.signed|unable to verify/i)

  // Programs of this machine need not know the certificate; sockets of Node's client library go the same way.
  const client = new Client({ server: lab.url, key: lab.key })
  t.after(() => client.close())
  await lab.sequence('/lab/t')
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/t')
  await client.sequences.update('/lab/t', '4.5')
  assert.equal(lab.ctx.tree.descend(['lab', 't'])?.name, 't')
  const login = { username: 'key', password: fridge.key, reconnectPeriod: 0, ca: first.certificate }
  const device = await gatherDevice(t, mqtt.connect(`mqtts://localhost:${mqttPort}`, login))
  await device.publish('lab/fridge', 's,t,,5.5')

  // Who speaks no TLS gets no answer and harms nobody.
  const plain = connectPlain(Number(new URL(lab.url).port), '127.0.0.1')
  plain.on('error', () => {})
  plain.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(plain, 'close')

  writeFileSync(join(folder, 'tls.crt'), 'half a file')
  await lab.daemon.runWorkers()
  assert.equal((await ask(lab.url, first.certificate)).fingerprint, fingerprint, 'goes on with the former')
  assert.ok(log.lines.some(({ message }) => message === 'goes on with the former certificate'))
  const second = makeSelfSigned({ names, days: 30, now: Date.now(), key: first.key })
  write(folder, second)
  await lab.daemon.runWorkers()
  assert.equal((await ask(lab.url, second.certificate)).fingerprint, readFacts(second.certificate).fingerprint)
  const late = await gatherDevice(t, mqtt.connect(`mqtts://localhost:${mqttPort}`, { ...login, ca: second.certificate }))
  await late.publish('lab/fridge', 's,t,,6.5')
})

test('half of a pair is refused at the start, by its name', async (t) => {
  const folder = await makeFolder(t)
  write(folder, makeSelfSigned({ names, days: 30, now: Date.now() }))
  for (const settings of [{ TLS_CERTIFICATE: 'tls.crt' }, { TLS_KEY: 'tls.key' }])
    await assert.rejects(
      startLab(t, { folder, settings: { ...settings, MQTT_TLS_PORT: 0 } }),
      /TLS_CERTIFICATE and TLS_KEY belong together/,
    )
  await assert.rejects(
    startLab(t, { folder, settings: { ...files, TLS_KEY: 'none', MQTT_TLS_PORT: 0 } }),
    /TLS_KEY is "none", which can't be/,
  )
})

test('a certificate holds its names and addresses, whatever they are, and refuses what is neither', () => {
  const now = Date.UTC(2026, 0, 31, 12)
  const facts = readFacts(makeSelfSigned({ names: ['a'.repeat(70), ...names, '10.1.2.3', 'fd00::12'], days: 825, now }).certificate)
  assert.deepEqual(facts.names.slice(1, 4), ['localhost', 'rhizo.local', '127.0.0.1'])
  assert.equal(facts.names.length, 7)
  assert.deepEqual([facts.from, facts.until], [now - DAY_MS, now + 825 * DAY_MS])
  // Past 2049 times have another form.
  assert.equal(readFacts(makeSelfSigned({ names, days: 36_500, now }).certificate).until, now + 36_500 * DAY_MS)
  for (const name of ['', 'a b', 'a,DNS:b', '1.2.3.4.5/8', 'ä.local', '-a'])
    assert.throws(() => makeSelfSigned({ names: [name], days: 1, now }), { code: 'invalid' }, name)
})

test('the doctor names a certificate that ends soon, and has nothing against a port that speaks TLS', async (t) => {
  const folder = await makeFolder(t)
  const now = Date.now()
  const settings = labSettings(folder, { ...files, LISTEN_ADDRESS: '0.0.0.0', METRICS: 'key', PRODUCTION: true })
  const look = (days: number): string[] => {
    const report = new Report()
    write(folder, makeSelfSigned({ names, days, now }))
    checkCertificates(report, settings, now + 1000)
    checkExposure(report, settings)
    return report.findings.map(({ subject, problem }) => `${subject} ${problem}`)
  }
  assert.deepEqual(look(90), [])
  assert.deepEqual(look(3), ['TLS_CERTIFICATE ends in 2 days'])
  write(folder, { certificate: 'none', key: 'none' })
  const report = new Report()
  checkCertificates(report, settings, now)
  assert.match(report.findings[0]?.problem ?? '', /can't be used/)
})

test('rhizo cert self makes the pair, says its fingerprint, and renews it for the same key', async (t) => {
  const lab = await emptyLab(t)
  const made = (await lab.json('cert', 'self', '--name', 'lab.local', '10.0.0.2')) as Record<string, unknown>
  const pem = readFileSync(join(lab.folder, 'tls.crt'), 'utf8')
  assert.deepEqual(made['names'], ['lab.local', '10.0.0.2'])
  assert.equal(made['fingerprint'], readFacts(pem).fingerprint)
  assert.equal(statSync(join(lab.folder, 'tls.key')).mode & 0o777, 0o600)
  const key = readFileSync(join(lab.folder, 'tls.key'), 'utf8')
  assert.equal((await lab.rhizo('cert', 'self')).code, 1, 'what is there is not lost')
  await lab.run('cert', 'self', '--renew')
  assert.equal(readFileSync(join(lab.folder, 'tls.key'), 'utf8'), key)
  assert.notEqual(readFileSync(join(lab.folder, 'tls.crt'), 'utf8'), pem)
  assert.match(await lab.run('cert', 'show', 'tls.crt'), /^fingerprint +(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/m)
})
