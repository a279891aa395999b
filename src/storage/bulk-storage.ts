/** Stores the content of large revisions as named, immutable pieces of bytes. */
import type { Readable } from 'node:stream'
import type { Micros } from '../base/time.ts'

export interface StoredContent {
  /** The name under which `read` finds it. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
}

export interface BulkStorage {
  /**
   * Stores a stream without holding it in memory; resolves when the content is durable under its name.
   * @param limit maximum size, bytes
   * @throws Fault too_large past the limit; whatever the stream throws. Nothing is stored then.
   */
  write(content: AsyncIterable<Uint8Array>, limit: number): Promise<StoredContent>
  /**
   * @param range first and last byte, both inclusive
   * @throws Fault not_found when there is no such content
   */
  read(path: string, range?: { start: number; end: number }): Promise<Readable>
  /** Removes content; does nothing if it is already gone. */
  delete(path: string): Promise<void>
  /**
   * Removes what interrupted writes left unfinished. Call it at the start, before anything writes.
   * @returns the names of all finished pieces
   */
  recover(): Promise<string[]>
  /** Names of all finished pieces, and of unfinished ones: writes in progress, and what interrupted writes left. */
  survey(): Promise<{ pieces: string[]; unfinished: string[] }>
  /** Size of a piece in bytes; undefined if it does not exist. */
  sizeOf(path: string): Promise<number | undefined>
  /** When a piece was written; undefined if it does not exist. */
  writtenAt(path: string): Promise<Micros | undefined>
}
