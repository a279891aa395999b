import assert from 'node:assert/strict'
import test from 'node:test'
import { Fault } from '../../src/base/fault.ts'
import { readLinedYaml } from '../../src/base/lined-yaml.ts'

const refusal = (text: string): Promise<string> =>
  readLinedYaml(text).then(
    () => '',
    (error: unknown) => (error instanceof Fault && error.code === 'invalid' ? error.message : assert.fail(String(error))),
  )

test('however deeply it is nested, and in whatever way, it is refused with its line before anything recurses into it', async () => {
  for (const part of ['[', '{a: ', '- ', '? ', '- ? ', '[{a: ', '!t [', '&a [', '"x": [', '- - [']) {
    for (const depth of [200, 1_000, 30_000])
      assert.match(
        await refusal(`note: x\n\n${part.repeat(depth)}`),
        /^line \d+: it is nested deeper than 32 levels\.$/,
        `${depth} of ${part}`,
      )
    assert.match(await refusal(`a: 1\nb: ${'['.repeat(100)}`), /^line 2: /)
  }
  const steps = Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')
  assert.match(await refusal(steps), /nested deeper/)
})

test('what people write is read, to a depth of many levels', async () => {
  const deep = `${'{a: '.repeat(28)}1${'}'.repeat(28)}`
  const text = [
    '# For us.',
    'rules:',
    '  - topic: "+/x"',
    '    list: [1, [2, {b: ["3"]}]]',
    '  - >-',
    '    folded',
    '    text',
    'anchor: &one {c: 1}',
    'also: *one',
    `deep: ${deep}`,
    '',
  ].join('\n')
  const { content, lineOf } = await readLinedYaml(text)
  const { rules, also } = content as { rules: unknown[]; also: unknown }
  assert.deepEqual([rules[0], rules[1], also], [{ topic: '+/x', list: [1, [2, { b: ['3'] }]] }, 'folded text', { c: 1 }])
  assert.equal(lineOf(['rules', 1]), 5)
  const lines = Array.from({ length: 20 }, (_, depth) => `${'  '.repeat(depth)}- a:`).join('\n')
  assert.equal(await refusal(`${lines}\n`).then((said) => /nested deeper/.test(said)), false)
})
