/**
 * The backups of one lab in a place: `pieces/ab/…` are named by their content and shared by all backups, `backups/TIME.json` are the
 * manifests. What has its name is whole.
 */
import { basename } from 'node:path'
import { Fault, conflict, invalid, notFound } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { fileLabelOf, formatTimestamp, timeOfFileLabel, type Micros } from '../base/time.ts'
import type { BackupPlace } from './backup-place.ts'
import { FORMAT, filesOf, parseHead, parseManifest, type Manifest, type ManifestHead } from './manifest.ts'
import { cipherOf, newCipher, parseEncryption, plainCipher, type Encryption, type PieceCipher } from './piece-cipher.ts'

/** Says whose backups a place holds, and how they are encrypted. */
const HEADER = 'rhizo-backups.json'
const BACKUPS = 'backups'
const PIECES = 'pieces'

/** A manifest that is there. */
export interface Listed {
  readonly time: Micros
  /** Its name in the place, and for messages with the place's. */
  readonly name: string
  readonly file: string
}

export interface BackupsOptions {
  readonly lab: string | null
  /** Encrypts; undefined: backups are in the clear. */
  readonly key: string | undefined
  /** It held backups before: when it holds none, its disk is not there. */
  readonly isKnown?: boolean
}

export class Backups {
  readonly cipher: PieceCipher
  /** What the place is when it held backups before, and held none when this was opened; undefined: it held some. */
  readonly whenGone: string | undefined
  readonly #place: BackupPlace
  readonly #release: () => Promise<void>

  private constructor(place: BackupPlace, cipher: PieceCipher, hasHeader: boolean, release: () => Promise<void>) {
    this.#place = place
    this.whenGone = hasHeader ? undefined : place.whenGone
    this.cipher = cipher
    this.#release = release
  }

  /**
   * Takes a place for one lab's backups, and for this process until {@link close}; makes it where it is missing.
   * @throws Fault conflict when it belongs to another lab, is or is not encrypted, or another backup is under way; invalid for a wrong key
   */
  static async claim(place: BackupPlace, { lab, key, isKnown = false }: BackupsOptions): Promise<Backups> {
    const { path } = place
    const header = await readHeader(place)
    if (header === undefined && isKnown)
      throw new Fault(
        'busy',
        `${path} held backups of this lab and holds none now: ${place.whenGone}. ` +
          'If that is meant to be so, make one backup there by hand: rhizo backup TO.',
      )
    if (header && header.lab !== null && lab !== null && header.lab !== lab)
      throw conflict(`${path} holds the backups of another lab (${header.lab}; this one is ${lab}). Choose a place of its own.`)
    const cipher = await cipherFor(path, header, key)
    const release = await place.claim()
    try {
      if (!header || (header.lab === null && lab !== null)) {
        const text = `${JSON.stringify({ format: FORMAT, lab, encryption: cipher.encryption ?? null })}\n`
        await place.write(HEADER, Buffer.from(text))
        await place.settle()
      }
      return new Backups(place, cipher, header !== undefined, release)
    } catch (error) {
      await release()
      throw error
    }
  }

  /** Opens a place to read it. @throws Fault not_found when there are no backups; invalid for a wrong or missing key */
  static async open(place: BackupPlace, key: string | undefined): Promise<Backups> {
    const header = await requireBackups(place)
    return new Backups(place, await cipherFor(place.path, header, key), true, async () => {})
  }

  close(): Promise<void> {
    return this.#release()
  }

  get path(): string {
    return this.#place.path
  }

  /** For a copy of the database that is being made, which must not outlive it. */
  get scratch(): string | undefined {
    return this.#place.scratch
  }

