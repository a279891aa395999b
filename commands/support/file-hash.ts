/** Hashes of local files. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/** SHA-1 of a local file, hexadecimal, comparable with the server's hash of a file. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha1')
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), hash)
  return hash.digest('hex')
}
