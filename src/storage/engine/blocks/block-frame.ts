/** The frame of every block: a letter for its kind, the format's version, and a checksum at the end. */
import { crc32 } from 'node:zlib'
import { BitReader } from './bit-reader.ts'
import { BitWriter } from './bit-writer.ts'
import { BLOCK_VALUES, DamagedBlock } from './block.ts'

/** Version of the format in docs/blocks.md. */
export const FORMAT_VERSION = 1
const CHECKSUM_BYTES = 4

export type BlockKind = 'N' | 'T'

/** A writer that has already written the beginning of a block. */
export function beginBlock(kind: BlockKind, count: number): BitWriter {
  const writer = new BitWriter()
  writer.byte(kind.charCodeAt(0))
  writer.byte(FORMAT_VERSION)
  writer.unsigned(count)
  return writer
}

export function endBlock(writer: BitWriter): Uint8Array {
  writer.uint32(crc32(writer.written()))
  return writer.finish()
}

/** Checks kind, version and checksum. @throws DamagedBlock */
export function openBlock(kind: BlockKind, data: Uint8Array): { reader: BitReader; count: number } {
  const end = data.length - CHECKSUM_BYTES
  if (end < 3) throw new DamagedBlock(`A block of ${data.length} bytes is cut off`)
  if (data[0] !== kind.charCodeAt(0))
    throw new DamagedBlock(`A block of ${kind === 'N' ? 'numbers' : 'texts'} begins with ${kind}, this one with byte ${data[0]}`)
  if (data[1] !== FORMAT_VERSION)
    throw new DamagedBlock(`The block is of format version ${data[1]}, only version ${FORMAT_VERSION} is known`)
  const checksum = new DataView(data.buffer, data.byteOffset + end, CHECKSUM_BYTES).getUint32(0, true)
  if (crc32(data.subarray(0, end)) !== checksum) throw new DamagedBlock('The checksum of the block is wrong')
  const reader = new BitReader(data, 2, end)
  const count = reader.unsigned()
  if (count < 1 || count > BLOCK_VALUES) throw new DamagedBlock(`A block can't hold ${count} values`)
  return { reader, count }
}

/** Checks that nothing follows the last part. @throws DamagedBlock */
export function closeBlock(reader: BitReader): void {
  if (!reader.atEnd()) throw new DamagedBlock('There is something behind the last part of the block')
}
