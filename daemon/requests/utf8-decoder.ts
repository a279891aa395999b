/**
 * Decodes UTF-8 that arrives in pieces, and refuses malformed input. The platform's TextDecoder uses two bytes for each character of a
 * stream; here ASCII uses one byte, which makes later work on the text twice as fast.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { invalid } from '../../src/base/fault.ts'

/** Maximum number of bytes of one character. */
const LONGEST = 4

/** Stands for bytes that are no UTF-8, where these are passed on: half of a character, which UTF-8 never holds. */
export const BROKEN = '\udcff'

export class Utf8Decoder {
  #rest: Buffer = Buffer.alloc(0)
  #isFirst = true
  readonly #passesBroken: boolean

  /** @param passesBroken puts {@link BROKEN} where bytes are no UTF-8, in the lines that have such, in place of refusing all */
  constructor(passesBroken = false) {
    this.#passesBroken = passesBroken
  }

  /**
   * The text of all complete characters so far; skips a byte order mark at the beginning.
   * @throws Fault invalid
   */
  decode(chunk: Buffer): string {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const end = bytes.length - countUnfinished(bytes)
    const whole = bytes.subarray(0, end)
    // Copy it, since the chunk's memory is reused.
    this.#rest = end === bytes.length ? Buffer.alloc(0) : Buffer.from(bytes.subarray(end))
    if (isAscii(whole)) {
      if (end > 0) this.#isFirst = false
      return whole.toString('latin1')
    }
    if (!isUtf8(whole) && !this.#passesBroken) throw malformed()
    const text = isUtf8(whole) ? whole.toString('utf8') : decodeBroken(whole)
    const isMarked = this.#isFirst && text.charCodeAt(0) === BYTE_ORDER_MARK
    this.#isFirst = false
    return isMarked ? text.slice(1) : text
  }

  /**
   * What is left: nothing, or {@link BROKEN} for an incomplete character.
   * @throws Fault invalid when the last character is incomplete, unless broken ones are passed on
   */
  end(): string {
    if (this.#rest.length === 0) return ''
    if (!this.#passesBroken) throw malformed()
    return BROKEN
  }
}

const BYTE_ORDER_MARK = 0xfeff
const LINE_FEED = 10

const malformed = (): Error => invalid('The body is not UTF-8.')

/** Number of bytes at the end that begin an incomplete character. */
function countUnfinished(bytes: Uint8Array): number {
  for (let back = 1; back < LONGEST && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    // The leading bits of a character's first byte tell its length.
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0
  }
  return 0
}

function decodeBroken(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(LINE_FEED, at)
    const line = bytes.subarray(at, end < 0 ? bytes.length : end + 1)
    text += isUtf8(line) ? line.toString('utf8') : line.toString('utf8').replaceAll('\ufffd', BROKEN)
    at += line.length
  }
  return text
}
