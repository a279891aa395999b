/** Bulk storage in memory: shows that what a storage must do is told of the interface, and of no folder. */
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { conflict, Fault, notFound } from '../../src/base/fault.ts'
import type { BulkStorage, StorageOwner, StorageSurvey, StoredContent } from '../../src/storage/bulk-storage.ts'

interface Piece {
  readonly bytes: Buffer
  time: number
}

/** What outlives a storage that is opened on it. */
export class MemoryPlace {
  readonly pieces = new Map<string, Piece>()
  readonly unfinished = new Set<string>()
  readonly trash = new Map<string, Piece>()
  owner: StorageOwner | undefined
  user: BulkStorage | undefined

  open(): BulkStorage {
    return new MemoryStorage(this)
  }
}

class MemoryStorage implements BulkStorage {
  readonly #place: MemoryPlace

  constructor(place: MemoryPlace) {
    this.#place = place
  }

  async claim(owner: StorageOwner): Promise<void> {
    const { owner: recorded, user } = this.#place
    if (user) throw conflict('Another daemon is using the storage.')
    if (recorded && recorded.lab !== owner.lab)
      throw conflict(`The storage belongs to ${recorded.database} (${recorded.lab}), not to ${owner.database} (${owner.lab}).`)
    this.#place.owner = owner
    this.#place.user = this
  }

  async release(): Promise<void> {
    if (this.#place.user === this) this.#place.user = undefined
  }

  async owner(): Promise<StorageOwner | undefined> {
    return this.#place.owner
  }

  async write(content: AsyncIterable<Uint8Array>, limit: number): Promise<StoredContent> {
    const path = randomUUID()
    const chunks: Uint8Array[] = []
    this.#place.unfinished.add(path)
    try {
      for await (const chunk of content) {
        chunks.push(chunk)
        if (chunks.reduce((sum, { length }) => sum + length, 0) > limit) throw new Fault('too_large', `More than ${limit} bytes.`)
      }
    } finally {
      this.#place.unfinished.delete(path)
    }
    const bytes = Buffer.concat(chunks)
    this.#place.pieces.set(path, { bytes, time: Date.now() * 1000 })
    return { path, size: bytes.length, hash: createHash('sha1').update(bytes).digest('hex') }
  }

  async read(path: string, range?: { start: number; end: number }): Promise<Readable> {
    await this.restore(path)
    const piece = this.#place.pieces.get(path)
    if (!piece) throw notFound('There is no such content.')
    return Readable.from([range ? piece.bytes.subarray(range.start, range.end + 1) : piece.bytes])
  }

  async delete(path: string): Promise<void> {
    this.#place.pieces.delete(path)
    this.#place.trash.delete(path)
  }

  async probe(): Promise<void> {}

  async survey(): Promise<StorageSurvey> {
    const { pieces, unfinished, trash } = this.#place
    return { pieces: [...pieces.keys()], unfinished: [...unfinished], discarded: [...trash.keys()] }
  }

  async discard(path: string, now: number): Promise<void> {
    const piece = this.#place.pieces.get(path)
    if (!piece) return
    this.#place.pieces.delete(path)
    this.#place.trash.set(path, { ...piece, time: now })
  }

  async restore(path: string): Promise<boolean> {
    const piece = this.#place.trash.get(path)
    if (!piece) return false
    this.#place.trash.delete(path)
    this.#place.pieces.set(path, piece)
    return true
  }

  async sizeOf(path: string): Promise<number | undefined> {
    return this.#place.pieces.get(path)?.bytes.length
  }

  async writtenAt(path: string): Promise<number | undefined> {
    return this.#place.pieces.get(path)?.time
  }

  async discardedAt(path: string): Promise<number | undefined> {
    return this.#place.trash.get(path)?.time
  }
}
