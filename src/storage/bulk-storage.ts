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

/** Whose content a storage holds. */
export interface StorageOwner {
  /** The id that a lab's database has for as long as it exists; copies of the database have the same. */
  readonly lab: string
  /** For messages: where the database is. */
  readonly database: string
}

/** Names of what a storage holds. */
export interface StorageSurvey {
  /** Finished pieces. */
  readonly pieces: string[]
  /** Of writes under way, or interrupted. */
  readonly unfinished: string[]
  /** Of both, those that were put aside by {@link BulkStorage.discard}. */
  readonly discarded: string[]
}

/** What waits in a folder for a bucket that is out of reach. */
export interface Waiting {
  readonly pieces: number
  /** Bytes that wait, and that may. */
  readonly bytes: number
  readonly most: number
  /** Since when the bucket can't be used, and why; undefined: it can. */
  readonly since: Micros | undefined
  readonly problem: string | undefined
}

/** For an address from which anybody may fetch a piece for a while. */
export interface LinkOptions {
  /** How long it works. */
  readonly seconds: number
  /** The value of the Content-Disposition that comes with it. */
  readonly disposition: string
  readonly contentType: string
}

export interface BulkStorage {
  /**
   * Takes the storage for one lab and one daemon, until {@link release}. Needed before content of others can be told from content
   * that belongs to nothing; a command that only reads does without.
   * @param named pieces that the lab's records name, asked only of a place that is as good as new: where there are such, it is not the
   * place that the lab had. Not given: a new place is taken as it is.
   * @throws Fault conflict when it belongs to another lab or another daemon uses it; invalid when it can't be used; busy when the place
   * that the lab had is not there now, or its disk fails: nothing is stored until it can be used, for which {@link probe} and each write
   * look
   */
  claim(owner: StorageOwner, named?: () => Promise<readonly string[]>): Promise<void>
  /** Lets others claim the storage; fine when it was not claimed. */
  release(): Promise<void>
  /** Whose it is, or undefined when nobody has claimed it. @throws Fault invalid when that can't be read */
  owner(): Promise<StorageOwner | undefined>
  /**
   * Stores a stream without holding it in memory; resolves when the content is durable under its name.
   * @param limit maximum size, bytes
   * @param path the name, of a piece that another storage has; undefined: a new one, that no piece has or had
   * @throws Fault too_large past the limit; whatever the stream throws. Nothing is stored then.
   */
  write(content: AsyncIterable<Uint8Array>, limit: number, path?: string): Promise<StoredContent>
  /**
   * Reads a piece; one that was discarded comes back first.
   * @param range first and last byte, both inclusive
   * @throws Fault not_found when there is no such content
   */
  read(path: string, range?: { start: number; end: number }): Promise<Readable>
  /** Removes content for good, discarded or not; does nothing if it is already gone. */
  delete(path: string): Promise<void>
  /** @throws Error or Fault when content can't be stored now, or the storage is not the one that was claimed */
  probe(): Promise<void>
  /**
   * Where not given, there is nothing to look at.
   * @param missing pieces that records name and that are in no place
   * @throws Fault busy when they may be missing because the place itself is not there, or is none
   */
  examine?(missing: readonly string[]): Promise<void>
  /** @param only tells only what is unfinished, where telling all takes long */
  survey(only?: 'unfinished'): Promise<StorageSurvey>
  /**
   * Puts a piece aside, from where {@link restore} and {@link read} bring it back; fine when it is gone. One that was never
   * finished may be removed at once.
   */
  discard(path: string, now: Micros): Promise<void>
  /** Brings back what was discarded. @returns whether there was such a piece */
  restore(path: string): Promise<boolean>
  /** Bytes of a piece, or undefined when there is none; one that was discarded is none. */
  sizeOf(path: string): Promise<number | undefined>
  /** When a piece was written, or came back, or undefined when there is none; one that was discarded is none. */
  writtenAt(path: string): Promise<Micros | undefined>
  /** When a piece was discarded, or undefined when it was not. */
  discardedAt(path: string): Promise<Micros | undefined>
  /** For a piece that no record names any more: like {@link delete}, but where storage is shared it can come back for some days. */
  retire?(path: string, now: Micros): Promise<void>
  /** Removes leftovers of interrupted writes, and what was retired long enough ago. @returns how many */
  tidy?(now: Micros): Promise<number>
  /** What waits for a bucket; undefined when there is none. */
  waiting?(): Waiting | undefined
  /** Uses a bucket that is back, and sends on what waits for it. @returns how many pieces were sent */
  catchUp?(isStopped: () => boolean): Promise<number>
  /** An address from which anybody may fetch a piece for a while; undefined when there is none. */
  link?(path: string, options: LinkOptions): Promise<string | undefined>
}
