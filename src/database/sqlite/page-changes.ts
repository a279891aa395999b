/**
 * Which pages of a database changed, in order, as the headers of its log's frames tell. It runs in the writer's thread, which looks after
 * each commit: so no frame is missed when the log begins again from its start.
 */
import type Sqlite from 'better-sqlite3'
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { areSame, FRAME_HEADER_BYTES, frameAt, LOG_HEADER_BYTES, readFrameHeader, readSalts, type Salts } from './log-frames.ts'
import type { ChangedPages } from './pages.ts'

/** Changes that are remembered: 2 MB. Whoever asks for older ones gets a new base. */
const MOST = 250_000

export class PageChanges {
  readonly #path: string
  readonly #pageBytes: number
  readonly #most: number
  /** Files that stay open, as closing one of the database's gives SQLite's own locks on it away. */
  readonly #log: number
  readonly #database: number
  #run = randomUUID()
  /** Pages in the order of their changes; that of index 0 has the number {@link #floor} + 1. */
  #pages: number[] = []
  #floor = 0
  #salts: Salts | undefined
  /** Frames of the log that were looked at, and for each page the newest. */
  #frames = 0
  readonly #newest = new Map<number, number>()
  #version: unknown

  /** @param most changes that are remembered @throws Error when the files can't be opened */
  constructor(connection: Sqlite.Database, path: string, most = MOST) {
    this.#path = path
    this.#most = most
    this.#pageBytes = Number(connection.pragma('page_size', { simple: true }))
    this.#log = openSync(`${path}-wal`, 'r')
    try {
      this.#database = openSync(path, 'r')
    } catch (error) {
      closeSync(this.#log)
      throw error
    }
  }

  /** After the database's connections are closed. */
  close(): void {
    closeSync(this.#log)
    closeSync(this.#database)
  }

  /** What was remembered may have a gap: who followed needs a new base. */
  restart(): void {
    this.#run = randomUUID()
    this.#floor += this.#pages.length
    this.#pages = []
    this.#salts = undefined
    this.#frames = 0
    this.#newest.clear()
  }

  /**
   * Looks at the frames that are new. Between two calls only one transaction of this connection may end.
   * @param frames how many the log has
   * @throws Error when the log can't be read
   */
  look(connection: Sqlite.Database, frames: number): void {
    const version = connection.pragma('data_version', { simple: true })
    // A log of no frames may still have the header of the one before.
    const salts = frames === 0 ? undefined : readSalts(read(this.#log, 0, LOG_HEADER_BYTES))
    const isSame = salts !== undefined && this.#salts !== undefined && areSame(salts, this.#salts) && frames >= this.#frames
    if (!isSame) {
      // Another program committed too: it may have written frames, moved them into the database and begun the log again meanwhile.
      if (this.#version !== undefined && version !== this.#version) this.restart()
      this.#newest.clear()
      this.#frames = 0
    }
    if (salts) {
      this.#salts = salts
      for (let frame = this.#frames + 1; frame <= frames; frame++) {
        const { page, salts: own } = readFrameHeader(read(this.#log, frameAt(frame, this.#pageBytes), FRAME_HEADER_BYTES))
        if (!areSame(own, salts)) throw new Error(`frame ${frame} of the log ${this.#path}-wal is not of this log`)
        this.#newest.set(page, frame)
        this.#pages.push(page)
      }
    }
    this.#frames = frames
    this.#version = version
    if (this.#pages.length > this.#most) this.#forget()
  }

  /** Whether no other connection has committed since the last look. */
  isUpToDate(connection: Sqlite.Database): boolean {
    return connection.pragma('data_version', { simple: true }) === this.#version
  }

  /** Forgets the older half, but nothing that the log still holds: a base is read from the database file, which lacks that. */
  #forget(): void {
    const gone = Math.min(this.#pages.length >> 1, this.#pages.length - this.#frames)
    if (gone <= 0) return
    this.#floor += gone
    this.#pages = this.#pages.slice(gone)
  }

  /**
   * Content of pages that changed, the oldest changes first; call it inside a transaction, when all frames were looked at.
   * @param since what {@link ChangedPages.until} was; undefined or of another run: nothing but where to go on from
   * @param most pages
   */
  take(since: { run: string; until: number } | undefined, most: number, pageCount: number): ChangedPages {
    const end = this.#floor + this.#pages.length
    const head = { run: this.#run, pageBytes: this.#pageBytes, pageCount }
    if (since?.run !== this.#run || since.until < this.#floor || since.until > end)
      // What the log holds is not in the database file yet, from which a base is read.
      return { ...head, kind: 'base', until: end - this.#frames, isComplete: false, pages: new Uint8Array(0) }
    const wanted = new Set<number>()
    let at = since.until - this.#floor
    for (; at < this.#pages.length && wanted.size < most; at++) wanted.add(this.#pages[at] ?? 0)
    const isComplete = at === this.#pages.length
    // The end of a transaction needs a page: the first is there always.
    if (isComplete && since.until < end) wanted.delete(1)
    const numbers = [...wanted].filter((page) => page <= pageCount)
    if (isComplete && since.until < end) numbers.push(1)
    return { ...head, kind: 'changes', until: this.#floor + at, isComplete, pages: this.#pack(numbers) }
  }

  #pack(numbers: readonly number[]): Uint8Array {
    const size = 4 + this.#pageBytes
    // Memory of its own, which can move to another thread.
    const packed = Buffer.from(new ArrayBuffer(numbers.length * size))
    for (const [at, page] of numbers.entries()) {
      packed.writeUInt32BE(page, at * size)
      const frame = this.#newest.get(page)
      const [file, from] =
        frame === undefined
          ? [this.#database, (page - 1) * this.#pageBytes]
          : [this.#log, frameAt(frame, this.#pageBytes) + FRAME_HEADER_BYTES]
      readInto(file, packed, at * size + 4, this.#pageBytes, from)
    }
    return packed
  }
}

function read(file: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  readInto(file, bytes, 0, length, at)
  return bytes
}

/** @throws Error when the file ends before */
function readInto(file: number, bytes: Buffer, to: number, length: number, from: number): void {
  for (let done = 0; done < length; ) {
    const count = readSync(file, bytes, to + done, length - done, from + done)
    if (count === 0) throw new Error('a file of the database is shorter than its log says')
    done += count
  }
}
