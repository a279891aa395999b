/**
 * Manifests: a backup is there when its manifest is. One line of JSON that anybody can read, one with what is in the backup (encrypted
 * when the backup is), and the SHA-256 of both, so that a torn or changed manifest is none.
 */
import { createHash } from 'node:crypto'
import { Fault, invalid } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { parseTimestamp, type Micros } from '../base/time.ts'
import { parseEncryption, type Encryption, type PieceCipher } from './piece-cipher.ts'

/** Version of the format. */
export const FORMAT = 1

/** What can be told of a backup without its key. */
export interface ManifestHead {
  readonly format: number
  /** The lab's id, by which the storage folder knows its database; null for a database that no server has used yet. */
  readonly lab: string | null
  /** The moment whose state it holds, as ISO 8601. */
  readonly time: string
  /** Versions of the program that made it, and of the database's schema. */
  readonly program: string
  readonly schema: number
  readonly encryption: Encryption | null
  /** How many pieces of content could not be read: with any, it is not the whole lab. */
  readonly unread: number
}

/** A file as pieces: all of `piece_bytes`, but the last. */
export interface PiecedFile {
  readonly size: number
  readonly piece_bytes: number
  /** Names of its pieces, in order. */
  readonly pieces: readonly string[]
}

/** A piece of the storage folder. */
export interface StoredFile extends PiecedFile {
  /** Its name there: `ab/cdef…`. */
  readonly path: string
}

/** Content that could not be read when the backup was made. */
export interface UnreadContent {
  readonly path: string
  /** Which file it is of: "/lab/video.mp4 (revision 12)". */
  readonly file: string
  /** Of the disk: EIO. */
  readonly code: string
}

export interface ManifestBody {
  /** `sha256` is of the whole file, hex. */
  readonly database: PiecedFile & { readonly sha256: string }
  /** The settings file; `has_secrets` is false when secrets were left out. */
  readonly settings: PiecedFile & { readonly has_secrets: boolean }
  readonly files: readonly StoredFile[]
  /** Content that records of the database name and that was not in the storage folder any more. */
  readonly missing: readonly string[]
  readonly unread: readonly UnreadContent[]
  /** Rows of each table of the lab at that moment, counted in the lab itself. */
  readonly rows: Readonly<Record<string, number>>
}

export interface Manifest {
  readonly head: ManifestHead
  readonly body: ManifestBody
  readonly time: Micros
}

const BODY = 'manifest'

export function formatManifest(head: ManifestHead, body: ManifestBody, cipher: PieceCipher): string {
  const first = JSON.stringify(head)
  const plain = JSON.stringify(body)
  const second = cipher.encryption === undefined ? plain : Buffer.from(cipher.seal(BODY + first, Buffer.from(plain))).toString('base64')
  return `${first}\n${second}\n${sumOf(first, second)}\n`
}

const sumOf = (first: string, second: string): string => createHash('sha256').update(`${first}\n${second}\n`).digest('hex')

/** What can be told without a key. @throws Fault invalid when it is torn or damaged, or of a newer format */
export function parseHead(text: string, where: string): { head: ManifestHead; time: Micros; sealed: string; first: string } {
  const [first = '', sealed = '', sum, end] = text.split('\n')
  if (sum !== sumOf(first, sealed) || end !== '') throw invalid(`The manifest ${where} is incomplete or damaged: it is no backup.`)
  const { format, lab, time, program, schema, encryption, unread = 0 } = parseObject(first, where)
  if (typeof format === 'number' && format > FORMAT)
    throw invalid(`The backup ${where} has the format ${format}, and this rhizo knows formats up to ${FORMAT}: use a newer rhizo.`)
  const parsed = typeof time === 'string' ? parseTimestamp(time) : undefined
  const isFine =
    format === FORMAT &&
    (typeof lab === 'string' || lab === null) &&
    typeof program === 'string' &&
    typeof schema === 'number' &&
    typeof unread === 'number'
  if (!isFine || typeof time !== 'string' || parsed === undefined) throw invalid(`The manifest ${where} is not one of a backup.`)
  const head = { format, lab, time, program, schema, encryption: parseEncryption(encryption, where) ?? null, unread }
  return { head, time: parsed, sealed, first }
}

/** @throws Fault invalid when it is damaged, or the cipher is not its own */
export function parseManifest(text: string, where: string, cipher: PieceCipher): Manifest {
  const { head, time, sealed, first } = parseHead(text, where)
  // Who can write to the place, and has not the key, could put one beside the others that makes another lab of their pieces.
  if (head.encryption === null && cipher.encryption !== undefined)
    throw invalid(`The manifest ${where} is not encrypted, among backups that are: somebody else may have put it there.`)
  const plain = head.encryption === null ? sealed : decode(cipher.open(BODY + first, Buffer.from(sealed, 'base64')))
  if (plain === undefined) throw invalid(`The manifest ${where} can't be decrypted with this key.`)
  // Earlier versions wrote no such list.
  const body = { unread: [], ...parseObject(plain, where) }
  if (!isBody(body)) throw invalid(`The manifest ${where} is not one of a backup.`)
  return { head, body, time }
}

const decode = (bytes: Uint8Array | undefined): string | undefined => bytes && new TextDecoder().decode(bytes)

function parseObject(text: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch {
    // Said below.
  }
  throw new Fault('invalid', `The manifest ${where} is not one of a backup.`)
}

const NAME = /^[0-9a-f]{64}$/

const isPieced = (value: unknown): value is PiecedFile =>
  isObject(value) &&
  typeof value['size'] === 'number' &&
  typeof value['piece_bytes'] === 'number' &&
  value['piece_bytes'] > 0 &&
  Array.isArray(value['pieces']) &&
  value['pieces'].every((name) => typeof name === 'string' && NAME.test(name)) &&
  value['pieces'].length === Math.ceil(value['size'] / value['piece_bytes'])

const isBody = (value: Record<string, unknown>): value is Record<string, unknown> & ManifestBody => {
  const { database, settings, files, missing, unread, rows } = value
  return (
    isPieced(database) &&
    'sha256' in database &&
    isPieced(settings) &&
    'has_secrets' in settings &&
    Array.isArray(files) &&
    files.every(
      (file) => isPieced(file) && 'path' in file && typeof file.path === 'string' && /^[0-9a-f]{2}\/[0-9a-f]+$/.test(file.path),
    ) &&
    Array.isArray(missing) &&
    Array.isArray(unread) &&
    unread.every((one) => isObject(one) && [one['path'], one['file'], one['code']].every((part) => typeof part === 'string')) &&
    isObject(rows)
  )
}

/** Content bytes of a file's piece. */
export const bytesOf = ({ size, piece_bytes: most }: PiecedFile, at: number): number => Math.min(most, size - at * most)

/** All files of a backup, each with what it is called in messages. */
export function* filesOf({ database, settings, files }: ManifestBody): Generator<[what: string, file: PiecedFile]> {
  yield ['the database', database]
  yield ['the settings', settings]
  for (const file of files) yield [`the file ${file.path} of the storage folder`, file]
}

/** What a backup lacks, in a sentence; undefined when it has all that it was to have. */
export function describeUnread(unread: readonly UnreadContent[]): string | undefined {
  if (unread.length === 0) return undefined
  const named = unread.slice(0, MOST_NAMED).map(({ file, code }) => `${file}: ${code}`)
  const more = unread.length > MOST_NAMED ? `, and ${unread.length - MOST_NAMED} more` : ''
  return `The content of ${unread.length} revisions could not be read, and is not in the backup (${named.join(', ')}${more}).`
}

const MOST_NAMED = 20
