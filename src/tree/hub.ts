/**
 * Typed publish/subscribe inside the daemon. Messages go to the subscribers of their folder, whatever transport they came
 * by; notices tell open connections that somebody's access ended. A listener that throws harms nobody else.
 */
import type { Log } from '../base/log.ts'
import type { EndState, NotificationKind } from '../wire/notification-kinds.ts'
import type { Condition, Range } from '../storage/sequence-store.ts'
import type { Micros } from '../base/time.ts'
import type { Resource } from './tree.ts'

/** Who sent a message, so that they do not hear it back. */
export interface Sender {
  /** The open connection that it came by. */
  readonly connection?: object
  /** Set on messages of controllers other than values: no connection of that controller hears them. */
  readonly controllerId?: number | undefined
}

export interface Message {
  readonly folder: Resource
  readonly type: string
  readonly parameters: unknown
  readonly timestamp: Micros
  readonly sender?: Sender
  /** Set on `sequence_update`: of several that wait for a slow subscriber only the newest of a sequence is kept. */
  readonly sequence?: Resource
}

export interface Subscriber {
  /** Called once a message, however many of the subscriber's subscriptions match. Must not block or throw. */
  deliver(message: Message): void
  readonly sender: Sender
}

export interface Subscription {
  readonly folderId: number
  /** undefined: all types */
  readonly type: string | undefined
  readonly includeChildren: boolean
}

export interface Notices {
  /** A key stopped working. */
  keyRevoked: { keyId: number }
  /** Sessions of a user ended: one of them, or all. */
  sessionsEnded: { userId: number; sessionId?: number }
  /** A user was deleted, their role changed, or a membership was taken or lowered: what they may do is to be asked anew. */
  userChanged: { userId: number }
  /** Sequences have new values; for workers that follow the store, such as truncation. */
  valuesStored: { resource: Resource; count: number }
  /** A value of a sequence with alert rules was committed, or shown; of an image the value is ''. */
  valueWatched: { resource: Resource; time: Micros; value: number | string }
  /** Values of a sequence with alert rules were removed: those in the range that fulfil all conditions. */
  valuesRemoved: { resource: Resource; range: Range; where: readonly Condition[] }
  /** The server's clock was set, forward or (negative) back. */
  clockJumped: { by: Micros }
  /** A message was written to the queue of outgoing ones: wakes the worker that sends them. */
  messageQueued: { id: number }
  /** An outgoing message came to an end: it was held, sent, given up or cancelled. */
  messageEnded: { id: number; kind: NotificationKind; state: EndState }
}

/** Hears every message, its own too. */
export type Tap = Pick<Subscriber, 'deliver'>

interface Entry {
  subscriber: Subscriber
  subscription: Subscription
}

export class Hub {
  readonly #log: Log
  readonly #entries = new Map<number, Set<Entry>>()
  readonly #taps = new Set<Tap>()
  readonly #listeners = new Map<keyof Notices, Set<(notice: never) => void>>()
  /** Called for each message after its subscribers, for logs and counts. */
  onMessage: ((message: Message, deliveries: number) => void) | undefined

  constructor(log: Log) {
    this.#log = log
  }

  /** @returns its own unsubscribe */
  subscribe(subscriber: Subscriber, subscription: Subscription): () => void {
    const entry: Entry = { subscriber, subscription }
    let entries = this.#entries.get(subscription.folderId)
    if (!entries) this.#entries.set(subscription.folderId, (entries = new Set()))
    entries.add(entry)
    return () => {
      const set = this.#entries.get(subscription.folderId)
      set?.delete(entry)
      if (set?.size === 0) this.#entries.delete(subscription.folderId)
    }
  }

  /** For a transport that knows by itself whom a message concerns. @returns its own end */
  tap(tap: Tap): () => void {
    this.#taps.add(tap)
    return () => this.#taps.delete(tap)
  }

  /** Hands a message to everybody who subscribed to its folder, or to a folder above it with children included. */
  publish(message: Message): void {
    let reached: Set<Subscriber> | undefined
    if (this.#entries.size > 0) {
      for (let folder: Resource | undefined = message.folder; folder; folder = folder.parent) {
        const entries = this.#entries.get(folder.id)
        if (!entries) continue
        for (const { subscriber, subscription } of entries) {
          if (folder !== message.folder && !subscription.includeChildren) continue
          if (subscription.type !== undefined && subscription.type !== message.type) continue
          if (reached?.has(subscriber) || isOwn(message.sender, subscriber.sender)) continue
          ;(reached ??= new Set()).add(subscriber)
          this.#guard(() => subscriber.deliver(message))
        }
      }
    }
    for (const tap of this.#taps) this.#guard(() => tap.deliver(message))
    this.onMessage?.(message, reached?.size ?? 0)
  }

  /** False when a message to the folder would reach nobody, so that it need not be made. */
  hasSubscribers(folder: Resource): boolean {
    if (this.#taps.size > 0) return true
    if (this.#entries.size === 0) return false
    for (let at: Resource | undefined = folder; at; at = at.parent) if (this.#entries.has(at.id)) return true
    return false
  }

  /** @returns its own unsubscribe */
  on<N extends keyof Notices>(name: N, listener: (notice: Notices[N]) => void): () => void {
    let listeners = this.#listeners.get(name)
    if (!listeners) this.#listeners.set(name, (listeners = new Set()))
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  notify<N extends keyof Notices>(name: N, notice: Notices[N]): void {
    for (const listener of this.#listeners.get(name) ?? []) this.#guard(() => (listener as (notice: Notices[N]) => void)(notice))
  }

  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#log.error({ err: error }, 'a listener of the hub failed')
    }
  }
}

function isOwn(sender: Sender | undefined, subscriber: Sender): boolean {
  if (!sender) return false
  if (sender.connection !== undefined && sender.connection === subscriber.connection) return true
  return sender.controllerId !== undefined && sender.controllerId === subscriber.controllerId
}
