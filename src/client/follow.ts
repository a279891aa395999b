/** Following a sequence: its history, then what comes in, without a gap or a repeat through outages and restarts. */
import { Fault } from '../fault.ts'
import { splitLast } from '../path.ts'
import { formatTimestamp, MINUTE, parseTimestamp, SECOND } from '../time.ts'
import type { Micros } from '../time.ts'
import type { ServerMessage, SocketOptions } from './socket.ts'
import { ReconnectingSocket } from './socket.ts'
import { faultOfMessage } from './message-fault.ts'
import type { Sequences } from './sequences.ts'
import { DATA_TYPES } from './types.ts'
import type { Reading } from './types.ts'
import { Unreachable } from './unreachable.ts'
import { backoff } from './backoff.ts'

/** Timestamps remembered so as to tell what was given out already. */
const MAX_SEEN = 50_000
/** Live values waiting for a slow reader; past it they are let go and read again from the server. */
const MAX_WAITING = 10_000
/** How far back a catch-up reads what was checked before: senders with their own clocks commit out of order. */
const OVERLAP: Micros = MINUTE
/**
 * How often what came live is checked against what is stored, in milliseconds. A server that finds us slow (a terminal on hold, a long pager) hands on
 * only the newest value of each sequence, and says nothing of those between.
 */
const CHECK_INTERVAL = 10_000
const CHECK_OVERLAP: Micros = 2 * SECOND

export interface Followed {
  reading: Reading
  /** False for the stored values that it begins with. */
  isNew: boolean
}

export interface FollowOptions {
  /** Stored values to begin with. */
  last?: number
  signal?: AbortSignal
  /** Told when the server goes out of reach; following goes on by itself. */
  onOutage?: (reason: Unreachable) => void
}

type Event = { kind: 'subscribed' } | { kind: 'check' } | { kind: 'value'; reading: Reading } | { kind: 'refused'; reason: Fault }

/**
 * The last values of a sequence and then every new one, until the signal aborts. On each connection it subscribes first and reads the stored values
 * second, so nothing falls between; timestamps tell which are the same.
 * @throws Fault when the server refuses for good (no such sequence, key revoked)
 */
export async function* followSequence(sequences: Sequences, socketOptions: SocketOptions, path: string, options: FollowOptions = {}): AsyncGenerator<Followed> {
  const seen = new SeenTimestamps()
  const isNumeric = (await sequences.info(path)).system_attributes?.data_type === DATA_TYPES.numeric
  for (const reading of await firstReadings(sequences, path, options.last ?? 0, seen)) {
    seen.add(reading.timestamp)
    yield { reading, isNew: false }
  }
  const inbox = new Inbox(path, isNumeric, socketOptions, options)
  try {
    inbox.start()
    for await (const event of inbox.events()) {
      if (event.kind === 'refused') throw event.reason
      if (event.kind === 'value') {
        if (seen.add(event.reading.timestamp)) yield { reading: event.reading, isNew: true }
        continue
      }
      const from = seen.beginCatchUp(event.kind === 'check' ? CHECK_OVERLAP : OVERLAP)
      for await (const reading of readAgain(sequences, path, from, options)) if (seen.add(reading.timestamp)) yield { reading, isNew: true }
    }
  } finally {
    await inbox.close()
  }
}

/** Reads the last values, and sets where catching up may begin: nothing before the first of them is ever given out. */
async function firstReadings(sequences: Sequences, path: string, last: number, seen: SeenTimestamps): Promise<Reading[]> {
  const readings = await sequences.last(path, Math.max(last, 1))
  const newest = readings.at(-1)
  if (newest !== undefined) seen.beginAfter((parseTimestamp((last > 0 ? readings[0] ?? newest : newest).timestamp) ?? 0) - (last > 0 ? 1 : 0))
  return last > 0 ? readings : []
}

/** Stored values from a time on, through outages; one that breaks off begins again. */
async function* readAgain(sequences: Sequences, path: string, start: string | undefined, options: FollowOptions): AsyncGenerator<Reading> {
  for (let attempt = 0; options.signal?.aborted !== true; attempt++) {
    try {
      yield* sequences.read(path, { start, order: 'asc' })
      return
    } catch (error) {
      // Gone again. The socket says so too and another "subscribed" follows; but it may be HTTP alone that fails.
      if (!(error instanceof Fault && (error.code === 'busy' || error.code === 'throttled' || error.code === 'internal'))) throw error
      if (error instanceof Unreachable) options.onOutage?.(error)
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt, 5_000)))
    }
  }
}

