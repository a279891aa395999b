import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CsvSplitter } from '../../src/client/csv-splitter.ts'
import type { CsvPart } from '../../src/client/csv-splitter.ts'

/** Splits text that arrives in pieces of a few bytes. */
function split(text: string, path = '/lab/t', pieceSize = 5): CsvPart[] {
  const splitter = new CsvSplitter(path)
  const bytes = Buffer.from(text)
  const parts: CsvPart[] = []
  for (let at = 0; at < bytes.length; at += pieceSize) parts.push(...splitter.push(bytes.subarray(at, at + pieceSize)))
  return [...parts, ...splitter.end()]
}

const bodies = (parts: CsvPart[]): string[] => parts.map(({ body }) => body.toString('utf8'))

test('rows get the path in front, with or without a header, a last line end, or a byte order mark', () => {
  const expected = ['path,timestamp,value\n/lab/t,2026-01-31T12:00:00Z,1.5\n/lab/t,1700000000,2\n']
  const rows = '2026-01-31T12:00:00Z,1.5\n1700000000,2'
  for (const source of [
    rows,
    `${rows}\n`,
    `timestamp,value\n${rows}`,
    `utc_timestamp,value\r\n${rows.replace('\n', '\r\n')}\r\n`,
    `\ufeff"timestamp","value"\n${rows}\n`,
  ]) {
    assert.deepEqual(bodies(split(source)), expected)
  }
  assert.deepEqual(split(''), [])
  assert.throws(() => split('value,timestamp\n1,2\n'), { code: 'invalid', message: /Line 1/ })
  assert.throws(() => split('time,a,b\n1,2,3\n'), { code: 'invalid' })
})

test('times as old servers write them become those of the wire', () => {
  const source = 'utc_timestamp,value\n2026-01-31 12:00:00.000000,1\n2026-01-31 12:00:01,2\n'
  assert.deepEqual(bodies(split(source)), ['path,timestamp,value\n/lab/t,2026-01-31T12:00:00.000000Z,1\n/lab/t,2026-01-31T12:00:01Z,2\n'])
})

test('a path with a comma, and text beyond ASCII, arrive as they are', () => {
  assert.deepEqual(bodies(split('1,größe 21 °C\n', '/lab/a,ü')), ['path,timestamp,value\n"/lab/a,ü",1,größe 21 °C\n'])
})

test('a quoted value may hold line breaks, and rows know their lines', () => {
  const [part, ...others] = split('timestamp,value\n1,"two\nlines, ""quoted"""\n\n2,plain\n')
  assert.equal(others.length, 0)
  assert.equal(part?.body.toString(), 'path,timestamp,value\n/lab/t,1,"two\nlines, ""quoted"""\n/lab/t,2,plain\n')
  assert.deepEqual([part.rows, part.lineOf(0), part.lineOf(1)], [2, 2, 5])
  assert.throws(() => split('1,"never closed\n2,x\n'), /Line 1 opens a quotation/)
})

test('no part holds more than 100,000 rows, and together they hold all', () => {
  const total = 250_001
  const source = Array.from({ length: total }, (_, at) => `${at},${at % 7}\n`).join('')
  const parts = split(source, '/lab/t', 1_000_000)
  assert.ok(parts.every(({ rows }) => rows <= 100_000))
  assert.equal(
    parts.reduce((sum, { rows }) => sum + rows, 0),
    total,
  )
  assert.equal(
    parts.reduce((sum, { bytes }) => sum + bytes, 0),
    source.length,
  )
  const second = parts[1]
  assert.ok(second !== undefined)
  const [, firstRow] = second.body.toString().split('\n')
  assert.equal(firstRow, `/lab/t,${second.lineOf(0) - 1},${(second.lineOf(0) - 1) % 7}`)
})
