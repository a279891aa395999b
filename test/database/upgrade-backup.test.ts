/** The backup before a migration: whatever an interrupted or failed upgrade left behind, no migration begins without a sound one. */
import Sqlite from 'better-sqlite3'
import assert from 'node:assert/strict'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { migrations, type Migration } from '../../src/database/migrate.ts'
import { findFileProblem } from '../../src/database/sqlite/checked-copy.ts'
import { takeDaemonLock } from '../../src/database/sqlite/daemon-lock.ts'
import { migrateSqlite } from '../../src/database/sqlite/sqlite.ts'
import { emptyLab } from '../support/command-line.ts'

const VERSION = migrations.length
const next: Migration = { name: 'next', up: async (db) => db.schema.createTable('next').addColumn('id', 'integer').execute() }
const broken: Migration = {
  name: 'broken',
  up: async () => {
    throw new Error('no power')
  },
}
const upgrade = (path: string, migration = next): Promise<void> =>
  migrateSqlite({ path, clock: systemClock, log: silentLog, migrations: [...migrations, migration] })

async function makeDatabase(t: TestContext): Promise<{ folder: string; path: string; backup: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'lab.db')
  await migrateSqlite({ path, clock: systemClock, log: silentLog })
  change(path, 'insert into probes (id, timestamp) values (1, 1)')
  return { folder, path, backup: `${path}.backup-v${VERSION}` }
}

function change(path: string, sql: string): void {
  const file = new Sqlite(path)
  file.exec(sql)
  file.close()
}

function probeOf(path: string): unknown {
  const file = new Sqlite(path, { readonly: true })
  try {
    return file.prepare('select timestamp from probes').pluck().get()
  } finally {
    file.close()
  }
}

const damages: Record<string, (backup: string, path: string) => void> = {
  'with 0 bytes': (backup) => writeFileSync(backup, ''),
  'cut in half': (backup, path) => {
    copyFileSync(path, backup)
    truncateSync(backup, Math.floor(statSync(backup).size / 2))
  },
  'that is no database': (backup) => writeFileSync(backup, 'hello '.repeat(1_000)),
}
for (const [what, damage] of Object.entries(damages))
  test(`a file ${what} with the backup's name is not taken for one`, async (t) => {
    const { path, backup } = await makeDatabase(t)
    damage(backup, path)
    await upgrade(path)
    assert.equal(await findFileProblem(backup, { version: VERSION }), undefined)
    assert.equal(probeOf(backup), 1)
    assert.equal(statSync(backup).mode & 0o777, 0o600)
  })

test('an unfinished copy is replaced, and nothing but the backup is left', async (t) => {
  const { folder, path, backup } = await makeDatabase(t)
  writeFileSync(`${backup}.part`, 'half of a copy')
  await upgrade(path)
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('backup')),
    [`lab.db.backup-v${VERSION}`],
  )
  assert.equal(probeOf(backup), 1)
})

test('an upgrade that fails again and again keeps one backup of the state before', async (t) => {
  const { folder, path } = await makeDatabase(t)
  for (let attempt = 0; attempt < 3; attempt++) await assert.rejects(upgrade(path, broken), /no power/)
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('backup')),
    [`lab.db.backup-v${VERSION}`],
  )
})

test('what was written since an earlier backup of the same version is in the new one, and the earlier one is kept', async (t) => {
  const { folder, path, backup } = await makeDatabase(t)
  await assert.rejects(upgrade(path, broken), /no power/)
  change(path, 'update probes set timestamp = 2')
  await upgrade(path)
  assert.equal(probeOf(backup), 2)
  const [earlier = ''] = readdirSync(folder).filter((name) => name.includes('.before-'))
  assert.equal(probeOf(join(folder, earlier)), 1)
})

test('a damaged database is not upgraded, and says what to do', async (t) => {
  const { path, backup } = await makeDatabase(t)
  change(path, 'create table filled (x); insert into filled values (zeroblob(200000))')
  const file = new Sqlite(path)
  file.unsafeMode()
  file.pragma('writable_schema = on')
  file.exec("update sqlite_schema set rootpage = 99999 where name = 'pauses'")
  file.close()
  await assert.rejects(upgrade(path), /was not upgraded|is damaged/)
  assert.equal(existsSync(backup), false)
})

test('rhizo upgrade --check says what would be done and what is in the way; rhizo upgrade does it', async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const path = join(lab.folder, 'rhizo.db')
  assert.deepEqual(((await lab.json('upgrade', '--check')) as { steps: string[] }).steps, [])
  // As it was before the newest migration.
  const newest = migrations.at(-1)?.name ?? ''
  const older = `${path}.older`
  await migrateSqlite({ path: older, clock: systemClock, log: silentLog, migrations: migrations.slice(0, -1) })
  for (const ending of ['', '-wal', '-shm']) rmSync(path + ending, { force: true })
  copyFileSync(older, path)
  const plan = (await lab.json('upgrade', '--check')) as { from: number; steps: string[]; needed_bytes: number; done: boolean }
  assert.deepEqual([plan.from, plan.steps, plan.done], [VERSION - 1, [newest], false])
  assert.ok(plan.needed_bytes >= 2 * statSync(path).size)
  assert.equal(existsSync(`${path}.backup-v${VERSION - 1}`), false, 'a check makes nothing')

  // What is in a backup's place is told before the first step, not when its turn comes.
  const place = `${path}.backup-v${VERSION - 1}`
  mkdirSync(place)
  for (const args of [['upgrade', '--check'], ['upgrade'], ['serve']]) {
    const { code, stderr } = await lab.rhizo(...args)
    assert.notEqual(code, 0, args.join(' '))
    assert.match(stderr, /\.backup-v\d+ is a folder, not a file\. The backup before the upgrade gets that name: move what is there away/)
  }
  assert.equal(await findFileProblem(path, { version: VERSION - 1 }), undefined)
  rmSync(place, { recursive: true })

  const release = takeDaemonLock(path)
  const refused = await lab.rhizo('upgrade')
  release()
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /runs on the database: stop it first/)

  assert.equal(((await lab.json('upgrade')) as { done: boolean }).done, true)
  assert.equal(await findFileProblem(path, { version: VERSION }), undefined)
  assert.equal(await findFileProblem(`${path}.backup-v${VERSION - 1}`, { version: VERSION - 1 }), undefined)
})

test('a lab that is newer than the program is told, and not said to have nothing to upgrade', async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const path = join(lab.folder, 'rhizo.db')
  change(path, `insert into schema_migrations (number, name, timestamp) values (${VERSION + 1}, 'of tomorrow', 1)`)
  for (const args of [['upgrade', '--check'], ['upgrade']]) {
    const { code, stdout, stderr } = await lab.rhizo(...args)
    assert.deepEqual([code, stdout], [1, `The database has the schema version ${VERSION + 1}; this rhizo works with ${VERSION}.\n`])
    assert.match(stderr, /install a newer rhizo, or restore a backup that was made before the upgrade/)
  }
  assert.match((await lab.rhizo('serve')).stderr, /Install a newer rhizo/)
  assert.deepEqual(
    readdirSync(lab.folder).filter((name) => name.includes('backup')),
    [],
  )
})
