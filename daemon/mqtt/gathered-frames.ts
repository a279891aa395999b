/**
 * What is to be written to one connection: small frames that follow each other are joined in one piece of memory. A stream keeps some
 * hundred bytes for each piece that waits, so that two bytes of an answer (PINGRESP) would cost fifty times as much as they count.
 */

/** Bytes of a frame up to which it is copied. Larger ones are shared by all who hear them. */
const SMALL = 256
/** Bytes of the first piece that small frames are joined in, and of the largest one. */
const FIRST = 512
const LARGEST = 16_384

export class GatheredFrames {
  #pieces: Buffer[] = []
  /** The last frame, as long as no other small one follows it. */
  #single: Buffer | undefined
  #joined: Buffer | undefined
  #used = 0
  #length = 0

  /** Bytes of all that was added and not taken. */
  get length(): number {
    return this.#length
  }

  add(frame: Buffer): void {
    this.#length += frame.length
    if (frame.length > SMALL) {
      this.#closePiece()
      this.#pieces.push(frame)
    } else if (this.#joined) this.#join(frame, this.#joined)
    else if (this.#single) {
      const joined = Buffer.allocUnsafe(FIRST)
      this.#used = this.#single.copy(joined)
      this.#single = undefined
      this.#join(frame, joined)
    } else this.#single = frame
  }

  /** @returns all of it, in its order, in as few pieces as it is kept in */
  take(): readonly Buffer[] {
    this.#closePiece()
    const pieces = this.#pieces
    this.#pieces = []
    this.#length = 0
    return pieces
  }

  #join(frame: Buffer, joined: Buffer): void {
    let piece = joined
    if (this.#used + frame.length > piece.length) {
      this.#pieces.push(piece.subarray(0, this.#used))
      piece = Buffer.allocUnsafe(Math.min(piece.length * 2, LARGEST))
      this.#used = 0
    }
    this.#used += frame.copy(piece, this.#used)
    this.#joined = piece
  }

  #closePiece(): void {
    if (this.#single) this.#pieces.push(this.#single)
    if (this.#joined) this.#pieces.push(this.#joined.subarray(0, this.#used))
    this.#single = undefined
    this.#joined = undefined
    this.#used = 0
  }
}
