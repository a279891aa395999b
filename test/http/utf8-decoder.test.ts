import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { Utf8Decoder } from '../../daemon/requests/utf8-decoder.ts'

/** What comes out of pieces; undefined when it is refused. */
function decode(pieces: readonly Buffer[], decoder: { decode(piece: Buffer): string; end(): string }): string | undefined {
  try {
    return pieces.map((piece) => decoder.decode(piece)).join('') + decoder.end()
  } catch {
    return undefined
  }
}

function decodeOurs(pieces: readonly Buffer[]): string | undefined {
  const ours = new Utf8Decoder()
  return decode(pieces, {
    decode: (piece) => ours.decode(piece),
    end: () => {
      ours.end()
      return ''
    },
  })
}

function decodeTheirs(pieces: readonly Buffer[]): string | undefined {
  const theirs = new TextDecoder('utf-8', { fatal: true })
  return decode(pieces, { decode: (piece) => theirs.decode(piece, { stream: true }), end: () => theirs.decode() })
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((to, at) => bytes.subarray(edges[at], to))
}

const anyPlaces = fc.array(fc.nat(), { maxLength: 8 })

test('text is the same wherever the network cuts it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 30 }), anyPlaces, (text, places) => {
      const pieces = cut(Buffer.from(text), places)
      assert.equal(decodeOurs(pieces), decodeTheirs(pieces))
    }),
    { numRuns: 1_000 },
  )
})

test('bytes that are no UTF-8 are refused, wherever they are cut', () => {
  const anyByte = fc.constantFrom(
    0x00,
    0x41,
    0x7f,
    0x80,
    0xbf,
    0xc0,
    0xc3,
    0xe2,
    0x82,
    0xac,
    0xed,
    0xa0,
    0xef,
    0xbb,
    0xbf,
    0xf0,
    0x9f,
    0x98,
    0xf4,
    0x90,
    0xf8,
    0xff,
  )
  fc.assert(
    fc.property(fc.array(anyByte, { maxLength: 12 }), anyPlaces, (bytes, places) => {
      const pieces = cut(Buffer.from(bytes), places)
      assert.equal(decodeOurs(pieces), decodeTheirs(pieces))
    }),
    { numRuns: 5_000 },
  )
})
