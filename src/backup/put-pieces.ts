/** Files go into a backup as pieces, each named by its content and stored once. */
import type { Micros } from '../base/time.ts'
import type { PiecedFile } from './manifest.ts'
import type { PieceCipher } from './piece-cipher.ts'

/** Where pieces and manifest go: a folder, or a stream. */
export interface BackupTarget {
  readonly path: string
  readonly cipher: PieceCipher
  /** A folder for the copy of the database while it is made; undefined: it is made beside the database. */
  readonly scratch: string | undefined
  has(name: string, bytes: number): Promise<boolean>
  /** @returns bytes written: 0 when it is there */
  put(name: string, content: Uint8Array): Promise<number>
  finish(time: Micros, manifest: string): Promise<string>
}

/** Cuts a file into pieces and stores those that are not there. @param sum takes its bytes */
export async function putPieces(
  target: BackupTarget,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  most: number,
  sum?: { update(bytes: Uint8Array): unknown },
): Promise<{ file: PiecedFile; written: number }> {
  const pieces: string[] = []
  let [size, written] = [0, 0]
  const put = async (piece: Uint8Array): Promise<void> => {
    const name = target.cipher.nameOf(piece)
    written += await target.put(name, piece)
    pieces.push(name)
    size += piece.length
  }
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of content) {
    sum?.update(chunk)
    waiting.push(chunk)
    length += chunk.length
    if (length < most) continue
    const all = Buffer.concat(waiting)
    let from = 0
    for (; length - from >= most; from += most) await put(all.subarray(from, from + most))
    waiting = [all.subarray(from)]
    length -= from
  }
  if (length > 0) await put(Buffer.concat(waiting))
  return { file: { size, piece_bytes: most, pieces }, written }
}
