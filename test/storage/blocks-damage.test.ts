/** Damaged blocks are told, whatever the damage: never a crash, an endless loop, or other values. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import test from 'node:test'
import { crc32 } from 'node:zlib'
import { DamagedBlock } from '../../src/storage/engine/blocks/block.ts'
import { encodeNumbers, NumberBlock } from '../../src/storage/engine/blocks/number-block.ts'
import { decodeTexts, encodeTexts } from '../../src/storage/engine/blocks/text-block.ts'
import { createRandom, series } from '../support/blocks-data.ts'

const { times, values } = series(600, createRandom(1))
const texts = Array.from(times.regular, (_, index) => `line ${index % 50} of the log`)

const blocks: Record<string, { data: Uint8Array; read: (data: Uint8Array) => unknown }> = {
  'a jittered walk': { data: encodeNumbers(times.jitter, values.walk).data, read: readNumbers },
  'floats that come when they come': { data: encodeNumbers(times.arrivals, values.floats).data, read: readNumbers },
  'states with gaps': { data: encodeNumbers(times.gaps, values.states).data, read: readNumbers },
  'rounded noise': { data: encodeNumbers(times.regular, values.noise).data, read: readNumbers },
  'one value': { data: encodeNumbers(times.regular.slice(0, 1), values.walk.slice(0, 1)).data, read: readNumbers },
  texts: { data: encodeTexts(times.jitter, texts).data, read: decodeTexts },
}

function readNumbers(data: Uint8Array): void {
  const block = NumberBlock.open(data)
  block.decode()
  for (let segment = 0; segment < block.segments; segment++) block.summary(segment)
  block.check()
}

/** With a checksum that is right again, as an ill-meaning writer would leave it. */
function seal(data: Uint8Array): Uint8Array {
  const sealed = data.slice()
  new DataView(sealed.buffer).setUint32(data.length - 4, crc32(data.subarray(0, -4)), true)
  return sealed
}

for (const [name, { data, read }] of Object.entries(blocks)) {
  test(`${name}: every damaged byte is told`, () => {
    for (let index = 0; index < data.length; index++) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = data.slice()
        damaged[index] = (damaged[index] ?? 0) ^ flip
        assert.throws(() => read(damaged), DamagedBlock)
      }
    }
  })

  test(`${name}: every cut is told, and bytes too many`, () => {
    for (let length = 0; length < data.length; length++) assert.throws(() => read(data.slice(0, length)), DamagedBlock)
    assert.throws(() => read(Uint8Array.from([...data, 0])), DamagedBlock)
  })

  test(`${name}: with a right checksum, damages end as well`, () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(data.length - 5), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = data.slice()
        for (const [index, byte] of changes) damaged[index] = byte
        try {
          read(seal(damaged))
        } catch (error) {
          if (!(error instanceof DamagedBlock)) throw error
        }
      }),
      { numRuns: 500 },
    )
  })
}

test('garbage is told', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('N', 'T'), (garbage, kind) => {
      const data = seal(Uint8Array.from([kind.charCodeAt(0), 1, ...garbage, 0, 0, 0, 0]))
      try {
        if (kind === 'N') readNumbers(data)
        else decodeTexts(data)
      } catch (error) {
        if (!(error instanceof DamagedBlock)) throw error
      }
    }),
    { numRuns: 2000 },
  )
})

test('a block of another kind or version is told by name', () => {
  const { data } = encodeNumbers(times.regular, values.walk)
  assert.throws(() => decodeTexts(data), /begins with T/)
  assert.throws(() => NumberBlock.open(encodeTexts(times.regular, texts).data), /begins with N/)
  const newer = data.slice()
  newer[1] = 7
  assert.throws(() => NumberBlock.open(seal(newer)), /version 7/)
})

test('a directory that says something else than the values is told by the check', () => {
  const { data } = encodeNumbers(times.regular, values.walk)
  const right = NumberBlock.open(data)
  let told = 0
  for (let index = 2; index < data.length - 4; index++) {
    const changed = data.slice()
    changed[index] = (changed[index] ?? 0) ^ 1
    try {
      const block = NumberBlock.open(seal(changed))
      const decoded = block.decode()
      if (!decoded.values.every((value, at) => value === values.walk[at] && decoded.times[at] === times.regular[at])) continue
      const isSame = [0, 1].every(
        (segment) => Object.values(right.summary(segment)).join() === Object.values(block.summary(segment)).join(),
      )
      if (isSame) continue
      assert.throws(() => block.check(), DamagedBlock, `byte ${index}`)
      told++
    } catch (error) {
      if (!(error instanceof DamagedBlock)) throw error
    }
  }
  assert.ok(told > 3, `only ${told} changes were of the directory alone`)
})
