/** A lab with something of everything, stopped, whose database can be damaged. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import { cpSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { salvage, type Salvage } from '../../src/doctor/salvage.ts'
import type { SqliteSequenceStore } from '../../src/storage/engine/sqlite-sequences.ts'
import { labSettings, startLab } from './lab.ts'

export interface StoppedLab {
  readonly folder: string
}

const START = Date.UTC(2026, 0, 1) * 1000

export async function makeStoppedLab(t: TestContext): Promise<StoppedLab> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const lab = await startLab(t, { folder, settings: { STORAGE_THRESHOLD: 2_000 } })
  const store = lab.ctx.sequences as SqliteSequenceStore
  const ids: number[] = []
  for (let at = 0; at < 12; at++) {
    await lab.user(`user${at}@example.com`)
    await lab.controller(`controller${at}`)
    const { id } = await lab.sequence(`/lab/sequence${at}`)
    ids.push(id)
    const rows = (from: number) =>
      Array.from({ length: 60 }, (_, n) => ({
        sequence: { id, isText: false },
        time: START + (from + n) * 1e6,
        value: Math.sin(at * 1_000 + from + n),
      }))
    await lab.ctx.sequences.append(rows(0))
    await store.seal()
    const data = Buffer.alloc(at === 0 ? 5_000 : 1_500, 97 + at).toString('base64')
    const answer = await lab.post('/resources', { path: '/lab', name: `file${at}.txt`, type: 20, data })
    assert.ok(answer.status < 300, answer.text)
  }
  for (const id of ids)
    await lab.ctx.sequences.append(
      Array.from({ length: 60 }, (_, n) => ({ sequence: { id, isText: false }, time: START + (100 + n) * 1e6, value: n })),
    )
  await lab.stop()
  return { folder }
}

/** A copy of a lab, to be damaged. */
export async function copyLab(t: TestContext, { folder }: StoppedLab): Promise<StoppedLab> {
  const copy = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(copy, { recursive: true, force: true }))
  cpSync(folder, copy, { recursive: true })
  return { folder: copy }
}

export const databaseOf = ({ folder }: StoppedLab): string => join(folder, 'rhizo.db')

export const salvageLab = ({ folder }: StoppedLab): Promise<Salvage> => salvage(labSettings(folder), join(folder, 'new'), systemClock)

/** How many rows each table has. */
export function countRows(file: string): Map<string, number> {
  const db = new Sqlite(file, { readonly: true })
  try {
    const tables = db.prepare<[], string>("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'").pluck().all()
    return new Map(tables.map((table) => [table, Number(db.prepare(`select count(*) from "${table}" not indexed`).pluck().get())]))
  } finally {
    db.close()
  }
}

/** Rows in every table that the lab can do without, so many that each has several pages. */
export function fillSideTables(file: string): void {
  const db = new Sqlite(file)
  try {
    const [user, resource] = ['users', 'resources'].map((table) => Number(db.prepare(`select min(id) from ${table}`).pluck().get()))
    const insert = (table: string, columns: readonly string[], row: (n: number) => readonly unknown[]): void => {
      const statement = db.prepare(`insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`)
      db.transaction(() => {
        for (let n = 1; n <= 120; n++) statement.run(...row(n))
      })()
    }
    const idOf = (table: string, at: number): number =>
      Number(db.prepare(`select id from ${table} order by id limit 1 offset ?`).pluck().get(at))
    const text = (n: number): string => `${n}-`.padEnd(60, 'x')
    db.pragma('foreign_keys = OFF')
    insert(
      'sessions',
      ['user_id', 'token_hash', 'creation_timestamp', 'last_use_timestamp', 'expiry_timestamp', 'address', 'user_agent'],
      (n) => [user, text(n), START, START, START * 2, '::1', text(n)],
    )
    insert('password_resets', ['user_id', 'code_hash', 'creation_timestamp'], (n) => [user, text(n), START])
    insert('pins', ['pin', 'code_hash', 'creation_timestamp', 'key_created', 'attributes'], (n) => [n, text(n), START, 0, '{}'])
    insert('resource_views', ['resource_id', 'user_id', 'view'], (n) => [
      idOf('resources', n % 10),
      idOf('users', Math.floor(n / 10)),
      JSON.stringify({ text: text(n) }),
    ])
    insert('favourites', ['resource_id', 'user_id', 'creation_timestamp'], (n) => [
      idOf('resources', n % 10),
      idOf('users', Math.floor(n / 10)),
      n,
    ])
    insert('push_devices', ['user_id', 'endpoint_hash', 'sealed', 'name', 'creation_timestamp'], (n) => [
      user,
      text(n),
      text(n),
      text(n),
      START,
    ])
    insert('thumbnails', ['resource_id', 'revision_id', 'width', 'height', 'format', 'data'], (n) => [
      resource,
      n,
      n,
      1,
      'jpg',
      Buffer.alloc(n % 10 === 0 ? 3_000 : 100, n),
    ])
    insert('alert_states', ['resource_id', 'name', 'condition', 'active', 'start_told'], (n) => [resource, text(n), '{}', 0, 0])
    insert('alert_history', ['resource_id', 'name', 'condition', 'start_timestamp', 'told'], (n) => [
      resource,
      text(n),
      'above 1',
      START + n,
      '[]',
    ])
    insert('alert_mutes', ['resource_id', 'creation_timestamp', 'until_timestamp', 'reason'], (n) => [resource, START, START + n, text(n)])
    insert('throttles', ['name', 'count', 'window_start'], (n) => [text(n), 1, START])
    insert('pauses', ['from_timestamp', 'until_timestamp'], (n) => [START + n, START + n])
    insert('known_times', ['from_timestamp', 'until_timestamp'], (n) => [START + n, START + n])
    insert('wrong_clocks', ['boot', 'start_timestamp', 'end_timestamp'], (n) => [text(n), START + n, START + n])
    insert('backup_log', ['kind', 'place', 'start_timestamp', 'end_timestamp', 'scheduled'], (n) => ['backup', text(n), START, START, 0])
    insert('mqtt_sessions', ['id', 'name', 'actor', 'filters', 'received', 'gone_timestamp'], (n) => [
      n,
      text(n),
      JSON.stringify({ kind: 'user', id: user }),
      '{}',
      '[]',
      START,
    ])
    insert('mqtt_queue', ['session_id', 'position', 'topic', 'payload', 'qos', 'resource_id', 'released'], (n) => [
      1,
      n,
      'a',
      Buffer.alloc(n % 10 === 0 ? 3_000 : 100, n),
      1,
      resource,
      0,
    ])
    insert('mqtt_retained', ['topic', 'payload', 'qos', 'resource_id'], (n) => [text(n), Buffer.alloc(10), 1, resource])
    insert('mqtt_wills', ['id', 'key_id', 'topic', 'payload', 'qos', 'retain'], (n) => [n, 1, text(n), Buffer.alloc(10), 1, 0])
  } finally {
    db.close()
  }
}
