/** Ways in which strangers take a server's memory and time. */

/** `begin` is sent at once; `again` after each answer, where there is one; `more` whenever the socket takes it. */
export interface Attack {
  readonly begin: Buffer
  readonly again?: Buffer
  readonly more?: Buffer
}

const KILOBYTES_99 = Buffer.alloc(99_000, 0x61)
const request = (line: string, headers: readonly string[] = [], body = ''): Buffer =>
  Buffer.from(
    [`${line} HTTP/1.1`, 'Host: lab', ...headers, ...(body === '' ? [] : [`Content-Length: ${body.length}`]), '', body].join('\r\n'),
  )
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

const signIn = JSON.stringify({ user: 'admin@example.com', password: 'wrong-horse-9' })
const nested = `{"user":${'['.repeat(45_000)}${']'.repeat(45_000)}}`

export const ATTACKS = {
  'bodies that do not end': { begin: Buffer.concat([request('POST /api/v1/sessions', ['Content-Length: 100000']), KILOBYTES_99]) },
  'uploads in chunks': {
    begin: Buffer.concat([request('POST /api/v1/resources/lab/x', ['Transfer-Encoding: chunked']), Buffer.from('fffffff\r\n')]),
    more: KILOBYTES_99,
  },
  'headers that do not end': { begin: Buffer.from('GET / HTTP/1.1\r\nHost: lab\r\nX-Long: '), more: KILOBYTES_99 },
  'unfinished frames': {
    begin: Buffer.concat([upgrade('/api/v1/websocket', 'http-only'), frameHead(1, 100_000), KILOBYTES_99]),
  },
  'unfinished MQTT packets': {
    begin: Buffer.concat([
      upgrade('/mqtt', 'mqtt'),
      frameHead(2, 16_000),
      Buffer.from([0x10, 0xfc, 0x7c]),
      KILOBYTES_99.subarray(0, 15_900),
    ]),
  },
  pages: { begin: request('GET /'), again: request('GET /-/sign-in') },
  'wrong passwords': { begin: json('/api/v1/sessions', signIn), again: json('/api/v1/sessions', signIn) },
  'nested JSON': { begin: json('/api/v1/sessions', nested), again: json('/api/v1/sessions', nested) },
  'searches for what is there': { begin: request('GET /api/v1/search?q=a'), again: request('GET /api/v1/resources/lab/none') },
} as const satisfies Readonly<Record<string, Attack>>

export type Way = keyof typeof ATTACKS
export const WAYS = Object.keys(ATTACKS) as Way[]
