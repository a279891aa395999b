/**
 * What MQTT clients are promised beyond their connection, on the disk: sessions, the messages that wait for them,
 * retained messages and wills. All of it is in memory too, and changed there first; changes gather while the ones before
 * them are being written, and go out as one transaction.
 */
import { Changes } from './pending-rows.ts'
import type { MqttQueueRow, MqttRetainedRow, MqttSessionRow, MqttWillRow } from '../database/mqtt-tables.ts'
import type { Tables } from '../database/engine.ts'
import type { Tx } from '../database/schema.ts'

/** Rows in one statement. */
const ROWS = 50

export interface MqttState {
  readonly sessions: MqttSessionRow[]
  /** By session, in order. */
  readonly queue: MqttQueueRow[]
  readonly retained: MqttRetainedRow[]
  readonly wills: MqttWillRow[]
}

interface Pending {
  readonly sessions: Changes<number, () => MqttSessionRow>
  readonly queue: Changes<string, MqttQueueRow>
  readonly retained: Changes<string, MqttRetainedRow>
  readonly wills: Changes<number, MqttWillRow>
}

const noChanges = (): Pending => ({ sessions: new Changes(), queue: new Changes(), retained: new Changes(), wills: new Changes() })
const keyOf = (sessionId: number, position: number): string => `${sessionId} ${position}`

export class MqttRecords {
  readonly #tables: Tables
  #pending = noChanges()
  /** The write under way, and the one that follows it. */
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async load(): Promise<MqttState> {
    return {
      sessions: await this.#tables.database.selectFrom('mqtt_sessions').selectAll().execute(),
      queue: await this.#tables.database.selectFrom('mqtt_queue').selectAll().orderBy('session_id').orderBy('position').execute(),
      retained: await this.#tables.database.selectFrom('mqtt_retained').selectAll().execute(),
      wills: await this.#tables.database.selectFrom('mqtt_wills').selectAll().orderBy('id').execute(),
    }
  }

  /** @param row as it is when it is written: all filters of a client are in it, and it may change with each of its packets */
  putSession(id: number, row: () => MqttSessionRow, isNew: boolean): void {
    this.#pending.sessions.put(id, row, isNew)
    this.#wake()
  }

  /** With all that waits for it. */
  removeSession(id: number): void {
    this.#pending.sessions.rows.set(id, undefined)
    this.#wake()
  }

  putQueued(row: MqttQueueRow, isNew: boolean): void {
    this.#pending.queue.put(keyOf(row.session_id, row.position), row, isNew)
    this.#wake()
  }

  removeQueued(sessionId: number, position: number): void {
    this.#pending.queue.remove(keyOf(sessionId, position))
    this.#wake()
  }

  putRetained(row: MqttRetainedRow): void {
    this.#pending.retained.put(row.topic, row)
    this.#wake()
  }

  removeRetained(topic: string): void {
    this.#pending.retained.remove(topic)
    this.#wake()
  }

  putWill(row: MqttWillRow): void {
    this.#pending.wills.put(row.id, row, true)
    this.#wake()
  }

  removeWill(id: number): void {
    this.#pending.wills.remove(id)
    this.#wake()
  }

  /** True when nothing waits for the disk. */
  get isDurable(): boolean {
    return this.#next === undefined && this.#writing === undefined
  }

  /**
   * Resolves when all that was changed so far is on the disk. @throws Fault busy when the disk refuses; it is tried again with the next
   * change
   */
  durable(): Promise<void> {
    return this.#next ?? this.#writing ?? Promise.resolve()
  }

  #wake(): void {
    if (this.#next) return
    const next = (this.#writing ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.#writing = next
        this.#next = undefined
        return this.#flush()
      })
    this.#next = next
    // Whoever waits for it hears of a failure; the changes are kept.
    next
      .catch(() => {})
      .finally(() => {
        if (this.#writing === next) this.#writing = undefined
      })
  }

  async #flush(): Promise<void> {
    const changes = this.#pending
    if (changes.sessions.size + changes.queue.size + changes.retained.size + changes.wills.size === 0) return
    this.#pending = noChanges()
    try {
      await this.#tables.transact((tx) => write(tx, changes))
    } catch (error) {
      this.#pending.sessions.restore(changes.sessions)
      this.#pending.queue.restore(changes.queue)
      this.#pending.retained.restore(changes.retained)
      this.#pending.wills.restore(changes.wills)
      throw error
    }
  }
}

async function write(tx: Tx, { sessions, queue, retained, wills }: Pending): Promise<void> {
  const queued = queue.chunks(ROWS)
  for (const rows of queued.put) {
    const insert = tx.insertInto('mqtt_queue').values(rows)
    await insert
      .onConflict((c) =>
        c
          .columns(['session_id', 'position'])
          .doUpdateSet((eb) => ({ message_id: eb.ref('excluded.message_id'), released: eb.ref('excluded.released') })),
      )
      .execute()
  }
  for (const [sessionId, positions] of bySession(queued.gone.flat())) {
    for (let at = 0; at < positions.length; at += ROWS)
      await tx
        .deleteFrom('mqtt_queue')
        .where('session_id', '=', sessionId)
        .where('position', 'in', positions.slice(at, at + ROWS))
        .execute()
  }
  const known = sessions.chunks(ROWS)
  for (const rows of known.put) {
    const insert = tx.insertInto('mqtt_sessions').values(rows.map((row) => row()))
    await insert
      .onConflict((c) =>
        c.column('id').doUpdateSet((eb) => ({
          actor: eb.ref('excluded.actor'),
          filters: eb.ref('excluded.filters'),
          received: eb.ref('excluded.received'),
          gone_timestamp: eb.ref('excluded.gone_timestamp'),
          expiry: eb.ref('excluded.expiry'),
        })),
      )
      .execute()
  }
  for (const ids of known.gone) {
    await tx.deleteFrom('mqtt_queue').where('session_id', 'in', ids).execute()
    await tx.deleteFrom('mqtt_sessions').where('id', 'in', ids).execute()
  }
  const kept = retained.chunks(ROWS)
  for (const rows of kept.put) {
    const insert = tx.insertInto('mqtt_retained').values(rows)
    await insert
      .onConflict((c) =>
        c.column('topic').doUpdateSet((eb) => ({
          payload: eb.ref('excluded.payload'),
          qos: eb.ref('excluded.qos'),
          resource_id: eb.ref('excluded.resource_id'),
          properties: eb.ref('excluded.properties'),
          expires: eb.ref('excluded.expires'),
        })),
      )
      .execute()
  }
  for (const topics of kept.gone) await tx.deleteFrom('mqtt_retained').where('topic', 'in', topics).execute()
  const last = wills.chunks(ROWS)
  for (const rows of last.put) await tx.insertInto('mqtt_wills').values(rows).execute()
  for (const ids of last.gone) await tx.deleteFrom('mqtt_wills').where('id', 'in', ids).execute()
}

function bySession(keys: readonly string[]): Map<number, number[]> {
  const sessions = new Map<number, number[]>()
  for (const key of keys) {
    const [sessionId = 0, position = 0] = key.split(' ').map(Number)
    const positions = sessions.get(sessionId)
    if (positions) positions.push(position)
    else sessions.set(sessionId, [position])
  }
  return sessions
}
