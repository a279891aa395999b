/** Normalizes the line ends of text files: `\r\n` and a lone `\r` become `\n`. */

const CR = 13
const LF = 10
/** Bytes at the beginning that are looked at for zeros. */
const HEAD = 1_024

/**
 * Converts a stream of any encoding in which the two characters are single bytes (ASCII, UTF-8, Latin-1…); text that begins with a byte
 * order mark of UTF-16, or has zero bytes at its beginning, as UTF-16 without one, is passed on unchanged.
 */
export async function* convertLineEnds(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const convert = makeConverter()
  for await (const chunk of content) {
    const converted = convert(chunk)
    if (converted.length > 0) yield converted
  }
}

/** As {@link convertLineEnds}, for content that is in memory whole; the same bytes where there is nothing to convert. */
export const withLineEnds = (content: Uint8Array): Uint8Array => makeConverter()(content)

/** @returns converts one piece of a text after the other */
function makeConverter(): (chunk: Uint8Array) => Uint8Array {
  let afterReturn = false
  let isFirst = true
  let isWide = false
  return (chunk) => {
    if (isFirst && chunk.length > 0) {
      isFirst = false
      isWide = (chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff) || chunk.subarray(0, HEAD).includes(0)
    }
    if (isWide || (!afterReturn && !chunk.includes(CR))) return chunk
    const converted = new Uint8Array(chunk.length)
    let size = 0
    for (const byte of chunk) {
      if (!(byte === LF && afterReturn)) converted[size++] = byte === CR ? LF : byte
      afterReturn = byte === CR
    }
    return converted.subarray(0, size)
  }
}
