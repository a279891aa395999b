/** Bytes that no client would send, over raw sockets for all three transports: the daemon goes on, and never says 500. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { startLab, type Lab } from '../support/lab.ts'
import { catchErrors, exchange } from '../support/raw-exchange.ts'

const atOnce = (): Promise<void> => Promise.resolve()

const bytes = fc.uint8Array({ maxLength: 60 })
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom('/lab/t', 'lab/t', 'lab', 'lab/#', '{"update":{"t":1}}', 's,t,,1', '{"', '\u0000'),
)

/** A request whose lines are wrong here and there. */
const request = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'G\u0000T'),
    fc.constantFrom(
      '/api/v1/resources/lab',
      '/api/v1/keys',
      '/',
      '/api/v1/websocket',
      '/mqtt',
      '/%',
      '//',
      '*',
      '/lab/t?view=x',
      '/api/v1/sequences/values',
    ),
    fc.array(
      fc.oneof(
        fc.constantFrom(
          'content-type: application/json',
          'content-type: multipart/form-data; boundary=b',
          'transfer-encoding: chunked',
          'content-length: 9',
          'content-length: -1',
          'upgrade: websocket',
          'connection: upgrade',
          'sec-websocket-key: x',
          'sec-websocket-version: 13',
          'expect: 100-continue',
          'range: bytes=5-1',
          'cookie: rhizo-session=a; rhizo-device=1.2.3',
          'authorization: Basic !!',
          'origin: null',
          'if-none-match: "',
        ),
        fc.string({ maxLength: 20 }).map((value) => `x-${value.replace(/[^\w]/g, '')}: ${value}`),
      ),
      { maxLength: 6 },
    ),
    bytes,
  )
  .map(([method, path, headers, body]) =>
    Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1'), body]),
  )

/** WebSocket frames with a header of any kind. */
const upgrade = Buffer.from(
  'GET /api/v1/websocket HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n' +
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
)
const frame = fc.tuple(fc.nat(255), fc.nat(127), text, bytes).map(([first, length, said, junk]) => {
  const payload = Buffer.from(said)
  // Masked with zeros; now and then the length lies.
  const size = length < 20 ? length : Math.min(payload.length, 125)
  return Buffer.concat([Buffer.from([first, 0x80 | size, 0, 0, 0, 0]), payload, junk.length % 3 === 0 ? junk : Buffer.alloc(0)])
})

const packet = (key: string): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    bytes,
    fc
      .record({ topic: text, payload: text, qos: fc.constantFrom(0, 1, 2), retain: fc.boolean() })
      .map(({ topic, payload, qos, retain }) => {
        const head = qos === 0 ? [] : [0, 7]
        const name = Buffer.from(topic)
        const body = Buffer.concat([Buffer.from([name.length >> 8, name.length & 255]), name, Buffer.from(head), Buffer.from(payload)])
        return Buffer.concat([Buffer.from([0x30 | (qos << 1) | (retain ? 1 : 0), Math.min(body.length, 127)]), body])
      }),
    fc.constantFrom<Uint8Array>(
      mqttPacket.generate({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId: 'raw',
        clean: false,
        username: 'key',
        password: Buffer.from(key),
      }),
      mqttPacket.generate({ cmd: 'subscribe', messageId: 5, subscriptions: [{ topic: 'lab/#', qos: 2 }] }),
      mqttPacket.generate({ cmd: 'pubrel', messageId: 7 }),
      mqttPacket.generate({ cmd: 'puback', messageId: 9 }),
      mqttPacket.generate({ cmd: 'pingreq' }),
      mqttPacket.generate({ cmd: 'disconnect' }),
    ),
  )

const portOf = (lab: Lab): number => Number(new URL(lab.url).port)

test('raw bytes over HTTP, WebSocket and MQTT neither end the daemon nor show a defect', async (t) => {
  const { log, errors } = catchErrors()
  const lab = await startLab(t, { log, mqtt: true })
  await lab.sequence('/lab/t')
  const isAlive = async (): Promise<void> => assert.equal((await fetch(`${lab.url}/health`)).status, 200)
  const connected = mqttPacket.generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clientId: 'raw',
    clean: true,
    username: 'key',
    password: Buffer.from(lab.key),
  })
  const ways: [string, fc.Arbitrary<Uint8Array[]>, number][] = [
    ['HTTP', fc.array(request, { minLength: 1, maxLength: 3 }), portOf(lab)],
    ['WebSocket', fc.array(frame, { minLength: 1, maxLength: 5 }).map((frames) => [upgrade, ...frames]), portOf(lab)],
    ['MQTT', fc.array(packet(lab.key), { minLength: 1, maxLength: 5 }).map((packets) => [connected, ...packets]), lab.daemon.mqttPort ?? 0],
    ['MQTT from its first byte', fc.array(packet(lab.key), { minLength: 1, maxLength: 3 }), lab.daemon.mqttPort ?? 0],
  ]
  for (const [, pieces, port] of ways) {
    await fc.assert(
      fc.asyncProperty(pieces, fc.boolean(), async (sent, isCut) => {
        assert.doesNotMatch(await exchange(port, sent, isCut ? undefined : atOnce), /HTTP\/1\.1 500|Internal error/)
      }),
      { numRuns: 150 },
    )
    await isAlive()
  }
  assert.deepEqual(errors, [])
})
