/** docs/blocks.md tells the truth: its examples are what is written, byte for byte. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeNumbers, NumberBlock } from '../../src/storage/engine/blocks/number-block.ts'
import { decodeTexts, encodeTexts } from '../../src/storage/engine/blocks/text-block.ts'
import { hexExamples } from '../support/documents.ts'

const examples = hexExamples('docs/blocks.md')
const times = Float64Array.of(0, 10_002, 19_999, 30_001, 50_000, 60_001).map((milliseconds) => 1_760_000_000_000_000 + milliseconds * 1000)

test('the example of numbers', () => {
  const values = Float64Array.of(21.37, 21.38, 21.38, 21.35, 21.37, 21.37)
  const [example = new Uint8Array()] = examples
  assert.equal(Buffer.from(encodeNumbers(times, values).data).toString('hex'), Buffer.from(example).toString('hex'))
  assert.deepEqual(NumberBlock.open(example).decode(), { times, values })
})

test('the example of texts', () => {
  const [, example = new Uint8Array()] = examples
  const texts = ['on', 'off', 'on']
  assert.equal(Buffer.from(encodeTexts(times.slice(0, 3), texts).data).toString('hex'), Buffer.from(example).toString('hex'))
  assert.deepEqual(decodeTexts(example), { times: times.slice(0, 3), texts })
})
