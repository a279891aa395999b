import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { readLast, requireSpec } from '../../src/sequences/sequences.ts'
import { parseStored } from '../../src/sequences/value-parsing.ts'
import { startLab } from '../support/lab.ts'

test('a controller sets many sequences at once, and what it may not write is skipped', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/temperature')
  const door = await lab.sequence('/lab/fridge/door', 2)
  const reply = await fridge.put('/resources', {
    values: { '/lab/fridge/temperature': '4.50', '/lab/fridge/door': 'open', '/lab/nowhere': 1, '/system/x': 2 },
  })
  assert.equal(reply.status, 200)
  assert.deepEqual((await lab.ctx.sequences.newest({ id: temperature.id, isText: false }))?.value, 4.5)
  assert.deepEqual((await lab.ctx.sequences.newest({ id: door.id, isText: true }))?.value, 'open')
})

test('a wrong number is skipped and named, alone as among others: to a deployed controller an error is its end', async (t) => {
  const lab = await startLab(t)
  const [a, b] = [await lab.sequence('/lab/a'), await lab.sequence('/lab/b')]
  const alone = await lab.put('/resources', { values: { '/lab/b': 'NaN' } })
  assert.equal(alone.status, 200)
  const { stored, skipped } = alone.json as { stored: number; skipped: { path: string; message: string }[] }
  assert.deepEqual([stored, skipped.map(({ path }) => path)], [0, ['/lab/b']])
  assert.match(skipped[0]?.message ?? '', /\/lab\/b must be a finite number/)
  const reply = await lab.put('/resources', { values: { '/lab/a': 1, '/lab/b': 'NaN' } })
  assert.equal(reply.status, 200)
  assert.match(reply.text, /\/lab\/b must be a finite number/)
  assert.equal((await lab.ctx.sequences.newest({ id: a.id, isText: false }))?.value, 1)
  assert.equal(await lab.ctx.sequences.newest({ id: b.id, isText: false }), undefined)
})

test('decimal text is read as the nearest float64, and other text is no number', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/a')
  const sequence = lab.ctx.tree.find('/lab/a')
  assert.ok(sequence)
  const parse = (text: string): unknown => {
    try {
      return parseStored(requireSpec(sequence), sequence, text)
    } catch {
      return 'refused'
    }
  }
  const decimal = fc
    .tuple(fc.constantFrom('', '-', '+', ' '), fc.stringMatching(/^\d{0,19}(\.\d{0,19})?([eE][+-]?\d{1,2})?$/))
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(
      fc.oneof(
        decimal,
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
        fc.string({ maxLength: 5 }),
        fc.constantFrom('-0', '0x1f', '1_000', '.', '-', '1.5.2', '٣'),
      ),
      (text) => {
        const isNumber = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text)
        assert.ok(Object.is(parse(text), isNumber ? Number(text) : 'refused'), text)
      },
    ),
    { numRuns: 3_000 },
  )
})

test('the newest values of a long range are put together a page at a time, in order', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/a')
  const count = 20_000
  const rows = Array.from({ length: count }, (_, at) => `/lab/a,${1_700_000_000 + at},${at}`)
  const reply = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    body: `path,timestamp,value\n${rows.join('\n')}\n`,
    headers: { 'content-type': 'text/csv', authorization: `Bearer ${lab.key}` },
  })
  assert.equal(reply.status, 200, await reply.text())
  const sequence = lab.ctx.tree.find('/lab/a')
  assert.ok(sequence)
  const events: string[] = []
  const read = lab.ctx.readings.read.bind(lab.ctx.readings)
  t.mock.method(lab.ctx.readings, 'read', (...given: Parameters<typeof read>) => {
    events.push('page')
    return read(...given)
  })
  t.mock.method(lab.ctx.turns, 'isOver', () => true)
  const next = lab.ctx.turns.next.bind(lab.ctx.turns)
  t.mock.method(lab.ctx.turns, 'next', (...given: Parameters<typeof next>) => {
    events.push('turn')
    return next(...given)
  })
  const actor = { kind: 'user', userId: 1, isSystemAdmin: true } as const
  const { times, values } = await readLast(lab.ctx, actor, sequence, { start: undefined, end: undefined, text: undefined, limit: count })
  assert.deepEqual(
    values,
    Array.from({ length: count }, (_, at) => at),
  )
  assert.ok(times.every((time, at) => time === (1_700_000_000 + at) * 1_000_000))
  const pages = events.filter((event) => event === 'page').length
  // Of which the last ones come when all have been read.
  const after = events.slice(events.lastIndexOf('page')).filter((event) => event === 'turn').length
  assert.ok(pages >= 4 && after >= pages, `${after} turns after ${pages} pages`)
})
