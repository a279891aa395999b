/** The order of extensions, and why some can't be loaded. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { orderByRequirements, satisfies } from '../../src/extensions/order.ts'

const extension = (name: string, requires: Record<string, string | number> = {}, version = '1.2.3') => ({
  definition: { name, version, requires: { host: 1, ...requires } },
})

const ordered = (...list: ReturnType<typeof extension>[]) => {
  const { order, problems } = orderByRequirements(list, new Set(['broken']))
  return { order: order.map(({ definition }) => definition.name), problems: Object.fromEntries(problems) }
}

test('each comes after those that it requires, otherwise by name', () => {
  const { order, problems } = ordered(extension('a', { c: '1' }), extension('b'), extension('c', { d: '1.2.3' }), extension('d'))
  assert.deepEqual(order, ['d', 'c', 'a', 'b'])
  assert.deepEqual(problems, {})
})

test('circles, missing ones, wrong versions and broken ones are told, and take down those that require them', () => {
  const { order, problems } = ordered(
    extension('a', { b: '1' }),
    extension('b', { c: '1' }),
    extension('c', { a: '1' }),
    extension('above', { a: '1' }),
    extension('lonely', { nobody: '1' }),
    extension('newer', { fine: '1.3' }),
    extension('other', { fine: '2' }),
    extension('upon', { broken: '1' }),
    extension('self', { self: '1' }),
    extension('fine'),
  )
  assert.deepEqual(order, ['fine'])
  assert.match(problems['a'] ?? '', /in a circle: a requires b requires c requires a\.$/)
  assert.equal(problems['b'], problems['a'])
  assert.equal(problems['c'], problems['a'])
  assert.match(problems['above'] ?? '', /requires a, which can't be loaded/)
  assert.match(problems['lonely'] ?? '', /requires nobody, which is not there/)
  assert.match(problems['newer'] ?? '', /requires fine 1\.3 or later of the same first number, and 1\.2\.3 is there/)
  assert.match(problems['other'] ?? '', /requires fine 2 or later/)
  assert.match(problems['upon'] ?? '', /requires broken, which can't be loaded/)
  assert.match(problems['self'] ?? '', /self requires self/)
})

test('a version is enough from the wanted one on, within the same first number', () => {
  for (const [version, least, is] of [
    ['1.2.3', '1', true],
    ['1.2.3', '1.2', true],
    ['1.2.3', '1.2.3', true],
    ['1.2.3', '1.2.4', false],
    ['1.10.0', '1.9', true],
    ['2.0.0', '1.9', false],
    ['0.1.0', '0.2', false],
  ] as const)
    assert.equal(satisfies(version, least), is, `${version} for ${least}`)
})
