/** What becomes text between two turns of the event loop is bounded by its length, not only by the number of values. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeColumns, encodeOldCsv } from '../../daemon/http/value-text.ts'
import { findEdges, parseInterval } from '../../src/base/intervals.ts'
import { TimeZone } from '../../src/base/time-zone.ts'
import { DAY } from '../../src/base/time.ts'
import { Turns } from '../../src/base/turns.ts'
import { endOfStep, effortOf } from '../../src/base/weights.ts'
import { encodePoints } from '../../src/exports/value-lines.ts'

const TEXTS = 300
const LENGTH = 60_000
const times = Array.from({ length: TEXTS }, (_, at) => at * 1_000_000)
const values = times.map((time) => `${time} "`.padEnd(LENGTH, 'x'))
/** Twice a text and what quotes and bytes add to it: a step has one text that is longer than it at least. */
const MOST = 2.5 * LENGTH

/** Bytes that were made between two turns of the loop, at most; each look at the clock is a millisecond later. */
async function mostInATurn(encode: (turns: Turns) => AsyncIterable<Uint8Array>): Promise<{ most: number; all: number }> {
  let [now, turn, bytes, most, all] = [0, 0, 0, 0, 0]
  const turns = new Turns({ now: () => ++now, longest: 0 })
  const count = (): void => {
    turn++
    ticking = setImmediate(count)
  }
  let ticking = setImmediate(count)
  let seen = turn
  for await (const chunk of encode(turns)) {
    if (turn !== seen) [bytes, seen] = [0, turn]
    bytes += chunk.length
    all += chunk.length
    most = Math.max(most, bytes)
  }
  clearImmediate(ticking)
  return { most, all }
}

const points = { times, values }
const pages = async function* (): AsyncGenerator<typeof points> {
  yield points
}

for (const [name, encode] of [
  ['csv', (turns) => encodePoints(turns, 'csv', pages())],
  ['ndjson', (turns) => encodePoints(turns, 'ndjson', pages())],
  ['the old API', (turns) => encodeColumns(turns, {}, points)],
  ["the old API's CSV", (turns) => encodeOldCsv(turns, points)],
] as [string, (turns: Turns) => AsyncIterable<Uint8Array>][])
  test(`long texts leave the loop in between: ${name}`, async () => {
    const { most, all } = await mostInATurn(encode)
    assert.ok(all > TEXTS * LENGTH)
    // Lines gather up to a chunk, however many turns that took.
    assert.ok(most <= MOST + 256 * 1024, `${most} bytes in one turn`)
  })

test('a step of a list ends by weight, and has one item at least', () => {
  assert.equal(endOfStep([1, 2, 3, 4], 0, 2), 2)
  assert.equal(endOfStep([1, 2, 3, 4], 2, 100), 4)
  assert.equal(endOfStep([1, 2, 3, 4], 0, 4, 1), 2)
  assert.equal(endOfStep(['x'.repeat(10_000), 1], 0, 10), 1)
  assert.equal(endOfStep([1, 'x'.repeat(10_000), 1], 0, 10), 1)
  assert.equal(endOfStep([], 0, 10), 0)
  assert.equal(effortOf('x'.repeat(500)), 11)
})

test('edges of many days in a zone are found a few at a time', () => {
  const zone = TimeZone.named('Europe/Berlin')
  let pauses = 0
  const finding = findEdges(parseInterval('1d'), zone, 0, 20_000 * DAY, 100_000)
  let found = finding.next()
  for (; found.done !== true; found = finding.next()) pauses++
  assert.ok(found.value.length > 20_000)
  assert.ok(pauses >= 100, `${pauses} pauses`)
})
