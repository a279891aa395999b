/**
 * Typed publish/subscribe. Messages go to the subscribers of their folder, whatever transport they came by; notices tell
 * open connections that somebody's access ended. Messages and shared notices pass through a bus, so they are plain data
 * with ids, and each daemon looks resources up in its own tree. A listener that throws harms no other.
 */
import type { QuotaKind } from '../attributes/quota.ts'
import { randomBytes } from 'node:crypto'
import type { Log } from '../base/log.ts'
import type { EndState, NotificationKind } from '../wire/notification-kinds.ts'
import type { Micros } from '../base/time.ts'
import type { Bus } from './bus.ts'
import type { MqttOrigin, MqttPublished } from './mqtt-origin.ts'
import { isWithin, type Resource, type Tree } from './tree.ts'
import type { ValuesCommitted, ValuesRemoved } from './value-notices.ts'

/** Who sent a message, so that they do not hear it back. */
export interface Sender {
  /** The open connection that it came by: see {@link Hub.newConnectionId}. */
  readonly connectionId?: string | undefined
  /** Set on messages of controllers other than values: no connection of that controller hears them. */
  readonly controllerId?: number | undefined
  /** Set on values of an `update` message: the folder whose subscribers hear them in that, unless they ask for `sequence_update`. */
  readonly inUpdate?: { readonly folderId: number; readonly controllerId?: number } | undefined
  /** Set on messages that came by MQTT. */
  readonly mqtt?: MqttOrigin | undefined
}

/** A message as it is sent: its folder and sequence are resources of the tree. */
export interface Announcement {
  readonly folder: Pick<Resource, 'id'>
  readonly type: string
  readonly parameters: unknown
  readonly timestamp: Micros
  readonly sender?: Sender
  /** What it is about, which its hearers must be allowed to read; set on `sequence_update`. */
  readonly sequence?: Pick<Resource, 'id'>
  readonly isNews?: boolean
  readonly within?: Pick<Resource, 'id'>
}

/** A message as it is heard: plain data. */
export interface Message {
  readonly folderId: number
  readonly type: string
  readonly parameters: unknown
  readonly timestamp: Micros
  readonly sender?: Sender
  /**
   * What it is about. Of several `sequence_update` that wait for a slow subscriber only the newest of a sequence is kept.
   */
  readonly sequenceId?: number
  /** It goes to those alone who subscribed to its very type: other clients would take it for a message of somebody's. */
  readonly isNews?: boolean
  /** It goes to subscribers of that resource and of all folders in it, too. */
  readonly withinId?: number
}

export interface Subscriber {
  /**
   * Called once a message, however many of the subscriber's subscriptions match. Must not block or throw.
   * @param folder the message's
   * @param sequence the message's, if it is about one
   */
  deliver(message: Message, folder: Resource, sequence: Resource | undefined): void
  readonly sender: Sender
  /** Whether it may read a folder; missing: any. */
  mayRead?(folder: Resource): boolean
}

export interface Subscription {
  readonly folderId: number
  /** undefined: all types */
  readonly type: string | undefined
  readonly includeChildren: boolean
  /** Whether values that its own connection sent come back to it. */
  readonly includeSelf?: boolean
}

export interface Notices {
  /** A key stopped working. */
  keyRevoked: { keyId: number }
  /** A secret link shows nothing any more. */
  linkRevoked: { linkId: number }
  /** Sessions of a user ended: one of them, or all. */
  sessionsEnded: { userId: number; sessionId?: number }
  /** A user was deleted, their role changed, or a membership was taken or lowered: what they may do is to be asked anew. */
  userChanged: { userId: number }
  /** Values were committed, or only shown: one notice for each commit. */
  valuesCommitted: ValuesCommitted
  /** Values of a sequence were removed. */
  valuesRemoved: ValuesRemoved
  /** The server's clock was set, forward or (negative) back. */
  clockJumped: { by: Micros }
  /** A message was written to the queue of outgoing ones: wakes the worker that sends them. */
  messageQueued: { id: number }
  /** An outgoing message came to an end: it was held, sent, given up or cancelled. */
  messageEnded: { id: number; kind: NotificationKind; state: EndState }
  /** An attempt to send an outgoing message failed; it is tried again. */
  messageDeferred: { id: number }
  /** An organization has nearly used what it may. */
  quotaNearlyUsed: { organizationId: number; kind: QuotaKind; used: number; limit: number }
  /** A publication is handed on to the MQTT subscribers of its topic. */
  mqttPublished: MqttPublished
}