/** Which values were given out, by timestamp: exact for the latest ones, and for all older ones a time before which nothing is read again. */
class SeenTimestamps {
  readonly #times = new Set<Micros>()
  /** Values up to here are never read again. */
  #floor: Micros | undefined
  #newest: Micros | undefined
  #checked: Micros | undefined

  beginAfter(time: Micros): void {
    this.#floor = time
    this.#newest = time
  }

  /** Whether it is new; from now on it is not. */
  add(timestamp: string): boolean {
    const time = parseTimestamp(timestamp)
    if (time === undefined || this.#times.has(time)) return false
    this.#times.add(time)
    if (this.#newest === undefined || time > this.#newest) this.#newest = time
    if (this.#times.size > MAX_SEEN) this.#forgetHalf()
    return true
  }

  /** Where to read on from, by what was checked last time; what is newest now counts as checked the next time. */
  beginCatchUp(overlap: Micros): string | undefined {
    // A sender whose clock is ahead must not hide what others store now.
    const newest = this.#newest === undefined ? undefined : Math.min(this.#newest, Date.now() * 1000)
    const checked = this.#checked ?? newest
    this.#checked = newest
    if (checked === undefined) return undefined
    return formatTimestamp(this.#floor === undefined ? checked - overlap : Math.max(checked - overlap, this.#floor + 1))
  }

  #forgetHalf(): void {
    const sorted = [...this.#times].sort((a, b) => a - b)
    const forgotten = sorted.slice(0, sorted.length / 2)
    for (const time of forgotten) this.#times.delete(time)
    this.#floor = Math.max(this.#floor ?? -Infinity, forgotten.at(-1) ?? -Infinity)
  }
}

/** Turns the socket's callbacks into a stream of events of bounded length. */
class Inbox {
  readonly #path: string
  readonly #folder: string
  readonly #isNumeric: boolean
  readonly #socket: ReconnectingSocket
  readonly #signal: AbortSignal | undefined
  #waiting: Event[] = []
  #overflowed = false
  #heard = false
  #checks: NodeJS.Timeout | undefined
  #wake: (() => void) | undefined

  constructor(path: string, isNumeric: boolean, socketOptions: SocketOptions, options: FollowOptions) {
    this.#path = path
    this.#isNumeric = isNumeric
    this.#folder = splitLast(path)[0]
    this.#signal = options.signal
    this.#socket = new ReconnectingSocket(
      { longestWait: 5_000, ...socketOptions },
      {
        onOpen: () => this.#subscribe(),
        onMessage: (message) => this.#received(message),
        onDown: (reason) => options.onOutage?.(reason),
        onRefused: (reason) => this.#push({ kind: 'refused', reason }),
      },
    )
    options.signal?.addEventListener('abort', () => this.#wake?.())
  }

  start(): void {
    this.#socket.start()
    this.#checks = setInterval(() => {
      if (this.#heard) this.#push({ kind: 'check' })
      this.#heard = false
    }, CHECK_INTERVAL)
  }

  async close(): Promise<void> {
    clearInterval(this.#checks)
    await this.#socket.close()
  }

  async *events(): AsyncGenerator<Event> {
    const isOver = (): boolean => this.#signal?.aborted === true
    while (!isOver()) {
      const batch = this.#waiting
      this.#waiting = []
      if (this.#overflowed) {
        // Everything let go is stored: one more catch-up brings it.
        this.#overflowed = false
        yield { kind: 'check' }
      }
      yield* batch
      if (this.#waiting.length === 0 && !isOver()) await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  #subscribe(): void {
    const subscriptions = [{ folder: this.#folder, message_type: 'sequence_update' }]
    this.#socket.send(JSON.stringify({ type: 'subscribe', parameters: { subscriptions }, id: 'follow' }))
  }

  #received(message: ServerMessage): void {
    if (message.type === 'ack' && message.id === 'follow') return this.#push({ kind: 'subscribed' })
    if (message.type === 'error' && message.id === 'follow') return this.#push({ kind: 'refused', reason: faultOfMessage(message) })
    if (message.type !== 'sequence_update' || message.parameters.name !== this.#path) return
    const { timestamp, value, revision_id: revision } = message.parameters
    const shown = value ?? revision
    if (typeof timestamp !== 'string' || (typeof shown !== 'string' && typeof shown !== 'number')) return
    this.#heard = true
    // Messages carry every value as text.
    this.#push({ kind: 'value', reading: { timestamp, value: this.#isNumeric ? Number(shown) : shown } })
  }

  #push(event: Event): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#waiting = this.#waiting.filter(({ kind }) => kind !== 'value')
      this.#overflowed = true
    }
    this.#waiting.push(event)
    this.#wake?.()
  }
}
