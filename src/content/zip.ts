/**
 * Unfolds the zip that an xlsx file is, once and within a bound. A zip says everything about its parts twice, in a table at its end and
 * before each part, and readers differ in what they believe: where the two disagree, the file is refused. The parts come back in a zip
 * without compression, so that what is read afterwards is what was counted here. Source: APPNOTE 6.3, sections 4.3 and 4.4.
 */
import { crc32, inflateRawSync } from 'node:zlib'
import { Problem } from './problem.ts'

/** Most bytes of all parts together. */
const MAX_UNFOLDED = 200_000_000
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50]
const [LOCAL_SIZE, CENTRAL_SIZE, END_SIZE] = [30, 46, 22]
const [STORED, DEFLATED] = [0, 8]
/** Flag of an encrypted part. */
const ENCRYPTED = 1

interface Part {
  readonly name: Buffer
  readonly content: Buffer
}

/** @param change what becomes of a part by its name @throws Problem for what is no sound zip, or too large */
export function unfoldZip(zip: Buffer, most = MAX_UNFOLDED, change = (_name: string, content: Buffer): Buffer => content): Buffer {
  const parts: Part[] = []
  let left = most
  for (const entry of entriesOf(zip)) {
    const content = contentOf(zip, entry, left)
    left -= content.length
    parts.push({ name: entry.name, content: change(entry.name.toString(), content) })
  }
  return store(parts)
}

const UNSOUND = 'is no sound xlsx file'

interface Entry {
  readonly name: Buffer
  readonly method: number
  readonly flags: number
  readonly packed: number
  readonly size: number
  readonly local: number
}

/** The parts by the table, of which there is one, directly before the end. */
function entriesOf(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || end + END_SIZE > zip.length) throw new Problem('is no complete xlsx file')
  const count = zip.readUInt16LE(end + 10)
  const [size, start] = [zip.readUInt32LE(end + 12), zip.readUInt32LE(end + 16)]
  const isWhole = start + size === end && end + END_SIZE + zip.readUInt16LE(end + 20) === zip.length
  if (!isWhole || zip.readUInt32LE(end) !== END || zip.subarray(0, end).includes(Buffer.from([0x50, 0x4b, 5, 6])))
    throw new Problem(UNSOUND)
  const entries: Entry[] = []
  let at = start
  for (let entry = 0; entry < count; entry++) {
    if (at + CENTRAL_SIZE > end || zip.readUInt32LE(at) !== CENTRAL) throw new Problem(UNSOUND)
    const nameLength = zip.readUInt16LE(at + 28)
    entries.push({
      flags: zip.readUInt16LE(at + 8),
      method: zip.readUInt16LE(at + 10),
      packed: zip.readUInt32LE(at + 20),
      size: zip.readUInt32LE(at + 24),
      local: zip.readUInt32LE(at + 42),
      name: zip.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameLength),
    })
    at += CENTRAL_SIZE + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  if (at !== end) throw new Problem(UNSOUND)
  return entries
}

function contentOf(zip: Buffer, entry: Entry, left: number): Buffer {
  const { name, method, flags, packed, size, local } = entry
  if (local + LOCAL_SIZE > zip.length || zip.readUInt32LE(local) !== LOCAL) throw new Problem(UNSOUND)
  const nameLength = zip.readUInt16LE(local + 26)
  const start = local + LOCAL_SIZE + nameLength + zip.readUInt16LE(local + 28)
  const agrees =
    zip.readUInt16LE(local + 6) === flags &&
    zip.readUInt16LE(local + 8) === method &&
    zip.subarray(local + LOCAL_SIZE, local + LOCAL_SIZE + nameLength).equals(name) &&
    sizesAgree(zip.readUInt32LE(local + 18), packed) &&
    sizesAgree(zip.readUInt32LE(local + 22), size)
  if (!agrees || start + packed > zip.length || (flags & ENCRYPTED) !== 0) throw new Problem(UNSOUND)
  const bytes = zip.subarray(start, start + packed)
  if (size > left || packed > left) throw new Problem(`unfolds to more than ${MAX_UNFOLDED} bytes`)
  if (method === STORED) {
    if (packed !== size) throw new Problem(UNSOUND)
    return bytes
  }
  if (method !== DEFLATED) throw new Problem(UNSOUND)
  let content: Buffer
  try {
    content = inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new Problem('unfolds to more than it says')
    // Without a code of the format, memory was what was missing.
    throw typeof code === 'string' && /^Z_(?:DATA|BUF)/.test(code) ? new Problem(UNSOUND) : error
  }
  if (content.length !== size) throw new Problem(UNSOUND)
  return content
}

/** A part's own header may leave its sizes out, as it does where they follow the part. */
const sizesAgree = (local: number, central: number): boolean => local === central || local === 0

/** A zip of the parts as they are. */
function store(parts: readonly Part[]): Buffer {
  const body: Buffer[] = []
  const table: Buffer[] = []
  let at = 0
  for (const { name, content } of parts) {
    const local = Buffer.alloc(LOCAL_SIZE)
    local.writeUInt32LE(LOCAL, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt32LE(crc32(content), 14)
    local.writeUInt32LE(content.length, 18)
    local.writeUInt32LE(content.length, 22)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(CENTRAL_SIZE)
    central.writeUInt32LE(CENTRAL, 0)
    central.writeUInt16LE(20, 4)
    local.copy(central, 6, 4, 28)
    central.writeUInt32LE(at, 42)
    body.push(local, name, content)
    table.push(central, name)
    at += LOCAL_SIZE + name.length + content.length
  }
  const end = Buffer.alloc(END_SIZE)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(parts.length, 8)
  end.writeUInt16LE(parts.length, 10)
  end.writeUInt32LE(Buffer.concat(table).length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...body, ...table, end])
}
