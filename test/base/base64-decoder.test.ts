/** Base64 in pieces is taken and refused as it is at once, wherever it is cut. */
import assert from 'node:assert/strict'
import { randomBytes, randomInt } from 'node:crypto'
import test from 'node:test'
import { decodeBase64 } from '../../src/base/base64.ts'
import { Base64Decoder } from '../../src/base/base64-decoder.ts'

function inPieces(text: string): Buffer {
  const decoder = new Base64Decoder('data')
  const parts: Buffer[] = []
  for (let at = 0; at < text.length; ) {
    const length = randomInt(1, 9)
    parts.push(decoder.push(text.slice(at, at + length)))
    at += length
  }
  parts.push(decoder.end())
  return Buffer.concat(parts)
}

test('what is decoded in pieces is what is decoded at once, and what is refused is refused with the same words', () => {
  for (let length = 0; length < 60; length++) {
    const bytes = randomBytes(length)
    const text = bytes.toString('base64')
    assert.deepEqual(inPieces(text), bytes)
    assert.deepEqual(inPieces(text.replace(/(.{7})/g, '$1\r\n')), bytes)
    const at = randomInt(0, text.length + 1)
    for (const wrong of ['-', '=', ' ', 'é', 'A', '====', '=A'].map((extra) => text.slice(0, at) + extra + text.slice(at))) {
      const outcome = (decode: (text: string) => Buffer): unknown => {
        try {
          return decode(wrong)
        } catch (error) {
          return error instanceof Error ? error.message : error
        }
      }
      assert.deepEqual(
        outcome(inPieces),
        outcome((text) => decodeBase64(text, 'data')),
        JSON.stringify(wrong),
      )
    }
  }
})
