import assert from 'node:assert/strict'
import test from 'node:test'
import { Fault } from '../../src/base/fault.ts'
import { contentOfYaml, lineOfYaml } from '../../src/base/lined-yaml.ts'

const refusal = (text: string): Promise<string> =>
  contentOfYaml(text).then(
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
  const { rules, also } = (await contentOfYaml(text)) as { rules: unknown[]; also: unknown }
  assert.deepEqual([rules[0], rules[1], also], [{ topic: '+/x', list: [1, [2, { b: ['3'] }]] }, 'folded text', { c: 1 }])
  assert.equal(await lineOfYaml(text, ['rules', 1]), 5)
  const lines = Array.from({ length: 20 }, (_, depth) => `${'  '.repeat(depth)}- a:`).join('\n')
  assert.equal(await refusal(`${lines}\n`).then((said) => /nested deeper/.test(said)), false)
})

test('keys that are there twice, more entries and aliases than anybody writes, and what they make are refused with the line', async () => {
  assert.equal(await refusal('a: 1\nb: {c: 1, d: 2,\n  c: 3}'), 'line 3: Map keys must be unique.')
  assert.equal(await refusal('- {1: a}\n- {1: a, "1": b}'), '')
  assert.match(await refusal(`a: 1\nb: [${'1,'.repeat(40_001)}]`), /^line 2: there are more than 20000 members and entries\.$/)
  assert.match(await refusal(Array.from({ length: 20_001 }, (_, at) => `k${at}: `).join('\n')), /more than 20000 members/)
  assert.match(await refusal(`- &a 1\n${'- *a\n'.repeat(1_001)}`), /^line 1002: there are more than 1000 aliases\.$/)
  const many = Array.from({ length: 10 }, (_, at) => `- &a${at} [${'1,'.repeat(100)}]\n${`- *a${at}\n`.repeat(40)}`).join('')
  assert.match(await refusal(many), /more than 20000 members/)
  const deep = Array.from({ length: 4 }, (_, at) => `- &a${at + 1} ${'['.repeat(24)}*a${at}${']'.repeat(24)}\n`).join('')
  assert.match(await refusal(`- &a0 [1]\n${deep}`), /nested deeper than 32 levels/)
})
