/** Odd states of an original's database on a real PostgreSQL server: they come to the same as those in an SQLite file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import Sqlite from 'better-sqlite3'
import { silentLog } from '../../src/base/log.ts'
import { importServer, type ImportOptions, type ImportReport } from '../../src/moving-in/import-server.ts'
import { FakeClock } from '../support/lab.ts'
import { originalSql, postgres, writeOriginalFiles } from '../support/original-server.ts'
import { onServer, sharedPostgres, withoutPostgres } from '../support/postgres.ts'

const skip = withoutPostgres()
const newDatabase = sharedPostgres()

interface Reports {
  readonly sqlite: ImportReport
  readonly postgres: ImportReport
}

/** What no column of the original forbids where a lab was upgraded by hand. */
const LOOSE = [
  'alter table resource_revisions alter column timestamp drop not null',
  'alter table resources alter column system_attributes drop not null, alter column creation_timestamp drop not null',
  'alter table resources alter column name drop not null, alter column type drop not null',
  'alter table users drop constraint users_email_address_key, alter column attributes drop not null',
  'alter table resources alter column id type bigint, alter column parent_id type bigint, alter column last_revision_id type bigint',
  'alter table resource_revisions alter column id type bigint, alter column resource_id type bigint',
]
/** @param changes in the SQL that both engines understand; @param of PostgreSQL alone */
async function importBoth(t: TestContext, changes: readonly string[], ofPostgres: readonly string[] = []): Promise<Reports> {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-odd-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { storage, config } = writeOriginalFiles(folder)
  const database = join(folder, 'rhizo.db')
  const connection = new Sqlite(database)
  // In a file it is the program that would see to what has to be there.
  connection.exec((await originalSql()).replaceAll(' not null', '').replaceAll(' unique', ''))
  connection.exec(`begin; ${changes.join('; ')}; commit`)
  connection.close()
  const url = await newDatabase()
  const sql = await originalSql(postgres)
  await onServer(url, async (client) => {
    for (const change of ['drop schema public cascade', 'create schema public', sql, ...LOOSE, ...changes, ...ofPostgres])
      await client.query(change)
  })
  const run = (place: string, name: string): Promise<ImportReport> => {
    const options: ImportOptions = {
      place,
      storage,
      config,
      keepsZones: false,
      isTrial: false,
      settingsFile: join(folder, name, 'config.yaml'),
      environment: {},
      clock: new FakeClock(),
      log: silentLog,
      onProgress: () => {},
    }
    return importServer(options)
  }
  return { sqlite: await run(database, 'sqlite'), postgres: await run(url, 'postgres') }
}

const comparable = (report: ImportReport): object => ({ ...report, source: '', database: '' })

const addFolder = (id: number | string, parent: number | string, name: string, type = 10): string =>
  `insert into resources select ${id}, null, 2, creation_timestamp, modification_timestamp, ${parent}, ${name}, ${type}, ` +
  "null, '{}', null, deleted, null, null from resources where id = 10"
const addUser = (id: number, name: string, address: string): string =>
  `insert into users select ${id}, '${name}', '${address}', password_hash, full_name, '{}', '{}', deleted, creation_timestamp, 0 ` +
  'from users where id = 2'