/** Notices that all daemons must hear. The others are about this process, or heard where they are made. */
const SHARED: ReadonlySet<keyof Notices> = new Set([
  'keyRevoked',
  'linkRevoked',
  'sessionsEnded',
  'userChanged',
  'messageQueued',
  'mqttPublished',
])

/** What passes through the bus. */
export type HubEvent = { readonly message: Message } | NoticeEvent
type NoticeEvent = { [N in keyof Notices]: { readonly name: N; readonly notice: Notices[N] } }[keyof Notices]

/** Hears every message, its own too. */
export type Tap = Pick<Subscriber, 'deliver'>

interface Entry {
  subscriber: Subscriber
  subscription: Subscription
}

export class Hub {
  readonly #log: Log
  readonly #bus: Bus<HubEvent>
  readonly #tree: Pick<Tree, 'byId'>
  /** Names this process among the daemons. */
  readonly #name = randomBytes(6).toString('base64url')
  #lastConnection = 0
  readonly #entries = new Map<number, Set<Entry>>()
  readonly #taps = new Set<Tap>()
  readonly #listeners = new Map<keyof Notices, Set<(notice: never) => void>>()
  /** Called for each message after its subscribers, for logs and counts. */
  onMessage: ((message: Message, deliveries: number) => void) | undefined

  constructor(log: Log, bus: Bus<HubEvent>, tree: Pick<Tree, 'byId'>) {
    this.#log = log
    this.#bus = bus
    this.#tree = tree
    bus.subscribe((event) => {
      if ('message' in event) this.#deliver(event.message)
      else this.#tell(event.name, event.notice)
    })
  }

