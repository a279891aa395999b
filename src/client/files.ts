/** Content of files, over HTTP. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import type { HttpClient } from './http-client.ts'
import { encodePath } from './http-client.ts'

/** Reads and writes the bytes of files as streams, without holding a file in memory (but for `read`). */
export class Files {
  readonly #http: HttpClient

  constructor(http: HttpClient) {
    this.#http = http
  }

  /**
   * Creates a file or adds a revision to it, creating missing folders.
   * @param length bytes in a stream, if known: lets the server refuse a file that is too large at once
   */
  async write(path: string, content: Readable | Buffer | string, options: { length?: number; signal?: AbortSignal } = {}): Promise<number> {
    const answer = await this.#http.json('POST', `/resources${encodePath(path)}`, {
      body: content,
      contentType: 'application/octet-stream',
      ...(options.length === undefined ? {} : { length: options.length }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    return (answer as { id: number }).id
  }

  /** A file's bytes, or a sequence's newest value, as a stream; `content-length` is among its headers. */
  async open(path: string, options: { revision?: number | undefined; from?: number } = {}): Promise<IncomingMessage> {
    return this.#http.open('GET', `/resources${encodePath(path)}`, {
      query: { rev: options.revision },
      ...(options.from === undefined || options.from === 0 ? {} : { headers: { range: `bytes=${options.from}-` } }),
    })
  }

  async read(path: string, options: { revision?: number } = {}): Promise<Buffer> {
    return this.#http.bytes('GET', `/resources${encodePath(path)}`, { query: { rev: options.revision } })
  }
}
