/** Curves in a terminal, of numbers of any size. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { drawPlot } from '../../commands/support/plot.ts'
import type { Bucket } from '../../src/client/types.ts'
import { formatTimestamp, SECOND } from '../../src/base/time.ts'

const bucketsOf = (values: readonly number[]): Bucket[] =>
  values.map((value, at) => {
    const time = formatTimestamp(1_700_000_000 * SECOND + at * SECOND)
    return { first_timestamp: time, last_timestamp: time, min: value, max: value, mean: value, count: 1 }
  })
/** What is drawn, without the axis of values. */
const curveOf = (values: readonly number[]): string[] =>
  drawPlot(bucketsOf(values), { width: 60, height: 12, title: '' })
    .split('\n')
    .slice(1, -1)
    .map((line) => line.replace(/^.*[│┤]/, '').trimEnd())

test('values whose difference is more than a number can hold make the same curve as small ones', () => {
  const shape = [-1, 1, 0.5, -0.25]
  const small = curveOf(shape)
  assert.ok(small.filter((line) => line !== '').length > 5)
  const huge = shape.map((value) => value * 1.7e308)
  const rows = (lines: readonly string[]): boolean[] => lines.map((line) => line !== '')
  assert.deepEqual(rows(curveOf(huge)), rows(small))
  assert.doesNotMatch(drawPlot(bucketsOf(huge), { width: 60, height: 12, title: '' }), /NaN|Infinity/)
  assert.doesNotMatch(drawPlot(bucketsOf([Number.MAX_VALUE, Number.MAX_VALUE]), { width: 60, height: 12, title: '' }), /NaN|Infinity/)
})
