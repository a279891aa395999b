import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { BitReader } from './bit-reader.ts'
import { BitWriter } from './bit-writer.ts'
import { BLOCK_VALUES, countSegments, DamagedBlock, type EncodedTexts, SEGMENT_VALUES } from './block.ts'
import { beginBlock, closeBlock, endBlock, openBlock } from './block-frame.ts'
import { openTimes, writeTimes } from './time-column.ts'

const PLAIN = 0
const DEFLATED = 1
/** Bodies larger than this are not inflated. */
const LARGEST_BODY = 2 ** 30

/**
 * Encodes distinct texts once each, in order of first appearance, then the index of each value's text; deflated if that is smaller.
 * @param times strictly ascending safe integers, 1 to BLOCK_VALUES of them
 * @param texts well-formed, one for each time
 */
export function encodeTexts(times: Float64Array, texts: readonly string[]): EncodedTexts {
  if (times.length !== texts.length) throw new RangeError(`There are ${times.length} times, but ${texts.length} texts`)
  if (times.length < 1 || times.length > BLOCK_VALUES) throw new RangeError(`A block holds 1 to ${BLOCK_VALUES} texts, not ${times.length}`)
  const writer = beginBlock('T', times.length)
  writeTimes(writer, times)
  const body = writeBody(texts)
  const deflated = deflateRawSync(body, { level: constants.Z_BEST_COMPRESSION })
  const isSmaller = deflated.length < body.length
  writer.byte(isSmaller ? DEFLATED : PLAIN)
  writer.unsigned(body.length)
  writer.append(isSmaller ? deflated : body)
  return { first: times[0] ?? 0, last: times.at(-1) ?? 0, count: times.length, data: endBlock(writer) }
}

function writeBody(texts: readonly string[]): Uint8Array {
  const indexes = new Map<string, number>()
  for (const text of texts) if (!indexes.has(text)) indexes.set(text, indexes.size)
  const distinct = [...indexes.keys()].map((text) => Buffer.from(text, 'utf8'))
  const writer = new BitWriter()
  writer.unsigned(distinct.length)
  for (const bytes of distinct) writer.unsigned(bytes.length)
  // If all texts differ, each one's index is its own position.
  if (distinct.length < texts.length) for (const text of texts) writer.unsigned(indexes.get(text) ?? 0)
  for (const bytes of distinct) writer.append(bytes)
  return writer.finish()
}

/** @throws DamagedBlock */
export function decodeTexts(data: Uint8Array): { times: Float64Array; texts: string[] } {
  const { reader, count } = openBlock('T', data)
  const column = openTimes(reader, count)
  const kind = reader.byte()
  if (kind > DEFLATED) throw new DamagedBlock(`There are no texts of kind ${kind}`)
  const length = reader.unsigned()
  if (length > LARGEST_BODY) throw new DamagedBlock(`Texts can't have ${length} bytes`)
  const packed = data.subarray(reader.position, data.length - 4)
  reader.skip(packed.length)
  closeBlock(reader)
  const times = new Float64Array(count)
  for (let segment = 0; segment < countSegments(count); segment++) column.decode(segment, times, segment * SEGMENT_VALUES)
  const body = kind === PLAIN ? packed : inflate(packed, length)
  if (body.length !== length) throw new DamagedBlock(`Texts have ${body.length} bytes instead of ${length}`)
  return { times, texts: readBody(body, count) }
}

function inflate(packed: Uint8Array, length: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(length, 1) })
  } catch (error) {
    throw new DamagedBlock(`Texts can't be inflated: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readBody(body: Uint8Array, count: number): string[] {
  const reader = new BitReader(body, 0, body.length)
  const distinct = reader.unsigned()
  if (distinct < 1 || distinct > count) throw new DamagedBlock(`${count} values can't have ${distinct} texts`)
  const lengths = Array.from({ length: distinct }, () => reader.unsigned())
  const indexes = distinct < count ? Array.from({ length: count }, () => reader.unsigned()) : undefined
  const whole = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const texts = lengths.map((length) => {
    const from = reader.skip(length)
    return whole.toString('utf8', from, from + length)
  })
  closeBlock(reader)
  if (indexes === undefined) return texts
  return indexes.map((index) => {
    const text = texts[index]
    if (text === undefined) throw new DamagedBlock(`There is no text number ${index}`)
    return text
  })
}
