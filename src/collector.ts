/**
 * Memory that V8 gives back too late. The content of typed arrays lies outside of its heap, and a thread that makes little
 * else is made to collect only after some 32 MB of them; on a small computer with a thread for each kind of work, that is much.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options?: { type: 'minor' }) => void

export class Collector {
  readonly #type: 'minor' | 'major'
  readonly #limit: number
  #discarded = 0
  #collect: Collect | undefined

  /**
   * @param limit bytes that may lie about
   * @param type minor: what was made lately and did not live long, in well under a millisecond; major: all, in a few milliseconds for a small heap
   */
  constructor(type: 'minor' | 'major', limit: number) {
    this.#type = type
    this.#limit = limit
  }

  /** Tells of bytes in typed arrays that nobody needs from the end of this turn of the event loop on. */
  discard(bytes: number): void {
    this.#discarded += bytes
    if (this.#discarded < this.#limit) return
    this.#discarded = 0
    setImmediate(() => {
      this.#collect ??= findCollect()
      // Any argument at all means minor in some versions of the engine.
      if (this.#type === 'minor') this.#collect({ type: 'minor' })
      else this.#collect()
    })
  }
}

/** The function is only there in what begins after the flag is set. */
function findCollect(): Collect {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as Collect
}
