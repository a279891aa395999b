/** Hashes of local files. */
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { streamFile } from '../../src/base/regular-files.ts'

/** SHA-1 of a local file, hexadecimal, comparable with the server's hash of a file. */
export async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha1')
  await pipeline(streamFile(file, { highWaterMark: 256 * 1024 }), hash)
  return hash.digest('hex')
}
