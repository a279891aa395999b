/**
 * What passes between the server and its helper process: a header in JSON, and bytes, each with its length before it. Bytes go through the
 * pipe as they are, since copying 30 MB at once would hold up the event loop.
 */

/**
 * Work for the helper. `sheet`: the one to become CSV, by its name; the first unless given. `table`: a sheet as CSV for an import.
 * `sheets`: their names, as a list in JSON. `document`: the table in a document of JSON or XML, as text; nothing where there is none.
 */
export type Task =
  | { readonly kind: 'thumbnail'; readonly maxWidth: number }
  | { readonly kind: 'csv' | 'table' | 'xls' | 'xlsx' | 'sheets' | 'document'; readonly sheet?: string }

/** What came of it. `problem`: what is wrong with the input, as the end of a sentence. */
export type Outcome = { readonly width?: number; readonly height?: number } | { readonly problem: string }

/** The beginning of a frame, before its bytes. */
export function frameHead(header: Task | Outcome, bytes: number): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const head = Buffer.alloc(8)
  head.writeUInt32LE(json.length, 0)
  head.writeUInt32LE(bytes, 4)
  return Buffer.concat([head, json])
}

/** Puts frames together from the chunks of a pipe; keeps each chunk once. */
export class FrameReader {
  readonly #onFrame: (header: unknown, bytes: Buffer) => void
  #chunks: Buffer[] = []
  #size = 0
  #needed = 8

  constructor(onFrame: (header: unknown, bytes: Buffer) => void) {
    this.#onFrame = onFrame
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size >= this.#needed) {
      const all = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks)
      this.#chunks = [all]
      const [json, bytes] = [all.readUInt32LE(0), all.readUInt32LE(4)]
      this.#needed = 8 + json + bytes
      if (this.#size < this.#needed) return
      const header: unknown = JSON.parse(all.toString('utf8', 8, 8 + json))
      const rest = all.subarray(this.#needed)
      const content = all.subarray(8 + json, this.#needed)
      this.#chunks = rest.length > 0 ? [rest] : []
      this.#size = rest.length
      this.#needed = 8
      this.#onFrame(header, content)
    }
  }
}
