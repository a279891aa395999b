/** Bulk storage in the database: each piece is a row, with rows for its chunks. For labs that want one file, or one server, for all. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Kysely, Transaction } from 'kysely'
import { conflict, Fault, notFound } from '../../base/fault.ts'
import type { Micros } from '../../base/time.ts'
import type { Schema } from '../../database/schema.ts'
import type { Transact } from '../../database/transact.ts'
import type { BulkStorage, StorageOwner, StorageSurvey, StoredContent } from '../bulk-storage.ts'
import { newPath, requirePath, tooLarge } from '../pieces.ts'

/** Bytes of a chunk: a transaction writes one, and others have their turn in between. */
const CHUNK = 262_144
const UNFINISHED = '.part'

export interface RowStorageOptions {
  readonly db: Kysely<Schema>
  /** Undefined: it is only read. */
  readonly transact: Transact | undefined
  readonly now: () => Micros
  /** A piece that was put aside came back, as somebody reads it. */
  readonly onRestored?: (path: string) => void
}

/** The database has an owner and a lock of its own, so that claiming it takes nothing more. */
export class RowStorage implements BulkStorage {
  readonly #db: Kysely<Schema>
  readonly #options: RowStorageOptions

  constructor(options: RowStorageOptions) {
    this.#db = options.db
    this.#options = options
  }

  async claim(): Promise<void> {}
  async release(): Promise<void> {}
  async probe(): Promise<void> {}

  async owner(): Promise<StorageOwner | undefined> {
    return undefined
  }

  async write(content: AsyncIterable<Uint8Array>, limit: number, path = newPath()): Promise<StoredContent> {
    requirePath(path)
    await this.#change(async (tx) => {
      // What an interrupted write left under this name is of no use.
      await removeRows(tx, path, 0)
      await tx
        .insertInto('stored_pieces')
        .values({ path, size: 0, written_timestamp: this.#options.now(), discarded_timestamp: null, is_finished: 0 })
        .execute()
    })
    try {
      const hash = createHash('sha1')
      let [size, number] = [0, 0]
      for await (const chunk of chunksOf(content)) {
        size += chunk.length
        if (size > limit) throw tooLarge(limit)
        hash.update(chunk)
        const row = { path, number: number++, data: chunk }
        await this.#change((tx) => tx.insertInto('stored_chunks').values(row).execute())
      }
      await this.#change((tx) =>
        tx
          .updateTable('stored_pieces')
          .set({ size, is_finished: 1, written_timestamp: this.#options.now() })
          .where('path', '=', path)
          .execute(),
      )
      return { path, size, hash: hash.digest('hex') }
    } catch (error) {
      await this.#change((tx) => removeRows(tx, path, 0)).catch(() => {})
      throw error
    }
  }

  async read(path: string, range?: { start: number; end: number }): Promise<Readable> {
    let piece = await this.#find(path)
    if (piece?.discarded_timestamp != null && (await this.restore(path))) {
      this.#options.onRestored?.(path)
      piece = await this.#find(path)
    }
    if (!piece) throw notFound('The content of this revision is missing from the database.')
    const last = Math.min(range?.end ?? piece.size - 1, piece.size - 1)
    return Readable.from(this.#readChunks(path, range?.start ?? 0, last), { objectMode: false, highWaterMark: CHUNK })
  }

  async delete(path: string): Promise<void> {
    await this.#change((tx) => removeRows(tx, path, 1))
  }

  async survey(): Promise<StorageSurvey> {
    const rows = await this.#db.selectFrom('stored_pieces').select(['path', 'is_finished', 'discarded_timestamp']).execute()
    const paths = (isMeant: (row: (typeof rows)[number]) => boolean): string[] => rows.filter(isMeant).map(({ path }) => path)
    return {
      pieces: paths((row) => row.is_finished === 1 && row.discarded_timestamp === null),
      unfinished: paths((row) => row.is_finished === 0).map((path) => `${path}${UNFINISHED}`),
      discarded: paths((row) => row.discarded_timestamp !== null),
    }
  }

  async discard(path: string, now: Micros): Promise<void> {
    if (path.endsWith(UNFINISHED)) {
      await this.#change((tx) => removeRows(tx, path.slice(0, -UNFINISHED.length), 0))
      return
    }
    await this.#change((tx) =>
      tx
        .updateTable('stored_pieces')
        .set({ discarded_timestamp: now })
        .where('path', '=', path)
        .where('is_finished', '=', 1)
        .where('discarded_timestamp', 'is', null)
        .execute(),
    )
  }

  async restore(path: string): Promise<boolean> {
    const piece = await this.#find(path)
    if (!piece || piece.discarded_timestamp === null) return false
    await this.#change((tx) =>
      tx
        .updateTable('stored_pieces')
        .set({ discarded_timestamp: null, written_timestamp: this.#options.now() })
        .where('path', '=', path)
        .execute(),
    )
    return true
  }

  async sizeOf(path: string): Promise<number | undefined> {
    return (await this.#findLive(path))?.size
  }

  async writtenAt(path: string): Promise<Micros | undefined> {
    return (await this.#findLive(path))?.written_timestamp
  }

  async discardedAt(path: string): Promise<Micros | undefined> {
    return (await this.#find(path))?.discarded_timestamp ?? undefined
  }

  async *#readChunks(path: string, first: number, last: number): AsyncGenerator<Uint8Array> {
    for (let number = Math.floor(first / CHUNK); number * CHUNK <= last; number++) {
      const row = await this.#db
        .selectFrom('stored_chunks')
        .select('data')
        .where('path', '=', path)
        .where('number', '=', number)
        .executeTakeFirst()
      if (!row) throw new Fault('busy', 'The content was moved or removed while it was read. Try again.', { retryAfter: 1 })
      const start = number * CHUNK
      yield row.data.subarray(Math.max(0, first - start), Math.min(row.data.length, last + 1 - start))
    }
  }

  #find(path: string) {
    return this.#db.selectFrom('stored_pieces').selectAll().where('path', '=', path).where('is_finished', '=', 1).executeTakeFirst()
  }

  async #findLive(path: string) {
    const piece = await this.#find(path)
    return piece?.discarded_timestamp === null ? piece : undefined
  }

  async #change<T>(work: (tx: Transaction<Schema>) => Promise<T>): Promise<T> {
    const { transact } = this.#options
    if (!transact) throw conflict('The database is only read here: nothing is stored in it.')
    return transact(work)
  }
}

/** @param isFinished 1: whatever state it is in */
async function removeRows(tx: Transaction<Schema>, path: string, isFinished: 0 | 1): Promise<void> {
  const piece = await tx.selectFrom('stored_pieces').select('is_finished').where('path', '=', path).executeTakeFirst()
  if (!piece || piece.is_finished > isFinished) return
  await tx.deleteFrom('stored_chunks').where('path', '=', path).execute()
  await tx.deleteFrom('stored_pieces').where('path', '=', path).execute()
}

/** Cuts a stream into chunks of one size, so that a range is found without reading what is before it. */
async function* chunksOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (const chunk of content)
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + CHUNK - length)
      waiting.push(piece)
      length += piece.length
      at += piece.length
      if (length < CHUNK) continue
      yield joined(waiting)
      waiting = []
      length = 0
    }
  if (length > 0) yield joined(waiting)
}

/** A copy: a view that is sent to the writer thread would take its whole buffer along. */
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
