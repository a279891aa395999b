/**
 * The journal's records, as docs/journal.md describes them. One holds the values of a commit, packed in order of arrival.
 * Little-endian, 8-byte aligned:
 *
 *     uint32  version (1)
 *     uint32  N, how many values of numeric sequences
 *     uint32  M, how many values of text sequences
 *     uint32  0
 *     float64 × N  times, microseconds since 1970
 *     float64 × N  values
 *     float64 × M  times of texts
 *     uint32  × N  ids of sequences
 *     uint32  × M  ids of sequences of texts
 *     uint32  × M  lengths of texts, in bytes
 *     UTF-8 of the texts, one after the other
 *
 * Another records that values were removed from a sequence: uint32 2, then a {@link Removal} as JSON in UTF-8.
 */
import type { Micros } from '../../base/time.ts'
import type { AppendRow, AppendRows, Condition, SequenceRef } from '../sequence-store.ts'

const VERSION = 1
const REMOVAL = 2
const HEADER = 16

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
  const record = new Uint8Array(4 + json.length)
  record[0] = REMOVAL
  record.set(json, 4)
  return record
}

/** Packs rows; numbers keep their order, and so do texts. */
export function packRecord(batch: readonly AppendRows[]): Uint8Array {
  let [numbers, textCount, textBytes] = [0, 0, 0]
  const texts: Buffer[] = []
  for (const rows of batch) {
    for (let row = 0; row < rows.length; row++) {
      if (!rows.sequence(row).isText) numbers++
      else {
        const text = Buffer.from(String(rows.value(row)))
        texts.push(text)
        textCount++
        textBytes += text.length
      }
    }
  }
  const record = new ArrayBuffer(HEADER + numbers * 20 + textCount * 16 + textBytes)
  new Uint32Array(record, 0, 4).set([VERSION, numbers, textCount, 0])
  const view = viewRecord(record, numbers, textCount)
  let [number, text] = [0, 0]
  for (const rows of batch) {
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
  return bytes
}

/** Passes what a record holds to the reader, numbers before texts. @throws Error when the record is damaged or of an unknown version */
export function unpackRecord(packed: Uint8Array, reader: RecordReader): void {
  // Copy it, since data from the database may lie at any address, and typed arrays need alignment.
  const record = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength) as ArrayBuffer
  const version = record.byteLength >= 4 ? new Uint32Array(record, 0, 1)[0] : undefined
  if (version === REMOVAL) reader.removal(parseRemoval(record))
  else unpackValues(record, reader)
}

function parseRemoval(record: ArrayBuffer): Removal {
  try {
    return JSON.parse(Buffer.from(record, 4).toString('utf8')) as Removal
  } catch {
    throw new Error('a record of the journal is damaged: it tells of no removal')
  }
}

function unpackValues(record: ArrayBuffer, reader: RecordReader): void {
  const take = (row: AppendRow): void => reader.value(row)
  const [version = 0, numbers = 0, texts = 0] = record.byteLength >= HEADER ? new Uint32Array(record, 0, 3) : []
  if (version !== VERSION || record.byteLength < HEADER + numbers * 20 + texts * 16)
    throw new Error(`a record of the journal is damaged: version ${version}, ${record.byteLength} bytes`)
  const view = viewRecord(record, numbers, texts)
  const number = (id: number): SequenceRef => ({ id, isText: false })
  for (let at = 0; at < numbers; at++) take({ sequence: number(view.ids[at] ?? 0), time: view.times[at] ?? 0, value: view.values[at] ?? 0 })
  let from = view.textsAt
  for (let at = 0; at < texts; at++) {
    const end = from + (view.textLengths[at] ?? 0)
    if (end > record.byteLength) throw new Error('a record of the journal is damaged: a text runs past its end')
    take({
      sequence: { id: view.textIds[at] ?? 0, isText: true },
      time: view.textTimes[at] ?? 0,
      value: Buffer.from(record, from, end - from).toString('utf8'),
    })
    from = end
  }
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
