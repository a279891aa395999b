/**
 * HTTP connections of callers who have said who they are. When there are as many as the server takes, the caller who has most of them loses
 * the one that has asked for nothing for longest: the key of one device, found or run wild, keeps nobody else out.
 */
import type { Endable } from './strangers.ts'

export class KnownConnections {
  readonly #most: number
  /** Whose each is; the one that has been quiet for longest in front. */
  readonly #callers = new Map<Endable, string>()
  /** Those of each caller, in the same order. */
  readonly #ofCaller = new Map<string, Set<Endable>>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#callers.size
  }

  /** A request came. @param caller whose it is, as it may differ from that before: a proxy's connections stand for many */
  heard(connection: Endable, caller: string): void {
    const isNew = !this.#remove(connection)
    this.#callers.set(connection, caller)
    const those = this.#ofCaller.get(caller)
    if (those) those.add(connection)
    else this.#ofCaller.set(caller, new Set([connection]))
    if (!isNew) return
    connection.once('close', () => this.#remove(connection))
    if (this.size > this.#most) this.#endOne()
  }

  /** Something else counts it from now on. */
  left(connection: Endable): void {
    this.#remove(connection)
  }

  #endOne(): void {
    let [quietest] = this.#callers.keys()
    let most = 1
    for (const those of this.#ofCaller.values()) {
      if (those.size <= most) continue
      most = those.size
      ;[quietest] = those
    }
    if (!quietest) return
    this.#remove(quietest)
    quietest.destroy()
  }

  /** @returns whether it was there */
  #remove(connection: Endable): boolean {
    const caller = this.#callers.get(connection)
    if (caller === undefined) return false
    this.#callers.delete(connection)
    const those = this.#ofCaller.get(caller)
    those?.delete(connection)
    if (those?.size === 0) this.#ofCaller.delete(caller)
    return true
  }
}
