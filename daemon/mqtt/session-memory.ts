/**
 * Memory for messages of QoS 1 and 2 that wait for their clients. Each session has bounds of its own, MQTT_MAX_QUEUED and MAX_OUTBOX_SIZE;
 * all together have this one, as one key may leave many sessions whose clients stay away. A payload that waits in several sessions is in
 * memory once, and counts once. Past the bound whoever has most waiting, over all of their sessions, loses the oldest of it.
 */

/** Least bytes for all sessions, and how many of the largest queues they are else. */
const SUM = 64_000_000
const QUEUES_AT_A_TIME = 4
/** What a message takes beside its payload: its topic and its places in lists. */
const OWN_BYTES = 400
/** How full it is when enough was dropped. */
const ROOM_MADE = 7 / 8

/** A session, as far as it matters here. */
export interface Queue {
  readonly owner: string
  /** Bytes of payloads that it has, also of those that others have too. */
  readonly heldBytes: number
  /** Drops its oldest message. @returns false when there is none that may be dropped */
  dropOldest(): boolean
}

export class SessionMemory {
  readonly #sum: number
  /** In how many messages each payload is. */
  readonly #uses = new Map<Uint8Array, number>()
  #held = 0

  constructor(sum = SUM) {
    this.#sum = sum
  }

  static for({ MAX_OUTBOX_SIZE }: { readonly MAX_OUTBOX_SIZE: number }): SessionMemory {
    return new SessionMemory(Math.max(SUM, QUEUES_AT_A_TIME * MAX_OUTBOX_SIZE))
  }

  /** Bytes that all messages take. */
  get held(): number {
    return this.#held
  }

  /** A message with that payload waits. */
  hold(payload: Uint8Array): void {
    const uses = this.#uses.get(payload) ?? 0
    this.#uses.set(payload, uses + 1)
    this.#held += OWN_BYTES + (uses === 0 ? payload.length : 0)
  }

  /** One of them waits no longer. */
  release(payload: Uint8Array): void {
    const uses = this.#uses.get(payload) ?? 0
    if (uses > 1) this.#uses.set(payload, uses - 1)
    else this.#uses.delete(payload)
    this.#held -= OWN_BYTES + (uses > 1 ? 0 : payload.length)
  }

  /** Drops messages until there is room, if there is none. */
  makeRoom(sessions: Iterable<Queue>): void {
    if (this.#held <= this.#sum) return
    const owners = new Map<string, Set<Queue>>()
    for (const session of sessions) {
      const theirs = owners.get(session.owner)
      if (theirs) theirs.add(session)
      else owners.set(session.owner, new Set([session]))
    }
    while (this.#held > this.#sum * ROOM_MADE) {
      const theirs = largest(owners.values(), bytesOf)
      const session = theirs && largest(theirs, ({ heldBytes }) => heldBytes)
      if (!session) return
      // Half of it at a time, so that looking for the next one is worth while.
      const half = session.heldBytes / 2
      let mayDrop = true
      while (this.#held > this.#sum * ROOM_MADE && session.heldBytes >= half && mayDrop) mayDrop = session.dropOldest()
      if (!mayDrop) theirs.delete(session)
      if (theirs.size === 0) owners.delete(session.owner)
    }
  }
}

const bytesOf = (sessions: ReadonlySet<Queue>): number => {
  let bytes = 0
  for (const { heldBytes } of sessions) bytes += heldBytes
  return bytes
}

function largest<T>(list: Iterable<T>, sizeOf: (one: T) => number): T | undefined {
  let [found, most] = [undefined as T | undefined, -1]
  for (const one of list) {
    const size = sizeOf(one)
    if (size > most) [found, most] = [one, size]
  }
  return found
}
