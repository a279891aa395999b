/**
 * Memory for callers who have not said who they are. What they send gathers in memory before anything can be refused: bodies, frames,
 * MQTT's CONNECT. All of them together get a fixed sum of it, however many they are. When the sum is used up, the one who holds most gives
 * way, and of several the one who began first: an honest caller sends little or is done within moments, and one who fills memory is not.
 */
import { Fault } from '../../src/base/fault.ts'
import { GivenBack } from './given-back.ts'

/** Most bytes of one body, frame or packet of a stranger. */
export const STRANGER_BYTES = 100_000
/** Bytes for all of them. */
const SUM = 12_000_000
/** How long a stranger may take for one body, in milliseconds. */
const PATIENCE_MS = 30_000

export interface StrangersMemoryOptions {
  readonly sum?: number
  readonly patienceMs?: number
  /** Called when more of a stranger has come. */
  readonly onMore?: () => void
}

export class StrangersMemory {
  readonly #sum: number
  readonly #patienceMs: number
  /** Those that hold something, the one that began first in front. */
  readonly #shares = new Set<Share>()
  readonly #givenBack = new GivenBack()
  readonly #onMore: (() => void) | undefined
  #held = 0

  constructor({ sum = SUM, patienceMs = PATIENCE_MS, onMore }: StrangersMemoryOptions = {}) {
    this.#sum = sum
    this.#onMore = onMore
    this.#patienceMs = patienceMs
  }

  /** Bytes that all strangers hold now. */
  get held(): number {
    return this.#held
  }

  /** How long a stranger may take for one body, in milliseconds. */
  get patienceMs(): number {
    return this.#patienceMs
  }

  /** A share for one caller, of nothing yet. To be released in the end. */
  share(): Share {
    return new Share(this)
  }

  /** For shares: one holds so many bytes now, where it held `before`. */
  change(share: Share, before: number, bytes: number): void {
    this.#held += bytes - before
    if (bytes === 0) this.#shares.delete(share)
    else if (before === 0) this.#shares.add(share)
    if (bytes > before) this.#onMore?.()
    while (this.#held > this.#sum) {
      const largest = this.#largest()
      if (!largest) return
      largest.cut(CROWDED())
    }
  }

  #largest(): Share | undefined {
    let largest: Share | undefined
    for (const share of this.#shares) if (largest === undefined || share.bytes > largest.bytes) largest = share
    return largest
  }

  /** Frees bytes of a stranger that nobody looks at any more: {@link GivenBack.take}. */
  free(chunk: Uint8Array): void {
    this.#givenBack.take(chunk)
  }
}

const CROWDED = (): Fault =>
  new Fault('busy', 'Too many callers without a key send at the same time. Send a key, sign in, or try again in a moment.', {
    retryAfter: 5,
  })

/** What one stranger holds. */
export class Share {
  readonly #memory: StrangersMemory
  #bytes = 0
  #cut: ((fault: Fault) => void) | undefined

  constructor(memory: StrangersMemory) {
    this.#memory = memory
  }

  /** What it holds. */
  get bytes(): number {
    return this.#bytes
  }

  /** How long the caller may take for one body, in milliseconds. */
  get patienceMs(): number {
    return this.#memory.patienceMs
  }

  /** Frees bytes that the caller has sent and nobody looks at any more; {@link GivenBack.take} says which. */
  free(chunk: Uint8Array): void {
    this.#memory.free(chunk)
  }

  /** @param cut called when it has to give way, with the reason; it holds nothing from then on */
  onCut(cut: (fault: Fault) => void): void {
    this.#cut = cut
  }

  /** It holds so many bytes now, in all. */
  hold(bytes: number): void {
    const before = this.#bytes
    if (bytes === before) return
    this.#bytes = bytes
    this.#memory.change(this, before, bytes)
  }

  /** It holds nothing any more. */
  release(): void {
    this.#cut = undefined
    this.hold(0)
  }

  /** For the memory: takes all from it. */
  cut(fault: Fault): void {
    const cut = this.#cut
    this.release()
    cut?.(fault)
  }
}
