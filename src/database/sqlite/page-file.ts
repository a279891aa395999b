/**
 * The pages of a database as its file has them, which is not what the database holds while its log has newer ones. The file stays open
 * until the end: closing it would give SQLite's own locks on it away.
 */
import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { GROUP_PAGES, HASH_BYTES } from './pages.ts'

/** Where SQLite locks: the page that holds this byte is never used. */
const LOCK_BYTE = 0x40000000

export class PageFile {
  readonly #path: string
  #opened: Promise<FileHandle> | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** After the database's connections are closed. */
  async close(): Promise<void> {
    await (await this.#opened?.catch(() => undefined))?.close()
    this.#opened = undefined
  }

  async #file(): Promise<FileHandle> {
    this.#opened ??= open(this.#path, 'r')
    this.#opened.catch(() => (this.#opened = undefined))
    return this.#opened
  }

  async pageBytes(): Promise<number> {
    const bytes = await this.#read(16, 2)
    if (bytes.length < 2) throw new Error(`${this.#path} is empty`)
    const size = bytes.readUInt16BE(0)
    return size === 1 ? 65_536 : size
  }

  /** How many groups of pages the file has, the last of them perhaps in part. */
  async groups(): Promise<number> {
    const { size } = await (await this.#file()).stat()
    return Math.ceil(size / (GROUP_PAGES * (await this.pageBytes())))
  }

  /** Hashes of groups, one after the other; none behind the end of the file. @param from from 0 */
  async hashes(from: number, count: number): Promise<Buffer> {
    const bytes = GROUP_PAGES * (await this.pageBytes())
    const hashes: Buffer[] = []
    for (let group = from; group < from + count; group++) {
      const content = await this.#read(group * bytes, bytes)
      if (content.length === 0) break
      hashes.push(createHash('sha256').update(content).digest().subarray(0, HASH_BYTES))
    }
    return Buffer.concat(hashes)
  }

  /** The pages of groups, packed as in pages.ts. */
  async readGroups(groups: readonly number[]): Promise<Uint8Array> {
    const pageBytes = await this.pageBytes()
    const packed: Buffer[] = []
    for (const group of groups) {
      const content = await this.#read(group * GROUP_PAGES * pageBytes, GROUP_PAGES * pageBytes)
      for (let at = 0; at + pageBytes <= content.length; at += pageBytes) {
        const page = group * GROUP_PAGES + at / pageBytes + 1
        if (page === Math.floor(LOCK_BYTE / pageBytes) + 1) continue
        const number = Buffer.alloc(4)
        number.writeUInt32BE(page)
        packed.push(number, content.subarray(at, at + pageBytes))
      }
    }
    return Buffer.concat(packed)
  }

  /** @returns fewer bytes where the file ends */
  async #read(at: number, length: number): Promise<Buffer> {
    const file = await this.#file()
    const bytes = Buffer.alloc(length)
    let done = 0
    while (done < length) {
      const { bytesRead } = await file.read(bytes, done, length - done, at + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  }
}
