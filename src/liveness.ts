/**
 * When each controller was last heard of. Kept in memory and written now and then, so that a message of a controller
 * writes nothing; what a crash takes with it the next connection brings back.
 */
import type { Clock } from './clock.ts'
import type { ControllerStatusRow, Db } from './database/schema.ts'
import type { Micros } from './time.ts'

export interface ControllerLiveness {
  clientVersion: string
  connections: number
  lastConnect: Micros | undefined
  lastWatchdog: Micros | undefined
}

export class Liveness {
  readonly #db: Db
  readonly #clock: Clock
  readonly #states = new Map<number, ControllerLiveness>()
  readonly #changed = new Set<number>()

  constructor(db: Db, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** Reads what was known before; nobody is connected yet. */
  async load(): Promise<void> {
    const rows = await this.#db.selectFrom('controller_status').selectAll().execute()
    for (const row of rows) {
      this.#states.set(row.id, stateOf(row))
      if (row.web_socket_connected === 1) this.#changed.add(row.id)
    }
  }

  connected(controllerId: number, clientVersion: string): void {
    const state = this.#state(controllerId)
    state.connections++
    state.lastConnect = this.#clock.now()
    state.clientVersion = clientVersion
  }

  disconnected(controllerId: number): void {
    const state = this.#state(controllerId)
    state.connections = Math.max(0, state.connections - 1)
  }

  watchdog(controllerId: number): void {
    this.#state(controllerId).lastWatchdog = this.#clock.now()
  }

  get(controllerId: number): Readonly<ControllerLiveness> | undefined {
    return this.#states.get(controllerId)
  }

  forget(controllerId: number): void {
    this.#states.delete(controllerId)
    this.#changed.delete(controllerId)
  }

  /** Writes what changed since the last time, in one transaction. */
  async flush(): Promise<void> {
    if (this.#changed.size === 0) return
    const ids = [...this.#changed]
    this.#changed.clear()
    try {
      await this.#db.transaction().execute(async (tx) => {
        for (const id of ids) {
          const state = this.#states.get(id)
          if (!state) continue
          await tx
            .updateTable('controller_status')
            .set({
              client_version: state.clientVersion,
              web_socket_connected: state.connections > 0 ? 1 : 0,
              last_connect_timestamp: state.lastConnect ?? null,
              last_watchdog_timestamp: state.lastWatchdog ?? null,
            })
            .where('id', '=', id)
            .execute()
        }
      })
    } catch (error) {
      for (const id of ids) this.#changed.add(id)
      throw error
    }
  }

  #state(controllerId: number): ControllerLiveness {
    this.#changed.add(controllerId)
    let state = this.#states.get(controllerId)
    if (!state) this.#states.set(controllerId, (state = { clientVersion: '', connections: 0, lastConnect: undefined, lastWatchdog: undefined }))
    return state
  }
}

const stateOf = (row: ControllerStatusRow): ControllerLiveness => ({
  clientVersion: row.client_version,
  connections: 0,
  lastConnect: row.last_connect_timestamp ?? undefined,
  lastWatchdog: row.last_watchdog_timestamp ?? undefined,
})
