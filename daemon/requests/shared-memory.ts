/**
 * Memory that callers share. What they send gathers in it before anything can be refused: bodies, frames, MQTT's CONNECT. All of them
 * together get a fixed sum of it, however many they are. When the sum is used up, the one who holds most gives way with the largest of
 * what they hold, and of several the one who began first: an honest caller is done within moments, and one who fills memory is not.
 *
 * Callers who have not said who they are have a sum of their own, and each of them is a caller by themselves. Those who have are counted
 * by who they are, whatever the number of their connections.
 */
import { Fault } from '../../src/base/fault.ts'
import { GivenBack } from './given-back.ts'

/** Most bytes of one body, frame or packet of a stranger. */
export const STRANGER_BYTES = 100_000
/** Bytes for all strangers. */
const SUM_OF_STRANGERS = 12_000_000
/** How long a stranger may take for one body, in milliseconds. */
const PATIENCE_MS = 30_000

/** Bounds of one body. */
export interface Bounds {
  readonly bytes: number
  /** How long it may take, in milliseconds. */
  readonly patienceMs: number
}

export interface SharedMemoryOptions {
  /** Bytes for all. */
  readonly sum?: number
  /** Of strangers; undefined for callers who have said who they are. */
  readonly bounds?: Bounds | undefined
  /** Called when more has come. */
  readonly onMore?: () => void
}

/** Of callers who have not said who they are. */
const OF_STRANGERS: Bounds = { bytes: STRANGER_BYTES, patienceMs: PATIENCE_MS }

export class SharedMemory {
  readonly #sum: number
  readonly #bounds: Bounds | undefined
  /** Those that hold something, the one that began first in front. */
  readonly #shares = new Set<Share>()
  readonly #givenBack = new GivenBack()
  readonly #onMore: (() => void) | undefined
  #held = 0

  constructor({ sum = SUM_OF_STRANGERS, bounds, onMore }: SharedMemoryOptions = {}) {
    this.#sum = sum
    this.#bounds = bounds
    this.#onMore = onMore
  }

  /** Of callers who have not said who they are. */
  static forStrangers(onMore: () => void): SharedMemory {
    return new SharedMemory({ bounds: OF_STRANGERS, onMore })
  }

  /** Bytes that all hold now. */
  get held(): number {
    return this.#held
  }

  /** A share of nothing yet, to be released in the end. @param owner the caller; undefined: one by themselves */
  share(owner?: string): Share {
    return new Share(this, this.#bounds, owner)
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
      largest.cut(crowded(this.#bounds))
    }
  }

  /** For shares: what one holds counts until it is released, and is not taken from it. */
  settle(share: Share): void {
    this.#shares.delete(share)
  }

  /** Of the owner who holds most. */
  #largest(): Share | undefined {
    const held = new Map<string | Share, number>()
    for (const share of this.#shares) held.set(share.owner, (held.get(share.owner) ?? 0) + share.bytes)
    let [largest, most] = [undefined as Share | undefined, 0]
    for (const share of this.#shares) {
      const theirs = held.get(share.owner) ?? 0
      if (theirs < most || (theirs === most && largest && share.bytes <= largest.bytes)) continue
      largest = share
      most = theirs
    }
    return largest
  }

  /** Frees bytes that nobody looks at any more: {@link GivenBack.take}. */
  free(chunk: Uint8Array): void {
    this.#givenBack.take(chunk)
  }
}

const crowded = (bounds: Bounds | undefined): Fault =>
  new Fault(
    'busy',
    bounds
      ? 'Too many callers without a key send at the same time. Send a key, sign in, or try again in a moment.'
      : 'More is being sent at the same time than the server holds in memory. Send less at a time, or try again in a moment.',
    { retryAfter: 5 },
  )

/** What one caller holds. */
export class Share {
  readonly #memory: SharedMemory
  /** Of a stranger's. */
  readonly bounds: Bounds | undefined
  readonly owner: string | Share
  #bytes = 0
  #cut: ((fault: Fault) => void) | undefined

  constructor(memory: SharedMemory, bounds: Bounds | undefined, owner: string | undefined) {
    this.#memory = memory
    this.bounds = bounds
    this.owner = owner ?? this
  }

  /** What it holds. */
  get bytes(): number {
    return this.#bytes
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

  /** What it holds stays until it is released: it gives way to nobody any more. */
  settle(): void {
    this.#cut = undefined
    this.#memory.settle(this)
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
