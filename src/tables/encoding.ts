/** Finds out how the bytes of a table are to be read as text, by looking at all of them: encoding, line ends, how the last line ends. */
import { isAscii, isUtf8 } from 'node:buffer'
import { invalid } from '../base/fault.ts'

/** Bytes that can be read from their beginning as often as needed. */
export type TableSource = () => AsyncIterable<Uint8Array>

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

export interface ByteFacts {
  readonly encoding: Encoding
  readonly lineEnd: '\n' | '\r'
  /** False when the file ends inside a line, as it does when its writer was cut off. */
  readonly isLastLineEnded: boolean
  /** Bytes. */
  readonly size: number
}

/** How much of the beginning tells UTF-16 without a mark from other encodings. */
const HEAD = 65_536

/** Examines the whole source; costs little more than reading it. @throws Fault invalid for UTF-32 */
export async function examineBytes(source: TableSource): Promise<ByteFacts> {
  let head: Buffer | undefined
  let wide: 'utf-16le' | 'utf-16be' | undefined
  let [size, hasLineFeed, hasReturn] = [0, false, false]
  let end: Buffer = Buffer.alloc(0)
  const utf8 = new Utf8Check()
  for await (const piece of source()) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
    if (chunk.length === 0) continue
    if (!head) {
      head = chunk.subarray(0, HEAD)
      requireFewerBytes(head)
      wide = wideEncodingOf(head)
    }
    size += chunk.length
    hasLineFeed ||= chunk.includes(10)
    hasReturn ||= chunk.includes(13)
    if (!wide) utf8.push(chunk)
    end = Buffer.concat([end, chunk.subarray(-2)]).subarray(-2)
  }
  const last = wide === 'utf-16le' ? end.readUInt16LE(0) : wide === 'utf-16be' ? end.readUInt16BE(0) : (end.at(-1) ?? 10)
  return {
    encoding: wide ?? (utf8.isLikely ? 'utf-8' : 'windows-1252'),
    lineEnd: hasReturn && !hasLineFeed ? '\r' : '\n',
    isLastLineEnded: last === 10 || last === 13,
    size,
  }
}

/** @throws Fault invalid for UTF-32, by its mark */
function requireFewerBytes(head: Buffer): void {
  const mark = head.subarray(0, 4).toString('hex')
  if (mark === 'fffe0000' || mark === '0000feff') throw invalid('The file is UTF-32, which is not read. Write it as UTF-8.')
}

/** Whether the bytes are UTF-8, where a broken place or two don't matter as long as most of what is beyond ASCII is sound. */
class Utf8Check {
  #rest: Buffer = Buffer.alloc(0)
  #sound = 0
  #broken = 0

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const cut = bytes.length - unfinishedLength(bytes)
    this.#rest = bytes.subarray(cut)
    const whole = bytes.subarray(0, cut)
    if (isUtf8(whole)) {
      if (this.#sound === 0) this.#sound = Number(whole.some((byte) => byte > 127))
      return
    }
    const text = new TextDecoder('utf-8').decode(whole)
    const broken = text.split('\ufffd').length - 1
    this.#broken += broken
    for (const character of text) if (character > '\u007f' && character !== '\ufffd') this.#sound++
  }

  get isLikely(): boolean {
    const broken = this.#broken + this.#rest.length
    return broken === 0 || (this.#sound > 0 && this.#sound >= broken)
  }
}

/** How many bytes at the end begin a character of UTF-8 that goes on in the next chunk. */
function unfinishedLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
    if (byte < 0x80) return 0
  }
  return 0
}

/** UTF-16, by its mark, or because nearly every second byte is zero; zeros that a power cut has left are at odd and even places alike. */
function wideEncodingOf(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (head.length < 4) return undefined
  const zeros: [number, number] = [0, 0]
  for (let at = 0; at < head.length; at++) if (head[at] === 0) zeros[at % 2 === 0 ? 0 : 1]++
  const half = head.length / 2
  if (zeros[1] > half * 0.7 && zeros[0] < half * 0.1) return 'utf-16le'
  if (zeros[0] > half * 0.7 && zeros[1] < half * 0.1) return 'utf-16be'
  return undefined
}

/** As {@link examineBytes} finds it, of the beginning of a text or all of it. */
export function encodingOf(bytes: Uint8Array): Encoding {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const wide = wideEncodingOf(buffer.subarray(0, HEAD))
  if (wide) return wide
  const utf8 = new Utf8Check()
  utf8.push(buffer)
  return utf8.isLikely ? 'utf-8' : 'windows-1252'
}

/** Bytes decoded at a time: so few that the rows made of them are gone before the collector of garbage has to move them. */
const PIECE = 32_768

/** The text of a source, without a byte order mark; what is broken in it becomes U+FFFD. */
export async function* decodeText(source: TableSource, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding)
  const isNarrow = encoding === 'utf-8' || encoding === 'windows-1252'
  /** No character of several bytes is under way, and the mark at the beginning is behind. */
  let isWhole = true
  for await (const chunk of source()) {
    for (let at = 0; at < chunk.length; at += PIECE) {
      const piece = chunk.subarray(at, at + PIECE)
      // Nearly all pieces of nearly all tables: read in a tenth of the time. A character that goes on from the last one is no ASCII.
      const text =
        isWhole && isNarrow && isAscii(piece)
          ? Buffer.from(piece.buffer, piece.byteOffset, piece.length).toString('latin1')
          : decoder.decode(piece, { stream: true })
      isWhole = (piece.at(-1) ?? 0) < 128
      if (text !== '') yield text
    }
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

/** For people. */
export const encodingWords: Record<Encoding, string> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 (little-endian)',
  'utf-16be': 'UTF-16 (big-endian)',
  'windows-1252': 'Windows-1252 (Latin-1)',
}
