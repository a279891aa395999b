/** The table of docs/security.md names tests: they are there, and no row claims more than it shows. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { readDocument } from './support/documents.ts'
import { readSource, root } from './support/sources.ts'

const rows = readDocument('docs/security.md')
  .split('\n')
  .flatMap((line) => {
    const cells = line.split('|').map((cell) => cell.trim())
    return /^V\d/.test(cells[1] ?? '') ? [{ requirement: cells[1] ?? '', holds: cells[2] ?? '', shownBy: cells[3] ?? '' }] : []
  })

test('each test that the table of security names is there', () => {
  assert.ok(rows.length > 40)
  const missing = rows.flatMap(({ requirement, shownBy }) => {
    if (shownBy === '') return []
    const [, path = '', name = ''] = /^`(test\/[\w./-]+\.test\.ts)`: (.+)$/.exec(shownBy) ?? []
    if (!existsSync(join(root, path)) || path === '') return [`${requirement}: ${shownBy} names no test file`]
    return readSource(path).replaceAll('\\', '').includes(name) ? [] : [`${requirement}: ${path} has no test "${name}"`]
  })
  assert.deepEqual(missing, [])
})

test('what no test shows is said to be by review, or not to hold', () => {
  const claimed = rows.filter(({ holds, shownBy }) => shownBy === '' && !/^no\b|by review|package-lock/.test(holds))
  assert.deepEqual(claimed, [])
})
