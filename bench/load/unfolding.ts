/** Small files that say of themselves, or are, much more than they are. */
import { crc32, deflateRawSync, deflateSync } from 'node:zlib'

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type), data])
  const framed = Buffer.alloc(named.length + 8)
  framed.writeUInt32BE(data.length, 0)
  named.copy(framed, 4)
  framed.writeUInt32BE(crc32(named), named.length + 4)
  return framed
}

/** @param bytes of the rows, unpacked, which are all zero */
function picture(width: number, height: number, [depth, colour, interlaced]: readonly [number, number, number], bytes: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([depth, colour, 0, 0, interlaced], 8)
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(bytes))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** 59,000,000 × 1 pixels. */
export const widePicture = (): Buffer => picture(59_000_000, 1, [8, 0, 0], 59_000_001)

/** 7,700 × 7,700 pixels of 16 bits, as Adam7 has them. */
export const interlacedPicture = (): Buffer => picture(7_700, 7_700, [16, 0, 1], 7_700 * 7_700 * 2 + 20_000)

/** A zip whose table says that a sheet is stored, where it unfolds to 200 MB. */
export function lyingWorkbook(): Buffer {
  const part = deflateRawSync(Buffer.alloc(200_000_000, 0x20))
  const name = Buffer.from('xl/worksheets/sheet1.xml')
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(8, 8)
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  for (const [header, sizes, names] of [
    [local, 18, 26],
    [entry, 20, 28],
  ] as const) {
    header.writeUInt32LE(part.length, sizes)
    header.writeUInt32LE(part.length, sizes + 4)
    header.writeUInt16LE(name.length, names)
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(entry.length + name.length, 12)
  end.writeUInt32LE(local.length + name.length + part.length, 16)
  return Buffer.concat([local, name, part, entry, name, end])
}
