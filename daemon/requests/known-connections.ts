/**
 * HTTP connections of callers who have said who they are. When there are as many as the server takes, the caller who has most of them loses
 * the one that has asked for nothing for longest: the key of one device, found or run wild, keeps nobody else out.
 */
import type { Endable } from './stranger-connections.ts'

interface Connection {
  caller: string
  /** Which request of all of them was its last one. */
  last: number
}

export class KnownConnections {
  readonly #most: number
  readonly #connections = new Map<Endable, Connection>()
  /** Those of each caller. */
  readonly #ofCaller = new Map<string, Set<Endable>>()
  #requests = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#connections.size
  }

  /** A request came. @param caller whose it is, as it may differ from that before: a proxy's connections stand for many */
  heard(connection: Endable, caller: string): void {
    const known = this.#connections.get(connection)
    this.#requests++
    if (known?.caller === caller) {
      known.last = this.#requests
      return
    }
    this.#remove(connection)
    this.#connections.set(connection, { caller, last: this.#requests })
    const those = this.#ofCaller.get(caller)
    if (those) those.add(connection)
    else this.#ofCaller.set(caller, new Set([connection]))
    if (known) return
    connection.once('close', () => this.#remove(connection))
    if (this.size > this.#most) this.#endOne()
  }

  /** Something else counts it from now on. */
  left(connection: Endable): void {
    this.#remove(connection)
  }

  #endOne(): void {
    let most: Iterable<Endable> = this.#connections.keys()
    let count = 1
    for (const those of this.#ofCaller.values()) {
      if (those.size <= count) continue
      count = those.size
      most = those
    }
    let quietest: Endable | undefined
    let last = Number.POSITIVE_INFINITY
    for (const connection of most) {
      const one = this.#connections.get(connection)
      if (one === undefined || one.last >= last) continue
      last = one.last
      quietest = connection
    }
    if (!quietest) return
    this.#remove(quietest)
    quietest.destroy()
  }

  #remove(connection: Endable): void {
    const known = this.#connections.get(connection)
    if (known === undefined) return
    this.#connections.delete(connection)
    const those = this.#ofCaller.get(known.caller)
    those?.delete(connection)
    if (those?.size === 0) this.#ofCaller.delete(known.caller)
  }
}
