/** Uploads that wait in a folder while the bucket is out of reach: durable, bounded, and sent on when it is back. */
import { Fault } from '../../base/fault.ts'
import type { Micros } from '../../base/time.ts'
import type { BulkStorage, StoredContent, Waiting } from '../bulk-storage.ts'
import { newPath } from '../pieces.ts'
import { writeToBoth } from './tee.ts'

/** Content up to this size is held in memory until the bucket has it; larger content is written to the folder meanwhile, too. */
const IN_MEMORY = 4 * 1_048_576

export interface WaitingOptions {
  readonly bucket: BulkStorage
  readonly folder: BulkStorage
  /** Bytes that may wait. */
  readonly most: number
  readonly now: () => Micros
}

export class WaitingUploads {
  readonly #options: WaitingOptions
  /** Bytes by path. */
  #sizes: Promise<Map<string, number>> | undefined
  #bytes = 0
  #pieces = 0
  /** Being written. */
  readonly writing = new Set<string>()
  #problem: { readonly fault: Fault; readonly since: Micros } | undefined

  constructor(options: WaitingOptions) {
    this.#options = options
  }

  /** Why the bucket can't be used now; undefined when it can. */
  get problem(): Fault | undefined {
    return this.#problem?.fault
  }

  /** As far as it was looked at: {@link load}, and each write, look. */
  state(): Waiting {
    return {
      pieces: this.#pieces,
      bytes: this.#bytes,
      most: this.#options.most,
      since: this.#problem?.since,
      problem: this.#problem?.fault.message,
    }
  }

  /** The bucket could not be used. */
  noteProblem(fault: Fault): void {
    this.#problem = { fault, since: this.#problem?.since ?? this.#options.now() }
  }

  noteWorking(): void {
    this.#problem = undefined
  }

  /** Looks at what waits since earlier. */
  async load(): Promise<void> {
    await this.#load()
  }

  /**
   * Stores content in the bucket, or in the folder when that can't be.
   * @throws Fault busy when neither can be; too_large; whatever the stream throws
   */
  async write(content: AsyncIterable<Uint8Array>, limit: number, path = newPath()): Promise<StoredContent> {
    this.writing.add(path)
    try {
      return await this.#write(content, limit, path)
    } finally {
      this.writing.delete(path)
    }
  }

  async #write(content: AsyncIterable<Uint8Array>, limit: number, path: string): Promise<StoredContent> {
    const { bucket, most } = this.#options
    await this.#load()
    const room = Math.min(limit, most - this.#bytes)
    if (this.#problem) return this.#keep(content, limit, path)
    const head = await Head.read(content, Math.min(IN_MEMORY, limit))
    if (head.isWhole) {
      try {
        return await bucket.write(head.replay(), limit, path)
      } catch (error) {
        this.#noteIfBusy(error)
        return this.#keep(head.replay(), limit, path)
      }
    }
    const [sent, kept] = await writeToBoth(
      head.all(),
      (feed) => bucket.write(feed, limit, path),
      (feed) => this.#options.folder.write(feed, room, path),
    )
    if ('stored' in sent) {
      if ('stored' in kept) await this.#options.folder.delete(path)
      return sent.stored
    }
    if ('stored' in kept) {
      if (!(sent.error instanceof Fault) || sent.error.code !== 'busy') {
        await this.#options.folder.delete(path)
        throw sent.error
      }
      this.#noteIfBusy(sent.error)
      await this.#add(path, kept.stored.size)
      return kept.stored
    }
    throw sent.error
  }

  /** Sends on what waits. Ends when the bucket can't be used. @returns how many pieces were sent */
  async send(isStopped: () => boolean): Promise<number> {
    const { bucket, folder } = this.#options
    let sent = 0
    for (const [path, size] of [...(await this.#load())]) {
      if (isStopped()) return sent
      try {
        const stored = await bucket.write(await folder.read(path), Number.MAX_SAFE_INTEGER, path)
        if (stored.size !== size) throw new Fault('busy', `The content ${path} that waits for the bucket changed while it was sent.`)
      } catch (error) {
        // It was removed meanwhile.
        if (error instanceof Fault && error.code === 'not_found') await this.forget(path)
        else {
          this.#noteIfBusy(error)
          return sent
        }
      }
      await folder.delete(path)
      await this.forget(path)
      sent++
    }
    return sent
  }

  /** A piece doesn't wait any more. */
  async forget(path: string): Promise<void> {
    const sizes = await this.#load()
    this.#bytes -= sizes.get(path) ?? 0
    if (sizes.delete(path)) this.#pieces--
  }

  /** @throws Fault busy when it is more than may wait */
  async #keep(content: AsyncIterable<Uint8Array>, limit: number, path: string): Promise<StoredContent> {
    const room = this.#options.most - this.#bytes
    try {
      if (room <= 0) throw new Fault('too_large', '')
      const stored = await this.#options.folder.write(content, Math.min(limit, room), path)
      await this.#add(path, stored.size)
      return stored
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'too_large' || room >= limit) throw error
      throw new Fault(
        'busy',
        `The file was not stored: ${this.#problem?.fault.message ?? 'The bucket is out of reach.'} And no more than ` +
          `${Math.round(this.#options.most / 1e6).toLocaleString('en')} MB of uploads wait for it here (the setting S3_WAITING).`,
        { retryAfter: 60, cause: error },
      )
    }
  }

  async #add(path: string, size: number): Promise<void> {
    const sizes = await this.#load()
    sizes.set(path, size)
    this.#bytes += size
    this.#pieces++
  }

  /** @throws what is no matter of the bucket */
  #noteIfBusy(error: unknown): void {
    if (!(error instanceof Fault) || error.code !== 'busy') throw error
    this.noteProblem(error)
  }

  #load(): Promise<Map<string, number>> {
    this.#sizes ??= this.#survey().catch((error: unknown) => {
      this.#sizes = undefined
      throw error
    })
    return this.#sizes
  }

  async #survey(): Promise<Map<string, number>> {
    const { folder } = this.#options
    const sizes = new Map<string, number>()
    for (const path of (await folder.survey()).pieces) {
      const size = await folder.sizeOf(path)
      if (size === undefined) continue
      sizes.set(path, size)
      this.#bytes += size
      this.#pieces++
    }
    return sizes
  }
}

/** The beginning of a stream, which can be read again, and the rest, which can't. */
class Head {
  readonly #chunks: readonly Uint8Array[]
  readonly #rest: AsyncIterator<Uint8Array> | undefined

  private constructor(chunks: readonly Uint8Array[], rest: AsyncIterator<Uint8Array> | undefined) {
    this.#chunks = chunks
    this.#rest = rest
  }

  static async read(content: AsyncIterable<Uint8Array>, most: number): Promise<Head> {
    const iterator = content[Symbol.asyncIterator]()
    const chunks: Uint8Array[] = []
    for (let size = 0; size <= most; ) {
      const next = await iterator.next()
      if (next.done === true) return new Head(chunks, undefined)
      chunks.push(next.value)
      size += next.value.length
    }
    return new Head(chunks, iterator)
  }

  get isWhole(): boolean {
    return this.#rest === undefined
  }

  async *replay(): AsyncGenerator<Uint8Array> {
    yield* this.#chunks
  }

  async *all(): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#chunks
      for (let next = await this.#rest?.next(); next && next.done !== true; next = await this.#rest?.next()) yield next.value
    } finally {
      await this.#rest?.return?.()
    }
  }
}
