/**
 * A folder of backups of one lab: `pieces/ab/…` are named by their content and shared by all backups, `backups/TIME.json` are the
 * manifests. What has its name is whole: files are written as NAME.part, synced, and renamed.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Fault, conflict, invalid, notFound } from '../base/fault.ts'
import { isObject } from '../base/json.ts'
import { fileLabelOf, timeOfFileLabel, type Micros } from '../base/time.ts'
import { takeLock } from '../database/sqlite/daemon-lock.ts'
import { codeOf, isMissing, readText, syncFolder, unlessMissing, writeText } from '../storage/files/files.ts'
import { FORMAT, filesOf, parseHead, parseManifest, type Manifest, type ManifestHead } from './manifest.ts'
import { cipherOf, newCipher, parseEncryption, plainCipher, type Encryption, type PieceCipher } from './piece-cipher.ts'

/** Says whose backups a folder holds, and how they are encrypted. */
const HEADER = 'rhizo-backups.json'
const BACKUPS = 'backups'
const PIECES = 'pieces'
const SCRATCH = 'unfinished'

/** A manifest that is there. */
export interface Listed {
  readonly time: Micros
  /** Its path. */
  readonly file: string
}

export interface FolderOptions {
  readonly lab: string | null
  /** Encrypts; undefined: backups are in the clear. */
  readonly key: string | undefined
  /** It held backups before: when it holds none, its disk is not there. */
  readonly isKnown?: boolean
}

export class BackupFolder {
  readonly path: string
  readonly cipher: PieceCipher
  readonly #release: () => void
  /** Folders with names that are not on the disk yet. */
  readonly #unsynced = new Set<string>()

  private constructor(path: string, cipher: PieceCipher, release: () => void) {
    this.path = path
    this.cipher = cipher
    this.#release = release
  }

  /**
   * Takes a folder for one lab's backups, and for this process until {@link close}; makes it where it is missing.
   * @throws Fault conflict when it belongs to another lab, is or is not encrypted, or another backup is under way; invalid for a wrong key
   */
  static async claim(path: string, { lab, key, isKnown = false }: FolderOptions): Promise<BackupFolder> {
    const header = await readHeader(path)
    if (header === undefined && isKnown)
      throw new Fault(
        'busy',
        `The folder ${path} held backups of this lab and holds none now: its disk is probably not connected or not mounted. ` +
          'If that is meant to be so, make one backup there by hand: rhizo backup TO.',
      )
    if (header && header.lab !== null && lab !== null && header.lab !== lab)
      throw conflict(`The folder ${path} holds the backups of another lab (${header.lab}; this one is ${lab}). Choose a folder of its own.`)
    const cipher = await cipherFor(path, header, key)
    await makeFolder(path)
    const release = lockFolder(path)
    try {
      for (const folder of [BACKUPS, PIECES]) await makeFolder(join(path, folder))
      await rm(join(path, SCRATCH), { recursive: true, force: true })
      await makeFolder(join(path, SCRATCH))
      if (!header || (header.lab === null && lab !== null))
        await writeText(join(path, HEADER), `${JSON.stringify({ format: FORMAT, lab, encryption: cipher.encryption ?? null })}\n`)
      await syncFolder(dirname(path))
      return new BackupFolder(path, cipher, release)
    } catch (error) {
      release()
      throw error
    }
  }

  /** Opens a folder to read it. @throws Fault not_found when there are no backups; invalid for a wrong or missing key */
  static async open(path: string, key: string | undefined): Promise<BackupFolder> {
    const header = await readHeader(path)
    if (header === undefined) throw notFound(`There are no backups in ${path}: it has no file ${HEADER}.`)
    return new BackupFolder(path, await cipherFor(path, header, key), () => {})
  }

  close(): void {
    this.#release()
  }

  /** For a copy of the database that is being made, which must not outlive it. */
  get scratch(): string {
    return join(this.path, SCRATCH)
  }

  /** What is there, oldest first. */
  list(): Promise<Listed[]> {
    return listBackups(this.path)
  }

  /** @throws Fault invalid when it is torn or damaged */
  async read({ file }: Pick<Listed, 'file'>): Promise<Manifest> {
    return parseManifest(await readFile(file, 'utf8'), file, this.cipher)
  }

