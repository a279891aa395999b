/**
 * Requests, frames and packets of those who have a key, garbled here and there, over raw sockets for all transports: HTTP with bodies of a
 * length and in chunks, WebSocket, MQTT 3.1.1 and 5 over TCP and over WebSocket, and the line protocol.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import mqttPacket from 'mqtt-packet'
import { startLab, type Lab } from '../support/lab.ts'
import { catchErrors, exchange } from '../support/raw-exchange.ts'
import { rawSamples, upgradeTo, websocketFrame } from '../support/raw-samples.ts'

/** What is done to some bytes at a place, from 0 to 1. */
type Garbling = readonly ['set' | 'drop' | 'insert' | 'repeat', place: number, byte: number, count: number]

const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 10, 13, 34, 44, 45, 47, 58, 91, 92, 123, 127, 128, 255))
const garbling: fc.Arbitrary<Garbling> = fc.tuple(
  fc.constantFrom('set', 'drop', 'insert', 'repeat'),
  fc.double({ min: 0, max: 1, noNaN: true }),
  byte,
  fc.integer({ min: 1, max: 12 }),
)
const garblings = fc.array(garbling, { minLength: 1, maxLength: 4 })

function garble(bytes: Uint8Array, what: readonly Garbling[]): Buffer {
  let made = Buffer.from(bytes)
  for (const [how, place, value, count] of what) {
    const at = Math.floor(place * made.length)
    const [before, part] = [made.subarray(0, at), made.subarray(at, at + count)]
    if (how === 'set') made = Buffer.concat([before, Buffer.alloc(part.length, value), made.subarray(at + part.length)])
    else if (how === 'drop') made = Buffer.concat([before, made.subarray(at + count)])
    else if (how === 'insert') made = Buffer.concat([before, Buffer.alloc(count, value), made.subarray(at)])
    else made = Buffer.concat([before, ...Array.from({ length: count }, () => part), made.subarray(at)])
  }
  return made
}

/** How a body says where it ends: rightly or not, as a number or in chunks. */
type Framing =
  | { readonly kind: 'length'; readonly off: number }
  | { readonly kind: 'chunks'; readonly sizes: readonly number[]; readonly wrong: string }

const framing: fc.Arbitrary<Framing> = fc.oneof(
  fc.constantFrom(0, 0, 0, 0, 0, 0, -1, 1, 100_000_000).map((off) => ({ kind: 'length', off }) as const),
  fc
    .tuple(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', '', '', '', '', '', ';a=b', '0', 'g', '\r\n', '-1', 'ffffffffffffffff', ' '),
    )
    .map(([sizes, wrong]) => ({ kind: 'chunks', sizes, wrong }) as const),
)

