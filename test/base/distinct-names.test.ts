import assert from 'node:assert/strict'
import test from 'node:test'
import { DistinctNames } from '../../src/base/distinct-names.ts'

const take = (distinct: DistinctNames, name: string): string => distinct.take(name, (number) => `${name}-${number}`)

test('names that occur again are numbered, past those that are taken already', () => {
  const distinct = new DistinctNames((name) => name.toLowerCase())
  const names = ['a', 'a-2', 'A', 'a', 'b', 'a-2', 'a-2-2', 'b']
  assert.deepEqual(
    names.map((name) => take(distinct, name)),
    ['a', 'a-2', 'A-3', 'a-4', 'b', 'a-2-2', 'a-2-2-2', 'b-2'],
  )
})

test('many of one name take as many steps, however they are mixed', () => {
  for (const kinds of [1, 2, 100]) {
    const distinct = new DistinctNames()
    const taken = Array.from({ length: 20_000 }, (_, at) => take(distinct, `n${at % kinds}`))
    assert.equal(new Set(taken).size, taken.length)
    assert.ok(distinct.steps <= 2 * taken.length, `${distinct.steps} steps`)
  }
})
