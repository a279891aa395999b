/** Where lines of log go. What can't be written is dropped, because a full disk or a closed pipe must not stop the server. */
import { writeSync } from 'node:fs'

/** Tells how many lines were lost, as a line of the log. */
export type TellLoss = (lost: number) => string

/** What a pipe that is full says, since somebody reads it slowly. */
const BUSY = 'EAGAIN'
/** Milliseconds that the first line waits for such a reader; the ones after a lost one don't wait. */
const PATIENCE = 15

export class LogFile {
  readonly #descriptor: number
  readonly #tellLoss: TellLoss
  readonly #pause = new Int32Array(new SharedArrayBuffer(4))
  #lost = 0
  /** A line was written in part: the next one must begin on its own. */
  #isTorn = false

  constructor(descriptor: number, tellLoss: TellLoss) {
    this.#descriptor = descriptor
    this.#tellLoss = tellLoss
  }

  /** Lines that were lost and have not been told of. */
  get lost(): number {
    return this.#lost
  }

  /** Writes a line, or drops and counts it; never throws. */
  write(line: string): void {
    if (this.#isTorn && this.#put('\n')) this.#isTorn = false
    if (!this.#isTorn && this.#lost > 0 && this.#put(this.#tellLoss(this.#lost))) this.#lost = 0
    if (this.#isTorn || this.#lost > 0 || !this.#put(line)) this.#lost++
  }

  #put(text: string): boolean {
    const bytes = Buffer.from(text)
    let at = 0
    for (let waited = this.#lost > 0 ? PATIENCE : 0; at < bytes.length; ) {
      try {
        at += writeSync(this.#descriptor, bytes, at)
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === BUSY && waited++ < PATIENCE) {
          Atomics.wait(this.#pause, 0, 0, 1)
          continue
        }
        this.#isTorn ||= at > 0
        return false
      }
    }
    return true
  }
}