function framed(head: readonly string[], body: Buffer, how: Framing): Buffer {
  const begin = (line: string): Buffer => Buffer.from([...head, line, '', ''].join('\r\n'), 'latin1')
  if (how.kind === 'length') return Buffer.concat([begin(`Content-Length: ${Math.max(0, body.length + how.off)}`), body])
  const parts = [begin('Transfer-Encoding: chunked')]
  for (let at = 0, count = 0; at < body.length; count++) {
    const chunk = body.subarray(at, at + (how.sizes[count % how.sizes.length] ?? 1))
    at += chunk.length
    parts.push(Buffer.from(`${chunk.length.toString(16)}${count === 1 ? how.wrong : ''}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

/** A request of a sample as its lines, without what says how long its body is, and its body. */
function partsOf(bytes: Buffer): { head: string[]; body: Buffer } {
  const end = bytes.indexOf('\r\n\r\n')
  const head = bytes.toString('latin1', 0, end).split('\r\n')
  return { head: head.filter((line) => !/^content-length:/i.test(line)), body: bytes.subarray(end + 4) }
}

const portOf = (lab: Lab): number => Number(new URL(lab.url).port)

/** Packets of a client of MQTT that says who it is first. */
function mqttPackets(key: string, protocolVersion: 4 | 5): [connect: Buffer, others: Buffer[]] {
  const make = (packet: mqttPacket.Packet): Buffer => mqttPacket.generate(packet, { protocolVersion })
  const is5 = protocolVersion === 5
  const connect = make({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion,
    clientId: `garbled-${protocolVersion}`,
    clean: false,
    keepalive: 30,
    username: 'key',
    password: Buffer.from(key),
    will: {
      topic: 'lab/will',
      payload: Buffer.from('gone'),
      qos: 1,
      retain: true,
      ...(is5 ? { properties: { willDelayInterval: 1, contentType: 'text/plain' } } : {}),
    },
    ...(is5
      ? { properties: { sessionExpiryInterval: 60, receiveMaximum: 3, topicAliasMaximum: 4, userProperties: { a: ['b', 'c'] } } }
      : {}),
  })
  const publish = (qos: 0 | 1 | 2, topic: string, payload: string, retain = false): Buffer =>
    make({
      cmd: 'publish',
      topic,
      payload,
      qos,
      retain,
      dup: false,
      messageId: 7,
      ...(is5
        ? {
            properties: {
              messageExpiryInterval: 9,
              topicAlias: 1,
              responseTopic: 'lab/r',
              correlationData: Buffer.from('x'),
              userProperties: { a: 'b' },
            },
          }
        : {}),
    })
  return [
    connect,
    [
      publish(0, 'lab', 's,t,,1.5'),
      publish(1, 'lab/t', '2.5'),
      publish(2, 'lab', '{"update":{"t":1}}'),
      publish(1, 'lab/state', 'on', true),
      make({
        cmd: 'subscribe',
        messageId: 5,
        subscriptions: [{ topic: 'lab/#', qos: 2, ...(is5 ? { nl: true, rap: true, rh: 1 } : {}) }],
        ...(is5 ? { properties: { subscriptionIdentifier: 4, userProperties: { a: 'b' } } } : {}),
      }),
      make({ cmd: 'unsubscribe', messageId: 6, unsubscriptions: ['lab/#'] }),
      make({ cmd: 'pubrel', messageId: 7, ...(is5 ? { reasonCode: 0 } : {}) }),
      make({ cmd: 'puback', messageId: 9 }),
      make({ cmd: 'pingreq' }),
      ...(is5 ? [make({ cmd: 'disconnect', reasonCode: 4, properties: { sessionExpiryInterval: 0 } })] : [make({ cmd: 'disconnect' })]),
    ],
  ]
}

/** Binary frames that together carry bytes, cut anywhere. */
const inFrames = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    websocketFrame(bytes.subarray(at * size, (at + 1) * size), { opcode: 2 }),
  )

const RUNS = 200

test('garbled requests, frames and packets of those who have a key end nothing and show no defect', async (t) => {
  const { log, errors } = catchErrors()
  const lab = await startLab(t, { log, mqtt: true, settings: { STORAGE_THRESHOLD: 0 } })
  for (const name of ['a', 't']) await lab.sequence(`/lab/${name}`)
  const samples = rawSamples(lab)
  const requests = samples
    .filter(({ to, bytes }) => to === 'http' && !/^GET/.test(bytes.toString('latin1', 0, 3)))
    .map(({ bytes }) => partsOf(bytes))
  const frames = [
    '{"type":"subscribe","parameters":{"subscriptions":[{"folder":"/lab"}]}}',
    '{"type":"update_sequence","parameters":{"sequence":"/lab/t","value":"4.5"},"id":3}',
    '{"type":"update","folder":"/lab","parameters":{"t":4.5,"private/num":[1]}}',
    '{"type":"unsubscribe","parameters":{}}',
    's,/lab/t,2026-01-31T12:00:00Z,4.5',
    'd,/lab/a,,5',
    '{"type":"ping"}',
  ].map((text) => Buffer.from(text))
  // A commit after those that were sent before.
  const settle = async (): Promise<void> => assert.equal((await lab.put('/resources', { values: { '/lab/a': 1 } })).status, 200)
  const mqttPort = lab.daemon.mqttPort ?? 0
  const isWhole = fc.boolean()
  // Few requests are taken at all: most of them are wrong in their framing, in what they ask for, or in their bytes.
  const request = fc
    .tuple(fc.constantFrom(...requests), garblings, framing, fc.nat(9))
    .map(([{ head, body }, what, how, sound]) => framed(head, sound > 2 ? body : garble(body, what), how))
  const frame = fc
    .tuple(fc.constantFrom(...frames), garblings, isWhole, fc.integer({ min: 1, max: 60 }), fc.nat(15))
    .map(([text, what, isSound, size, opcode]) => {
      const said = isSound ? text : garble(text, what)
      // In one frame, in several, or with a header that is wrong.
      if (size > 30) return websocketFrame(said)
      if (size > 4)
        return Buffer.concat([
          websocketFrame(said.subarray(0, size), { isFinal: false }),
          websocketFrame(said.subarray(size), { opcode: 0 }),
        ])
      return websocketFrame(said, { opcode })
    })
  const packets = (version: 4 | 5): fc.Arbitrary<Buffer[]> => {
    const [connect, others] = mqttPackets(lab.key, version)
    const some = fc.array(
      fc.tuple(fc.constantFrom(...others), garblings, isWhole).map(([packet, what, isSound]) => (isSound ? packet : garble(packet, what))),
      { minLength: 1, maxLength: 5 },
    )
    const first = fc.tuple(garblings, fc.nat(9)).map(([what, sound]) => (sound > 1 ? connect : garble(connect, what)))
    return fc.tuple(first, some).map(([begin, rest]) => [begin, ...rest])
  }
  const overWebSocket = (some: fc.Arbitrary<Buffer[]>): fc.Arbitrary<Buffer[]> =>
    fc
      .tuple(some, fc.integer({ min: 1, max: 80 }))
      .map(([parts, size]) => [upgradeTo('/mqtt', { protocol: 'mqtt' }), ...inFrames(Buffer.concat(parts), size)])
  const ways: [string, fc.Arbitrary<Buffer[]>, number, RegExp][] = [
    ['HTTP', fc.array(request, { minLength: 1, maxLength: 3 }), portOf(lab), /HTTP\/1\.1 200/],
    [
      'WebSocket',
      fc.array(frame, { minLength: 1, maxLength: 6 }).map((some) => [upgradeTo('/api/v1/websocket', { key: lab.key }), ...some]),
      portOf(lab),
      /HTTP\/1\.1 101/,
    ],
    ['MQTT 3.1.1', packets(4), mqttPort, /^\x20/],
    ['MQTT 5', packets(5), mqttPort, /^\x20/],
    ['MQTT 3.1.1 over WebSocket', overWebSocket(packets(4)), portOf(lab), /HTTP\/1\.1 101/],
    ['MQTT 5 over WebSocket', overWebSocket(packets(5)), portOf(lab), /HTTP\/1\.1 101/],
  ]
  for (const [way, pieces, port, sound] of ways) {
    let understood = 0
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(9), async (sent, cut) => {
        const answer = await exchange(port, sent, cut === 0 ? undefined : settle)
        assert.doesNotMatch(answer, /HTTP\/1\.1 500|Internal error/)
        if (sound.test(answer)) understood++
      }),
      { numRuns: RUNS },
    )
    assert.equal((await fetch(`${lab.url}/health`)).status, 200, way)
    assert.ok(understood > RUNS / 10, `${way}: ${understood} were understood, so that little was tried`)
  }
  assert.deepEqual(errors, [])
})
