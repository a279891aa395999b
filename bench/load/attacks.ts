/** Ways in which strangers, and a few who have a key, take a server's memory and time. */
import { interlacedPicture, lyingWorkbook, widePicture } from './unfolding.ts'

/** `begin` is sent at once; `again` after each answer, where there is one; `more` whenever the socket takes it. */
export interface Attack {
  readonly begin: Buffer
  readonly again?: Buffer
  readonly more?: Buffer
  /** Sent four times a second. */
  readonly drip?: Buffer
  /** Milliseconds after which the connection is broken off. */
  readonly cutAfter?: number
}

const KILOBYTES_99 = Buffer.alloc(99_000, 0x61)
const NOTHING = Buffer.alloc(0)
const request = (line: string, headers: readonly string[] = [], body: string | Buffer = ''): Buffer => {
  const length = body.length === 0 ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  return Buffer.concat([Buffer.from([`${line} HTTP/1.1`, 'Host: lab', ...headers, ...length, '', ''].join('\r\n')), Buffer.from(body)])
}
const json = (path: string, body: string): Buffer => request(`POST ${path}`, ['Content-Type: application/json'], body)
const upgrade = (path: string, protocol: string): Buffer =>
  request(`GET ${path}`, [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${protocol}`,
  ])

/** The head of a masked WebSocket frame, whose mask changes nothing. */
function frameHead(opcode: number, length: number): Buffer {
  const head = Buffer.alloc(14)
  head[0] = 0x80 | opcode
  head[1] = 0x80 | 127
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

/** MQTT 3.1.1, section 3.1. */
function connectPacket(password: string): Buffer {
  const text = (value: string): number[] => [0, value.length, ...Buffer.from(value)]
  const rest = [...text('MQTT'), 4, 0b1100_0010, 0, 60, ...text('one'), ...text('key'), ...text(password)]
  return Buffer.from([0x10, rest.length, ...rest])
}

const signIn = JSON.stringify({ user: 'admin@example.com', password: 'wrong-horse-9' })
const nested = `{"user":${'['.repeat(45_000)}${']'.repeat(45_000)}}`
const PING = Buffer.from('{"type":"ping"}')
const chunked = (line: string, type: string, begin: string): Buffer =>
  Buffer.concat([
    request(line, [`Content-Type: ${type}`, 'Transfer-Encoding: chunked']),
    Buffer.from(`${begin.length.toString(16)}\r\n${begin}\r\n`),
  ])

/** Of those who have not said who they are. */
const STRANGE = {
  'bodies that do not end': () => ({ begin: Buffer.concat([request('POST /api/v1/sessions', ['Content-Length: 100000']), KILOBYTES_99]) }),
  'uploads in chunks': () => ({
    begin: Buffer.concat([request('POST /api/v1/resources/lab/x', ['Transfer-Encoding: chunked']), Buffer.from('fffffff\r\n')]),
    more: KILOBYTES_99,
  }),
  'headers that do not end': () => ({ begin: Buffer.from('GET / HTTP/1.1\r\nHost: lab\r\nX-Long: '), more: KILOBYTES_99 }),
  'unfinished frames': () => ({
    begin: Buffer.concat([upgrade('/api/v1/websocket', 'http-only'), frameHead(1, 100_000), KILOBYTES_99]),
  }),
  'unfinished MQTT packets': () => ({
    begin: Buffer.concat([
      upgrade('/mqtt', 'mqtt'),
      frameHead(2, 16_000),
      Buffer.from([0x10, 0xfc, 0x7c]),
      KILOBYTES_99.subarray(0, 15_900),
    ]),
  }),
  'silent MQTT sockets': () => ({ begin: NOTHING }),
  pages: () => ({ begin: request('GET /'), again: request('GET /-/sign-in') }),
  'wrong passwords': () => ({ begin: json('/api/v1/sessions', signIn), again: json('/api/v1/sessions', signIn) }),
  'wrong keys': () => {
    const ask = request('GET /api/v1/resources/lab/none', ['Authorization: Bearer of-nobody-at-all-0123456789'])
    return { begin: ask, again: ask }
  },
  'wrong keys by MQTT': () => ({ begin: connectPacket('of-nobody-at-all-0123456789') }),
  'nested JSON': () => ({ begin: json('/api/v1/sessions', nested), again: json('/api/v1/sessions', nested) }),
  'searches for what is there': () => ({ begin: request('GET /api/v1/search?q=a'), again: request('GET /api/v1/resources/lab/none') }),
  'quotes in CSV': () => {
    const quotes = request('POST /api/v1/sequences/values', ['Content-Type: text/csv'], `"${'\n'.repeat(99_000)}`)
    return { begin: quotes, again: quotes }
  },
  'lists byte by byte': () => ({
    begin: chunked('POST /api/v1/sequences/values', 'application/json', `[{"path":"${'a'.repeat(90_000)}`),
    drip: Buffer.from('1\r\na\r\n'),
  }),
  'forms of empty parts': () => {
    const form = request(
      'POST /api/v1/sessions',
      ['Content-Type: multipart/form-data; boundary=b'],
      `${'--b\r\n\r\n\r\n'.repeat(9_000)}--b--\r\n`,
    )
    return { begin: form, again: form }
  },
  'many messages': () => {
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | PING.length, 0, 0, 0, 0]), PING])
    return { begin: upgrade('/api/v1/websocket', 'http-only'), more: Buffer.concat(Array.from({ length: 1_000 }, () => frame)) }
  },
} as const satisfies Readonly<Record<string, () => Attack>>

type With = (authorization: string, at: number) => Attack

/** Each client puts a file of its own, and asks for it again and again. */
const asksFor = (name: string, type: string, content: () => Buffer, target: string): With => {
  let made: Buffer | undefined
  return (authorization, at) => {
    const headers = [`Authorization: ${authorization}`]
    const file = `lab/${at}-${name}`
    return {
      begin: request(`POST /api/v1/resources/${file}`, [...headers, `Content-Type: ${type}`], (made ??= content())),
      again: request(`GET /${file}${target}`, [...headers, ...(target === '' ? ['Accept: text/html'] : [])]),
    }
  }
}

/** Of a few who may write. */
const KNOWN = {
  'Markdown of headings': asksFor('a.md', 'text/markdown', () => Buffer.from('# a\n'.repeat(15_000)), ''),
  'pictures of one line': asksFor('a.png', 'image/png', widePicture, '?width=200'),
  'interlaced pictures': asksFor('b.png', 'image/png', interlacedPicture, '?width=200'),
  'workbooks that lie': asksFor('a.xlsx', 'application/octet-stream', lyingWorkbook, ''),
  'uploads that break off': (authorization, at) => ({
    begin: Buffer.concat([
      request(`POST /api/v1/resources/lab/${at}.bin`, [
        `Authorization: ${authorization}`,
        'Content-Type: multipart/form-data; boundary=b',
        'Content-Length: 10000000',
      ]),
      Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'),
      KILOBYTES_99,
    ]),
    cutAfter: 50,
  }),
} as const satisfies Readonly<Record<string, With>>

export const ATTACKS: Readonly<Record<Way, With>> = { ...STRANGE, ...KNOWN }

export type Way = keyof typeof STRANGE | keyof typeof KNOWN
export const WAYS = Object.keys(ATTACKS) as Way[]
export const isKnown = (way: Way): boolean => Object.hasOwn(KNOWN, way)
/** Whether a way goes to MQTT's own port. */
export const isMqtt = (way: Way): boolean => way === 'silent MQTT sockets' || way === 'wrong keys by MQTT'
