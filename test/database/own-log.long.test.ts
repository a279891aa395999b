/** A log that belongs to another database, or to another state of it, is never joined with the file that it lies beside. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import Sqlite from 'better-sqlite3'
import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { requireOwnLog } from '../../src/database/sqlite/other-names.ts'
import { openSqlite, type SqliteOptions } from '../../src/database/sqlite/sqlite.ts'
import { emptyLab, startCommandLineLab, type CommandLineLab } from '../support/command-line.ts'
import { onFileAlone } from '../support/postgres.ts'

const ALONE = onFileAlone('logs beside a file')
const FOREIGN = /rhizo\.db-wal does not belong to the database .*rhizo\.db.*nothing was changed.*mv \S+-wal \S+-wal\.aside/

const ROWS = Array.from({ length: 400 }, (_, row) => row)

/** A lab with one value, killed while its log holds what it stored last. */
async function killedLab(t: TestContext): Promise<CommandLineLab> {
  const lab = await startCommandLineLab(t)
  await lab.run('seq', 'create', '/test-org/temperature')
  await lab.run('seq', 'update', '/test-org/temperature', '1')
  await lab.stopServer('SIGKILL')
  return lab
}

const COMMANDS: readonly string[][] = [
  ['serve'],
  ['serve', '--read-only'],
  ['init-db'],
  ['create-admin', 'other@example.com:correct-horse-9'],
  ['upgrade'],
  ['upgrade', '--check'],
  ['backup', 'copies'],
  ['doctor'],
  ['doctor', '--salvage', 'sound'],
  ['storage', 'status'],
  ['database', 'move', '--to', 'sqlite:///moved.db'],
]

test('no command joins a database with the log of another one', ALONE, async (t) => {
  const other = await killedLab(t)
  const lab = await emptyLab(t)
  await lab.run('init-db')
  await lab.startServer()
  await lab.stopServer()
  const [file, log] = [join(lab.folder, 'rhizo.db'), join(lab.folder, 'rhizo.db-wal')]
  const [sound, foreign] = [readFileSync(file), readFileSync(join(other.folder, 'rhizo.db-wal'))]
  copyFileSync(join(other.folder, 'rhizo.db-wal'), log)
  for (const command of COMMANDS) {
    const what = command.join(' ')
    const { code, stdout, stderr } = await lab.rhizo(...command)
    assert.notEqual(code, 0, what)
    assert.match(stdout + stderr, FOREIGN, what)
    assert.ok(sound.equals(readFileSync(file)), `${what} leaves the database as it is`)
    assert.ok(foreign.equals(readFileSync(log)), `${what} leaves the log as it is`)
  }
  renameSync(log, `${log}.aside`)
  await lab.startServer()
  assert.equal(await lab.stopServer(), 0)
})

test('no command undoes the database by the journal of another one', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const [file, journal, other] = ['rhizo.db', 'rhizo.db-journal', 'other.db'].map((name) => join(lab.folder, name)) as [
    string,
    string,
    string,
  ]
  // Another program's change of another database, half-way.
  const connection = new Sqlite(other)
  connection.pragma('cache_size = 1')
  connection.exec('create table a (b); begin; insert into a values (zeroblob(300000)); insert into a values (zeroblob(300000))')
  copyFileSync(`${other}-journal`, journal)
  connection.close()
  const [sound, foreign] = [readFileSync(file), readFileSync(journal)]
  for (const command of COMMANDS) {
    const what = command.join(' ')
    const { code, stdout, stderr } = await lab.rhizo(...command)
    assert.notEqual(code, 0, what)
    assert.match(
      stdout + stderr,
      /rhizo\.db-journal is none of the database .*nothing was changed.*mv \S+-journal \S+-journal\.aside/,
      what,
    )
    assert.ok(sound.equals(readFileSync(file)), `${what} leaves the database as it is`)
    assert.ok(foreign.equals(readFileSync(journal)), `${what} leaves the journal as it is`)
  }
  renameSync(journal, `${journal}.aside`)
  await lab.startServer()
  assert.equal(await lab.stopServer(), 0)
})

test("a copy of an earlier state in a killed lab's place is not joined with the log that stayed there", ALONE, async (t) => {
  const lab = await startCommandLineLab(t)
  const [file, log, copy] = ['rhizo.db', 'rhizo.db-wal', 'copy.db'].map((name) => join(lab.folder, name)) as [string, string, string]
  await lab.run('seq', 'create', '/test-org/temperature')
  await lab.run('seq', 'update', '/test-org/temperature', '1')
  // As SQLite's own backup makes it, beside the server.
  const source = new Sqlite(file, { readonly: true })
  await source.backup(copy)
  source.close()
  await lab.run('seq', 'update', '/test-org/temperature', '2')
  await lab.stopServer('SIGKILL')
  requireOwnLog(file)
  await lab.startServer()
  await lab.run('seq', 'update', '/test-org/temperature', '3')
  await lab.stopServer('SIGKILL')
  requireOwnLog(file)
  copyFileSync(copy, file)
  const { code, stderr } = await lab.rhizo('serve')
  assert.notEqual(code, 0)
  assert.match(stderr, FOREIGN)
  rmSync(log)
  await lab.startServer()
  assert.equal(await lab.run('seq', 'get', '/test-org/temperature'), '1\n')
})

test('a log fits its file after each of many checkpoints, also while somebody keeps it from beginning again', ALONE, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'rhizo.db')
  const options: SqliteOptions = { path, synchronous: 'FULL', clock: systemClock, log: silentLog, isDaemon: true, onFatal: () => {} }
  const states = new Set<string>()
  /** @param hasReader somebody reads what was there at first, all the while */
  const fill = async (hasReader: boolean): Promise<void> => {
    const database = await openSqlite(options)
    const { writer } = database
    await writer.statement('create table if not exists jottings (id integer primary key, bytes blob)', [])
    const reader = hasReader ? new Sqlite(path, { readonly: true }) : undefined
    reader?.exec('begin')
    reader?.prepare('select count(*) from jottings').get()
    for (let round = 0; round < 60; round++) {
      // The same pages each time: the log grows, the file does not.
      await writer.rows([
        {
          sql: 'replace into jottings values (?, ?)',
          columns: [Float64Array.from(ROWS), ROWS.map((row) => Buffer.alloc(900, row + round))],
        },
      ])
      requireOwnLog(path)
      states.add(readFileSync(path).subarray(60, 64).toString('hex'))
    }
    reader?.close()
    await database.close()
  }
  await fill(false)
  const before = states.size
  assert.ok(before > 2, `the log was moved into the database ${before} times`)
  await fill(true)
  await fill(false)
  assert.ok(states.size > before + 2)
})
