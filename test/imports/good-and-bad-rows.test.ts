/** Whatever order good and bad rows come in, the good ones are stored, and they alone. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'
import type { ImportAnswer } from '../../src/wire/answers.ts'
import { importFile, valuesOf } from '../support/imports.ts'
import { FakeClock, startLab, toReply, type Lab } from '../support/lab.ts'

const START = Date.UTC(2026, 0, 30) * 1000
const timeOf = (at: number): string => formatTimestamp(START + at * SECOND)

/** Each costs its own row. */
const BAD_ROWS: readonly ((time: string) => string)[] = [
  (time) => `${time},warm`,
  (time) => time,
  (time) => `${time},1,2`,
  () => '\0\0\0\0\0\0\0\0',
  (time) => `${time.slice(0, 15)},4.5`,
  (time) => `${time},4.${time},5`,
  (time) => `${time},"5`,
  (time) => `${time},5" x`,
  (time) => `${time},"5" x`,
  () => 'KeyboardInterrupt',
  (time) => `${time},<0.01`,
  () => '1970-01-01T00:00:12Z,7',
  (time) => `${time},12345678901234567890`,
]

interface Mixed {
  readonly lines: readonly string[]
  readonly good: readonly (readonly [string, number])[]
  readonly bad: number
}

/** More good rows than bad ones, since the others decide how a file is read. */
const anyMixed: fc.Arbitrary<Mixed> = fc
  .tuple(
    fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 8, maxLength: 14 }),
    fc.array(fc.nat(BAD_ROWS.length - 1), { maxLength: 6 }),
  )
  .chain(([numbers, bad]) => {
    const good = numbers.map((number, at) => [timeOf(at), number / 4] as const)
    // What stands between a header and the first row may belong to the header.
    const [first = '', ...others] = good.map(([time, value]) => `${time},${value}`)
    const lines = [...others, ...bad.map((kind, at) => BAD_ROWS[kind]?.(timeOf(1_000 + at)) ?? '')]
    return fc
      .shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length })
      .map((shuffled) => ({ lines: [first, ...shuffled], good, bad: bad.length }))
  })

async function labOf(t: test.TestContext): Promise<Lab> {
  const clock = new FakeClock()
  clock.time = Date.UTC(2026, 0, 31) * 1000
  return startLab(t, { clock })
}

test('a file: exactly the good rows are stored, and as many are refused as are bad', async (t) => {
  const lab = await labOf(t)
  let runs = 0
  await fc.assert(
    fc.asyncProperty(anyMixed, async ({ lines, good, bad }) => {
      const path = `/lab/file${++runs}`
      const answer = await importFile(lab, `time,value\n${lines.join('\n')}\n`, { path, create: '1', duplicates: 'last' })
      assert.deepEqual(await valuesOf(lab, path), good, lines.join('\n'))
      assert.equal(answer.refused, bad, JSON.stringify(answer.errors))
    }),
    { numRuns: 15 },
  )
})

test('rows in one request, as CSV and as NDJSON: the same', async (t) => {
  const lab = await labOf(t)
  let runs = 0
  const send = async (type: string, body: string): Promise<ImportAnswer> => {
    const init = { method: 'POST', body, headers: { 'content-type': type, authorization: `Bearer ${lab.key}` } }
    const reply = await toReply(await fetch(`${lab.url}/api/v1/sequences/values`, init))
    assert.equal(reply.status, 200, reply.text)
    return reply.json as ImportAnswer
  }
  await fc.assert(
    fc.asyncProperty(anyMixed, fc.boolean(), async ({ lines, good }, isCsv) => {
      const path = `/lab/rows${++runs}`
      await lab.sequence(path)
      // The API says itself which times it takes, and numbers have no limit there.
      const rows = lines.filter((line) => !/^1970|\d{20}$/.test(line))
      const json = (line: string): string => {
        const [, timestamp, value] = /^([^,"]*),([\d.-]+)$/.exec(line) ?? []
        return timestamp === undefined ? line : JSON.stringify({ path, timestamp, value: Number(value) })
      }
      const answer = isCsv
        ? await send('text/csv', `path,timestamp,value\n${rows.map((line) => `${path},${line}\n`).join('')}`)
        : await send('application/x-ndjson', rows.map((line) => `${json(line)}\n`).join(''))
      assert.deepEqual(await valuesOf(lab, path), good, rows.join('\n'))
      assert.equal(answer.refused, rows.length - good.length, JSON.stringify(answer.errors))
    }),
    { numRuns: 15 },
  )
})