/** By what is odd about it. */
const STATES: Readonly<Record<string, readonly string[]>> = {
  'names that are taken twice': [
    addFolder(29, 2, "'a_b'"),
    addFolder(28, 2, "'twice~31'"),
    addUser(50, 'z-52', 'x+52@example.com'),
    addUser(51, 'z', 'x@example.com'),
    addUser(52, 'Z', 'X@example.com'),
    addUser(53, 'zz', 'x@example.com'),
  ],
  'rows that belong to nothing, and folders inside of themselves': [
    addFolder(70, 71, "'one'"),
    addFolder(71, 70, "'other'"),
    addFolder(85, 85, "'itself'"),
    addFolder(88, 7777, "'orphan'"),
    "insert into resource_revisions values (9001, 7777, '2024-01-01 00:00:00', null)",
    "insert into resource_views values (5, 7777, 2, '{}'), (7, 11, 2, 'no json'), (8, 11, 7777, '{}')",
    "insert into outgoing_messages values (7, 7777, 99, '2024-01-01 00:00:00', '', 'm', 'zz')",
    'update resources set last_revision_id = 99999 where id = 21',
    'update resources set organization_id = 7777 where id = 15',
  ],
  'nothing where something has to be': [
    'update resource_revisions set timestamp = null where id = 1',
    'update resource_revisions set data = null where id = 2',
    'update resources set last_revision_id = null where id = 20',
    'update resources set system_attributes = null, creation_timestamp = null where id = 15',
    'update users set attributes = null where id = 2',
    addFolder(90, 2, 'null'),
    addFolder(91, 2, "''"),
    'update resources set type = null where id = 91',
  ],
  'ids that can not be, and large ones': [
    addFolder(-5, 2, "'minus'"),
    addFolder(80, -5, "'in minus'"),
    addFolder(0, 2, "'zero'"),
    addFolder(2_147_483_648, 2, "'large'"),
    addFolder('9007199254740993', 2, "'huge'"),
    addFolder(86, 2, "'odd'", 99),
    addFolder(87, 86, "'in odd'"),
  ],
  'attributes that are broken, and times long ago and to come': [
    "update resources set system_attributes = '{bad' where id = 15",
    "update resources set system_attributes = '[1]' where id = 10",
    'update resources set user_attributes = \'{"a": NaN}\' where id = 11',
    "update controller_status set attributes = 'zz' where id = 10",
    "update users set creation_timestamp = '0001-01-01 00:00:00' where id = 2",
    "update resources set creation_timestamp = '9999-12-31 23:59:59.999999' where id = 15",
    "update resource_revisions set timestamp = '1969-12-31 23:59:59.5' where id = 3",
  ],
}

for (const [what, changes] of Object.entries(STATES))
  test(`${what}: the same from PostgreSQL as from SQLite`, { skip }, async (t) => {
    const { sqlite, postgres: server } = await importBoth(t, changes)
    assert.deepEqual(server.different, [])
    assert.deepEqual(comparable(server), comparable(sqlite))
  })

test('columns of other types, and a server that writes times and bytes in its own way, come to the same', { skip }, async (t) => {
  const times: readonly (readonly [table: string, ...columns: string[]])[] = [
    ['users', 'creation_timestamp'],
    ['resources', 'creation_timestamp', 'modification_timestamp'],
    ['keys', 'creation_timestamp', 'revocation_timestamp'],
    ['resource_revisions', 'timestamp'],
    ['controller_status', 'last_connect_timestamp', 'last_watchdog_timestamp'],
  ]
  const { sqlite, postgres: server } = await importBoth(
    t,
    [],
    [
      // Times with a zone, which the server shows in one of its own; day before month; bytes as text.
      ...times.flatMap(([table, ...columns]) =>
        columns.map((column) => `alter table ${table} alter column ${column} type timestamptz using ${column} at time zone 'UTC'`),
      ),
      'alter table users alter column attributes type jsonb using attributes::jsonb',
      'alter table keys alter column id type bigint, alter column access_as_user_id type bigint',
      "do $$ begin execute format('alter database %I set timezone = ''Asia/Kolkata''', current_database()); end $$",
      "do $$ begin execute format('alter database %I set datestyle = ''SQL, DMY''', current_database()); end $$",
      "do $$ begin execute format('alter database %I set bytea_output = ''escape''', current_database()); end $$",
      "do $$ begin execute format('alter database %I set statement_timeout = 1', current_database()); end $$",
    ],
  )
  assert.deepEqual(server.different, [])
  assert.deepEqual(comparable(server), comparable(sqlite))
})

test('times that are none are told', { skip }, async (t) => {
  const { postgres: server } = await importBoth(
    t,
    [],
    [
      "update resources set creation_timestamp = 'infinity' where id = 10",
      "update users set creation_timestamp = '0044-03-15 00:00:00 BC' where id = 2",
    ],
  )
  assert.deepEqual(server.different, [])
  const changed = server.findings.changed.map(({ subject, change }) => `${subject} ${change}`).join('\n')
  assert.match(changed, /^\/lab\/fridge has the time of creation "infinity", which can’t be read/m)
  assert.match(changed, /^user 2 has the time of creation "0044-03-15 00:00:00 BC", which can’t be read/m)
})
