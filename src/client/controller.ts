/**
 * A controller's side of the WebSocket: sends values and messages and waits for acks, receives messages, and reconnects after outages and
 * restarts.
 */
import { EventEmitter } from 'node:events'
import { Fault } from '../base/fault.ts'
import type { FaultCode } from '../base/fault.ts'
import { splitLast } from '../base/path.ts'
import type { Micros } from '../base/time.ts'
import { findConnection, serverUrl } from './connection.ts'
import { faultOfMessage } from './message-fault.ts'
import { SendQueue } from './send-queue.ts'
import type { Outgoing } from './send-queue.ts'
import { ReconnectingSocket } from './socket.ts'
import type { ServerMessage } from './socket.ts'
import { Dating } from './dating.ts'
import type { Moment } from './dating.ts'
import { timestampText } from './stamper.ts'
import type { StamperClock } from './stamper.ts'
import type { Value } from './types.ts'
import type { Unreachable } from './unreachable.ts'

export interface ControllerOptions {
  /** `host:port`, or a URL. Plain http is used only for this machine, unless `secure` says otherwise. */
  server: string
  key: string
  secure?: boolean
  /** Shown on the server as this controller's client version; letters, digits and `.-_`, since it is sent as a user name. */
  version?: string
  /** Messages held during an outage; beyond it the oldest is dropped. Default: 10,000. */
  maxQueued?: number
  /** Seconds between watchdog messages; 0 for none. Default: 60. */
  watchdogInterval?: number
  /** Longest wait between attempts to reconnect, in milliseconds. Default: 30,000. */
  longestWait?: number
  /** What values without a time are stamped by. Default: the machine's clock. */
  clock?: StamperClock
  /**
   * false: the machine's clock is never right. Values without a time are then dated by the counter that it has since its start, and the
   * server's clock. Default: true; while the clock shows a time before this program was released, it is not believed either.
   */
  hasClock?: boolean
}

export interface SubscribeOptions {
  /** Only messages of this type. */
  type?: string
  /** Also messages of the folders inside. */
  includeChildren?: boolean
}

export type MessageHandler = (message: ServerMessage) => void

interface ControllerEvents {
  /** Connected (again), and every subscription is in effect. */
  connect: []
  /** The connection ended, or an attempt failed; the next attempt follows automatically. */
  disconnect: [reason: Unreachable]
  /** Any message that does not answer one of ours. */
  message: [message: ServerMessage]
  /** The server refused a message. */
  refused: [reason: Fault, message: Outgoing]
  /** The queue was full: this message was dropped for a newer one. */
  drop: [message: Outgoing]
  /** The key is wrong or was revoked; no further attempts are made. */
  rejected: [reason: Fault]
}

interface Subscription extends SubscribeOptions {
  folder: string
  handler: MessageHandler
}

const PASSING: ReadonlySet<FaultCode> = new Set(['busy', 'throttled'])

export class Controller extends EventEmitter<ControllerEvents> {
  readonly #socket: ReconnectingSocket
  readonly #queue: SendQueue
  readonly #dating: Dating
  readonly #subscriptions = new Set<Subscription>()
  readonly #watchdogInterval: number
  /** Answers still expected to this connection's subscriptions. */
  #subscribing = 0
  #watchdog: NodeJS.Timeout | undefined
  #resume: NodeJS.Timeout | undefined
  #rejected: Fault | undefined
  #started = false

