/** Parsers look at each character a fixed number of times, whatever comes and in whatever pieces: counted in characters, not in time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseItems } from '../../daemon/http/value-streams.ts'
import { RecordEnds, type Steps } from '../../src/base/csv.ts'
import { quoteNonNumbers } from '../../src/base/json.ts'
import { TextPieces } from '../../src/base/text-pieces.ts'
import { parseLines } from '../../src/wire/line-protocol.ts'
import { startLab } from '../support/lab.ts'
import { listFiles, readSource } from '../support/sources.ts'

async function* inPieces(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size)
}

/** Characters looked at for each character of the text; what is wrong with it does not matter here. */
async function stepsFor(type: string, text: string, size: number): Promise<number> {
  const steps: Steps = { characters: 0 }
  try {
    for await (const items of parseItems({ headers: { 'content-type': type } }, inPieces(text, size), { steps })) assert.ok(items)
  } catch (error) {
    assert.ok(error instanceof Error)
  }
  return steps.characters / text.length
}

const MANY = 20_000
const texts: readonly [type: string, text: string][] = [
  ['text/csv', `"${'\n'.repeat(MANY)}`],
  ['text/csv', `path,timestamp,value\n${'"a""b",'.repeat(MANY / 7)}`],
  ['text/csv', `path,timestamp,value\n${'"'.repeat(MANY)}`],
  ['text/csv', `path,timestamp,value\n${'"\n",'.repeat(MANY / 4)}`],
  ['text/csv', 'a'.repeat(MANY)],
  ['application/json', `[{"path":"${'a'.repeat(MANY)}`],
  ['application/json', `[${'{"a":'.repeat(MANY / 5)}`],
  ['application/json', ' '.repeat(MANY)],
  ['application/json', `[${'{},'.repeat(MANY / 3)}{}]`],
  ['application/json', `[${' '.repeat(MANY)}1]${' '.repeat(MANY)}`],
  ['application/x-ndjson', `{"path":"${'a'.repeat(MANY)}`],
  ['application/x-ndjson', `${'{}\n'.repeat(MANY / 3)}`],
  ['application/x-ndjson', '\n'.repeat(MANY)],
]

test('bodies of values are walked once, in one piece, in chunks of the network, and byte by byte', async () => {
  for (const [type, text] of texts)
    for (const size of [text.length, 1_460, 1]) {
      const steps = await stepsFor(type, text, size)
      // Lines that a broken quotation swallowed are read a second time.
      assert.ok(steps > 0 && steps <= 5, `${type} ${JSON.stringify(text.slice(0, 30))} in pieces of ${size}: ${steps} steps a character`)
    }
})

test('record ends are found with two looks at each character, however quotes and line breaks lie', () => {
  for (const text of ['"\n'.repeat(MANY), `"${'\n'.repeat(MANY)}"`, '"x""y"'.repeat(MANY), `${'"a",'.repeat(MANY)}\n`, '\n'.repeat(MANY)]) {
    const steps: Steps = { characters: 0 }
    const ends = new RecordEnds(text, false, steps)
    while (ends.next() >= 0);
    assert.ok(steps.characters <= 2 * text.length + 10, `${JSON.stringify(text.slice(0, 10))}: ${steps.characters} of ${text.length}`)
  }
})

test('what Python writes for a missing number is put in quotes, in texts never, and quotes that never close cost nothing', () => {
  const cases: [text: string, quoted: string][] = [
    ['[NaN,Infinity,-Infinity,-NaN,1]', '["NaN","Infinity","-Infinity",-NaN,1]'],
    ['{"NaN":"a NaN \\" NaN","b":NaN}', '{"NaN":"a NaN \\" NaN","b":"NaN"}'],
    ['{"a":xNaN,"b":NaNs,"c":$NaN}', '{"a":xNaN,"b":NaNs,"c":$NaN}'],
    ['"NaN', '"NaN'],
    ['{"a":1}', '{"a":1}'],
  ]
  for (const [text, quoted] of cases) assert.equal(quoteNonNumbers(text), quoted)
  // The former pattern took a step for each pair of quotes: some 10¹² here.
  const nasty = `[NaN,"${'\\"'.repeat(2_000_000)}`
  assert.equal(quoteNonNumbers(nasty).length, nasty.length + 2)
})

test('pieces come back as they came, in whatever number', () => {
  const pieces = new TextPieces()
  const text = Array.from({ length: 5_000 }, (_, at) => String(at)).join(',')
  for (const character of text) pieces.push(character)
  assert.equal(pieces.length, text.length)
  assert.equal(pieces.take(), text)
  assert.equal(pieces.take(), '')
})

test('no expression for numbers goes back over digits for each digit', () => {
  // Where the dot may be missing, the two runs of digits can be divided in as many ways as there are digits.
  const divided = /\\d[+*]\\?\.\?\\d[+*]|\\d[+*]\[\.,\]\?\\d[+*]|\[0-9\][+*]\\?\.\?\[0-9\][+*]/
  assert.ok(divided.test(String.raw`/\d+\.?\d*/`))
  const files = ['src', 'daemon', 'commands'].flatMap((folder) => listFiles(folder))
  assert.deepEqual(
    files.filter((path) => divided.test(readSource(path))),
    [],
  )
})

test('a million digits that end as no number are refused like any other text', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/level')
  // Each of these would take hours where digits are gone over again.
  const digits = `${'1'.repeat(1_000_000)}b`
  const put = await lab.put('/resources', { values: { '/lab/level': digits } })
  assert.match(put.text, /must be a finite number/)
  assert.equal((await lab.post('/sequences/series', { path: '/lab/level', max_points: digits })).status, 400)
  const table = Buffer.from(`timestamp,${digits.slice(0, 900_000)}b\n2026-01-01T00:00:00Z,1\n`).toString('base64')
  assert.ok([200, 400].includes((await lab.post('/imports', { path: '/lab/level', data: table, dry_run: 1 })).status))
})

test('an integer of the line protocol with more digits than 64 bits have costs its line alone, and is told by its beginning', () => {
  const digits = '1'.repeat(1_000_000)
  const [long, exact, good] = [...parseLines(`m a=${digits}i\nm a=9007199254740993i\nm a=-9223372036854775808i`)]
  assert.ok(long && 'problem' in long && exact && 'problem' in exact && good && !('problem' in good))
  assert.match(long.problem.message, /^the field "a" is 1{60}, which a number of 64 bits/)
  assert.match(exact.problem.message, /9007199254740993/)
})
