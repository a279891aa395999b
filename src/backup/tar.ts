/** Tar (ustar) of small files with names of at most 100 characters: a folder of backups as one stream. */
import { invalid } from '../base/fault.ts'

const BLOCK = 512
/** No piece or manifest of a backup is larger, in bytes: a damaged header must not take all memory. */
const MOST = 1_000_000_000

/** A file's header and content, padded to whole blocks. @param seconds time of modification, since 1970 */
export function* tarEntry(name: string, content: Uint8Array, seconds: number): Generator<Uint8Array> {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0, 100)
  header.write('0000600\0', 100)
  header.write('0000000\0', 108)
  header.write('0000000\0', 116)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write(`${Math.floor(seconds).toString(8).padStart(11, '0')}\0`, 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\u000000', 257)
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  )
  yield header
  yield content
  const rest = content.length % BLOCK
  if (rest > 0) yield Buffer.alloc(BLOCK - rest)
}

/** The end of an archive. */
export const tarEnd = (): Uint8Array => Buffer.alloc(2 * BLOCK)

/** @throws Fault invalid when the stream is not a tar archive or ends before its end */
export async function* readTar(stream: AsyncIterable<Uint8Array>): AsyncGenerator<{ name: string; content: Buffer }> {
  const bytes = new ByteReader(stream)
  for (;;) {
    const header = await bytes.read(BLOCK)
    if (header.every((byte) => byte === 0)) return bytes.drain()
    const sum = parseInt(header.toString('latin1', 148, 156).trim(), 8)
    const counted = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
    const size = parseInt(header.toString('latin1', 124, 136), 8)
    if (sum !== counted || !(size <= MOST)) throw invalid('The stream is damaged, or not one that "rhizo backup -" wrote.')
    const content = await bytes.read(size)
    await bytes.read((BLOCK - (size % BLOCK)) % BLOCK)
    const name = header.toString('utf8', 0, 100)
    const end = name.indexOf('\0')
    // A folder that tar packed again has entries for folders too.
    if (header[156] === 0 || header[156] === 48) yield { name: end < 0 ? name : name.slice(0, end), content }
  }
}

class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #kept: Uint8Array[] = []
  #length = 0

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async read(length: number): Promise<Buffer> {
    while (this.#length < length) {
      const next = await this.#chunks.next()
      if (next.done === true) throw invalid('The stream ended before its end: the backup in it is incomplete, so nothing was restored.')
      this.#kept.push(next.value)
      this.#length += next.value.length
    }
    const all =
      this.#kept.length === 1 && this.#kept[0]
        ? Buffer.from(this.#kept[0].buffer, this.#kept[0].byteOffset, this.#length)
        : Buffer.concat(this.#kept)
    this.#kept = [all.subarray(length)]
    this.#length = all.length - length
    return all.subarray(0, length)
  }

  /** Reads what follows the end, so that who writes it is not cut off. */
  async drain(): Promise<void> {
    while ((await this.#chunks.next()).done !== true);
  }
}