  constructor(options: ControllerOptions) {
    super()
    this.#dating = new Dating(options.clock, options.hasClock)
    this.#queue = new SendQueue(options.maxQueued ?? 10_000)
    this.#watchdogInterval = (options.watchdogInterval ?? 60) * 1000
    this.#socket = new ReconnectingSocket(
      {
        url: serverUrl(options.server, options.secure),
        key: options.key,
        version: options.version,
        ...(options.longestWait === undefined ? {} : { longestWait: options.longestWait }),
      },
      {
        onOpen: () => this.#opened(),
        onMessage: (message) => this.#received(message),
        onDown: (reason) => this.emit('disconnect', reason),
        onRefused: (reason) => this.#refused(reason),
      },
    )
  }

  /**
   * A controller that finds server and key as the command line does: in the environment, `config.yaml`/`local.yaml` in the folder, or a
   * profile.
   */
  static async fromSettings(options: Omit<ControllerOptions, 'server' | 'key'> & { folder?: string } = {}): Promise<Controller> {
    const connection = await findConnection(options.folder === undefined ? {} : { folder: options.folder })
    if (connection.key === undefined) throw new Fault('unauthenticated', `There is no key for ${connection.url}.`)
    return new Controller({ ...options, server: connection.url, key: connection.key })
  }

  get isConnected(): boolean {
    return this.#socket.isOpen
  }

  /** Messages that are not acknowledged yet. */
  get queued(): number {
    return this.#queue.size
  }

  /**
   * Resolves when connected, however long the server is away. Sending and subscribing also connect by themselves.
   * @throws Fault unauthenticated when the key is refused
   */
  async connect(): Promise<void> {
    if (this.#rejected !== undefined) throw this.#rejected
    if (this.isConnected && this.#subscribing === 0) return
    const connected = new Promise<void>((resolve, reject) => {
      const settle = (reason?: Fault): void => {
        this.off('connect', settle)
        this.off('rejected', settle)
        if (reason === undefined) resolve()
        else reject(reason)
      }
      this.on('connect', settle)
      this.on('rejected', settle)
    })
    this.#start()
    await connected
  }

  /**
   * Stores a value in a sequence, whose name is absolute or relative to the controller's folder. Resolves when the value is durable on the
   * server.
   * @param timestamp when it was measured (Date, ISO 8601, or microseconds since 1970); default: now
   */
  update(name: string, value: Value | Buffer, options: { timestamp?: Date | string | Micros } = {}): Promise<void> {
    const content = Buffer.isBuffer(value) ? { value: value.toString('base64'), encoded: true } : { value }
    return this.#addAt(options.timestamp, ({ time, counter }) => ({
      type: 'update_sequence',
      parameters: { sequence: name, ...content, ...(counter ?? { timestamp: time }) },
    }))
  }

  /** Stores one value for each of several sequences of a folder, all with the same timestamp. */
  updateMany(values: Record<string, Value>, options: { timestamp?: Date | string | Micros; folder?: string } = {}): Promise<void> {
    return this.#addAt(options.timestamp, ({ time, counter }) => ({
      type: 'update',
      parameters: {
        ...(counter ? { $monotonic: counter.monotonic, $monotonic_now: counter.monotonic_now, $boot: counter.boot } : { $t: time }),
        ...values,
      },
      ...inFolder(options.folder),
    }))
  }

  /**
   * Sends a message to the subscribers of a folder, by default the controller's own. Resolves when the server has it. The message may
   * arrive twice if the connection breaks before the server answers.
   */
  send(type: string, parameters: Record<string, unknown> = {}, options: { folder?: string } = {}): Promise<void> {
    return this.#add({ type, parameters, ...inFolder(options.folder) })
  }

  /**
   * Calls the handler for messages of a folder (`self` for the controller's own), now and after each reconnect.
   * @returns a function that ends the subscription
   */
  subscribe(folder: string, handler: MessageHandler, options: SubscribeOptions = {}): () => void {
    const subscription: Subscription = { folder, handler, ...options }
    this.#subscriptions.add(subscription)
    this.#start()
    if (this.isConnected) this.#sendSubscriptions([subscription])
    return () => this.#subscriptions.delete(subscription)
  }

  /**
   * Waits until everything is acknowledged, then ends the connection.
   * @param timeout milliseconds after which the remaining messages are dropped
   * @returns how many messages were dropped
   */
  async close(options: { timeout?: number } = {}): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, options.timeout ?? 10_000)))
    if (this.#started && this.#rejected === undefined) await Promise.race([this.#queue.whenEmpty(), patience])
    clearTimeout(timer)
    clearTimeout(this.#resume)
    clearInterval(this.#watchdog)
    const left = this.#queue.size
    this.#queue.failAll(new Fault('busy', 'The controller was closed before the server had answered.'))
    await this.#socket.close()
    return left
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    this.#socket.start()
    if (this.#watchdogInterval > 0) this.#watchdog = setInterval(() => this.#sendWatchdog(), this.#watchdogInterval).unref()
  }

  /** Without a time of its own a message gets one now, which follows the clock if that is set while the message waits. */
  #addAt(given: Date | string | Micros | undefined, make: (moment: Moment) => Outgoing): Promise<void> {
    const time = timestampText(given)
    if (time !== undefined) return this.#add(make({ time }))
    const { shown, date } = this.#dating.take()
    return this.#add(make(shown), () => make(date()))
  }

  /** Not an async function: the caller must get the queue's own promise, whose rejection may be ignored. */
  #add(message: Outgoing, redate?: () => Outgoing): Promise<void> {
    this.#start()
    const { done, dropped } = this.#queue.add(message, redate)
    if (this.#rejected !== undefined) this.#queue.failAll(this.#rejected)
    if (dropped !== undefined) this.emit('drop', dropped)
    this.#flush()
    return done
  }

  #flush(): void {
    if (this.#socket.isOpen)
      this.#queue.flush(
        () => this.#socket.isReady,
        (text) => this.#socket.send(text),
      )
  }

  #opened(): void {
    this.#subscribing = 0
    this.#queue.rewind()
    if (this.#subscriptions.size > 0) this.#sendSubscriptions([...this.#subscriptions])
    this.#flush()
    if (this.#subscribing === 0) this.emit('connect')
  }

  #sendSubscriptions(subscriptions: Subscription[]): void {
    const list = subscriptions.map(({ folder, type, includeChildren }) => ({
      folder,
      ...(type === undefined ? {} : { message_type: type }),
      ...(includeChildren === true ? { include_children: true } : {}),
    }))
    this.#subscribing++
    // The id is text to differ from the queue's numbers; subscriptions are repeated on reconnect without the queue.
    this.#socket.send(JSON.stringify({ type: 'subscribe', parameters: { subscriptions: list }, id: 'subscribe' }))
  }

  #received(message: ServerMessage): void {
    if (message.id !== undefined && (message.type === 'ack' || message.type === 'error')) return this.#answered(message)
    this.emit('message', message)
    for (const subscription of this.#subscriptions) {
      if (concerns(subscription, message)) subscription.handler(message)
    }
  }

  #answered(message: ServerMessage): void {
    const fault = message.type === 'error' ? faultOfMessage(message) : undefined
    if (message.id === 'subscribe') {
      this.#subscribing--
      if (fault !== undefined) this.emit('refused', fault, { type: 'subscribe', parameters: {} })
      if (this.#subscribing === 0) this.emit('connect')
      return
    }
    const id = Number(message.id)
    if (fault !== undefined && PASSING.has(fault.code)) {
      this.#queue.postpone(id)
      this.#resume ??= setTimeout(
        () => {
          this.#resume = undefined
          this.#flush()
        },
        (fault.retryAfter ?? 1) * 1000,
      )
      return
    }
    const sent = this.#queue.settle(id, fault)
    if (fault !== undefined && sent !== undefined) this.emit('refused', fault, sent)
    if (this.#resume === undefined) this.#flush()
  }

  #refused(reason: Fault): void {
    this.#rejected = reason
    clearInterval(this.#watchdog)
    this.#queue.failAll(reason)
    this.emit('rejected', reason)
  }

  #sendWatchdog(): void {
    if (this.isConnected) this.#socket.send('{"type":"watchdog","parameters":{}}')
  }
}

/** Whether a message is for a subscription. A message without its folder goes to all that want its type. */
function concerns(subscription: Subscription, message: ServerMessage): boolean {
  if (subscription.type !== undefined && subscription.type !== message.type) return false
  const { name } = message.parameters
  const folder = message.folder ?? (message.type === 'sequence_update' && typeof name === 'string' ? splitLast(name)[0] : undefined)
  if (folder === undefined || subscription.folder === 'self' || folder === subscription.folder) return true
  return subscription.includeChildren === true && folder.startsWith(`${subscription.folder}/`)
}

const inFolder = (folder: string | undefined): { folder?: string } => (folder === undefined ? {} : { folder })
