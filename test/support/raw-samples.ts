/** One request of each kind as the bytes that cross the wire, for tests that cut, flood or garble them. */
import type { Lab } from './lab.ts'

export interface RawSample {
  readonly what: string
  /** By HTTP, or to the port of MQTT. */
  readonly to: 'http' | 'mqtt'
  readonly bytes: Buffer
}

const http = (method: string, path: string, headers: Record<string, string>, body: string | Buffer = ''): Buffer =>
  Buffer.concat([
    Buffer.from(
      [`${method} /api/v1${path} HTTP/1.1`, 'Host: a', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join(
        '\r\n',
      ),
    ),
    Buffer.from(body),
  ])

/** A masked text frame, as a client sends it. */
export function websocketFrame(text: string | Uint8Array, { isFinal = true, opcode = 1 } = {}): Buffer {
  const payload = Buffer.from(text as string)
  const length =
    payload.length < 126
      ? Buffer.from([0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 255])
        : Buffer.from([
            0x80 | 127,
            0,
            0,
            0,
            0,
            payload.length >>> 24,
            (payload.length >> 16) & 255,
            (payload.length >> 8) & 255,
            payload.length & 255,
          ])
  // A mask of zeros changes nothing.
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode]), length, Buffer.alloc(4), payload])
}

export const websocketHandshake = (key?: string): Buffer => upgradeTo('/api/v1/websocket', key === undefined ? {} : { key })

/** Asks for a WebSocket at a path. */
export function upgradeTo(path: string, { key, protocol }: { key?: string; protocol?: string } = {}): Buffer {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: a',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ...(key === undefined ? [] : [`Authorization: Bearer ${key}`]),
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ]
  return Buffer.from([...lines, '', ''].join('\r\n'))
}

const mqttText = (text: string): Buffer => Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)])

export function mqttPacket(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const length: number[] = []
  for (let left = body.length; ; ) {
    const digit = left & 127
    left >>= 7
    length.push(left > 0 ? digit | 128 : digit)
    if (left === 0) break
  }
  return Buffer.concat([Buffer.from([type, ...length]), body])
}

export const mqttConnect = (key: string, id = 'a'): Buffer =>
  mqttPacket(0x10, mqttText('MQTT'), Buffer.from([4, 0xc2, 0, 60]), mqttText(id), mqttText('key'), mqttText(key))

/** A form of parts with a file, of which a test may send a part as if it were all. */
export const formWithFile = (): string => form(field('path', '/lab'), file('f', 'some bytes'))

const form = (...parts: string[]): string => `${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`
const field = (name: string, value: string): string => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`
const file = (name: string, content: string): string => `Content-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n${content}`

/** Of a lab with a sequence `/lab/a` and MQTT over TCP. */
export function rawSamples(lab: Lab): RawSample[] {
  const Authorization = `Bearer ${lab.key}`
  const withBody = (what: string, path: string, type: string, body: string): RawSample => ({
    what,
    to: 'http',
    bytes: http('POST', path, { Authorization, 'Content-Type': type, 'Content-Length': String(Buffer.byteLength(body)) }, body),
  })
  const values = '/sequences/values'
  return [
    withBody('a JSON object', '/resources', 'application/json', '{"path":"/lab","name":"j","type":10}'),
    withBody('a form', '/resources', 'application/x-www-form-urlencoded', 'path=/lab&name=u&type=10'),
    withBody('CSV', values, 'text/csv', 'path,timestamp,value\n"/lab/a",1,2\n'),
    withBody('NDJSON', values, 'application/x-ndjson', '{"path":"/lab/a","timestamp":1,"value":2}\n'),
    withBody('a JSON array', values, 'application/json', '[{"path":"/lab/a","timestamp":1,"value":2}]'),
    withBody(
      'a form of parts',
      '/resources',
      'multipart/form-data; boundary=b',
      form(field('path', '/lab'), field('name', 'm'), field('type', '10')),
    ),
    withBody('a form with a file', '/resources', 'multipart/form-data; boundary=b', form(field('path', '/lab'), file('f', 'some bytes'))),
    withBody(
      'a form with a file and no use for it',
      '/keys',
      'multipart/form-data; boundary=b',
      form(file('f', 'some'), file('g', 'bytes')),
    ),
    withBody('a webhook', '/ingest/lab', 'application/json', '{"a":1,"b":{"c":[1,2]},"time":1}'),
    {
      what: 'line protocol',
      to: 'http',
      bytes: Buffer.from(
        `POST /api/v2/write?bucket=/lab&precision=s HTTP/1.1\r\nHost: a\r\nAuthorization: Token ${lab.key}\r\nContent-Length: 35\r\n\r\n` +
          'a,place=roof\\ 1 v=4.5,w="x" 17000000\n'.slice(0, 35),
      ),
    },
    {
      what: 'values in chunks',
      to: 'http',
      bytes: http(
        'POST',
        values,
        { Authorization, 'Content-Type': 'text/csv', 'Transfer-Encoding': 'chunked' },
        '15\r\npath,timestamp,value\n\r\nb\r\n/lab/a,1,2\n\r\n0\r\n\r\n',
      ),
    },
    withBody('a raw upload', '/resources/lab/r', 'application/octet-stream', 'some bytes'),
    {
      what: 'a page’s form',
      to: 'http',
      bytes: Buffer.from(
        'POST /-/sign-in HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\ne=a@b.com',
      ),
    },
    {
      what: 'a WebSocket',
      to: 'http',
      bytes: Buffer.concat([
        websocketHandshake(lab.key),
        websocketFrame('{"type":"subscribe","parameters":{"subscriptions":[{"folder":"/lab"}]}}'),
        websocketFrame('d,/lab/a,,'),
        websocketFrame('5', { opcode: 0 }),
      ]),
    },
    {
      what: 'MQTT',
      to: 'mqtt',
      bytes: Buffer.concat([mqttConnect(lab.key), mqttPacket(0x32, mqttText('lab/a'), Buffer.from([0, 1]), Buffer.from('4.5'))]),
    },
    {
      what: 'MQTT 5 over a WebSocket',
      to: 'http',
      bytes: Buffer.concat([
        upgradeTo('/mqtt', { protocol: 'mqtt' }),
        websocketFrame(
          mqttPacket(0x10, mqttText('MQTT'), Buffer.from([5, 0xc2, 0, 60, 0]), mqttText('b'), mqttText('key'), mqttText(lab.key)),
          {
            opcode: 2,
          },
        ),
        websocketFrame(mqttPacket(0x32, mqttText('lab/a'), Buffer.from([0, 1, 2, 1, 0]), Buffer.from('4.5')), { opcode: 2 }),
      ]),
    },
  ]
}
