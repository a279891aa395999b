/** Pages as they travel: the length of a head (4 bytes, big-endian), the head as JSON, the pages. The head has a hash of the pages. */
import { createHash } from 'node:crypto'
import { Fault } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import type { ChangedPages, PagePosition } from '../database/sqlite/pages.ts'

/** What a lab says with its changes. */
export interface ChangesHead extends Omit<ChangedPages, 'pages'> {
  /** The lab's id, and how often it was taken over. */
  readonly lab: string
  readonly epoch: number
  /** Versions of the database's schema and of the program. */
  readonly schema: number
  readonly program: string
  /** All that was acknowledged before this moment, ISO 8601, is there when the batch is complete. */
  readonly time: string
  /** Changes with each change of resources, permissions and members. */
  readonly tree: string
}

const hashOf = (pages: Uint8Array): string => createHash('sha256').update(pages).digest('hex')

export function packBatch(head: object, pages: Uint8Array): Uint8Array {
  const text = Buffer.from(JSON.stringify({ ...head, sha256: hashOf(pages) }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, pages])
}

/** @throws Fault invalid when it was torn on its way */
export function unpackBatch(bytes: Buffer): { head: Record<string, unknown>; pages: Uint8Array } {
  const length = bytes.length < 4 ? Number.NaN : bytes.readUInt32BE(0)
  try {
    const head: unknown = JSON.parse(bytes.toString('utf8', 4, 4 + length))
    const pages = new Uint8Array(bytes.subarray(4 + length))
    if (isObject(head) && head['sha256'] === hashOf(pages)) return { head, pages }
  } catch {
    // Said below.
  }
  throw torn()
}

/** @throws Fault invalid when it was torn on its way, or is not what a lab says */
export function unpackChanges(bytes: Buffer): { head: ChangesHead; pages: Uint8Array } {
  const { head, pages } = unpackBatch(bytes)
  const { kind, isComplete, pageBytes, pageCount, lab, epoch, schema, program, time, tree } = head
  const position = positionOf(head)
  if (
    position === undefined ||
    (kind !== 'changes' && kind !== 'base') ||
    typeof isComplete !== 'boolean' ||
    typeof pageBytes !== 'number' ||
    typeof pageCount !== 'number' ||
    typeof lab !== 'string' ||
    typeof epoch !== 'number' ||
    typeof schema !== 'number' ||
    typeof program !== 'string' ||
    typeof time !== 'string' ||
    typeof tree !== 'string' ||
    pages.length % (4 + pageBytes) !== 0
  )
    throw torn()
  return { head: { ...position, kind, isComplete, pageBytes, pageCount, lab, epoch, schema, program, time, tree }, pages }
}

export function positionOf({ run, until }: Record<string, unknown>): PagePosition | undefined {
  return typeof run === 'string' && typeof until === 'number' ? { run, until } : undefined
}

const torn = (): Fault => new Fault('invalid', 'What the lab sent did not arrive whole: it is asked for again.')
