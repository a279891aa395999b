/**
 * What carries events between the hubs of all daemons on one database. Events are plain data: they survive JSON unchanged.
 * On SQLite there is one daemon, and its bus is memory.
 */
export interface Bus<Event> {
  /** Whether other processes hear it: then events are published whether or not anybody listens here. */
  readonly isShared: boolean
  /** Hands an event to all listeners, those of this process included, in the order in which this process publishes. */
  publish(event: Event): void
  /** @param listener must not throw @returns its own unsubscribe */
  subscribe(listener: (event: Event) => void): () => void
}

/** Delivers before `publish` returns. */
export class MemoryBus<Event> implements Bus<Event> {
  readonly isShared = false
  readonly #listeners = new Set<(event: Event) => void>()

  publish(event: Event): void {
    for (const listener of this.#listeners) listener(event)
  }

  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
