/**
 * Text that comes in pieces and is needed as a whole once it is complete. Adding a piece costs the piece: what is there already is not
 * looked at again, however small the pieces are.
 */

/** Pieces that are joined into a larger one: a text of single characters would take forty times its size. */
const SOME = 1_000

export class TextPieces {
  readonly #joined: string[] = []
  #pieces: string[] = []
  #length = 0

  /** In characters. */
  get length(): number {
    return this.#length
  }

  push(piece: string): void {
    if (piece === '') return
    this.#length += piece.length
    if (this.#pieces.push(piece) < SOME) return
    this.#joined.push(this.#pieces.join(''))
    this.#pieces = []
  }

  /** All of it; it is empty then. */
  take(): string {
    const [first = '', ...more] = this.#joined.length === 0 ? this.#pieces : [...this.#joined, ...this.#pieces]
    this.#joined.length = 0
    this.#pieces = []
    this.#length = 0
    return more.length === 0 ? first : first + more.join('')
  }
}
