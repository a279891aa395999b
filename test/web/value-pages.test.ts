/** The table of a chart's values: several sequences in one order, however their pages fall. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { ValuePages, type FetchValues } from '../../daemon/web/shared/value-pages.ts'

/** Pages of `size` values, newest first, with the place of the next as cursor. */
const pagesOf =
  (lists: Readonly<Record<string, readonly number[]>>, size: number): FetchValues =>
  (path, cursor) => {
    const times = [...(lists[path] ?? [])].sort((a, b) => b - a)
    const from = Number(cursor ?? 0)
    const values = times.slice(from, from + size).map((time) => ({ time, value: time * 2 }))
    return Promise.resolve({ values, cursor: from + size < times.length ? String(from + size) : undefined })
  }

test('rows of all sequences come newest first, and never with a hole that a later page would fill', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 8 }),
      async (lists, size) => {
        const paths = lists.map((_, at) => `/lab/${at}`)
        const pages = new ValuePages(paths, pagesOf(Object.fromEntries(paths.map((path, at) => [path, lists[at] ?? []])), size))
        const expected = lists
          .flatMap((times, line) => times.map((time) => ({ line, time, value: time * 2 })))
          .sort((a, b) => b.time - a.time || a.line - b.line)
        let count = -1
        for (let turns = 0; pages.hasMore; turns++) {
          await pages.more()
          const rows = pages.rows()
          assert.deepEqual(rows, expected.slice(0, rows.length))
          assert.ok(rows.length > count || turns === 0, 'each turn shows more')
          count = rows.length
        }
        assert.deepEqual(pages.rows(), expected)
      },
    ),
  )
})

test('a value that comes joins at the top; one that is late does not', async () => {
  const pages = new ValuePages(['/a', '/b'], pagesOf({ '/a': [10, 20], '/b': [15] }, 10))
  await pages.more()
  assert.equal(pages.add('/b', 30, 1), true)
  assert.equal(pages.add('/b', 30, 2), true)
  assert.equal(pages.add('/a', 12, 3), false)
  assert.equal(pages.add('/c', 40, 3), false)
  assert.deepEqual(
    pages.rows().map(({ time, value }) => [time, value]),
    [
      [30, 2],
      [20, 40],
      [15, 30],
      [10, 20],
    ],
  )
})
