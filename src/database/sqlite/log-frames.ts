/**
 * The format of SQLite's write-ahead log (https://sqlite.org/fileformat2.html#the_write_ahead_log): a header of 32 bytes, then frames,
 * each a header of 24 bytes and a page. Numbers are big-endian. Sums run on from the header through all frames, so a log is valid up to
 * the first frame that is torn.
 */

export const LOG_HEADER_BYTES = 32
export const FRAME_HEADER_BYTES = 24

/** With this magic number sums are of little-endian words. */
const MAGIC = 0x377f0682
const VERSION = 3_007_000
/** In place of how often SQLite's own logs began again: the log holds another machine's pages. */
const TAKEN_OVER = 0x7268697a

/** What tells one log from the one that begins in its place: two numbers that each of its frames repeats. */
export interface Salts {
  readonly first: number
  readonly second: number
}

/** A running sum. */
export type Sum = readonly [number, number]

export const readSalts = (header: Buffer): Salts => ({ first: header.readUInt32BE(16), second: header.readUInt32BE(20) })

export interface FrameHeader {
  readonly page: number
  /** The database's size in pages when the frame ends a transaction; 0: more frames of it follow. */
  readonly pages: number
  readonly salts: Salts
}

export const readFrameHeader = (header: Buffer): FrameHeader => ({
  page: header.readUInt32BE(0),
  pages: header.readUInt32BE(4),
  salts: { first: header.readUInt32BE(8), second: header.readUInt32BE(12) },
})

export const areSame = (a: Salts, b: Salts): boolean => a.first === b.first && a.second === b.second

/** Where a frame begins. @param frame from 1 */
export const frameAt = (frame: number, pageBytes: number): number => LOG_HEADER_BYTES + (frame - 1) * (FRAME_HEADER_BYTES + pageBytes)

/** @param bytes a multiple of 8 of them */
function sumOn([first, second]: Sum, bytes: Buffer): Sum {
  let [a, b] = [first, second]
  for (let at = 0; at < bytes.length; at += 8) {
    a = (a + bytes.readUInt32LE(at) + b) >>> 0
    b = (b + bytes.readUInt32LE(at + 4) + a) >>> 0
  }
  return [a, b]
}

/** @returns the header of a new log of pages that are taken over, and the sum that its first frame goes on from */
export function makeLogHeader(pageBytes: number, salts: Salts): { header: Buffer; sum: Sum } {
  const header = Buffer.alloc(LOG_HEADER_BYTES)
  for (const [at, number] of [MAGIC, VERSION, pageBytes, TAKEN_OVER, salts.first, salts.second].entries())
    header.writeUInt32BE(number, at * 4)
  const sum = sumOn([0, 0], header.subarray(0, 24))
  header.writeUInt32BE(sum[0], 24)
  header.writeUInt32BE(sum[1], 28)
  return { header, sum }
}

/**
 * @param pages the database's size in pages when the frame ends a transaction; 0: more frames of it follow
 * @param before the sum of the frame before
 */
export function makeFrame(page: number, content: Buffer, pages: number, salts: Salts, before: Sum): { frame: Buffer; sum: Sum } {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + content.length)
  frame.writeUInt32BE(page, 0)
  frame.writeUInt32BE(pages, 4)
  frame.writeUInt32BE(salts.first, 8)
  frame.writeUInt32BE(salts.second, 12)
  content.copy(frame, FRAME_HEADER_BYTES)
  const sum = sumOn(sumOn(before, frame.subarray(0, 8)), frame.subarray(FRAME_HEADER_BYTES))
  frame.writeUInt32BE(sum[0], 16)
  frame.writeUInt32BE(sum[1], 20)
  return { frame, sum }
}

/** Goes through a log's frames as SQLite does when it opens one: up to the first that is torn, or left over of an earlier log. */
export class LogCheck {
  readonly pageBytes: number
  readonly #salts: Salts
  #sum: Sum

  private constructor(pageBytes: number, salts: Salts, sum: Sum) {
    this.pageBytes = pageBytes
    this.#salts = salts
    this.#sum = sum
  }

  /** @returns undefined when the header is none of a log that was written by SQLite on a machine like this one */
  static begin(header: Buffer): LogCheck | undefined {
    if (header.length < LOG_HEADER_BYTES || header.readUInt32BE(0) !== MAGIC || header.readUInt32BE(12) === TAKEN_OVER) return undefined
    const sum = sumOn([0, 0], header.subarray(0, 24))
    if (sum[0] !== header.readUInt32BE(24) || sum[1] !== header.readUInt32BE(28)) return undefined
    return new LogCheck(header.readUInt32BE(8), readSalts(header), sum)
  }

  /** @param frame the next one, whole @returns undefined when the log ends before it */
  next(frame: Buffer): FrameHeader | undefined {
    const header = readFrameHeader(frame)
    const sum = sumOn(sumOn(this.#sum, frame.subarray(0, 8)), frame.subarray(FRAME_HEADER_BYTES))
    if (!areSame(header.salts, this.#salts) || sum[0] !== frame.readUInt32BE(16) || sum[1] !== frame.readUInt32BE(20)) return undefined
    this.#sum = sum
    return header
  }
}
