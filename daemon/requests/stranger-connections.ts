/**
 * Connections of callers who have not said who they are. They are counted apart from those of callers who have, so that they can't take
 * their places; past the count the one that has been quiet for longest is ended, so that silent ones don't keep anybody out.
 */
import { subscriberNetwork } from '../../src/base/networks.ts'

/** How many are a crowd. */
const CROWD = 200
/** Most of them that one address (of IPv6: one /64) keeps for longer than a moment. */
const MOST_OF_ADDRESS = 64
/** How long a connection is not counted against its address, in milliseconds: many callers may share one, and are done soon. */
const MOMENT_MS = 2_000

/** A connection, as far as it matters here. */
export interface Endable {
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}

interface Stranger {
  readonly address: string
  since: number
}

export interface StrangerConnectionsOptions {
  readonly most: number
  readonly mostOfAddress?: number
  /** Milliseconds since some fixed moment. */
  readonly now?: () => number
  /** Called when they have become many, and when they are few again. */
  readonly onCrowd?: ((isCrowded: boolean) => void) | undefined
}

export class StrangerConnections {
  readonly #most: number
  readonly #mostOfAddress: number
  readonly #now: () => number
  readonly #onCrowd: ((isCrowded: boolean) => void) | undefined
  #isCrowd = false
  /** The one that has been quiet for longest in front; those of each address too. */
  readonly #all = new Map<Endable, Stranger>()
  readonly #ofAddress = new Map<string, Set<Endable>>()

  constructor({ most, mostOfAddress = MOST_OF_ADDRESS, now = () => performance.now(), onCrowd }: StrangerConnectionsOptions) {
    this.#most = most
    this.#onCrowd = onCrowd
    this.#mostOfAddress = mostOfAddress
    this.#now = now
  }

  get size(): number {
    return this.#all.size
  }

  /** Whether it is counted: its caller has not said who they are. */
  has(connection: Endable): boolean {
    return this.#all.has(connection)
  }

  /** @param address undefined: it stands for many callers, as a proxy's does */
  add(connection: Endable, address: string | undefined): void {
    const key = address === undefined ? '' : subscriberNetwork(address)
    this.#insert(connection, { address: key, since: this.#now() })
    connection.once('close', () => this.#remove(connection))
    if (key !== '') this.#limitAddress(key)
    if (this.#all.size > this.#most) this.#endFirst(this.#all.keys())
  }

  /** It was heard, so that others are ended before it. */
  heard(connection: Endable): void {
    const stranger = this.#remove(connection)
    if (stranger) this.#insert(connection, { ...stranger, since: this.#now() })
  }

  /** Its caller has said who they are, or something else counts it from now on. */
  known(connection: Endable): void {
    this.#remove(connection)
  }

  /** Ends all. */
  end(): void {
    for (const connection of [...this.#all.keys()]) {
      this.#remove(connection)
      connection.destroy()
    }
  }

  #limitAddress(key: string): void {
    const those = this.#ofAddress.get(key)
    if (!those || those.size <= this.#mostOfAddress) return
    const [first] = those
    const stranger = first && this.#all.get(first)
    if (stranger && this.#now() - stranger.since >= MOMENT_MS) this.#endFirst(those.keys())
  }

  #endFirst(connections: Iterator<Endable>): void {
    const first = connections.next()
    if (first.done === true) return
    this.#remove(first.value)
    first.value.destroy()
  }

  #insert(connection: Endable, stranger: Stranger): void {
    this.#all.set(connection, stranger)
    const those = this.#ofAddress.get(stranger.address)
    if (those) those.add(connection)
    else this.#ofAddress.set(stranger.address, new Set([connection]))
    this.#lookForCrowd()
  }

  #remove(connection: Endable): Stranger | undefined {
    const stranger = this.#all.get(connection)
    if (!stranger) return undefined
    this.#all.delete(connection)
    const those = this.#ofAddress.get(stranger.address)
    those?.delete(connection)
    if (those?.size === 0) this.#ofAddress.delete(stranger.address)
    this.#lookForCrowd()
    return stranger
  }

  /** They are a crowd until they are half as many. */
  #lookForCrowd(): void {
    const isCrowd = this.#all.size >= (this.#isCrowd ? CROWD / 2 : CROWD)
    if (isCrowd === this.#isCrowd) return
    this.#isCrowd = isCrowd
    this.#onCrowd?.(isCrowd)
  }
}
