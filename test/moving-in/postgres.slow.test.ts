/** The same lab on a real PostgreSQL server comes to the same as from SQLite. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import pg from 'pg'
import { silentLog } from '../../src/base/log.ts'
import { importServer, type ImportOptions } from '../../src/moving-in/import-server.ts'
import { FakeClock } from '../support/lab.ts'
import { makeOriginalServer, originalSql, postgres } from '../support/original-server.ts'
import { findPostgres, startPostgres } from '../support/postgres.ts'

const programs = findPostgres()

test('a lab on PostgreSQL', { skip: programs === undefined ? 'no PostgreSQL is installed' : false }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-moving-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const original = await makeOriginalServer(folder)
  const url = await startPostgres(t, programs ?? '')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(await originalSql(postgres))
  await client.end()
  const run = (place: string, name: string) => {
    const options: ImportOptions = {
      place,
      storage: original.storage,
      config: original.config,
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
  const fromPostgres = await run(url.replace('postgresql://', 'postgresql+psycopg2://'), 'a')
  assert.deepEqual(fromPostgres.different, [])
  assert.doesNotMatch(fromPostgres.source, /unused/, 'the password is not told')
  const fromSqlite = await run(original.database, 'b')
  assert.deepEqual({ ...fromPostgres, source: '', database: '' }, { ...fromSqlite, source: '', database: '' })
})
