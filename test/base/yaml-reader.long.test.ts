/** YAML of people beside the main thread, within limits. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { YamlReader, type WrongPlace, type YamlReaderOptions } from '../../src/base/yaml-reader.ts'

function startReader(t: TestContext, options?: YamlReaderOptions): YamlReader {
  const reader = new YamlReader(options)
  t.after(() => reader.stop())
  return reader
}

const same = (content: unknown): unknown => content
const LENGTH = 100_000
const fill = (part: string): string => part.repeat(Math.ceil(LENGTH / part.length))

/** Texts that take long, by what they are made of. */
const COSTLY: Readonly<Record<string, string>> = {
  mapping: `rules:\n${fill('  - topic: a/b/c\n    values:\n      temperature: main.temp\n')}`,
  colons: fill(': \n'),
  braces: fill('}'),
  anchors: fill('&a '),
  'unknown aliases': fill('*a\n'),
  'the same key': fill('a: 1\n'),
  'keys of a map in one line': `{${fill('a,')}}`,
  'keys that are maps': `{${fill('{a: b}: c,')}}`,
  'many keys': Array.from({ length: LENGTH / 9 }, (_, at) => `k${at}: 1`).join('\n'),
  'explicit keys': fill('? a\n: b\n'),
  'wrong escapes': `"${fill('\\x')}"`,
  directives: fill('%\n'),
  tabs: fill('\t\n'),
  documents: fill('---\n'),
}

test('whatever a text is made of, the main thread goes on while it is read', async (t) => {
  const reader = startReader(t)
  for (const [kind, text] of Object.entries(COSTLY)) {
    let isDone = false
    const reading = reader.read(text, same).then(
      () => (isDone = true),
      (error: unknown) => {
        isDone = true
        assert.match(String(error), /^Fault: /)
      },
    )
    await setImmediate()
    assert.equal(isDone, false, `${kind}: a thread works on it while the main one goes on`)
    await reading
  }
})

test('what is read is told with the line of what is wrong, in short texts and long ones', async (t) => {
  const reader = startReader(t)
  for (const comment of ['', `# ${'long '.repeat(1_000)}\n`]) {
    const text = `${comment}a: 1\nb:\n  - c\n  - d\n`
    const lines = comment === '' ? 0 : 1
    const refuse = (content: unknown, wrong: WrongPlace): void => {
      assert.deepEqual(content, { a: 1, b: ['c', 'd'] })
      throw wrong(['b', 1], 'd is wrong')
    }
    await assert.rejects(reader.read(text, refuse), { code: 'invalid', message: `line ${4 + lines}: d is wrong.` })
    await assert.rejects(reader.read(`${text}b: 2\n`, same), { code: 'invalid', message: `line ${5 + lines}: Map keys must be unique.` })
    assert.deepEqual(await reader.read(text, same), await reader.read(text, same))
  }
})

test('a text that takes too long is refused, and the next one is read', async (t) => {
  const text = COSTLY['mapping'] ?? ''
  await assert.rejects(startReader(t, { timeMs: 1 }).read(text, same), { code: 'invalid', message: /make it shorter/ })
  const reader = startReader(t)
  const readings = Array.from({ length: 30 }, (_, at) => reader.read(`# ${'x'.repeat(2_000)}\na: ${at}`, same).catch(String))
  const results = await Promise.all(readings)
  assert.deepEqual(
    results.slice(0, 20),
    [...Array(20).keys()].map((a) => ({ a })),
  )
  assert.match(String(results.at(-1)), /Many long texts are being read/)
  assert.deepEqual(await reader.read(`# ${'x'.repeat(2_000)}\na: 1`, same), { a: 1 })
})

test('entries of a list are written anew beside the main thread, too', async (t) => {
  const reader = startReader(t)
  const text = '# kept\ntiles:\n  - kind: a # this one\n    place: {x: 1}\n  - kind: b\n'
  const items = [
    { from: 0, members: { kind: 'a', place: { x: 2 } } },
    { from: undefined, members: { kind: 'c' } },
  ]
  const written = await reader.changeItems(text, { list: 'tiles', items, inLine: 'place' })
  assert.equal(written, '# kept\ntiles:\n  - kind: a # this one\n    place: { x: 2 }\n  - kind: c\n')
})
