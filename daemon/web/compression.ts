/** Compresses text for clients that accept it. */
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip'

const compressBrotli = promisify(brotliCompress)
const compressGzip = promisify(gzip)
/** Bytes below which compression gains nothing. */
const LEAST = 1_000

/** The best encoding that a client accepts; undefined if there is none. */
export function chooseEncoding(acceptEncoding: string | undefined): Encoding | undefined {
  const accepted = new Set(
    (acceptEncoding ?? '')
      .split(',')
      .map((part) => part.trim().toLowerCase())
      .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
      .map((part) => part.split(';', 1)[0] ?? ''),
  )
  return accepted.has('br') ? 'br' : accepted.has('gzip') ? 'gzip' : undefined
}

/** @returns the bytes, and the headers for their encoding */
export async function compress(
  body: Buffer,
  acceptEncoding: string | undefined,
): Promise<{ bytes: Buffer; headers: Record<string, string> }> {
  const encoding = body.length < LEAST ? undefined : chooseEncoding(acceptEncoding)
  if (encoding === undefined) return { bytes: body, headers: { vary: 'accept-encoding' } }
  // Level 4 costs a Pi some milliseconds for a page; higher levels gain little.
  const bytes =
    encoding === 'br'
      ? await compressBrotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } })
      : await compressGzip(body)
  return { bytes, headers: { vary: 'accept-encoding', 'content-encoding': encoding } }
}
