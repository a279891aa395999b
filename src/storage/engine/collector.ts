/**
 * Memory that V8 gives back too late. The content of typed arrays lies outside of its heap, and a thread that makes little
 * else is made to collect only after some 32 MB of them; on a small computer with a thread for each kind of work, that is much.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Without any argument it collects all. */
type Collect = (options?: { type: 'minor' }) => void

export class Collector {
  readonly #often: number
  readonly #most: number
  #discarded = 0
  #collect: Collect | undefined

  /**
   * @param often bytes after which what was made lately is collected, in well under a millisecond
   * @param most bytes of typed arrays at which all is collected, in some milliseconds, and code that was optimized may have to be so anew
   */
  constructor(often: number, most: number) {
    this.#often = often
    this.#most = most
  }

  /** Tells of bytes in typed arrays that nobody needs from the end of this turn of the event loop on. */
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

/** The function is only there in what begins after the flag is set. */
function findCollect(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
