/** Pages of every kind are spoiled in turn: the lab starts or is salvaged, what is gone is named, and all else is as it was. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import { copyFileSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { createDaemon } from '../../daemon/daemon.ts'
import { systemClock } from '../../src/base/clock.ts'
import { Fault } from '../../src/base/fault.ts'
import { silentLog } from '../../src/base/log.ts'
import { findDefects, openSnapshot } from '../../src/database/sqlite/snapshot.ts'
import { mendDatabase } from '../../src/database/sqlite/side-tables.ts'
import { wordsOf } from '../../src/database/tables.ts'
import { copyLab, countRows, databaseOf, fillSideTables, makeStoppedLab, salvageLab, type StoppedLab } from '../support/damaged-lab.ts'
import { damagePage, overwritePage, pagesOf, readLayout } from '../support/damaged-pages.ts'
import { labSettings } from '../support/lab.ts'

const rowsOf = (file: string, table: string): unknown[] => {
  const db = new Sqlite(file, { readonly: true })
  try {
    return db.prepare(`select * from "${table}" not indexed`).all()
  } finally {
    db.close()
  }
}

interface Schema {
  name: string
  tbl_name: string
  type: 'table' | 'index'
}

function schemaOf(file: string): Schema[] {
  const db = new Sqlite(file, { readonly: true })
  try {
    return db.prepare<[], Schema>("select name, tbl_name, type from sqlite_schema where type in ('table', 'index')").all()
  } finally {
    db.close()
  }
}

async function assertSound(file: string, what: string): Promise<void> {
  const snapshot = await openSnapshot(file)
  try {
    assert.deepEqual(findDefects(snapshot, false), { structure: [], strayRows: [] }, what)
  } finally {
    await snapshot.close()
  }
}

async function makeFullLab(t: TestContext): Promise<StoppedLab> {
  const lab = await makeStoppedLab(t)
  fillSideTables(databaseOf(lab))
  return lab
}

test('each kind of page of each side table and index: it is made again, and all else is as it was', async (t) => {
  const lab = await makeFullLab(t)
  const file = databaseOf(lab)
  readLayout(file)
  const [whole, copy] = [readFileSync(file), `${file}.copy`]
  const schema = schemaOf(file)
  const before = countRows(file)
  let tried = 0
  for (const { name, tbl_name: table, type } of schema) {
    if (type === 'table' && wordsOf(table).kind !== 'side' && name !== 'sqlite_sequence') continue
    for (const kind of ['internal', 'leaf', 'overflow'] as const) {
      if (pagesOf(file, name).every((page) => page.kind !== kind)) continue
      copyFileSync(file, copy)
      // What follows a page is on it: the last one of a long row may hold anything.
      damagePage(copy, name, kind, kind === 'overflow' ? 0 : -1)
      const what = `${kind} of ${name}`
      const { mended, left } = mendDatabase(copy)
      assert.deepEqual(left, [], what)
      assert.equal(mended.length, 1, what)
      assert.match(mended[0] ?? '', type === 'table' && name !== 'sqlite_sequence' ? new RegExp(`table ${table}`) : /Nothing is lost/, what)
      await assertSound(copy, what)
      for (const [other, count] of before) {
        if (other !== table || type === 'index') assert.deepEqual(rowsOf(copy, other).length, count, `${other} after ${what}`)
        else if (kind !== 'internal' && table !== 'throttles' && count > 100)
          assert.ok(rowsOf(copy, other).length > 60, `${what}: ${rowsOf(copy, other).length} rows are kept`)
      }
      assert.deepEqual(
        schemaOf(copy)
          .map(({ name: one }) => one)
          .sort(),
        schema.map(({ name: one }) => one).sort(),
        what,
      )
      assert.deepEqual(mendDatabase(copy), { mended: [], left: [] }, `${what}: the second start finds nothing`)
      tried++
    }
  }
  assert.ok(tried > 50, `${tried} pages were tried`)
  assert.ok(whole.equals(readFileSync(file)))
})

/** @returns why a daemon refuses to start on it; undefined when it starts */
async function refusalOf(lab: StoppedLab): Promise<string | undefined> {
  const daemon = createDaemon(labSettings(lab.folder), { clock: systemClock, log: silentLog })
  try {
    await daemon.start()
    return undefined
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error.message
  } finally {
    await daemon.stop()
  }
}

