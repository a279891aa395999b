import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import test from 'node:test'
import { readItems } from '../../daemon/http/value-streams.ts'
import type { ImportItem } from '../../src/sequences/value-import.ts'
import type { ImportAnswer } from '../../src/wire/answers.ts'
import { startLab, toReply, type Lab, type Reply } from '../support/lab.ts'

async function send(lab: Lab, type: string, body: string | Uint8Array, key = lab.key): Promise<Reply> {
  return toReply(
    await fetch(`${lab.url}/api/v1/sequences/values`, {
      method: 'POST',
      body,
      headers: { 'content-type': type, ...(key === '' ? {} : { authorization: `Bearer ${key}` }) },
    }),
  )
}

const at = (second: number): string => `2026-01-31T12:00:${String(second).padStart(2, '0')}.123456Z`

test('the same values as JSON, NDJSON and CSV are stored once, and sent again double nothing', async (t) => {
  const lab = await startLab(t)
  const a = await lab.sequence('/lab/a')
  const b = await lab.sequence('/lab/b', 2)
  const items = [
    { path: '/lab/a', timestamp: at(1), value: 21.5 },
    { path: '/lab/b', timestamp: at(1), value: 'door, "open"' },
    { path: '/lab/a', timestamp: 1769860802.25, value: '-3e2' },
  ]
  const first = await send(lab, 'application/json', JSON.stringify(items))
  assert.deepEqual(first.json, { status: 'ok', stored: 3, repeated: 0, refused: 0, errors: [] })
  const second = await send(lab, 'application/x-ndjson', items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  assert.deepEqual(second.json, { status: 'ok', stored: 0, repeated: 3, refused: 0, errors: [] })
  const csv =
    `path,timestamp,value\r\n/lab/a,${at(1)},21.5\r\n/lab/b,${at(1)},"door, ""open"""\n/lab/a,1769860802.25,-300\n` + `/lab/a,${at(9)},7`
  const third = await send(lab, 'text/csv', csv)
  assert.deepEqual(third.json, { status: 'ok', stored: 1, repeated: 3, refused: 0, errors: [] })
  const range = { order: 'ascending', limit: 10 } as const
  assert.deepEqual(await lab.ctx.sequences.read({ id: a.id, isText: false }, range), {
    times: [1769860801_123456, 1769860802_250000, 1769860809_123456],
    values: [21.5, -300, 7],
    more: false,
  })
  assert.deepEqual((await lab.ctx.sequences.read({ id: b.id, isText: true }, range)).values, ['door, "open"'])
})

test('values that do not fit are refused one by one with their place and reason', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/a')
  const secret = await lab.controller('secret')
  const reply = await send(
    lab,
    'application/json',
    JSON.stringify([
      { path: '/lab/a', timestamp: at(1), value: 1 },
      { path: '/lab/none', timestamp: at(1), value: 1 },
      { path: '/lab/a', timestamp: 'yesterday', value: 1 },
      { path: '/lab/a', timestamp: at(1), value: 'NaN' },
      { path: '/lab', timestamp: at(1), value: 1 },
      { path: 'lab/a', timestamp: at(1), value: 1 },
      { timestamp: at(1), value: 1 },
      [1, 2],
      7,
      { path: '/lab/a', timestamp: at(2) },
    ]),
  )
  const { stored, refused, errors } = reply.json as { stored: number; refused: number; errors: { index: number; message: string }[] }
  assert.deepEqual([reply.status, stored, refused], [200, 1, 9])
  assert.deepEqual(
    errors.map(({ index }) => index),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  assert.match(errors[0]?.message ?? '', /no resource "\/lab\/none"/)
  assert.match(errors[1]?.message ?? '', /timestamp is "yesterday"/)
  assert.match(errors[2]?.message ?? '', /finite number, found "NaN"/)
  assert.match(errors[3]?.message ?? '', /not a sequence/)
  assert.match(errors[4]?.message ?? '', /begin with a slash/)
  assert.match(errors[8]?.message ?? '', /found nothing/)
  const refusedAll = await send(lab, 'application/json', JSON.stringify([{ path: '/lab/a', timestamp: at(1), value: 1 }]), '')
  assert.equal(refusedAll.status, 403)
  assert.match(refusedAll.text, /Send a key, or sign in/)
  assert.equal((await send(lab, 'application/json', '[]', secret.key)).status, 200)
})

const malformed: [type: string, body: string, message: RegExp][] = [
  ['application/json', '', /body is empty/],
  ['application/json', '{}', /must be a JSON array/],
  ['application/json', '7', /must be a JSON array/],
  ['application/json', '[{"path":"/lab/a","timestamp":1,"value":1}', /not closed/],
  ['application/json', '[{"path":"/lab/a","timestamp":1,"value":1}] x', /text after the end/],
  ['application/json', '[{"path":"/lab/a","timestamp":1,"value":1} {"path":"/lab/a","timestamp":2,"value":1}]', /not JSON/],
  ['application/json', '[{"path":"/lab/a","timestamp":1,"value":1},]', /not JSON/],
  ['application/x-ndjson', '{oops}\nno\n', /Line 1 is not JSON/],
  ['text/csv', '', /must begin with the header/],
  ['text/csv', '/lab/a,1,1\n', /must begin with the header/],
  ['text/csv', 'path,timestamp,value\n/lab/a,2\n', /Line 2 of the CSV has 2 fields/],
  ['text/csv', 'path,timestamp,value\n/lab/a,1,"1\n', /quote that is not closed/],
  ['text/plain', 'hello', /Send the values as application\/json/],
]

test('a damaged row is refused by its place and its text, and stops no other, in whatever pieces the body comes', async (t) => {
  const lab = await startLab(t)
  const a = await lab.sequence('/lab/a', 2)
  const row = (at: number, value: string): string => JSON.stringify({ path: '/lab/a', timestamp: at, value })
  const bodies: [type: string, body: Buffer, errors: [index: number, text: string, message: RegExp][]][] = [
    [
      'application/x-ndjson',
      Buffer.from(`${row(1, 'one')}\n{"path":"/lab/a","time\n\0\0\0\n${row(2, 'two é')}\n{"path":"/lab/a","timestamp":3,"value":nan}\n`),
      [
        [1, '{"path":"/lab/a","time', /^Line 2 is not JSON/],
        [2, '\0\0\0', /^Line 3 is not JSON/],
        [4, '{"path":"/lab/a","timestamp":3,"value":nan}', /^Line 5 is not JSON/],
      ],
    ],
    [
      'application/json',
      Buffer.from(`[${row(1, 'one')},{"path":"/lab/a","timestamp":3,"value":nan}, {"path":1.,"b":[{}]},${row(2, 'two é')}]`),
      [
        [1, '{"path":"/lab/a","timestamp":3,"value":nan}', /is not JSON/],
        [2, '{"path":1.,"b":[{}]}', /is not JSON/],
      ],
    ],
    [
      'text/csv',
      Buffer.from('path,timestamp,value\n/lab/a,1,one\n/lab/a,3,5" pipe\n/lab/a,2,two é\n/lab/a,3\n/lab/a,4,"x" y\n/lab/a,5,"never\n'),
      [
        [1, '/lab/a,3,5" pipe', /quote/],
        [3, '/lab/a,3', /2 fields, not 3/],
        [4, '/lab/a,4,"x" y', /text after a closing quote/],
        [5, '/lab/a,5,"never', /not closed/],
      ],
    ],
    [
      'text/csv',
      Buffer.from('path,timestamp,value\n/lab/a,1,one\n/lab/a,3,21 °C\n/lab/a,2,two é\n', 'latin1'),
      [
        [1, '/lab/a,3,21 \ufffdC', /no UTF-8/],
        [2, '/lab/a,2,two \ufffd', /no UTF-8/],
      ],
    ],
  ]
  for (const [type, body, errors] of bodies)
    for (const size of [body.length, 7, 1]) {
      const items: ImportItem[] = []
      const incoming = Object.assign(Readable.from(chunksOf(body, size)), { headers: { 'content-type': type } })
      for await (const some of readItems(incoming as never, 1e6)) items.push(...some)
      assert.deepEqual(
        items.flatMap(({ damage }, at) => (damage ? [[at, damage.text]] : [])),
        errors.map(([index, text]) => [index, text]),
        `${type} in pieces of ${size}`,
      )
    }
  for (const [type, body, errors] of bodies) {
    const reply = await send(lab, type, body)
    assert.equal(reply.status, 200, reply.text)
    const answer = reply.json as ImportAnswer
    assert.equal(answer.refused, errors.length)
    for (const [at, [index, text, message]] of errors.entries()) {
      assert.deepEqual([answer.errors[at]?.index, answer.errors[at]?.text], [index, text])
      assert.match(answer.errors[at]?.message ?? '', message)
    }
  }
  const { values } = await lab.ctx.sequences.read({ id: a.id, isText: true }, { order: 'ascending', limit: 10 })
  assert.deepEqual(values, ['one', 'two é'])
})

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

for (const [type, body, message] of malformed) {
  test(`a malformed ${type} body changes nothing: ${body.slice(0, 60)}`, async (t) => {
    const lab = await startLab(t)
    const a = await lab.sequence('/lab/a')
    const reply = await send(lab, type, body)
    assert.equal(reply.status, 400)
    assert.match((reply.json as { message: string }).message, message)
    assert.equal(await lab.ctx.sequences.newest({ id: a.id, isText: false }), undefined)
  })
}

test('a body is taken apart the same wherever the network cuts it', async (t) => {
  const lab = await startLab(t)
  const a = await lab.sequence('/lab/a', 2)
  const body = JSON.stringify([
    { path: '/lab/a', timestamp: 1, value: 'a]},{"[\\"é\\\\' },
    { path: '/lab/a', timestamp: 2, value: ',' },
    { path: '/lab/a', timestamp: 3, value: '}' },
  ])
  const bytes = Buffer.from(body)
  for (let cut = 1; cut < bytes.length; cut += 3) {
    const incoming = Object.assign(Readable.from([bytes.subarray(0, cut), bytes.subarray(cut)]), {
      headers: { 'content-type': 'application/json' },
    })
    const values: unknown[] = []
    for await (const items of readItems(incoming as never, 1e6)) values.push(...items.map(({ value }) => value))
    assert.deepEqual(values, ['a]},{"[\\"é\\\\', ',', '}'], `cut at ${cut}`)
  }
  assert.ok(a)
})

test('100,000 values are taken, one more is too many and stores nothing', async (t) => {
  const lab = await startLab(t)
  const a = await lab.sequence('/lab/a')
  const lines = Array.from({ length: 100_000 }, (_, n) => `/lab/a,${1_700_000_000 + n},${n % 100}.25`)
  const body = `path,timestamp,value\n${lines.join('\n')}\n`
  const tooMany = await send(lab, 'text/csv', `${body}/lab/a,1,1\n`)
  assert.equal(tooMany.status, 413)
  assert.equal(await lab.ctx.sequences.newest({ id: a.id, isText: false }), undefined)
  const reply = await send(lab, 'text/csv', body)
  assert.deepEqual(reply.json, { status: 'ok', stored: 100_000, repeated: 0, refused: 0, errors: [] })
})
