/** The one file that the server's own commands run. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { runInNewContext } from 'node:vm'
import { root } from './support/sources.ts'

test('the program is text of one byte a character, which takes half the memory of others', () => {
  const text = readFileSync(join(root, 'dist/program/rhizo.cjs'), 'utf8')
  assert.deepEqual(
    [...text.matchAll(/.{0,40}[^\0-\xff].{0,40}/gu)].map(([around]) => around),
    [],
  )
})

test('what is escaped in the program means what it meant: texts, regular expressions, and a backslash before a character', async () => {
  const { narrow } = (await import(join(root, 'scripts/narrow.js'))) as { narrow: (text: string) => string }
  const source = String.raw`[/^[≤≥’]\d℃?$/.test('≥2℃'), /^\’$/.test('’'), 'a\\≤', '‹\‡', '\\\…', '🌱', /^🌱$/u.test('🌱'), ${'`…`'}]`
  const narrowed = narrow(source)
  assert.match(narrowed, /^[\0-\x7f]*$/)
  const meant = runInNewContext(narrowed) as unknown[]
  assert.deepEqual([...meant], [true, true, 'a\\≤', '‹‡', '\\…', '🌱', true, '…'])
})
