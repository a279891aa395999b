/** Makes small JPEG versions of images, in the helper process. */
import { invalidPicture, requireReadable } from './picture-limits.ts'
import type { Outcome } from './helper-frames.ts'

/** @param image a PNG or JPEG */
export async function shrink(image: Uint8Array, maxWidth: number): Promise<{ outcome: Outcome; bytes: Uint8Array }> {
  try {
    const { default: sharp } = await import('sharp')
    // One thread, since the machine's other cores have values to store.
    sharp.concurrency(1)
    sharp.cache(false)
    const open = (): ReturnType<typeof sharp> => sharp(image, { limitInputPixels: false, failOn: 'none', sequentialRead: true })
    // What the library itself found, which is what it would take memory for.
    requireReadable(await open().metadata())
    const { data, info } = await open()
      .rotate()
      .resize({ width: maxWidth, withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 80 })
      .toBuffer({ resolveWithObject: true })
    return { outcome: { width: info.width, height: info.height }, bytes: data }
  } catch (error) {
    return { outcome: { problem: invalidPicture(error) }, bytes: new Uint8Array(0) }
  }
}
