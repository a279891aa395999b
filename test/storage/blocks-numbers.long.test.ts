/** Blocks of numbers give back what they were made of, to the bit, and say what is in them without being decoded. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { BLOCK_VALUES, SEGMENT_VALUES } from '../../src/storage/engine/blocks/block.ts'
import { encodeNumbers, NumberBlock } from '../../src/storage/engine/blocks/number-block.ts'
import { bitsOf, createRandom, readVegaColumns, series, START } from '../support/blocks-data.ts'

function checkRoundTrip(times: Float64Array, values: Float64Array): Uint8Array {
  const { data, summary } = encodeNumbers(times, values)
  const block = NumberBlock.open(data)
  block.check()
  const decoded = block.decode()
  assert.equal(block.count, times.length)
  assert.deepEqual(decoded.times, times)
  assert.deepEqual(bitsOf(decoded.values), bitsOf(values))
  checkSummary(summary, times, values)
  for (let segment = 0; segment < block.segments; segment++) {
    const from = segment * SEGMENT_VALUES
    checkSummary(block.summary(segment), times.subarray(from, from + SEGMENT_VALUES), values.subarray(from, from + SEGMENT_VALUES))
  }
  return data
}

function checkSummary(summary: ReturnType<NumberBlock['summary']>, times: Float64Array, values: Float64Array): void {
  const sum = values.reduce((total, value) => total + value, 0)
  const size = values.reduce((total, value) => total + Math.abs(value), 0)
  assert.ok(summary.sum === sum || Math.abs(summary.sum - sum) <= size * 1e-12, `sum ${summary.sum} instead of ${sum}`)
  assert.deepEqual(
    { first: summary.first, last: summary.last, count: summary.count, min: summary.min + 0, max: summary.max + 0 },
    {
      first: times[0],
      last: times.at(-1),
      count: times.length,
      min: values.reduce((a, b) => Math.min(a, b)) + 0,
      max: values.reduce((a, b) => Math.max(a, b)) + 0,
    },
  )
  assert.ok(Object.is(summary.firstValue, values[0]) && Object.is(summary.lastValue, values.at(-1)))
}

const anyTime = fc.oneof(
  fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
  fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 }),
  fc.integer({ min: 0, max: 100 }).map((step) => START + step * 1_000_000),
  fc.integer({ min: 0, max: 100_000 }).map((offset) => START + offset),
)
const anyTimes = fc.uniqueArray(anyTime, { minLength: 1, maxLength: 40 }).map((times) => Float64Array.from(times).sort())
const anyValue = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(
    0,
    -0,
    5e-324,
    -5e-324,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
    2 ** 53,
    1e21,
    1e22,
    1e23,
    0.1 + 0.2,
    2.2250738585072014e-308,
  ),
  fc.integer({ min: -3000, max: 3000 }).map((value) => value / 100),
  fc.integer({ min: -3000, max: 3000 }).map((value) => value / 16),
  fc.maxSafeInteger(),
)
/** Of one kind throughout, or of several. */
const anyValues = fc.oneof(
  fc.array(anyValue, { minLength: 40, maxLength: 40 }),
  fc
    .array(fc.integer({ min: -3000, max: 3000 }), { minLength: 40, maxLength: 40 })
    .chain((integers) => fc.constantFrom(1, 10, 100, 1000, 1e9, 16, 1 / 625).map((power) => integers.map((integer) => integer / power))),
  fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 40, maxLength: 40 }),
  anyValue.map((value) => new Array<number>(40).fill(value)),
  fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 40, maxLength: 40 }),
)

test('any times and values come back to the bit', () => {
  fc.assert(
    fc.property(anyTimes, anyValues, (times, values) => {
      checkRoundTrip(times, Float64Array.from(values.slice(0, times.length)))
    }),
    { numRuns: 1500 },
  )
})

test('long series of every kind come back, on every kind of times', () => {
  const random = createRandom(1)
  for (const count of [1, 2, 3, SEGMENT_VALUES, SEGMENT_VALUES + 1, 1300]) {
    for (const times of Object.values(series(count, random).times))
      for (const values of Object.values(series(count, random).values)) checkRoundTrip(times, values)
  }
})

test('a full block comes back', () => {
  const { times, values } = series(BLOCK_VALUES, createRandom(2))
  checkRoundTrip(times.jitter, values.walk)
  checkRoundTrip(times.arrivals, values.floats)
})

