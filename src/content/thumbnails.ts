/** Small JPEG versions of images. */
import { invalid } from '../base/fault.ts'
import { HelperEnded, type Helper } from './helper.ts'

export interface Thumbnail {
  readonly width: number
  readonly height: number
  /** JPEG. */
  readonly data: Uint8Array
}

/** Width of the thumbnails of image files. */
export const FILE_THUMBNAIL_WIDTH = 120
/** Larger files get no thumbnail, since decoding needs the whole image in memory. */
export const MAX_IMAGE_BYTES = 32 * 1024 * 1024
/** How long decoding one may take, in milliseconds. */
const TIME_LIMIT_MS = 60_000

export const isImageName = (name: string): boolean => /\.(?:png|jpe?g)$/i.test(name)
export const isJpeg = (bytes: Uint8Array): boolean => bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const isPng = (bytes: Uint8Array): boolean => PNG.every((byte, at) => bytes[at] === byte)

/** Makes thumbnails, in the helper process. */
export class Thumbnails {
  readonly #helper: Helper

  constructor(helper: Helper) {
    this.#helper = helper
  }

  /**
   * A JPEG of at most `maxWidth` pixels width, upright, never larger than the original.
   * @throws Fault invalid when the bytes are not an image that can be read, or one that takes too much; busy when many are waiting
   */
  async make(image: Uint8Array, maxWidth: number): Promise<Thumbnail> {
    // Check the content, not the name: the library reads many other formats, such as SVG with its external references, which uploads must
    // not reach.
    if (!isJpeg(image) && !isPng(image)) throw invalid('data is not an image that can be read: it is neither PNG nor JPEG.')
    try {
      const { outcome, bytes } = await this.#helper.run({ kind: 'thumbnail', maxWidth }, image, TIME_LIMIT_MS)
      if ('problem' in outcome) throw invalid(`data ${outcome.problem}.`)
      return { width: outcome.width ?? 0, height: outcome.height ?? 0, data: new Uint8Array(bytes) }
    } catch (error) {
      if (error instanceof HelperEnded)
        throw invalid(`data is not an image that can be read: it takes too much ${error.reason === 'time' ? 'time' : 'memory'}.`)
      throw error
    }
  }
}
