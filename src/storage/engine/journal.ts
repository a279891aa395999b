/**
 * The journal's records, as docs/journal.md describes them. One holds the values of a commit, packed in order of arrival.
 * Little-endian, 8-byte aligned:
 *
 *     uint32  kind: 3, or 1 without a checksum
 *     uint32  N, how many values of numeric sequences
 *     uint32  M, how many values of text sequences
 *     uint32  CRC-32 of everything else; 0 in a record of the kind 1
 *     float64 × N  times, microseconds since 1970
 *     float64 × N  values
 *     float64 × M  times of texts
 *     uint32  × N  ids of sequences
 *     uint32  × M  ids of sequences of texts
 *     uint32  × M  lengths of texts, in bytes
 *     UTF-8 of the texts, one after the other
 *
 * Another records that values were removed from a sequence: uint32 4, a CRC-32 of everything else, then a {@link Removal} as JSON in
 * UTF-8. In one of the kind 2 there is no checksum. The kinds 1 and 2 are those of earlier versions, which wrote no checksums.
 */
import { crc32 } from 'node:zlib'
import type { Micros } from '../../base/time.ts'
import type { AppendRow, AppendRows, Condition, SequenceRef } from '../sequence-store.ts'

const [VALUES, REMOVAL, CHECKED_VALUES, CHECKED_REMOVAL] = [1, 2, 3, 4] as const
const HEADER = 16
/** Where the checksum stands in a record of values, and in one of a removal. */
const [VALUES_CHECKSUM, REMOVAL_CHECKSUM] = [12, 4] as const

/** Thrown when a record is not what was written; the message says what is wrong. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord'
}

/** Removes all values of a range, both ends included, that meet the conditions. */
export interface Removal {
  readonly sequence: SequenceRef
  readonly start: Micros
  readonly end: Micros
  readonly where: readonly Condition[]
}

/** Receives what a record holds, in the record's order. */
export interface RecordReader {
  value(row: AppendRow): void
  removal(removal: Removal): void
}

export function packRemoval(removal: Removal): Uint8Array {
  const json = Buffer.from(JSON.stringify(removal))
  const record = new Uint8Array(8 + json.length)
  record[0] = CHECKED_REMOVAL
  record.set(json, 8)
  return withChecksum(record, REMOVAL_CHECKSUM)
}

/** CRC-32 of a record without the four bytes of the checksum itself. */
const checksumOf = (record: Uint8Array, at: number): number => crc32(record.subarray(at + 4), crc32(record.subarray(0, at)))

const viewOf = (record: Uint8Array): DataView => new DataView(record.buffer, record.byteOffset, record.byteLength)

function withChecksum(record: Uint8Array, at: number): Uint8Array {
  viewOf(record).setUint32(at, checksumOf(record, at), true)
  return record
}

/** Packs rows; numbers keep their order, and so do texts. */
export function packRecord(batch: readonly AppendRows[]): Uint8Array {
  let [numbers, textCount, textBytes] = [0, 0, 0]
  const texts: Buffer[] = []
  const addText = (value: string): void => {
    const text = Buffer.from(value)
    texts.push(text)
    textCount++
    textBytes += text.length
  }
  for (const rows of batch) {
    if (rows.runs) {
      for (const { values } of rows.runs) {
        if (values instanceof Float64Array) numbers += values.length
        else for (const text of values) addText(text)
      }
      continue
    }
    for (let row = 0; row < rows.length; row++) {
      if (!rows.sequence(row).isText) numbers++
      else addText(String(rows.value(row)))
    }
  }
  const record = new ArrayBuffer(HEADER + numbers * 20 + textCount * 16 + textBytes)
  new Uint32Array(record, 0, 4).set([CHECKED_VALUES, numbers, textCount, 0])
  const view = viewRecord(record, numbers, textCount)
  let [number, text] = [0, 0]
  for (const rows of batch) {
    if (rows.runs) {
      for (const { sequence, times, values } of rows.runs) {
        if (values instanceof Float64Array) {
          view.times.set(times, number)
          view.values.set(values, number)
          view.ids.fill(sequence.id, number, (number += times.length))
        } else {
          for (const time of times) {
            view.textTimes[text] = time
            view.textLengths[text] = texts[text]?.length ?? 0
            view.textIds[text++] = sequence.id
          }
        }
      }
      continue
    }
    for (let row = 0; row < rows.length; row++) {
      const sequence = rows.sequence(row)
      if (!sequence.isText) {
        view.times[number] = rows.time(row)
        view.values[number] = rows.value(row) as number
        view.ids[number++] = sequence.id
      } else {
        view.textTimes[text] = rows.time(row)
        view.textLengths[text] = texts[text]?.length ?? 0
        view.textIds[text++] = sequence.id
      }
    }
  }
  let at = view.textsAt
  const bytes = new Uint8Array(record)
  for (const content of texts) {
    bytes.set(content, at)
    at += content.length
  }
  return withChecksum(bytes, VALUES_CHECKSUM)
}

/**
 * Passes what a record holds to the reader, numbers before texts; nothing of a damaged one.
 * @throws DamagedRecord when its checksum is wrong, or it is of an unknown kind or too short
 */
