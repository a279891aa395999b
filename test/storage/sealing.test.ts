/** The small parts that sealing and reading blocks rest on. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { SEGMENT_VALUES } from '../../src/storage/engine/blocks/block.ts'
import { encodeNumbers, NumberBlock } from '../../src/storage/engine/blocks/number-block.ts'
import { segmentsOf } from '../../src/storage/engine/sealed-values.ts'
import { seal } from '../../src/storage/engine/sealing.ts'

test('the segments of a range are those that a look at each of them finds', () => {
  const count = 7 * SEGMENT_VALUES + 100
  const times = Float64Array.from({ length: count }, (_, at) => at * 10)
  const block = NumberBlock.open(encodeNumbers(times, times).data)
  const bound = fc.option(fc.integer({ min: -50, max: count * 10 + 50 }), { nil: undefined })
  const edge = fc.option(
    fc.integer({ min: 0, max: block.segments }).map((segment) => segment * SEGMENT_VALUES * 10 - 5),
    { nil: undefined },
  )
  fc.assert(
    fc.property(fc.oneof(bound, edge), fc.oneof(bound, edge), (start, end) => {
      const inside = Array.from({ length: block.segments }, (_, segment) => segment).filter(
        (segment) => block.summary(segment).last >= (start ?? -Infinity) && block.summary(segment).first <= (end ?? Infinity),
      )
      const [from, to] = segmentsOf(block, { start, end })
      assert.deepEqual(
        Array.from({ length: to - from }, (_, at) => from + at),
        inside,
      )
    }),
  )
})

test('only a block whose bytes are wrong counts as damaged; any other failure fails the sealing', () => {
  const { data } = encodeNumbers(Float64Array.of(1, 2), Float64Array.of(3, 4))
  const job = { times: Float64Array.of(5), values: Float64Array.of(6), isText: false, isTail: true }
  assert.ok('blocks' in seal({ ...job, under: [data] }))
  const broken = data.slice()
  broken[broken.length - 1] = (broken[broken.length - 1] ?? 0) ^ 1
  const result = seal({ ...job, under: [data, broken] })
  assert.ok('damaged' in result && result.damaged === 1 && result.damage !== '')
  // As when memory runs out: nothing is wrong with the block.
  const unreadable = new Proxy(data, {
    get: () => {
      throw new RangeError('Array buffer allocation failed')
    },
  })
  assert.throws(() => seal({ ...job, under: [unreadable] }), RangeError)
})
