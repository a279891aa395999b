/**
 * When each controller was last heard, by any transport. It is kept in memory and written from time to time, so that a controller's message
 * writes nothing: connections are written within seconds, mere messages within minutes (downtime.ts says how often). What a crash loses,
 * the next message restores.
 */
import type { Clock } from '../base/clock.ts'
import type { Tables } from '../database/engine.ts'
import type { ControllerStatusRow } from '../database/schema.ts'
import { Pauses } from './downtime.ts'
import type { Micros } from '../base/time.ts'

export interface ControllerLiveness {
  /** The client version of its last connection. */
  clientVersion: string
  /** Address of its last message. */
  address: string
  /** Open connections, of all transports. */
  connections: number
  lastConnect: Micros | undefined
  /** The last message of any kind, including HTTP requests. */
  lastMessage: Micros | undefined
  lastWatchdog: Micros | undefined
  /** Total number of messages from it and to it. */
  received: number
  sent: number
  /** Set while its silence has been reported (see watchdog.ts): when it was last heard before. */
  reported: Micros | undefined
}

/** Rows in one transaction, since others need the writer, too. */
const STEP = 100

export class Liveness {
  readonly #tables: Tables
  readonly #clock: Clock
  readonly #states = new Map<number, ControllerLiveness>()
  /** Controllers to be written with the next flush, and with the next one that writes counts. */
  readonly #changed = new Set<number>()
  readonly #counted = new Set<number>()
  readonly #pauses: Pauses

  constructor(tables: Tables, clock: Clock) {
    this.#tables = tables
    this.#clock = clock
    this.#pauses = new Pauses(tables, clock)
  }

  /** Reads the stored state; no controller is connected yet. */
  async load(): Promise<void> {
    const rows = await this.#tables.database.selectFrom('controller_status').selectAll().execute()
    for (const row of rows) {
      this.#states.set(row.id, stateOf(row))
      if (row.web_socket_connected === 1) this.#changed.add(row.id)
    }
    await this.#pauses.load()
  }

  /** The server is up: from now on silence counts, continuing from when the server was last up. */
  begin(): Promise<void> {
    return this.#pauses.begin()
  }

  /** A connection of a controller was opened. @param clientVersion empty or undefined: what it said before stays */
  connected(controllerId: number, clientVersion: string | undefined, address: string): void {
    const state = this.#state(controllerId)
    state.connections++
    state.lastConnect = this.#clock.now()
    if (clientVersion) state.clientVersion = clientVersion
    state.address = address
    this.#changed.add(controllerId)
  }

  /** Call it once for each {@link connected}. */
  disconnected(controllerId: number): void {
    const state = this.#state(controllerId)
    state.connections = Math.max(0, state.connections - 1)
    this.#changed.add(controllerId)
  }

  /**
   * Anything arrived from a controller; costs next to nothing.
   * @param address where it came from, unless {@link connected} has said so
   */
  received(controllerId: number, address?: string): void {
    const state = this.#state(controllerId)
    state.received++
    if (address !== undefined) state.address = address
    state.lastMessage = this.#clock.now()
    this.#counted.add(controllerId)
  }

  /** A message went to a controller. */
  sent(controllerId: number): void {
    this.#state(controllerId).sent++
    this.#counted.add(controllerId)
  }

  /** A watchdog message arrived; {@link received} counts it as well. */
  watchdog(controllerId: number): void {
    this.#state(controllerId).lastWatchdog = this.#clock.now()
    this.#counted.add(controllerId)
  }

  get(controllerId: number): Readonly<ControllerLiveness> | undefined {
    return this.#states.get(controllerId)
  }

  /** Call it after the commit of the same state and of the message about it. */
  setReported(controllerId: number, heard: Micros | undefined): void {
    this.#state(controllerId).reported = heard
  }

  forget(controllerId: number): void {
    this.#states.delete(controllerId)
    this.#changed.delete(controllerId)
    this.#counted.delete(controllerId)
  }

  /** Until when the server is known to have been up before this start; undefined at the first. */
  get upBefore(): Micros | undefined {
    return this.#pauses.upBefore
  }

  /** Since when a controller that was last heard at that time has been silent, not counting times when this server could hear nothing. */
  silentSince(heard: Micros): Micros {
    return this.#pauses.silentSince(heard)
  }

  /**
   * The server's clock was set: times in the future were wrong. After a jump forward silence continues to count; set back, it counts from
   * now.
   */
  clockJumped(before: Micros): void {
    const now = this.#clock.now()
    this.#pauses.jumped(before, now)
    const settle = (time: Micros | undefined): Micros | undefined => (time !== undefined && time > now ? now : time)
    for (const [id, state] of this.#states) {
      state.lastConnect = settle(state.lastConnect)
      state.lastMessage = settle(state.lastMessage)
      state.lastWatchdog = settle(state.lastWatchdog)
      state.reported = settle(state.reported)
      this.#counted.add(id)
    }
  }

  /**
   * Writes what changed since the last time, in small transactions.
   * @param everything true: write counts too, even if it is not time for that
   */
  async flush(everything = false): Promise<void> {
    const now = this.#clock.now()
    // Write counts less often: a thousand controllers must not wear out the disk just by being alive.
    const isTime = everything || this.#pauses.isDue
    if (isTime) {
      for (const id of this.#counted) this.#changed.add(id)
      this.#counted.clear()
    }
    const ids = [...this.#changed]
    this.#changed.clear()
    for (let from = 0; from < ids.length; from += STEP) {
      try {
        await this.#write(ids.slice(from, from + STEP))
      } catch (error) {
        for (const id of ids.slice(from)) this.#changed.add(id)
        throw error
      }
    }
    if (isTime) await this.#pauses.note(now)
  }

  async #write(ids: readonly number[]): Promise<void> {
    await this.#tables.transact(async (tx) => {
      for (const id of ids) {
        const state = this.#states.get(id)
        if (state) await tx.updateTable('controller_status').set(columnsOf(state)).where('id', '=', id).execute()
      }
    })
  }

  #state(controllerId: number): ControllerLiveness {
    let state = this.#states.get(controllerId)
    if (!state) {
      state = {
        clientVersion: '',
        address: '',
        connections: 0,
        lastConnect: undefined,
        lastMessage: undefined,
        lastWatchdog: undefined,
        received: 0,
        sent: 0,
        reported: undefined,
      }
      this.#states.set(controllerId, state)
    }
    return state
  }
}

const stateOf = (row: ControllerStatusRow): ControllerLiveness => ({
  clientVersion: row.client_version,
  address: row.address,
  connections: 0,
  lastConnect: row.last_connect_timestamp ?? undefined,
  lastMessage: row.last_message_timestamp ?? undefined,
  lastWatchdog: row.last_watchdog_timestamp ?? undefined,
  received: row.messages_received,
  sent: row.messages_sent,
  // Take the latest of the three, so that only a newer message counts as a return.
  reported:
    row.watchdog_notification_sent === 1
      ? Math.max(row.last_connect_timestamp ?? 0, row.last_message_timestamp ?? 0, row.last_watchdog_timestamp ?? 0)
      : undefined,
})

const columnsOf = (state: ControllerLiveness) => ({
  client_version: state.clientVersion,
  address: state.address,
  web_socket_connected: state.connections > 0 ? (1 as const) : (0 as const),
  last_connect_timestamp: state.lastConnect ?? null,
  last_message_timestamp: state.lastMessage ?? null,
  last_watchdog_timestamp: state.lastWatchdog ?? null,
  messages_received: state.received,
  messages_sent: state.sent,
})