/** What the daemon writes by itself, and what is not copied. */
const VOLATILE = new Set(['daemon', 'throttles', 'sequence_damaged_blocks', 'sequence_damaged_records', 'probes'])

/** Starts and salvages a spoiled lab. @returns what is gone @throws AssertionError when something is gone that nothing names */
async function examine(lab: StoppedLab, before: Map<string, number>, what: string): Promise<readonly string[]> {
  const { gone, report, database } = await salvageLab(lab)
  assert.deepEqual(report.findings, [], `${what}: the salvaged lab is sound`)
  const after = countRows(database)
  for (const [table, count] of before) {
    const kept = after.get(table) ?? 0
    if (VOLATILE.has(table) || kept >= count) continue
    const { words } = wordsOf(table)
    const named = table.startsWith('sequence_') ? /values|journal|block/ : table === 'resource_revisions' ? /revision/ : new RegExp(words)
    assert.match(gone.join('\n'), named, `${what}: ${count - kept} rows of ${table} are gone`)
  }
  rmSync(join(lab.folder, 'new'), { recursive: true })
  const refusal = await refusalOf(lab)
  if (refusal !== undefined) assert.match(refusal, /is damaged.*rhizo doctor --salvage NEW/, `${what}: the start says what to do`)
  return gone
}

test('each kind of page of each other table, of the list of tables and of free pages', async (t) => {
  const lab = await makeFullLab(t)
  const file = databaseOf(lab)
  readLayout(file)
  const whole = readFileSync(file)
  const before = countRows(file)
  const copy = await copyLab(t, lab)
  const tables = schemaOf(file).filter(({ name, type }) => type === 'table' && wordsOf(name).kind !== 'side')
  let tried = 0
  for (const name of [...tables.map(({ name: one }) => one), 'sqlite_schema'])
    for (const kind of ['internal', 'leaf', 'overflow'] as const) {
      const page = pagesOf(file, name).find((one) => one.kind === kind && one.number > 1)
      if (!page) continue
      copyFileSync(file, databaseOf(copy))
      overwritePage(databaseOf(copy), page.number)
      if (name === 'sqlite_schema') {
        // Where it is said what is where, only a backup helps: both say so.
        assert.match((await refusalOf(copy)) ?? '', /is damaged.*restore a backup/)
        continue
      }
      await examine(copy, before, `${kind} of ${name}`)
      tried++
    }
  assert.ok(tried >= 12, `${tried} pages were tried`)
  assert.ok(whole.equals(readFileSync(file)))
})

test('a block of 4 kB of the disk is spoiled, anywhere', async (t) => {
  const lab = await makeFullLab(t)
  const file = databaseOf(lab)
  const { pageBytes } = readLayout(file)
  const before = countRows(file)
  const blocks = Math.floor(statSync(file).size / 4096)
  const copy = await copyLab(t, lab)
  for (let at = 1; at <= 12; at++) {
    const block = Math.floor((at * (blocks - 1)) / 12)
    copyFileSync(file, databaseOf(copy))
    const [first, count] = [(block * 4096) / pageBytes + 1, 4096 / pageBytes]
    const damaged = pagesOf(file, 'sqlite_schema').some(({ number }) => number >= first && number < first + count)
    if (damaged) continue
    for (let page = first; page < first + count; page++) overwritePage(databaseOf(copy), page)
    await examine(copy, before, `block ${block} of ${blocks}`)
  }
})
