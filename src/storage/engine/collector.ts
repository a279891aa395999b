/**
 * Makes V8 free typed arrays earlier. Their content lies outside of its heap, and a thread that makes little else collects only after some
 * 32 MB of them; that is much for a small computer with a thread for each kind of work.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Without an argument it collects everything. */
type Collect = (options?: { type: 'minor' }) => void

export class Collector {
  readonly #often: number
  readonly #most: number
  #discarded = 0
  #collect: Collect | undefined

  /**
   * @param often bytes after which recent objects are collected, which takes well under a millisecond
   * @param most bytes of typed arrays above which everything is collected, which takes some milliseconds, and optimized code may have to be
   * optimized again
   */
  constructor(often: number, most: number) {
    this.#often = often
    this.#most = most
  }

  /** Reports bytes in typed arrays that are unused from the end of this turn of the event loop on. */
  discard(bytes: number): void {
    this.#discarded += bytes
    if (this.#discarded < this.#often) return
    this.#discarded = 0
    setImmediate(() => {
      this.#collect ??= findCollect()
      this.#collect({ type: 'minor' })
      if (process.memoryUsage().arrayBuffers > this.#most) this.#collect()
    })
  }
}

/** Only contexts that are created after the flag is set have the function. */
function findCollect(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
