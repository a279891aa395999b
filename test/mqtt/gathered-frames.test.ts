/** Frames that are gathered leave whole, in their order, and in few pieces. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { GatheredFrames } from '../../daemon/mqtt/gathered-frames.ts'

/** Frames of some lengths, whose bytes count on from one to the next. */
function framesOf(lengths: readonly number[]): Buffer[] {
  let next = 0
  return lengths.map((length) => Buffer.from(Uint8Array.from({ length }, () => next++ & 0xff)))
}

const mixed = Array.from({ length: 3_000 }, (_, n) => [2, 4, 256, 257, 5, 5_000, 1, 100][(n * n + n) % 8] ?? 2)

for (const [what, lengths] of [
  ['nothing', []],
  ['one small frame', [2]],
  ['two small frames', [2, 2]],
  ['frames that fill a piece to its last byte', [256, 256, 256, 256, 512, 2]],
  ['large frames between small ones', [2, 300, 2, 2, 300, 300, 2]],
  ['many of all lengths', mixed],
] as const)
  test(`${what} leave as they came`, () => {
    const frames = framesOf(lengths)
    const gathered = new GatheredFrames()
    for (const frame of frames) gathered.add(frame)
    const all = Buffer.concat(frames)
    assert.equal(gathered.length, all.length)
    assert.ok(Buffer.concat(gathered.take()).equals(all))
    assert.equal(gathered.length, 0)
    assert.deepEqual(gathered.take(), [])
  })

test('a hundred thousand answers of two bytes are some pieces, and a large frame is not copied', () => {
  const gathered = new GatheredFrames()
  for (let n = 0; n < 100_000; n++) gathered.add(Buffer.from([0xd0, 0]))
  const large = Buffer.alloc(5_000)
  gathered.add(large)
  const pieces = gathered.take()
  assert.ok(pieces.length < 30, `${pieces.length} pieces`)
  assert.equal(pieces.at(-1), large)
})
