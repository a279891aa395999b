/** How many resources stay in memory follows the machine. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { keptLimit } from '../../src/tree/kept-limit.ts'

test('a large machine keeps more resources in memory, a small one no fewer than a lab needs, the largest not all', () => {
  const gigabytes = [0, 0.5, 1, 4, 8, 64, 1_024]
  assert.deepEqual(
    gigabytes.map((memory) => keptLimit(memory * 1024 ** 3)),
    [20_000, 20_000, 20_000, 80_000, 160_000, 200_000, 200_000],
  )
  const here = keptLimit()
  assert.ok(here >= 20_000 && here <= 200_000, String(here))
})
