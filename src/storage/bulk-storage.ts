/** Where the content of large revisions lives: named, immutable pieces of bytes. */
import type { Readable } from 'node:stream'
import type { Micros } from '../base/time.ts'

export interface StoredContent {
  /** The name to find it again. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** SHA-1, hex. */
  readonly hash: string
}

export interface BulkStorage {
  /**
   * Takes in a stream without holding it in memory; resolves when the content is durable under its name.
   * @param limit most bytes
   * @throws Fault too_large past the limit; whatever the stream throws. Nothing is left behind then.
   */
  write(content: AsyncIterable<Uint8Array>, limit: number): Promise<StoredContent>
  /**
   * @param range first and last byte, both inclusive
   * @throws Fault not_found when there is no such content
   */
  read(path: string, range?: { start: number; end: number }): Promise<Readable>
  /** Removes content; fine when it is gone already. */
  delete(path: string): Promise<void>
  /**
   * For the start, while nobody writes: removes what interrupted writes left unfinished.
   * @returns the names of all finished pieces
   */
  recover(): Promise<string[]>
  /** Names of all finished pieces, and of unfinished ones, which a write under way or one that was interrupted left. */
  survey(): Promise<{ pieces: string[]; unfinished: string[] }>
  /** Bytes of a piece, or undefined when there is none. */
  sizeOf(path: string): Promise<number | undefined>
  /** When a piece was written, or undefined when there is none. */
  writtenAt(path: string): Promise<Micros | undefined>
}
