/** A page of a sorted list, without sorting all of it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { sortedSlice } from '../../src/base/long-lists.ts'
import { Turns } from '../../src/base/turns.ts'

/** Repeatable. */
function* numbers(seed: number): Generator<number> {
  for (let at = seed; ; ) yield (at = (at * 48_271) % 2_147_483_647)
}

test('a slice is what it would be of the sorted list, with equal items in their order', async () => {
  const turns = new Turns()
  for (const [length, distinct] of [
    [0, 1],
    [1, 1],
    [300, 300],
    [5_000, 5_000],
    [5_000, 7],
    [5_000, 1],
  ] as const) {
    const random = numbers(length + distinct)
    const list = Array.from({ length }, (_, at) => ({ key: Number(random.next().value) % distinct, at }))
    const sorted = list.toSorted((a, b) => a.key - b.key)
    for (const [start, end] of [
      [0, 10],
      [100, 200],
      [4_950, 5_050],
      [0, 5_000],
      [6_000, 6_100],
    ] as const)
      assert.deepEqual(await sortedSlice(turns, list, (a, b) => a.key - b.key, start, end), sorted.slice(start, end))
  }
})