  /** Unique among all daemons; its varying part comes first, so that comparing two ends early. */
  newConnectionId(): string {
    return `${++this.#lastConnection}@${this.#name}`
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
  publish(announcement: Announcement): void {
    this.#bus.publish({ message: toMessage(announcement) })
  }

  #deliver(message: Message): void {
    const folder = this.#tree.byId(message.folderId)
    const sequence = message.sequenceId === undefined ? undefined : this.#tree.byId(message.sequenceId)
    // One of them was deleted, or is not known here yet: nobody could be asked for permission to read it.
    if (!folder || (message.sequenceId !== undefined && !sequence)) return
    let reached: Set<Subscriber> | undefined
    if (this.#entries.size > 0) {
      for (let at: Resource | undefined = folder; at; at = at.parent) {
        const entries = this.#entries.get(at.id)
        if (!entries) continue
        for (const { subscriber, subscription } of entries) {
          if (at !== folder && !subscription.includeChildren) continue
          if (!isWanted(message, subscription)) continue
          if (reached?.has(subscriber) || isSpared(message, subscription, subscriber.sender)) continue
          if (subscription.type === undefined && this.#hearsInUpdate(subscriber, message.sender)) continue
          ;(reached ??= new Set()).add(subscriber)
          this.#guard(() => subscriber.deliver(message, folder, sequence))
        }
      }
    }
    for (const subscriber of this.#deliverWithin(message, reached)) (reached ??= new Set()).add(subscriber)
    if (message.isNews !== true) for (const tap of this.#taps) this.#guard(() => tap.deliver(message, folder, sequence))
    this.onMessage?.(message, reached?.size ?? 0)
  }

  /** To subscribers within a resource: they may read their own folder, which is what the message is about for them. */
  #deliverWithin(message: Message, reached: ReadonlySet<Subscriber> | undefined): Set<Subscriber> {
    const found = new Set<Subscriber>()
    const top = message.withinId === undefined ? undefined : this.#tree.byId(message.withinId)
    if (!top) return found
    for (const [id, entries] of this.#entries) {
      const below = this.#tree.byId(id)
      if (!below || !isWithin(below, top)) continue
      for (const { subscriber, subscription } of entries) {
        if (!isWanted(message, subscription) || reached?.has(subscriber) || found.has(subscriber)) continue
        found.add(subscriber)
        this.#guard(() => subscriber.deliver(message, below, undefined))
      }
    }
    return found
  }

  /** Whether a subscriber hears a value in the `update` message that it came with. */
  #hearsInUpdate(subscriber: Subscriber, sender: Sender | undefined): boolean {
    if (!sender?.inUpdate) return false
    const { folderId, controllerId } = sender.inUpdate
    const folder = this.#tree.byId(folderId)
    for (let at = folder; at; at = at.parent) {
      for (const entry of this.#entries.get(at.id) ?? []) {
        const { type, includeChildren } = entry.subscription
        if (entry.subscriber !== subscriber || (type !== undefined && type !== 'update') || (at !== folder && !includeChildren)) continue
        const isSpared = isSparedOfUpdate({ connectionId: sender.connectionId, controllerId }, subscriber.sender)
        return folder !== undefined && !isSpared && (subscriber.mayRead?.(folder) ?? true)
      }
    }
    return false
  }

  /** False when a message to the folder would reach nobody, so that it need not be made. */
  hasSubscribers(folder: Resource): boolean {
    if (this.#taps.size > 0 || this.#bus.isShared) return true
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

  /** False when a notice would reach nobody, so that it need not be made. */
  hears(name: keyof Notices): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0 || (this.#bus.isShared && SHARED.has(name))
  }

  notify<N extends keyof Notices>(name: N, notice: Notices[N]): void {
    if (SHARED.has(name)) this.#bus.publish({ name, notice } as NoticeEvent)
    else this.#tell(name, notice)
  }

  #tell<N extends keyof Notices>(name: N, notice: Notices[N]): void {
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

const isWanted = ({ type, isNews }: Message, subscription: Subscription): boolean =>
  subscription.type === undefined ? isNews !== true : subscription.type === type

function toMessage({ folder, type, parameters, timestamp, sequence, sender, isNews, within }: Announcement): Message {
  const message = {
    folderId: folder.id,
    type,
    parameters,
    timestamp,
    ...(isNews === true ? { isNews } : {}),
    ...(within ? { withinId: within.id } : {}),
  }
  if (!sequence) return sender ? { ...message, sender: toPlain(sender, sender.controllerId) } : message
  // Values go back to the controller's other connections, as they did in the original; only the one that sent them is spared.
  return sender ? { ...message, sequenceId: sequence.id, sender: toPlain(sender, undefined) } : { ...message, sequenceId: sequence.id }
}

/** Without properties that are undefined, which would not survive a bus. */
const toPlain = ({ connectionId, inUpdate, mqtt }: Sender, controllerId: number | undefined): Sender => ({
  ...(connectionId === undefined ? {} : { connectionId }),
  ...(controllerId === undefined ? {} : { controllerId }),
  ...(inUpdate === undefined ? {} : { inUpdate }),
  ...(mqtt === undefined ? {} : { mqtt }),
})

/**
 * Whether a subscriber need not hear what it said itself. A value is spared to the connection that sent it, unless it asked for its own;
 * a message of a controller to all connections of that controller; users hear theirs. Source: protocol, section 6.
 */
function isSpared({ sender, sequenceId, type }: Message, { includeSelf }: Subscription, subscriber: Sender): boolean {
  if (!sender) return false
  if (sequenceId !== undefined) return (isSame(sender, subscriber) && includeSelf !== true) || isController(sender, subscriber)
  return type === 'update' ? isSparedOfUpdate(sender, subscriber) : isController(sender, subscriber)
}

/** What it set itself comes back as the values, if it wants them. */
const isSparedOfUpdate = (sender: Sender, subscriber: Sender): boolean => isSame(sender, subscriber) || isController(sender, subscriber)

const isSame = ({ connectionId }: Sender, subscriber: Sender): boolean =>
  connectionId !== undefined && connectionId === subscriber.connectionId

const isController = ({ controllerId }: Sender, subscriber: Sender): boolean =>
  controllerId !== undefined && controllerId === subscriber.controllerId
