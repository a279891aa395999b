/** An upgrade that is killed at any statement of any step loses nothing: the next start goes on, and each backup is one. */
import Sqlite from 'better-sqlite3'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { migrations } from '../../src/database/migrate.ts'
import { findFileProblem } from '../../src/database/sqlite/checked-copy.ts'
import { migrateSqlite } from '../../src/database/sqlite/sqlite.ts'

/** UPGRADE_KILLS=20 for that many in each step. */
const KILLS_OF_A_STEP = Number(process.env['UPGRADE_KILLS'] ?? 1)
const ROWS = 30
const script = fileURLToPath(new URL('../support/upgrade-and-die.js', import.meta.url))

/** @returns what it printed; undefined when it was killed */
const upgrade = (path: string, ...place: number[]): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [script, path, ...place.map(String)], (error, out, errors) => {
      if (!error) resolve(out)
      else if (error.signal === 'SIGKILL') resolve(undefined)
      else reject(new Error(errors, { cause: error }))
    })
  })

/** Fills each table of the first version with rows that are told apart. */
function fill(path: string): void {
  const file = new Sqlite(path)
  file.pragma('foreign_keys = off')
  for (const table of namesOfTables(file)) {
    const columns = file.pragma(`table_info("${table}")`) as { name: string; type: string }[]
    const insert = file.prepare(`insert or ignore into "${table}" values (${columns.map(() => '?').join(', ')})`)
    for (let row = 1; row <= ROWS; row++)
      insert.run(
        columns.map(({ name, type }) =>
          /attributes|settings/.test(name)
            ? '{}'
            : /int|real/i.test(type)
              ? row
              : /blob/i.test(type)
                ? Buffer.from([row])
                : `${name} ${row}`,
        ),
      )
  }
  file.close()
}

const namesOfTables = (file: Sqlite.Database): string[] =>
  file
    .prepare<[], string>(
      "select name from sqlite_schema where type = 'table' and name <> 'schema_migrations' and name not like 'sqlite\\_%' escape '\\'",
    )
    .pluck()
    .all()

/** All rows of all tables, but for what differs between two runs of the same: when each step ran, and numbers by chance. */
function contentOf(path: string): Record<string, unknown[]> {
  const file = new Sqlite(path, { readonly: true })
  try {
    assert.equal(file.pragma('integrity_check', { simple: true }), 'ok')
    assert.equal(file.prepare('select max(number) from schema_migrations').pluck().get(), migrations.length)
    return Object.fromEntries(namesOfTables(file).map((table) => [table, file.prepare(`select * from "${table}"`).raw().all()]))
  } finally {
    file.close()
  }
}

test('an upgrade that is killed in each of its steps goes on at the next start, and has lost nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'killed.db')
  await migrateSqlite({ path, clock: systemClock, log: silentLog, migrations: migrations.slice(0, 1) })
  fill(path)

  const straight = join(folder, 'straight.db')
  copyFileSync(path, straight)
  const statements = JSON.parse((await upgrade(straight)) ?? '') as Record<string, number>
  const expected = contentOf(straight)
  assert.ok(Object.values(expected).flat().length > ROWS * 5, 'there is something to lose')

  // Each run goes on where the one before was killed. Statements of making a step's backup come first.
  for (let step = 1; step < migrations.length; step++) {
    const count = statements[step] ?? 0
    assert.ok(count > 2, `step ${step} has statements`)
    for (let n = 0; n < KILLS_OF_A_STEP; n++) {
      // At another place in each step.
      const at = 1 + Math.floor((count * (n + ((step * 7) % 10) / 10)) / KILLS_OF_A_STEP)
      assert.equal(await upgrade(path, step, at), undefined, `killed in step ${step}, before statement ${at} of ${count}`)
    }
  }
  await migrateSqlite({ path, clock: systemClock, log: silentLog })
  assert.deepEqual(contentOf(path), expected)
  const backups = readdirSync(folder).filter((name) => /^killed\.db\.backup-v\d+$/.test(name))
  assert.equal(backups.length, migrations.length - 1)
  for (const name of backups)
    assert.equal(await findFileProblem(join(folder, name), { version: Number(/\d+$/.exec(name)?.[0]) }), undefined, name)
})
