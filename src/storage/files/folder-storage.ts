/** Bulk storage in a folder: `ab/cdef…` below it, written under another name first and renamed when durable. */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream, type Stats } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { Fault, notFound } from '../../base/fault.ts'
import type { Micros } from '../../base/time.ts'
import type { BulkStorage, StoredContent } from '../bulk-storage.ts'

export class FolderStorage implements BulkStorage {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async write(content: AsyncIterable<Uint8Array>, limit: number): Promise<StoredContent> {
    const name = randomBytes(16).toString('hex')
    const path = `${name.slice(0, 2)}/${name.slice(2)}`
    const target = join(this.#folder, path)
    const unfinished = `${target}.part`
    // A new folder is durable once the one above it is.
    if ((await mkdir(dirname(target), { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(this.#folder)
    const hash = createHash('sha1')
    let size = 0
    const file = await open(unfinished, 'wx', 0o600)
    try {
      for await (const chunk of content) {
        size += chunk.length
        if (size > limit)
          throw new Fault(
            'too_large',
            `The file is larger than ${limit} bytes, the most that this server takes (its setting MAX_FILE_SIZE).`,
          )
        hash.update(chunk)
        await writeAll(file, chunk)
      }
      await file.datasync()
      await file.close()
      await rename(unfinished, target)
      await syncFolder(dirname(target))
    } catch (error) {
      await file.close().catch(() => {})
      await rm(unfinished, { force: true })
      throw explain(error)
    }
    return { path, size, hash: hash.digest('hex') }
  }

  async read(path: string, range?: { start: number; end: number }): Promise<Readable> {
    let file: FileHandle
    try {
      file = await open(this.#resolve(path), 'r')
    } catch (error) {
      throw notFound(
        'The content of this revision is missing from the storage folder ' +
          `(${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'}).`,
      )
    }
    return createReadStream('', { fd: file, ...(range ?? {}), highWaterMark: 256 * 1024 })
  }

  async delete(path: string): Promise<void> {
    await rm(this.#resolve(path), { force: true })
  }

  async recover(): Promise<string[]> {
    const { pieces, unfinished } = await this.survey()
    for (const path of unfinished) await rm(join(this.#folder, path), { force: true })
    return pieces
  }

  async survey(): Promise<{ pieces: string[]; unfinished: string[] }> {
    const [pieces, unfinished]: [string[], string[]] = [[], []]
    const folders = await readdir(this.#folder).catch(() => [])
    for (const folder of folders.filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      for (const name of await readdir(join(this.#folder, folder)).catch(() => [])) {
        if (/^[0-9a-f]+\.part$/.test(name)) unfinished.push(`${folder}/${name}`)
        else if (/^[0-9a-f]+$/.test(name)) pieces.push(`${folder}/${name}`)
      }
    }
    return { pieces, unfinished }
  }

  async sizeOf(path: string): Promise<number | undefined> {
    return (await this.#look(path))?.size
  }

  async writtenAt(path: string): Promise<Micros | undefined> {
    const status = await this.#look(path)
    return status && Math.round(status.mtimeMs * 1000)
  }

  /** Undefined when there is nothing. @throws Error when it can't be looked at */
  async #look(path: string): Promise<Stats | undefined> {
    try {
      return await stat(this.#resolve(path))
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
      throw error
    }
  }

  #resolve(path: string): string {
    if (!/^[0-9a-f]{2}\/[0-9a-f]+(?:\.part)?$/.test(path)) throw new Error(`no path of this storage: ${path}`)
    return join(this.#folder, path)
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
}

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function explain(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new Fault('busy', 'The disk is full: the file was not stored. Free some space on the server.', { retryAfter: 60 })
  return error
}
