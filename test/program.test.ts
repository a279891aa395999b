/** The one file that the server's own commands run. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { runInNewContext } from 'node:vm'
import { compileBundle, loadBundle } from '../bin/bundle.ts'
import { root } from './support/sources.ts'

test('the program is ASCII: it takes half the memory of other text, and its loader reads each byte as a character', () => {
  const text = readFileSync(join(root, 'dist/program/rhizo.cjs'), 'utf8')
  assert.deepEqual(
    [...text.matchAll(/.{0,40}[^\0-\x7f].{0,40}/gu)].map(([around]) => around),
    [],
  )
})

test('a bundle that is not ASCII is not compiled, because it would run with other characters', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-bundle-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const bundle = join(folder, 'bundle.cjs')
  writeFileSync(bundle, 'module.exports = /°C/')
  assert.throws(() => compileBundle(bundle), /not ASCII/)
})

test('what is escaped in the program means what it meant: texts, regular expressions, and a backslash before a character', async () => {
  const { narrow } = (await import(join(root, 'scripts/narrow.js'))) as { narrow: (text: string) => string }
  const letters = String.raw`/^[°µ]\d\³?$/.test('°2³'), 'é\ü'`
  const signs = String.raw`'a\\≤', '‹\‡', '\\\…', '🌱', /^🌱$/u.test('🌱')`
  const source = String.raw`[${letters}, /^[≤≥’]\d℃?$/.test('≥2℃'), /^\’$/.test('’'), ${signs}, ${'`…`'}]`
  const narrowed = narrow(source)
  assert.match(narrowed, /^[\0-\x7f]*$/)
  const meant = runInNewContext(narrowed) as unknown[]
  assert.deepEqual([...meant], [true, 'éü', true, true, 'a\\≤', '‹‡', '\\…', '🌱', true, '…'])
})

test('what is compiled of the program is used, whole with its imports', () => {
  const program = join(root, 'dist/program/rhizo.cjs')
  assert.doesNotMatch(readFileSync(program, 'utf8'), /(?<![\w$.#])import\(/)
  const { exports, wasCompiled } = loadBundle(program)
  assert.equal(wasCompiled, true)
  assert.equal(typeof (exports as { main: unknown }).main, 'function')
})

test('what was compiled of another bundle is not used, though it is as long', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-bundle-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const bundle = join(folder, 'bundle.cjs')
  const write = (answer: number): void =>
    writeFileSync(bundle, `module.exports = { answer: () => ${answer}, sep: () => Import('node:path').then(({ sep }) => sep) }`)
  const load = (): unknown[] => {
    const { exports, wasCompiled } = loadBundle(bundle)
    return [(exports as { answer: () => number }).answer(), wasCompiled]
  }
  write(1)
  assert.deepEqual(load(), [1, false])
  compileBundle(bundle)
  assert.deepEqual(load(), [1, true])
  assert.equal(await (loadBundle(bundle).exports as { sep: () => Promise<string> }).sep(), '/')
  write(2)
  utimesSync(bundle, 1, 1)
  assert.deepEqual(load(), [2, false])
  writeFileSync(`${bundle}.compiled`, 'spoiled')
  assert.deepEqual(load(), [2, false])
})
