/** Blocks of texts give back what they were made of. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { BLOCK_VALUES } from '../../src/storage/engine/blocks/block.ts'
import { decodeTexts, encodeTexts } from '../../src/storage/engine/blocks/text-block.ts'
import { createRandom, series } from '../support/blocks-data.ts'

function checkRoundTrip(times: Float64Array, texts: readonly string[]): number {
  const { data, first, last, count } = encodeTexts(times, texts)
  assert.deepEqual({ first, last, count }, { first: times[0], last: times.at(-1), count: texts.length })
  assert.deepEqual(decodeTexts(data), { times, texts })
  return data.length
}

const { times } = series(BLOCK_VALUES, createRandom(1))
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('', '\0', '\ufeff', '\ufeff\ufeff', 'on', 'off', '\ud83d\ude00', 'e\u0301', '\u00e9'),
)

test('any texts come back', () => {
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 60 }), (texts) => {
      checkRoundTrip(times.jitter.slice(0, texts.length), texts)
    }),
  )
})

test('states, log lines and a full block are small', () => {
  const states = Array.from({ length: 5000 }, (_, index) => (index % 1000 < 990 ? 'idle' : 'measuring'))
  assert.ok(checkRoundTrip(times.regular.slice(0, 5000), states) < 500)
  const lines = Array.from(
    { length: BLOCK_VALUES },
    (_, index) => `pump ${index % 7}: pressure ${(index * 37) % 1000} mbar, valve ${index % 2 === 0 ? 'open' : 'closed'}`,
  )
  assert.ok(checkRoundTrip(times.regular, lines) < BLOCK_VALUES * 8)
})

test('long texts and many different ones come back', () => {
  checkRoundTrip(times.gaps.slice(0, 3), ['ä'.repeat(200_000), '', 'z'.repeat(100_000)])
  checkRoundTrip(
    times.arrivals.slice(0, 2000),
    Array.from({ length: 2000 }, (_, index) => String(index * index)),
  )
})

test('what cannot be a block is refused', () => {
  assert.throws(() => encodeTexts(new Float64Array(), []), RangeError)
  assert.throws(() => encodeTexts(new Float64Array(1), []), RangeError)
})
