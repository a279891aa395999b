/**
 * Web push against a push service that speaks HTTPS, and checks what RFC 8030 (delivery), 8188 and 8291 (encryption) and 8292 (who sends)
 * ask of a sender. What it decrypts, it decrypts with node:crypto alone.
 */
import assert from 'node:assert/strict'
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify, type ECDH } from 'node:crypto'
import { once } from 'node:events'
import { createServer, globalAgent } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type TestContext } from 'node:test'
import { reasonAgainstEndpoint } from '../../src/attributes/push-endpoints.ts'
import { kindOfRecipient } from '../../src/attributes/recipients.ts'
import { obstaclesTo, warningsFor } from '../../src/notifications/obstacles.ts'
import { pushKeysOf } from '../../src/notifications/push-keys.ts'
import { enqueueNotification } from '../../src/notifications/queue.ts'
import { certificate, certificateKey } from '../support/certificate.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'
import { pass, settled } from '../support/outgoing-records.ts'

const PUBLIC = { PRODUCTION: true, PUBLIC_URL: 'https://lab.example.com' }

interface Pushed {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

interface PushService {
  origin: string
  host: string
  pushed: Pushed[]
  /** Statuses by path; 201 for others. */
  answers: Map<string, number>
}

async function startPushService(t: TestContext): Promise<PushService> {
  const pushed: Pushed[] = []
  const answers = new Map<string, number>()
  const server = createServer({ key: certificateKey, cert: certificate }, (incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const path = incoming.url ?? ''
      if (incoming.method === 'POST') pushed.push({ path, headers: incoming.headers, body: Buffer.concat(chunks) })
      outgoing.writeHead(answers.get(path) ?? 201, { location: '/somewhere/else' }).end('{"secret":"of another machine"}')
    })
  })
  // The authority of the push services here is their own certificate.
  globalAgent.options.ca = certificate
  t.after(() => void delete globalAgent.options.ca)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin: `https://${host}`, host, pushed, answers }
}

/** A browser that has subscribed. */
class Device {
  readonly #curve: ECDH = createECDH('prime256v1')
  readonly #auth = randomBytes(16)
  readonly subscription: { endpoint: string; keys: { p256dh: string; auth: string } }

