/** What one message or one line may cost, whatever it says: counted in what is taken of it, not in time. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { MAX_MEMBERS, readMembers } from '../../src/mapping/members.ts'
import { parseLines } from '../../src/wire/line-protocol.ts'
import { startLab } from '../support/lab.ts'

const numbered = (count: number, value: (at: number) => unknown): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value(at)]))

test('of a message a thousand members are taken, good or bad; that there are more is said once, and its time is found', () => {
  const now = Date.UTC(2026, 0, 31, 12) * 1000
  for (const [kind, members] of Object.entries({
    numbers: numbered(5_000, (at) => at),
    lists: numbered(5_000, () => []),
    objects: numbered(5_000, (at) => ({ a: at, b: [] })),
    'one object': { a: numbered(5_000, () => 'x') },
    'one list': { a: Array.from({ length: 5_000 }, (_, at) => at) },
  })) {
    const {
      readings,
      problems = [],
      time,
    } = readMembers({ ...members, time: '2026-01-31T12:00:00Z' }, { arrays: kind === 'one list', time: { now } })
    assert.equal(readings.length + problems.length, MAX_MEMBERS + 1, kind)
    assert.equal(problems.filter(({ message }) => /has more than 1000 values/.test(message)).length, 1, kind)
    assert.equal(time, now, kind)
  }
  const { readings, problems } = readMembers(numbered(MAX_MEMBERS, (at) => at))
  assert.deepEqual([readings.length, problems], [MAX_MEMBERS, []])
})

test('a line has so many fields and tags and no more, those behind it are read, and few of its problems are told', async (t) => {
  const line = (fields: number, tags: number): string =>
    `m${Array.from({ length: tags }, (_, at) => `,t${at}=x`).join('')} ${Array.from({ length: fields }, (_, at) => `f${at}=1`).join(',')}`
  const points = [...parseLines([line(10_000, 200), line(10_001, 1), line(1, 201), 'm a=1'].join('\n'))]
  assert.deepEqual(
    points.map((point) => ('problem' in point ? `${point.problem.line}: ${point.problem.message}` : point.fields.length)),
    [10_000, '2: there are more than 10000 fields: send them in several lines', '3: there are more than 200 tags', 1],
  )
  const lab = await startLab(t)
  await lab.post('/resources', { path: '/lab', name: 'devices', type: 10 })
  const reply = await fetch(`${lab.url}/api/v2/write?bucket=lab/devices`, {
    method: 'POST',
    headers: { authorization: `Token ${lab.key}` },
    body: line(10_000, 1),
  })
  const { message } = (await reply.json()) as { message: string }
  assert.equal(reply.status, 400)
  assert.match(message, /So it is with 9995 more of its fields\. dropped=1$/)
  assert.ok(message.length < 2_000)
})

test('a body of JSON has as many parameters as a form may have', async (t) => {
  const lab = await startLab(t)
  const send = (count: number): Promise<Response> =>
    fetch(`${lab.url}/api/v1/resources`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...numbered(count, (at) => at), values: {} }),
    })
  const reply = await send(10_000)
  assert.equal(reply.status, 400)
  assert.match(await reply.text(), /more than 10000 parameters/)
})

test('paths of one request that lead nowhere take turns, and too many are refused before one is looked up', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/known')
  const put = (values: Record<string, unknown>): Promise<Response> =>
    fetch(`${lab.url}/api/v1/resources`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ values }),
    })
  const unknown = (count: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`/lab/x${at}`, at]))
  t.mock.method(lab.ctx.turns, 'isOver', () => true)
  const next = t.mock.method(lab.ctx.turns, 'next')
  const reply = await put({ ...unknown(1_600), '/lab/known': 1 })
  const { stored, skipped_count: skipped } = (await reply.json()) as { stored: number; skipped_count: number }
  assert.deepEqual([stored, skipped], [1, 1_600])
  // Each path is looked up twice: to make what is missing, and to store.
  assert.ok(next.mock.callCount() >= 200, `${next.mock.callCount()} turns`)
  const find = t.mock.method(lab.ctx.tree, 'find')
  const refused = await put(unknown(100_001))
  assert.equal(refused.status, 413)
  assert.ok(find.mock.callCount() < 100, `${find.mock.callCount()} look-ups`)
})