test('generated stretches put together come back', () => {
  const anySeed = fc.integer()
  const anyParts = fc.array(fc.tuple(fc.nat(1000), fc.nat(1000), fc.integer({ min: 1, max: 700 })), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(anySeed, anyParts, (seed, parts) => {
      const random = createRandom(seed)
      const times: number[] = []
      const values: number[] = []
      for (const [timeKind, valueKind, count] of parts) {
        const all = series(count, random)
        const ofTimes = Object.values(all.times)
        const ofValues = Object.values(all.values)
        const part = ofTimes[timeKind % ofTimes.length] ?? all.times.regular
        const offset = times.length === 0 ? 0 : (times.at(-1) ?? 0) - (part[0] ?? 0) + 1 + Math.floor(random() * 1e9)
        times.push(...part.map((time) => time + offset))
        values.push(...(ofValues[valueKind % ofValues.length] ?? all.values.walk))
      }
      checkRoundTrip(Float64Array.from(times), Float64Array.from(values))
    }),
    { numRuns: 60 },
  )
})

test('dense stretches with long gaps, and large numbers with small ones, come back', () => {
  const random = createRandom(6)
  const anySize = fc.integer({ min: 0, max: 52 })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 520 }), anySize, anySize), { minLength: 1, maxLength: 6 }), (parts) => {
      const times = [-(2 ** 52)]
      const values = [0]
      for (const [count, timeSize, valueSize] of parts) {
        for (let index = 0; index < count; index++) {
          const time = (times.at(-1) ?? 0) + 1 + Math.floor(random() * 2 ** timeSize)
          if (time > Number.MAX_SAFE_INTEGER) break
          times.push(time)
          values.push(Math.floor((random() - 0.5) * 2 ** valueSize))
        }
      }
      checkRoundTrip(Float64Array.from(times), Float64Array.from(values))
    }),
    { numRuns: 150 },
  )
})

test('every numeric column of vega-datasets comes back', () => {
  const columns = readVegaColumns()
  assert.ok(columns.length > 100, `found only ${columns.length}`)
  for (const { values } of columns) checkRoundTrip(series(values.length, createRandom(values.length)).times.jitter, values)
})

test('a segment is decoded alone, into place, and found by time', () => {
  const { times, values } = series(1300, createRandom(3))
  const block = NumberBlock.open(encodeNumbers(times.gaps, values.walk).data)
  assert.equal(block.segments, 3)
  assert.deepEqual(block.decode(1, 3), { times: times.gaps.slice(512), values: values.walk.slice(512) })
  assert.deepEqual(block.decode(2, 2), { times: new Float64Array(), values: new Float64Array() })
  const [intoTimes, intoValues] = [new Float64Array(600), new Float64Array(600)]
  assert.equal(block.decodeInto(1, 2, intoTimes, intoValues, 88), 512)
  assert.deepEqual(intoTimes.slice(88), times.gaps.slice(512, 1024))
  assert.deepEqual(intoValues.slice(88), values.walk.slice(512, 1024))
  assert.throws(() => block.decodeInto(1, 2, intoTimes, intoValues, 89), RangeError)
  for (const [index, time] of times.gaps.entries()) {
    assert.equal(block.find(time), Math.floor(index / SEGMENT_VALUES))
    assert.equal(block.find(time + 1), index === 1299 ? 3 : Math.floor((index + 1) / SEGMENT_VALUES))
  }
  assert.equal(block.find(-Infinity), 0)
})

test('sums of decimals are exact', () => {
  const values = new Float64Array(1000).fill(0.1)
  const { summary, data } = encodeNumbers(series(1000, createRandom(4)).times.regular, values)
  assert.equal(summary.sum, 100)
  assert.equal(NumberBlock.open(data).summary(0).sum, 51.2)
})

test('what cannot be a block is refused', () => {
  assert.throws(() => encodeNumbers(new Float64Array(), new Float64Array()), RangeError)
  assert.throws(() => encodeNumbers(new Float64Array(2), new Float64Array(1)), RangeError)
  assert.throws(() => encodeNumbers(new Float64Array(BLOCK_VALUES + 1), new Float64Array(BLOCK_VALUES + 1)), RangeError)
})

test('blocks are small', () => {
  const count = 10_000
  const { times, values } = series(count, createRandom(5))
  const size = (ofTimes: Float64Array, ofValues: Float64Array): number => encodeNumbers(ofTimes, ofValues).data.length / count
  const most = (limit: number, bytes: number): void => assert.ok(bytes <= limit, `${bytes} bytes a value, more than ${limit}`)
  most(1.33, size(times.jitter, values.walk))
  most(0.6, size(times.regular, values.walk))
  most(0.02, size(times.regular, values.constant))
  most(8, size(times.regular, values.floats))
  most(0.03, size(times.regular, values.states))
  most(0.03, size(times.regular, values.counter))
  most(0.2, size(times.gaps, values.constant))
  most(17, size(times.arrivals, values.bits))
  most(80, encodeNumbers(times.jitter.slice(0, 1), values.walk.slice(0, 1)).data.length)
})
