import Sqlite from 'better-sqlite3'
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { runningDaemon, takeDaemonLock } from '../../src/database/sqlite/daemon-lock.ts'
import { migrations, type Migration } from '../../src/database/migrate.ts'
import { migrateSqlite, openSqlite, type SqliteDatabase } from '../../src/database/sqlite/sqlite.ts'
import { isUniqueViolation } from '../../src/database/errors.ts'
import { silentLog } from '../../src/base/log.ts'

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function open(t: TestContext, path: string): Promise<SqliteDatabase> {
  const database = await openSqlite({ path, synchronous: 'FULL', clock: systemClock, log: silentLog, onFatal: () => {} })
  t.after(() => database.close())
  return database
}

const addTable = (name: string): Migration => ({ name, up: async (db) => db.schema.createTable(name).addColumn('id', 'integer').execute() })

test('a database of an older version is backed up before each migration, and a fresh one is not', async (t) => {
  const path = join(makeFolder(t), 'lab.db')
  await migrateSqlite({ path, clock: systemClock, log: silentLog })
  assert.deepEqual(
    readdirSync(dirname(path)).filter((file) => file.includes('backup')),
    [],
  )
  await migrateSqlite({ path, clock: systemClock, log: silentLog, migrations: [...migrations, addTable('second'), addTable('third')] })
  assert.equal(existsSync(`${path}.backup-v${migrations.length}`), true)
  assert.equal(existsSync(`${path}.backup-v${migrations.length + 1}`), true)
  for (const file of [path, `${path}.backup-v${migrations.length}`]) assert.equal(statSync(file).mode & 0o777, 0o600)
  // The backup is a database of the version it was taken from.
  await migrateSqlite({ path: `${path}.backup-v${migrations.length}`, clock: systemClock, log: silentLog })
})

test('a new database has small pages and an empty one little, and one that exists keeps its own', async (t) => {
  const folder = makeFolder(t)
  const [fresh, older] = [join(folder, 'fresh.db'), join(folder, 'older.db')]
  await migrateSqlite({ path: fresh, clock: systemClock, log: silentLog })
  assert.ok(statSync(fresh).size < 150_000, `an empty database has ${statSync(fresh).size} bytes`)
  const before = new Sqlite(older)
  before.pragma('page_size = 4096')
  before.exec('create table gone (id integer); drop table gone')
  before.close()
  for (const [path, bytes] of [
    [fresh, 1024],
    [older, 4096],
  ] as const) {
    const { db, reader } = await open(t, path)
    assert.equal(reader.pragma('page_size', { simple: true }), bytes)
    await db.insertInto('probes').values({ id: 1, timestamp: 1 }).execute()
    assert.equal(reader.pragma('integrity_check', { simple: true }), 'ok')
  }
})

test('a migration that fails leaves the database as it was', async (t) => {
  const path = join(makeFolder(t), 'lab.db')
  await migrateSqlite({ path, clock: systemClock, log: silentLog })
  const broken: Migration = {
    name: 'broken',
    up: async (db) => {
      await db.schema.createTable('half').addColumn('id', 'integer').execute()
      throw new Error('no power')
    },
  }
  await assert.rejects(migrateSqlite({ path, clock: systemClock, log: silentLog, migrations: [...migrations, broken] }), /no power/)
  const { db } = await open(t, path)
  assert.deepEqual(
    (await db.introspection.getTables()).filter(({ name }) => name === 'half'),
    [],
  )
})

test('a newer database is refused with a clear error', async (t) => {
  const path = join(makeFolder(t), 'lab.db')
  await migrateSqlite({ path, clock: systemClock, log: silentLog, migrations: [...migrations, addTable('future')] })
  await assert.rejects(
    migrateSqlite({ path, clock: systemClock, log: silentLog }),
    new RegExp(`has schema version ${migrations.length + 1}, but this rhizo knows versions up to ${migrations.length}`),
  )
})

test('a statement outside a transaction waits for it, and is not lost in its rollback', async (t) => {
  const { db, writer } = await open(t, join(makeFolder(t), 'lab.db'))
  const probe = (id: number) => ({ id, timestamp: 1 })
  let outside: Promise<unknown> = Promise.resolve()
  let batch: Promise<unknown> = Promise.resolve()
  await assert.rejects(
    db.transaction().execute(async (tx) => {
      await tx.insertInto('probes').values(probe(1)).execute()
      outside = db.insertInto('probes').values(probe(2)).execute()
      batch = writer.rows([{ sql: 'insert into probes (id, timestamp) values (?, ?)', columns: [Float64Array.of(3), Float64Array.of(1)] }])
      await tx.insertInto('probes').values(probe(4)).execute()
      throw new Error('changed my mind')
    }),
    /changed my mind/,
  )
  await Promise.all([outside, batch])
  assert.deepEqual(
    (await db.selectFrom('probes').select('id').orderBy('id').execute()).map(({ id }) => id),
    [2, 3],
  )
})

test('readers see what committed, never what is under way', async (t) => {
  const { db } = await open(t, join(makeFolder(t), 'lab.db'))
  await db.transaction().execute(async (tx) => {
    await tx.insertInto('probes').values({ id: 1, timestamp: 1 }).execute()
    assert.equal((await tx.selectFrom('probes').selectAll().execute()).length, 1)
    assert.equal((await db.selectFrom('probes').selectAll().execute()).length, 0)
  })
  assert.equal((await db.selectFrom('probes').selectAll().execute()).length, 1)
})

test('a batch is stored whole or not at all', async (t) => {
  const { db, writer } = await open(t, join(makeFolder(t), 'lab.db'))
  const insert = { sql: 'insert into probes (id, timestamp) values (?, ?)', columns: [Float64Array.of(1, 2, 1), Float64Array.of(1, 1, 1)] }
  await assert.rejects(writer.rows([insert]), (error) => isUniqueViolation(error))
  assert.equal((await db.selectFrom('probes').selectAll().execute()).length, 0)
})

test('one daemon a database', (t) => {
  const path = join(makeFolder(t), 'lab.db')
  assert.equal(runningDaemon(path), undefined)
  const unlock = takeDaemonLock(path)
  assert.throws(() => takeDaemonLock(path), /Another rhizo daemon \(process \d+\) is using/)
  assert.equal(runningDaemon(path), process.pid)
  unlock()
  assert.equal(runningDaemon(path), undefined)
  takeDaemonLock(path)()
})
