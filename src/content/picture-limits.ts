/** Which pictures are decoded: a small file may hold, or claim to hold, a huge one. */

export interface PictureFacts {
  readonly width?: number
  readonly height?: number
  readonly channels?: number
  /** `uchar`, `ushort`, …: what one channel of a pixel takes. */
  readonly depth?: string
  /** Interlaced or progressive: it can't be decoded line by line, so all of it has to be in memory. */
  readonly isProgressive?: boolean
}

/** Pixels of a side. */
const MAX_SIDE = 16_384
/** Bytes of all pixels. */
const MAX_BYTES = 256_000_000
/** Bytes of all pixels of one that is decoded as a whole. */
const MAX_WHOLE_BYTES = 48_000_000

class TooLarge extends Error {}

/** @throws Error with the end of a sentence when the picture is not to be decoded */
export function requireReadable({ width = 0, height = 0, channels = 4, depth, isProgressive = false }: PictureFacts): void {
  if (width > MAX_SIDE || height > MAX_SIDE)
    throw new TooLarge(`is too large to be read: ${width} × ${height} pixels, where a side may have ${MAX_SIDE}`)
  const bytes = width * height * channels * (depth === 'uchar' || depth === 'char' ? 1 : depth === 'ushort' || depth === 'short' ? 2 : 8)
  if (bytes > MAX_BYTES) throw new TooLarge(`is too large to be read: it unfolds to ${bytes} bytes, and may to ${MAX_BYTES}`)
  if (isProgressive && bytes > MAX_WHOLE_BYTES)
    throw new TooLarge(`is too large to be read: interlaced or progressive, it unfolds to ${bytes} bytes, and may to ${MAX_WHOLE_BYTES}`)
}

/** What is wrong with a picture, as the end of a sentence. */
export const invalidPicture = (error: unknown): string =>
  error instanceof TooLarge
    ? error.message
    : `is not an image that can be read: ${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)}`
