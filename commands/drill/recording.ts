/** What the recorder wrote: each change to the lab's files, in order. Format: recorder.c. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

export const KINDS = ['write', 'sync', 'truncate', 'rename', 'unlink', 'make-folder', 'create', 'sync-folder'] as const

export interface Operation {
  readonly kind: (typeof KINDS)[number]
  /** When it was done, in nanoseconds of the machine's monotonic clock. */
  readonly time: bigint
  /** Relative to the lab's folder; '' is the folder itself. */
  readonly path: string
  /** Of a write, in bytes; of a truncation, the new size. */
  readonly offset: number
  /** Of a write: the bytes. Of a rename: the new path. */
  readonly data: Buffer
}

const HEAD_BYTES = 25

/** @throws Error when the recording is cut short */
export function readRecording(file: string, folder: string): Operation[] {
  const bytes = readFileSync(file)
  const operations: Operation[] = []
  for (let at = 0; at < bytes.length; ) {
    const kind = KINDS[bytes.readUInt8(at) - 1]
    const pathLength = bytes.readUInt32LE(at + 17)
    const dataLength = bytes.readUInt32LE(at + 21)
    const data = at + HEAD_BYTES + pathLength
    if (kind === undefined || data + dataLength > bytes.length) throw new Error(`the recording is cut short at byte ${at}`)
    operations.push({
      kind,
      time: bytes.readBigUInt64LE(at + 1),
      path: relative(folder, bytes.toString('utf8', at + HEAD_BYTES, data)),
      offset: Number(bytes.readBigUInt64LE(at + 9)),
      data: bytes.subarray(data, data + dataLength),
    })
    at = data + dataLength
  }
  return operations
}
