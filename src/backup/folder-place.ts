/** Backups in a folder: files are written under another name, synced, and renamed. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { explainDiskError } from '../base/disk-errors.ts'
import { Fault, conflict, invalid } from '../base/fault.ts'
import { readBytes } from '../base/regular-files.ts'
import { takeLock } from '../database/sqlite/daemon-lock.ts'
import { codeOf, isMissing, syncFolder, unlessMissing } from '../storage/files/files.ts'
import type { BackupPlace } from './backup-place.ts'

const SCRATCH = 'unfinished'

export class FolderPlace implements BackupPlace {
  readonly path: string
  readonly comparesHashes = false
  readonly whenGone = 'its disk is probably not connected or not mounted'
  /** Folders with names that are not on the disk yet. */
  readonly #unsynced = new Set<string>()

  constructor(path: string) {
    this.path = path
  }

  get scratch(): string {
    return join(this.path, SCRATCH)
  }

  async claim(): Promise<() => Promise<void>> {
    await makeFolder(this.path)
    const release = this.#lock()
    try {
      await rm(this.scratch, { recursive: true, force: true })
      await makeFolder(this.scratch)
      await syncFolder(dirname(this.path))
      return async () => release()
    } catch (error) {
      release()
      throw error
    }
  }

  read(name: string): Promise<Uint8Array | undefined> {
    return unlessMissing(readBytes(this.#file(name)))
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const file = this.#file(name)
    await this.#makeFolders(name)
    await writeDurably(file, bytes)
    this.#unsynced.add(dirname(file))
  }

  async sizeOf(name: string): Promise<number | undefined> {
    return (await unlessMissing(stat(this.#file(name))))?.size
  }

  async *list(folder: string): AsyncGenerator<string> {
    const found = await readdir(this.#file(folder), { recursive: true, withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return []
      throw error
    })
    for (const entry of found) if (entry.isFile()) yield relative(this.path, join(entry.parentPath, entry.name))
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true })
    this.#unsynced.add(dirname(this.#file(name)))
  }

  async rename(name: string, to: string): Promise<void> {
    await unlessMissing(rename(this.#file(name), this.#file(to)))
  }

  async settle(): Promise<void> {
    for (const folder of this.#unsynced) {
      await syncFolder(folder)
      // The folder itself may be new.
      await syncFolder(dirname(folder))
    }
    this.#unsynced.clear()
  }

  #file(name: string): string {
    return join(this.path, name)
  }

  async #makeFolders(name: string): Promise<void> {
    let folder = this.path
    for (const part of name.split('/').slice(0, -1)) await makeFolder((folder = join(folder, part)))
  }

  #lock(): () => void {
    try {
      return takeLock(join(this.path, '.backup'), this.path)
    } catch (error) {
      if (error instanceof Fault && error.code === 'conflict')
        throw conflict(`Another backup to ${this.path} is under way: wait until it is done.`)
      throw error
    }
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
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code === 'EEXIST') throw invalid(`${path} is a file, not a folder: name another place for the backups.`)
    if (code === 'ENOTDIR') throw invalid(`${dirname(path)} is a file, not a folder: name another place for the backups.`)
    if (code === 'ENOENT') throw invalid(`There is no folder ${dirname(path)}: is its disk mounted?`)
    throw explain(error, path)
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
    throw explain(error, dirname(file))
  }
}

/** @returns the error in words, with what to do, where it is one of the disk */
const explain = (error: unknown, folder: string): unknown =>
  explainDiskError(error, `The folder ${folder}`, 'the backup was not made') ?? error
