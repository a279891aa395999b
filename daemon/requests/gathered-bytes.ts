/**
 * Gathers the chunks of a body. Small chunks are copied together: a body that arrives byte by byte would otherwise take a hundred times its
 * size.
 */

/** Chunks from this size on are kept as they are. */
const LARGE = 4_096
/** Sizes of the blocks that small chunks are copied into: they grow with the body. */
const SMALLEST_BLOCK = 256
const LARGEST_BLOCK = 16_384

export class GatheredBytes {
  readonly #chunks: Buffer[] = []
  #block: Buffer | undefined
  #filled = 0
  #size = 0

  /** Bytes so far. */
  get size(): number {
    return this.#size
  }

  push(chunk: Buffer): void {
    // The first chunk is mostly the whole body.
    if (chunk.length >= LARGE || this.#size === 0) {
      this.#seal()
      this.#chunks.push(chunk)
    } else this.#copy(chunk)
    this.#size += chunk.length
  }

  /**
   * All of them; nothing may be pushed afterwards.
   * @param free is given the parts that were copied
   */
  join(free?: (part: Uint8Array) => void): Buffer {
    this.#seal()
    const [first, ...more] = this.#chunks
    if (first && more.length === 0) return first
    const all = Buffer.concat(this.#chunks)
    if (free) this.drop(free)
    return all
  }

  /** Forgets all of them. @param free is given the parts */
  drop(free: (part: Uint8Array) => void): void {
    this.#seal()
    for (const part of this.#chunks.splice(0)) free(part)
    this.#size = 0
  }

  #copy(chunk: Buffer): void {
    if (this.#block && this.#filled + chunk.length > this.#block.length) this.#seal()
    this.#block ??= Buffer.allocUnsafeSlow(Math.max(chunk.length, Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, this.#size))))
    chunk.copy(this.#block, this.#filled)
    this.#filled += chunk.length
  }

  #seal(): void {
    if (this.#block) this.#chunks.push(this.#block.subarray(0, this.#filled))
    this.#block = undefined
    this.#filled = 0
  }
}