  constructor(endpoint: string) {
    this.subscription = { endpoint, keys: { p256dh: this.#curve.generateKeys('base64url'), auth: this.#auth.toString('base64url') } }
  }

  /** RFC 8188 and 8291, read backwards. */
  decrypt(body: Buffer): unknown {
    const salt = body.subarray(0, 16)
    const recordSize = body.readUInt32BE(16)
    const idLength = body[20] ?? 0
    const sender = body.subarray(21, 21 + idLength)
    const record = body.subarray(21 + idLength)
    assert.equal(idLength, 65)
    assert.ok(record.length <= recordSize, 'one record')
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), this.#curve.getPublicKey(), sender])
    const key = Buffer.from(hkdfSync('sha256', this.#curve.computeSecret(sender), this.#auth, info, 32))
    const derive = (name: string, bytes: number): Buffer => Buffer.from(hkdfSync('sha256', key, salt, `Content-Encoding: ${name}\0`, bytes))
    const decipher = createDecipheriv('aes-128-gcm', derive('aes128gcm', 16), derive('nonce', 12))
    decipher.setAuthTag(record.subarray(-16))
    const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
    const end = padded.lastIndexOf(2)
    assert.ok(end > 0 && padded.subarray(end + 1).every((byte) => byte === 0), 'the last record ends with 2 and zeros')
    return JSON.parse(padded.subarray(0, end).toString('utf8'))
  }
}

/** Checks the token by which the service knows the server: RFC 8292. */
function requireVapid(authorization: string | undefined, origin: string, publicKey: string): void {
  const [, token = '', key = ''] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(authorization ?? '') ?? assert.fail(`${authorization}`)
  assert.equal(key, publicKey)
  const [head = '', claims = '', signature = ''] = token.split('.')
  const bytes = Buffer.from(key, 'base64url')
  const [x, y] = [bytes.subarray(1, 33).toString('base64url'), bytes.subarray(33).toString('base64url')]
  const signer = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' })
  const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  assert.ok(
    verify('sha256', Buffer.from(`${head}.${claims}`), { key: signer, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
  )
  assert.equal(read(head)['alg'], 'ES256')
  const { aud, exp, sub } = read(claims)
  assert.deepEqual([aud, sub], [origin, 'https://lab.example.com'])
  const hours = (Number(exp) - Date.now() / 1000) / 3600
  assert.ok(hours > 0 && hours <= 24, `${hours} hours`)
}

const switchOn = async (caller: Caller, { subscription }: Device, name = 'Firefox on Android'): Promise<number> =>
  ((await caller.post('/push-devices', { subscription, name })).json as { id: number }).id

const send = async (lab: Lab, to: string, subject: string, data: Record<string, unknown>, body = 'warm'): Promise<number> =>
  (await enqueueNotification(lab.ctx, { kind: kindOfRecipient(to), recipients: [to], subject, body, data })).id

test('an alarm reaches each device of a user as the RFCs have it, and only they can read it', async (t) => {
  const service = await startPushService(t)
  const lab = await startLab(t, { settings: { ...PUBLIC, WEBHOOK_HOSTS: [service.host] } })
  const [phone, laptop] = [new Device(`${service.origin}/send/phone`), new Device(`${service.origin}/send/laptop`)]
  await switchOn(lab, phone)
  await switchOn(lab, laptop, 'Chrome on Linux')
  const { public_key: key, devices } = (await lab.get('/push-devices')).json as { public_key: string; devices: { name: string }[] }
  assert.deepEqual(
    devices.map(({ name }) => name),
    ['Firefox on Android', 'Chrome on Linux'],
  )
  assert.equal(key, pushKeysOf(lab.ctx.settings).publicKey)

  const data = { event: 'alerts_started', alerts: [{ path: '/lab/freezer/temperature' }] }
  const id = await send(lab, 'push:admin@example.com', 'Freezer is above −60', data, `"${'°"\n'.repeat(5_000)}`)
  await settled(lab, id, 'sent')
  assert.deepEqual(service.pushed.map(({ path }) => path).sort(), ['/send/laptop', '/send/phone'])
  for (const { path, headers, body } of service.pushed) {
    requireVapid(headers.authorization, service.origin, key)
    assert.equal(headers['content-encoding'], 'aes128gcm')
    assert.equal(headers['urgency'], 'high')
    assert.equal(headers['ttl'], '86400')
    assert.match(String(headers['topic']), /^[\w-]{1,32}$/)
    assert.ok(body.length <= 4_096, 'no push service takes more')
    const own = path === '/send/phone' ? phone : laptop
    const shown = own.decrypt(body) as Record<string, unknown>
    assert.match(String(shown['body']), /^"°"\n/)
    assert.deepEqual(
      { ...shown, body: '' },
      { title: 'Freezer is above −60', body: '', tag: `rhizo-${id}`, path: '/lab/freezer/temperature', urgent: true },
    )
    assert.throws(() => (own === phone ? laptop : phone).decrypt(body))
  }
  const stored = JSON.stringify(await lab.ctx.db.selectFrom('push_devices').selectAll().execute())
  assert.ok(!stored.includes('/send/phone') && !stored.includes(phone.subscription.keys.auth), 'addresses and keys are encrypted at rest')
})

test('a device that is gone is forgotten, one that is busy is tried again, and what is refused is said without its address', async (t) => {
  const service = await startPushService(t)
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { ...PUBLIC, WEBHOOK_HOSTS: [service.host] } })
  const to = 'push:admin@example.com'
  for (const name of ['gone', 'expired', 'kept']) await switchOn(lab, new Device(`${service.origin}/${name}`), name)
  service.answers.set('/gone', 410).set('/expired', 404).set('/kept', 503)
  const id = await send(lab, to, 'x', {})
  assert.match((await settled(lab, id, 'queued', 1)).error ?? '', /kept: its push service answered 503/)
  const left = (await lab.get('/push-devices')).json as { devices: { name: string }[] }
  assert.deepEqual(
    left.devices.map(({ name }) => name),
    ['kept'],
  )
  service.answers.clear()
  pass(lab, clock, 120)
  await settled(lab, id, 'sent', 2)
  // A redirect could lead anywhere.
  service.answers.set('/kept', 307)
  const { error } = await settled(lab, await send(lab, to, 'x', {}), 'failed')
  assert.match(error ?? '', /kept: its push service answered 307/)
  assert.ok(!(error ?? '').includes(service.host))
  service.answers.set('/kept', 410)
  assert.match((await settled(lab, await send(lab, to, 'x', {}), 'failed')).error ?? '', /No device of admin@example\.com takes alarms/)
  assert.match(warningsFor(lab.ctx, [to])[0] ?? '', /No device of admin@example\.com takes alarms\. They switch alarms on/)
})

test('nothing is sent into the own network, by number or by name, unless WEBHOOK_HOSTS names it', async (t) => {
  const none = { WEBHOOK_HOSTS: [] }
  for (const endpoint of [
    'http://updates.push.services.mozilla.com/x',
    'https://127.0.0.1/x',
    'https://10.1.2.3/x',
    'https://169.254.169.254/latest',
    'https://[::1]/x',
    'https://[::ffff:192.168.0.1]/x',
    'https://[fd00::1]/x',
    'https://localhost/x',
    'https://2130706433/x',
    'https://user:pass@push.example.com/x',
    `https://push.example.com/${'x'.repeat(2_000)}`,
    'javascript:alert(1)',
  ])
    assert.notEqual(reasonAgainstEndpoint(none, endpoint), undefined, endpoint)
  assert.equal(reasonAgainstEndpoint(none, 'https://updates.push.services.mozilla.com/wpush/v2/x'), undefined)
  const named = { WEBHOOK_HOSTS: ['push.lab.local'] }
  assert.equal(reasonAgainstEndpoint(named, 'https://push.lab.local/x'), undefined)
  assert.equal(reasonAgainstEndpoint(named, 'https://fcm.googleapis.com/fcm/send/x'), undefined)
  assert.match(reasonAgainstEndpoint(named, 'https://notfcm.googleapis.com.example.com/x') ?? '', /does not name its host/)

  const service = await startPushService(t)
  const lab = await startLab(t, { settings: PUBLIC })
  const refused = await lab.post('/push-devices', { subscription: new Device(`${service.origin}/x`).subscription })
  assert.deepEqual([refused.status, /private network/.test(refused.text)], [400, true])
  // A name of the public that leads to this machine: localhost stands for it where every resolver knows it.
  const { subscription } = new Device(`https://localhost.:${new URL(service.origin).port}/x`)
  const reply = await lab.post('/push-devices', { subscription })
  assert.equal(reply.status, 200)
  const row = await settled(lab, await send(lab, 'push:admin@example.com', 'x', {}), 'queued', 1)
  assert.match(row.error ?? '', /private network|no address|ENOTFOUND|EAI_AGAIN/)
  assert.deepEqual(service.pushed, [])
})

test('devices belong to one person each, at most ten, with keys that are keys; what is missing is said', async (t) => {
  const service = await startPushService(t)
  const lab = await startLab(t, { settings: { ...PUBLIC, WEBHOOK_HOSTS: [service.host] } })
  const ann = await lab.user('ann@example.com')
  const id = await switchOn(ann, new Device(`${service.origin}/0`))
  assert.equal((await lab.delete(`/push-devices/${id}`)).status, 404)
  assert.equal((await lab.as('').get('/push-devices')).status, 403)
  const bad = new Device(`${service.origin}/bad`).subscription
  for (const keys of [{ ...bad.keys, auth: 'AAAA' }, { ...bad.keys, p256dh: Buffer.alloc(65, 4).toString('base64url') }, {}])
    assert.equal((await ann.post('/push-devices', { subscription: { ...bad, keys } })).status, 400)
  for (let n = 1; n < 10; n++) await switchOn(ann, new Device(`${service.origin}/${n}`))
  const tooMany = await ann.post('/push-devices', { subscription: new Device(`${service.origin}/10`).subscription })
  assert.deepEqual([tooMany.status, /Switch one off/.test(tooMany.text)], [409, true])

  assert.deepEqual(obstaclesTo(lab.ctx, ['push:ann@example.com']), [])
  await lab.delete(`/users/${ann.id}`)
  assert.equal(obstaclesTo(lab.ctx, ['push:ann@example.com']).length, 1)
  const reasons = (settings: object): string[] =>
    obstaclesTo({ settings: { ...lab.ctx.settings, ...settings } }, ['push:ann']).map(({ reason }) => reason)
  assert.match(reasons({ PUBLIC_URL: 'http://lab.local' })[0] ?? '', /PUBLIC_URL is not an https address/)
  assert.match(reasons({ PRODUCTION: false })[0] ?? '', /PRODUCTION/)
})
