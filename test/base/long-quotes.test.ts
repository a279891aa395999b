/** Long texts of quotes, and lists that can't be parsed as a whole, read as short ones do, at a cost that is theirs alone. */
import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { test } from 'node:test'
import { csvField, doubleQuotes, readCsv, readQuoted } from '../../src/base/csv.ts'
import { splitElements } from '../../daemon/http/json-elements.ts'
import { readItems } from '../../daemon/http/value-streams.ts'

/** More than is replaced in by the engine. */
const LONG = 'x,'.repeat(6_000)
const piece = fc.oneof(fc.constantFrom('"', '""', ',', '\n', '\ud83c', '\udf31', '🌱', 'ä', '\0', ''), fc.string({ maxLength: 5 }))
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

test('a text of any length and any characters comes back from its field as it was', () => {
  fc.assert(
    fc.property(text, fc.boolean(), text, (before, isLong, after) => {
      const whole = `${before}${isLong ? LONG : ''}${after}`
      assert.equal(doubleQuotes(whole), whole.replaceAll('"', '""'))
      const field = `"${doubleQuotes(whole)}"`
      assert.deepEqual(readQuoted(`a,${field},b`, 2), { field: whole, end: 2 + field.length })
    }),
    { numRuns: 500 },
  )
})

test('a megabyte of quotes makes no part for each of them', async (t) => {
  const quotes = '"'.repeat(1_000_000)
  const spared = t.mock.method(String.prototype, 'replaceAll')
  const searches = t.mock.method(String.prototype, 'indexOf')
  const line = `a,${csvField(quotes)}\n`
  const records: unknown[] = []
  for await (const some of readCsv(
    (async function* () {
      yield line
    })(),
  ))
    records.push(...some.map(({ fields }) => fields))
  assert.deepEqual([spared.mock.callCount(), searches.mock.callCount() < 20], [0, true])
  t.mock.restoreAll()
  assert.deepEqual(records, [['a', quotes]])
})

test('elements of a list are told apart as a parser of JSON would, wherever each of them is one object', () => {
  const blank = fc.constantFrom('', ' ', '\n\t', '\r\n')
  const object = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
  fc.assert(
    fc.property(fc.array(fc.tuple(blank, object, blank), { minLength: 1, maxLength: 6 }), (parts) => {
      const inside = parts.map(([before, value, after]) => before + JSON.stringify(value) + after).join(',')
      assert.deepEqual(
        splitElements(inside)?.map((element) => JSON.parse(element) as unknown),
        JSON.parse(`[${inside}]`),
      )
    }),
    { numRuns: 500 },
  )
  // What stands inside an element may be no JSON at all, as long as it ends.
  assert.deepEqual(splitElements('{"a":nan},{b},{"c":"\\"}{"}'), ['{"a":nan}', '{b}', '{"c":"\\"}{"}'])
  for (const other of ['', ',', '{},', ',{}', '1', '{},1', '{}{}', '{} {}', '{"a":"}', '{"a":[}', '{]', '[]', '{"a":1', '{}}'])
    assert.equal(splitElements(other), undefined, other)
})

test('a long list of values is read with pauses between its chunks and between its elements', async () => {
  const odd = `{${Array.from({ length: 30_000 }, (_, at) => `"k${at}":1`).join(',')}}`
  const text = `[${'{"path":"/lab/x","value":1},'.repeat(50_000)}${odd},{"path":"/lab/x","value":2}]`
  const bytes = Buffer.from(text)
  const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, at) => bytes.subarray(at * 65_536, (at + 1) * 65_536))
  let pauses = 0
  let [items, skipped] = [0, 0]
  const incoming = Object.assign(Readable.from(chunks), { headers: { 'content-type': 'application/json' } })
  for await (const some of readItems(incoming as unknown as IncomingMessage, 10_000_000, () => void pauses++)) {
    items += some.length
    skipped += some.filter(({ damage }) => damage !== undefined).length
  }
  assert.deepEqual([items, skipped], [50_002, 1])
  assert.ok(pauses >= chunks.length + 1, `${pauses} for ${chunks.length} chunks`)
})