  /** Whether a piece is there, by its size. */
  async has(name: string, bytes: number): Promise<boolean> {
    const status = await unlessMissing(stat(this.#pieceFile(name)))
    return status?.size === bytes + this.cipher.overhead
  }

  /** The content of a piece. @throws Fault invalid when it is missing or not what was stored */
  async get(name: string): Promise<Uint8Array> {
    const file = this.#pieceFile(name)
    const stored = await unlessMissing(readFile(file))
    if (stored === undefined) throw invalid(`The piece ${file} of the backup is missing.`)
    const content = this.cipher.open(name, stored)
    if (content === undefined) throw invalid(`The piece ${file} of the backup is damaged.`)
    return content
  }

  /** Stores a piece unless it is there and sound. @returns bytes written */
  async put(name: string, content: Uint8Array): Promise<number> {
    const file = this.#pieceFile(name)
    const present = await unlessMissing(readFile(file))
    if (present && this.cipher.open(name, present) !== undefined) return 0
    await makeFolder(dirname(file))
    const stored = this.cipher.seal(name, content)
    await writeDurably(file, stored)
    this.#unsynced.add(dirname(file))
    const written = await readFile(file)
    if (this.cipher.open(name, written) === undefined)
      throw new Fault('busy', `The disk of ${this.path} gave back other bytes than were written to ${file}: see whether it is sound.`)
    return stored.length
  }

  /** Makes all that was put durable, then the manifest: from then on it is a backup. @returns the manifest's file */
  async finish(time: Micros, manifest: string): Promise<string> {
    for (const folder of this.#unsynced) await syncFolder(folder)
    this.#unsynced.clear()
    await syncFolder(join(this.path, PIECES))
    const file = join(this.path, BACKUPS, `${fileLabelOf(time)}.json`)
    await writeDurably(file, Buffer.from(manifest))
    await syncFolder(dirname(file))
    await this.read({ file })
    return file
  }

  /**
   * Removes backups, then the pieces that no other backup names.
   * @returns how many pieces; undefined when none were looked at, as a manifest that is kept can't be read
   */
  async remove(backups: readonly Listed[]): Promise<number | undefined> {
    for (const { file } of backups) await rm(file, { force: true })
    if (backups.length > 0) await syncFolder(join(this.path, BACKUPS))
    const needed = new Set<string>()
    for (const kept of await this.list()) {
      const manifest = await this.read(kept).catch(() => undefined)
      if (manifest === undefined) return undefined
      for (const [, { pieces }] of filesOf(manifest.body)) for (const name of pieces) needed.add(name)
    }
    let removed = 0
    for (const folder of await readdir(join(this.path, PIECES))) {
      for (const name of await readdir(join(this.path, PIECES, folder)).catch(() => [])) {
        if (needed.has(name) || name.endsWith(DAMAGED)) continue
        await rm(join(this.path, PIECES, folder, name), { force: true })
        removed++
      }
    }
    return removed
  }

  /** Puts a damaged piece aside, so that the next backup writes it again. */
  async setAside(name: string): Promise<void> {
    const file = this.#pieceFile(name)
    await unlessMissing(rename(file, file + DAMAGED))
  }

  #pieceFile(name: string): string {
    return join(this.path, PIECES, name.slice(0, 2), name)
  }
}

const DAMAGED = '.damaged'

interface Header {
  readonly lab: string | null
  readonly encryption: Encryption | undefined
}

async function readHeader(path: string): Promise<Header | undefined> {
  const file = join(path, HEADER)
  const text = await readText(file)
  if (text === undefined) return undefined
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    // Manifests say the same.
  }
  if (!isObject(content) || content['format'] !== FORMAT) return headerOfManifests(path)
  const { lab, encryption } = content
  return { lab: typeof lab === 'string' ? lab : null, encryption: parseEncryption(encryption, file) }
}

/** For a header that is damaged. */
async function headerOfManifests(path: string): Promise<Header> {
  for (const { file } of (await listBackups(path)).reverse()) {
    const head = await readHead(file).catch(() => undefined)
    if (head) return { lab: head.lab, encryption: head.encryption ?? undefined }
  }
  throw invalid(`The file ${join(path, HEADER)} is damaged or of a newer rhizo, and no manifest in ${join(path, BACKUPS)} can be read.`)
}

/** What can be told of a backup without its key. @throws Fault invalid when it is torn or damaged */
export async function readHead(file: string): Promise<ManifestHead> {
  return parseHead(await readFile(file, 'utf8'), file).head
}

/** What is in a folder of backups, oldest first; no key is needed. */
export async function listBackups(path: string): Promise<Listed[]> {
  const names = await readdir(join(path, BACKUPS)).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return names.sort().flatMap((name) => {
    const time = name.endsWith('.json') ? timeOfFileLabel(basename(name, '.json')) : undefined
    return time === undefined ? [] : [{ time, file: join(path, BACKUPS, name) }]
  })
}

async function cipherFor(path: string, header: Header | undefined, key: string | undefined): Promise<PieceCipher> {
  if (header === undefined) return key === undefined ? plainCipher : newCipher(key)
  const { encryption } = header
  if (encryption === undefined) {
    if (key === undefined) return plainCipher
    throw conflict(`The backups in ${path} are not encrypted, and there is a key: choose another folder for encrypted ones.`)
  }
  if (key === undefined)
    throw invalid(`The backups in ${path} are encrypted: give their key with the setting BACKUP_KEY, or with --key-file.`)
  return cipherOf(key, encryption)
}

function lockFolder(path: string): () => void {
  try {
    return takeLock(join(path, '.backup'), path)
  } catch (error) {
    if (error instanceof Fault && error.code === 'conflict')
      throw conflict(`Another backup to ${path} is under way: wait until it is done.`)
    throw error
  }
}

/** File systems without permissions (exFAT) keep their own. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
    await chmod(path, 0o700).catch(() => {})
    await syncFolder(dirname(path))
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST') return
    if (code === 'ENOENT') throw invalid(`There is no folder ${dirname(path)}: is its disk mounted?`)
    throw error
  }
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${file}.${randomBytes(4).toString('hex')}.part`
  const handle = await open(unfinished, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
    await handle.close()
    await rename(unfinished, file)
  } catch (error) {
    await handle.close().catch(() => {})
    await rm(unfinished, { force: true }).catch(() => {})
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT')
      throw new Fault('busy', `The disk of ${dirname(file)} is full: the backup was not made. Free some space, or keep fewer backups.`)
    throw error
  }
}
