/** Small files that hold, or claim to hold, huge ones: pictures and spreadsheets. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { crc32, deflateRawSync, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { Conversions } from '../../src/content/spreadsheets.ts'
import { Helper, HelperEnded } from '../../src/content/helper.ts'
import { requireReadable } from '../../src/content/picture-limits.ts'
import { Problem } from '../../src/content/problem.ts'
import { Thumbnails } from '../../src/content/thumbnails.ts'
import { unfoldZip } from '../../src/content/zip.ts'
import { unzip } from '../support/zip.ts'

/** A PNG of one colour, whatever its size. */
function png(width: number, height: number, { depth = 8, isInterlaced = false } = {}): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, 2, 0, 0, isInterlaced ? 1 : 0], 8)
  const row = 1 + (width * 3 * depth) / 8
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(Math.min(row * height, 1_000_000)), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

test('pictures with a huge side, huge as a whole, or interlaced and large get no thumbnail; ordinary ones do', async (t) => {
  const helper = new Helper()
  t.after(() => helper.stop())
  const thumbnails = new Thumbnails(helper)
  for (const [picture, reason] of [
    [png(5_900_000, 1), /5900000 × 1 pixels, where a side may have 16384/],
    [png(16_000, 16_000), /unfolds to 768000000 bytes/],
    [png(7_700, 7_700, { depth: 16, isInterlaced: true }), /unfolds to/],
    [png(5_000, 5_000, { isInterlaced: true }), /interlaced or progressive/],
  ] as const)
    await assert.rejects(thumbnails.make(picture, 120), reason)
  const photo = await sharp({ create: { width: 4_000, height: 3_000, channels: 3, background: '#884422' } })
    .jpeg()
    .toBuffer()
  const { width, height, data } = await thumbnails.make(photo, 120)
  assert.deepEqual([width, height, data[0], data[1]], [120, 90, 0xff, 0xd8])
  // Phones make 50 megapixels, progressive ones some of the web's.
  assert.doesNotThrow(() => requireReadable({ width: 8_160, height: 6_144, channels: 3, depth: 'uchar' }))
  assert.doesNotThrow(() => requireReadable({ width: 4_000, height: 3_000, channels: 3, depth: 'uchar', isProgressive: true }))
})

interface Faked {
  localMethod?: number
  localFlags?: number
  localSize?: number
  size?: number
  name?: string
}

function zipOf(content: Buffer, { localMethod = 8, localFlags = 0, localSize, size = content.length, name = 'a.xml' }: Faked = {}): Buffer {
  const packed = deflateRawSync(content)
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(localFlags, 6)
  local.writeUInt16LE(localMethod, 8)
  local.writeUInt32LE(packed.length, 18)
  local.writeUInt32LE(localSize ?? size, 22)
  local.writeUInt16LE(name.length, 26)
  const central = Buffer.alloc(46)
  central.writeUInt32LE(0x02014b50, 0)
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(packed.length, 20)
  central.writeUInt32LE(size, 24)
  central.writeUInt16LE(5, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(51, 12)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from('a.xml'), end])
}

test('a zip whose table and parts disagree is refused; an honest one comes back as it is, unfolded once', () => {
  const content = Buffer.from('<a/>'.repeat(1_000))
  assert.deepEqual([...unzip(unfoldZip(zipOf(content)))], [['a.xml', content]])
  const sound = zipOf(content)
  const liars: readonly Buffer[] = [
    zipOf(content, { localMethod: 0 }),
    zipOf(content, { localFlags: 1 }),
    zipOf(content, { localSize: 1 }),
    zipOf(content, { name: 'b.xml' }),
    zipOf(content, { size: content.length - 1 }),
    zipOf(content, { size: content.length + 1 }),
    // A second table before the one that counts, bytes after the end, and a table that does not end there.
    Buffer.concat([sound.subarray(0, -22), sound.subarray(-22), sound.subarray(-22)]),
    Buffer.concat([sound, Buffer.from('more')]),
    Buffer.concat([sound.subarray(0, -22), Buffer.alloc(3), sound.subarray(-22)]),
  ]
  for (const liar of liars) assert.throws(() => unfoldZip(liar), Problem)
  assert.throws(() => unfoldZip(sound, 3_000), /unfolds to more than/)
  for (let length = 0; length < sound.length; length++) assert.throws(() => unfoldZip(sound.subarray(0, length)), Problem)
})

test('the helper process has a bound on memory and time that holds, and the next task is done all the same', async (t) => {
  const helper = new Helper({ memoryMb: 400 })
  t.after(() => helper.stop())
  const conversions = new Conversions(helper)
  const csv = await conversions.convert({ to: 'xlsx', bytes: Buffer.from('a,b\n1,2\n') }, 'data')
  assert.equal(Buffer.from(await conversions.convert({ to: 'csv', bytes: csv }, 'data')).toString(), 'a,b\n1,2\n')
  // Honest, and within what a spreadsheet may unfold to, but more than this process gets.
  const large = zipOf(Buffer.alloc(190_000_000))
  await assert.rejects(conversions.convert({ to: 'csv', bytes: large }, 'data'), /takes too much memory|can't be converted|allocation/)
  await assert.rejects(
    helper.run({ kind: 'csv' }, large, 20),
    (error) => error instanceof HelperEnded && error.reason === 'time',
    'it takes longer than it may',
  )
  assert.ok((await conversions.convert({ to: 'xlsx', bytes: Buffer.from('a\n') }, 'data')).length > 0)
  // Its memory is its own.
  assert.ok(Number(/VmRSS:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) < 400_000)
})
