/** Small JPEG versions of images. The image library is loaded with the first image. */
import { invalid } from '../base/fault.ts'

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
/** Limit of the picture's size, because a small file may claim to hold a huge picture. */
const MAX_PIXELS = 60_000_000

export const isImageName = (name: string): boolean => /\.(?:png|jpe?g)$/i.test(name)
export const isJpeg = (bytes: Uint8Array): boolean => bytes.length > 3 && bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const isPng = (bytes: Uint8Array): boolean => PNG.every((byte, at) => bytes[at] === byte)

/**
 * A JPEG of at most `maxWidth` pixels width, upright, never larger than the original.
 * @throws Fault invalid when the bytes are not an image that can be read
 */
export async function makeThumbnail(image: Uint8Array, maxWidth: number): Promise<Thumbnail> {
  // Check the content, not the name: the library reads many other formats, such as SVG with its external references, which uploads must not
  // reach.
  if (!isJpeg(image) && !isPng(image)) throw invalid('data is not an image that can be read: it is neither PNG nor JPEG.')
  const { default: sharp } = await import('sharp')
  // One thread for each image, since the machine's other cores have values to store.
  sharp.concurrency(1)
  sharp.cache(false)
  try {
    const { data, info } = await sharp(image, { limitInputPixels: MAX_PIXELS, failOn: 'none', sequentialRead: true })
      .rotate()
      .resize({ width: maxWidth, withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 80 })
      .toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, data: new Uint8Array(data) }
  } catch (error) {
    throw invalid(
      `data is not an image that can be read: ${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)}.`,
    )
  }
}