  /** What is there, oldest first. */
  list(): Promise<Listed[]> {
    return listBackups(this.#place)
  }

  /** What can be told of it without the key. @throws Fault invalid when it is missing, torn or damaged */
  readHead(listed: Listed): Promise<ManifestHead> {
    return readHead(this.#place, listed)
  }

  /** @throws Fault invalid when it is missing, torn or damaged */
  async read({ name, file, time }: Listed): Promise<Manifest> {
    const manifest = parseManifest(await readManifest(this.#place, { name, file }), file, this.cipher)
    // Who can write to the place could show an old lab as the newest one.
    if (manifest.time !== time)
      throw invalid(`The backup ${file} was made at ${formatTimestamp(manifest.time)}: somebody gave it the name of another time.`)
    return manifest
  }

  /** Whether a piece is there, by its size. */
  async has(name: string, bytes: number): Promise<boolean> {
    return (await this.#place.sizeOf(pieceName(name))) === bytes + this.cipher.overhead
  }

  /** The content of a piece. @throws Fault invalid when it is missing or not what was stored */
  async get(name: string): Promise<Uint8Array> {
    const stored = await this.#place.read(pieceName(name))
    if (stored === undefined) throw invalid(`The piece ${this.#fileOf(name)} of the backup is missing.`)
    const content = this.cipher.open(name, stored)
    if (content === undefined) throw invalid(`The piece ${this.#fileOf(name)} of the backup is damaged.`)
    return content
  }

  /** Stores a piece unless it is there and sound. @returns bytes written */
  async put(name: string, content: Uint8Array): Promise<number> {
    if (await this.#isThere(name, content.length)) return 0
    const stored = this.cipher.seal(name, content)
    await this.#place.write(pieceName(name), stored)
    if (this.#place.comparesHashes) return stored.length
    const written = await this.#place.read(pieceName(name))
    if (written === undefined || this.cipher.open(name, written) === undefined)
      throw new Fault(
        'busy',
        `The disk of ${this.path} gave back other bytes than were written to ${this.#fileOf(name)}: see whether it is sound.`,
      )
    return stored.length
  }

  /** A disk may have spoiled a piece since it was written, so that it is read; reading all from a bucket each day would cost too much. */
  async #isThere(name: string, bytes: number): Promise<boolean> {
    if (this.#place.comparesHashes) return this.has(name, bytes)
    const present = await this.#place.read(pieceName(name))
    return present !== undefined && this.cipher.open(name, present) !== undefined
  }

  /** Makes all that was put durable, then the manifest: from then on it is a backup. @returns the manifest's file */
  async finish(time: Micros, manifest: string): Promise<string> {
    await this.#place.settle()
    const listed = listedAt(this.#place, time)
    await this.#place.write(listed.name, Buffer.from(manifest))
    await this.#place.settle()
    await this.read(listed)
    return listed.file
  }

  /**
   * Removes backups, then the pieces that no other backup names.
   * @returns how many pieces; undefined when none were looked at, as a manifest that is kept can't be read
   */
  async remove(backups: readonly Listed[]): Promise<number | undefined> {
    for (const { name } of backups) await this.#place.remove(name)
    await this.#place.settle()
    const needed = new Set<string>()
    for (const kept of await this.list()) {
      const manifest = await this.read(kept).catch(() => undefined)
      if (manifest === undefined) return undefined
      for (const [, { pieces }] of filesOf(manifest.body)) for (const name of pieces) needed.add(name)
    }
    let removed = 0
    for await (const name of this.#place.list(PIECES)) {
      if (needed.has(basename(name)) || name.endsWith(DAMAGED)) continue
      await this.#place.remove(name)
      removed++
    }
    return removed
  }

  /** Puts a damaged piece aside, so that the next backup writes it again. */
  async setAside(name: string): Promise<void> {
    await this.#place.rename(pieceName(name), pieceName(name) + DAMAGED)
  }

  #fileOf(name: string): string {
    return fileOf(this.#place, pieceName(name))
  }
}

const fileOf = ({ path }: BackupPlace, name: string): string => `${path}/${name}`

const pieceName = (name: string): string => `${PIECES}/${name.slice(0, 2)}/${name}`

function listedAt(place: BackupPlace, time: Micros): Listed {
  const name = `${BACKUPS}/${fileLabelOf(time)}.json`
  return { time, name, file: fileOf(place, name) }
}

const DAMAGED = '.damaged'

interface Header {
  readonly lab: string | null
  readonly encryption: Encryption | undefined
}

/** @throws Fault not_found when the place is not one of backups */
export async function requireBackups(place: BackupPlace): Promise<Header> {
  const header = await readHeader(place)
  if (header === undefined) throw notFound(`There are no backups in ${place.path}: it has no file ${HEADER}.`)
  return header
}

async function readHeader(place: BackupPlace): Promise<Header | undefined> {
  const bytes = await place.read(HEADER)
  if (bytes === undefined) return undefined
  let content: unknown
  try {
    content = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    // Manifests say the same.
  }
  if (!isObject(content) || content['format'] !== FORMAT) return headerOfManifests(place)
  const { lab, encryption } = content
  return { lab: typeof lab === 'string' ? lab : null, encryption: parseEncryption(encryption, fileOf(place, HEADER)) }
}

/** For a header that is damaged. */
async function headerOfManifests(place: BackupPlace): Promise<Header> {
  for (const listed of (await listBackups(place)).reverse()) {
    const head = await readHead(place, listed).catch(() => undefined)
    if (head) return { lab: head.lab, encryption: head.encryption ?? undefined }
  }
  throw invalid(`The file ${fileOf(place, HEADER)} is damaged or of a newer rhizo, and no manifest beside it can be read.`)
}

/** What can be told of a backup without its key. @throws Fault invalid when it is torn or damaged */
export async function readHead(place: BackupPlace, listed: Pick<Listed, 'name' | 'file'>): Promise<ManifestHead> {
  return parseHead(await readManifest(place, listed), listed.file).head
}

async function readManifest(place: BackupPlace, { name, file }: Pick<Listed, 'name' | 'file'>): Promise<string> {
  const bytes = await place.read(name)
  if (bytes === undefined) throw invalid(`The manifest ${file} is not there.`)
  return Buffer.from(bytes).toString()
}

/** What is in a place of backups, oldest first; no key is needed. */
export async function listBackups(place: BackupPlace): Promise<Listed[]> {
  const found: Listed[] = []
  for await (const name of place.list(BACKUPS)) {
    const time = name.endsWith('.json') ? timeOfFileLabel(basename(name, '.json')) : undefined
    if (time !== undefined) found.push({ time, name, file: fileOf(place, name) })
  }
  return found.sort((a, b) => a.time - b.time)
}

async function cipherFor(path: string, header: Header | undefined, key: string | undefined): Promise<PieceCipher> {
  if (header === undefined) return key === undefined ? plainCipher : newCipher(key)
  const { encryption } = header
  if (encryption === undefined) {
    if (key === undefined) return plainCipher
    throw conflict(`The backups in ${path} are not encrypted, and there is a key: choose another place for encrypted ones.`)
  }
  if (key === undefined)
    throw invalid(`The backups in ${path} are encrypted: give their key with the setting BACKUP_KEY, or with --key-file.`)
  return cipherOf(key, encryption)
}