export function unpackRecord(packed: Uint8Array, reader: RecordReader): void {
  // Copy it, since data from the database may lie at any address, and typed arrays need alignment.
  const record = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength) as ArrayBuffer
  const kind = record.byteLength >= 4 ? new DataView(record).getUint32(0, true) : undefined
  if (kind === CHECKED_VALUES) requireChecksum(record, VALUES_CHECKSUM)
  if (kind === CHECKED_REMOVAL) requireChecksum(record, REMOVAL_CHECKSUM)
  if (kind === REMOVAL) reader.removal(parseRemoval(record, 4))
  else if (kind === CHECKED_REMOVAL) reader.removal(parseRemoval(record, REMOVAL_CHECKSUM + 4))
  else if (kind === CHECKED_VALUES || (kind === VALUES && viewHeader(record).checksum === 0)) unpackValues(record, reader)
  else throw new DamagedRecord(`It is of no known kind (${kind}, ${record.byteLength} bytes): it is damaged`)
}

function requireChecksum(record: ArrayBuffer, at: number): void {
  const bytes = new Uint8Array(record)
  if (bytes.length < at + 4) throw new DamagedRecord(`It is damaged: it ends after ${bytes.length} bytes`)
  if (viewOf(bytes).getUint32(at, true) !== checksumOf(bytes, at)) throw new DamagedRecord('It is damaged: its checksum is wrong')
}

function viewHeader(record: ArrayBuffer): { numbers: number; texts: number; checksum: number } {
  const [, numbers = 0, texts = 0, checksum = 0] = record.byteLength >= HEADER ? new Uint32Array(record, 0, 4) : []
  return { numbers, texts, checksum }
}

function parseRemoval(record: ArrayBuffer, from: number): Removal {
  try {
    return JSON.parse(Buffer.from(record, from).toString('utf8')) as Removal
  } catch {
    throw new DamagedRecord('It is damaged: it tells of no removal')
  }
}

function unpackValues(record: ArrayBuffer, reader: RecordReader): void {
  const { numbers, texts } = viewHeader(record)
  if (record.byteLength < HEADER + numbers * 20 + texts * 16)
    throw new DamagedRecord(`It is damaged: ${record.byteLength} bytes can't hold ${numbers} numbers and ${texts} texts`)
  const view = viewRecord(record, numbers, texts)
  const textBytes = view.textLengths.reduce((sum, length) => sum + length, 0)
  if (view.textsAt + textBytes > record.byteLength) throw new DamagedRecord('It is damaged: a text runs past its end')
  const take = (row: AppendRow): void => reader.value(row)
  const number = (id: number): SequenceRef => ({ id, isText: false })
  for (let at = 0; at < numbers; at++) take({ sequence: number(view.ids[at] ?? 0), time: view.times[at] ?? 0, value: view.values[at] ?? 0 })
  let from = view.textsAt
  for (let at = 0; at < texts; at++) {
    const end = from + (view.textLengths[at] ?? 0)
    take({
      sequence: { id: view.textIds[at] ?? 0, isText: true },
      time: view.textTimes[at] ?? 0,
      value: Buffer.from(record, from, end - from).toString('utf8'),
    })
    from = end
  }
}

/** Times that a clock can have shown, in microseconds. */
const [EARLIEST, LATEST] = [-1e16, 1e16]
/** How many sequences of a damaged record are named. */
const MOST_NAMED = 1_000

/** What a damaged record seems to hold, for people who look for what is gone: any of it may be wrong. */
export function guessContent(packed: Uint8Array): { sequences: number[]; first: Micros | undefined; last: Micros | undefined } {
  const record = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength) as ArrayBuffer
  const { numbers, texts } = viewHeader(record)
  const nothing = { sequences: [], first: undefined, last: undefined }
  if (record.byteLength < HEADER + numbers * 20 + texts * 16) return nothing
  const view = viewRecord(record, numbers, texts)
  const ids = new Set<number>()
  for (const list of [view.ids, view.textIds]) for (const id of list) if (ids.size < MOST_NAMED) ids.add(id)
  let [first, last]: [Micros | undefined, Micros | undefined] = [undefined, undefined]
  for (const list of [view.times, view.textTimes])
    for (const time of list) {
      if (!(time > EARLIEST && time < LATEST)) continue
      first = Math.min(first ?? time, time)
      last = Math.max(last ?? time, time)
    }
  return { sequences: [...ids], first, last }
}

interface RecordView {
  times: Float64Array
  values: Float64Array
  textTimes: Float64Array
  ids: Uint32Array
  textIds: Uint32Array
  textLengths: Uint32Array
  textsAt: number
}

function viewRecord(record: ArrayBuffer, numbers: number, texts: number): RecordView {
  let at = HEADER
  const floats = (length: number): Float64Array => {
    const view = new Float64Array(record, at, length)
    at += length * 8
    return view
  }
  const integers = (length: number): Uint32Array => {
    const view = new Uint32Array(record, at, length)
    at += length * 4
    return view
  }
  const [times, values, textTimes] = [floats(numbers), floats(numbers), floats(texts)]
  const [ids, textIds, textLengths] = [integers(numbers), integers(texts), integers(texts)]
  return { times, values, textTimes, ids, textIds, textLengths, textsAt: at }
}
