/** A zip that is made while it is sent, one entry after the other. */
import { Readable } from 'node:stream'
import type { DirectoryOptions, ReadStreamOptions, ZipFile } from 'yazl'

export class ZipWriter {
  readonly #zip: ZipFile
  /** The zip's bytes, for one reader, who may destroy it at any time. */
  readonly output: Readable
  readonly #closed: Promise<void>
  /** What is being written. */
  #entry: Readable | undefined

  private constructor(zip: ZipFile) {
    this.#zip = zip
    this.output = zip.outputStream as Readable
    zip.on('error', (error) => this.fail(error))
    // Its reader may never begin to read it, and listens to nothing then.
    this.output.on('error', () => {})
    this.#closed = new Promise((resolve) =>
      this.output.once('close', () => {
        this.#entry?.destroy()
        resolve()
      }),
    )
  }

  static async create(): Promise<ZipWriter> {
    const { ZipFile } = await import('yazl')
    return new ZipWriter(new ZipFile())
  }

  /** Writes an entry; resolves when it is written, to false when nobody reads the zip any more. */
  async add(
    path: string,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    options: Partial<ReadStreamOptions>,
  ): Promise<boolean> {
    if (this.output.destroyed) return false
    const entry = Readable.from(content, { objectMode: false })
    this.#entry = entry
    entry.on('error', (error) => this.fail(error))
    this.#zip.addReadStream(entry, path, options)
    // An error of the entry is one of the zip, which ends the output.
    await Promise.race([new Promise((resolve) => entry.once('close', resolve)), this.#closed])
    return !this.output.destroyed
  }

  addFolder(path: string, options: Partial<DirectoryOptions>): void {
    this.#zip.addEmptyDirectory(path, options)
  }

  end(comment = ''): void {
    this.#zip.end({ comment, forceZip64Format: false })
  }

  /** Ends the output with an error, so that its reader sees that it is not whole. */
  fail(error: unknown): void {
    this.output.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}
