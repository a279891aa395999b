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
