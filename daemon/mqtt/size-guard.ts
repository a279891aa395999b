/** A look at what comes in before it is parsed: MQTT packets may be large, and gather in memory. MQTT 3.1.1, section 2. */
import type { Duplex } from 'node:stream'

/**
 * Follows the packets of a connection by their headers alone, so that one that is too large is noticed before it gathers
 * in memory.
 */
export class SizeGuard {
  readonly #limit: number
  readonly #firstLimit: number
  #isFirst = true
  /** Bytes of the packet at hand that are still to come; undefined within a header. */
  #left: number | undefined
  /** Bytes of the header seen, and the length as far as it is known. */
  #seen = 0
  #length = 0

  /**
   * @param limit most bytes of a packet
   * @param firstLimit most bytes of the first one, by which a client says who it is
   */
  constructor(limit: number, firstLimit = limit) {
    this.#limit = limit
    this.#firstLimit = Math.min(limit, firstLimit)
  }

  /** @returns what is wrong with the packets in the bytes that came next, or undefined */
  check(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left !== undefined) {
        const taken = Math.min(this.#left, bytes.length - at)
        at += taken
        this.#left -= taken
        if (this.#left === 0) this.#left = undefined
        continue
      }
      const byte = bytes[at++] ?? 0
      if (this.#seen++ === 0) continue
      this.#length += (byte & 0x7f) * 128 ** (this.#seen - 2)
      const limit = this.#isFirst ? this.#firstLimit : this.#limit
      if (this.#length > limit) return `a ${this.#isFirst ? 'first ' : ''}packet of more than ${limit} bytes`
      if ((byte & 0x80) === 0) {
        this.#isFirst = false
        this.#left = this.#length === 0 ? undefined : this.#length
        this.#seen = this.#length = 0
      } else if (this.#seen === 5) return 'a packet whose length is malformed'
    }
    return undefined
  }
}

/**
 * Ends a connection whose packets are too large before they gather in memory, as long as its client has not said who it is.
 * @param onRead called with the bytes that are read, before they are looked at; what it returns is wrong with the connection
 * @param isOver whether there is nothing to guard any more
 */
export function guardSize(stream: Duplex, guard: SizeGuard, onRead: (bytes: number) => string | undefined, isOver: () => boolean): void {
  const read = stream.read.bind(stream)
  stream.read = (size?: number): unknown => {
    const bytes: unknown = read(size)
    if (isOver()) return bytes
    const problem = bytes instanceof Uint8Array ? (onRead(bytes.length) ?? guard.check(bytes)) : undefined
    if (problem === undefined) return bytes
    stream.destroy(new Error(problem))
    return null
  }
}
