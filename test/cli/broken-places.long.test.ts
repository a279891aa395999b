/** Commands on a lab of which something is not what it should be: each names the file and the next step, and leaves nothing half done. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import Sqlite from 'better-sqlite3'
import { emptyLab, RHIZO } from '../support/command-line.ts'
import { onFileAlone } from '../support/postgres.ts'

const ALONE = onFileAlone('a database in a file')

test('a database that can not be opened is named, with what to do, by what looks at it', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const [file, aside] = [join(lab.folder, 'rhizo.db'), join(lab.folder, 'aside.db')]
  renameSync(file, aside)
  const states: readonly [what: string, make: () => void, advice: RegExp][] = [
    ['missing', () => {}, /The database \S+rhizo\.db is not there\. If its disk is not mounted, mount it.*restore a backup/],
    ['a folder', () => mkdirSync(file), /The database \S+rhizo\.db is a folder, not a file\. Put back what belongs there/],
    [
      'zeros',
      () => writeFileSync(file, Buffer.alloc(100_000)),
      /The database \S+rhizo\.db is damaged.*\(SQLITE_NOTADB\)\. Run "rhizo doctor"/,
    ],
  ]
  for (const [what, make, advice] of states) {
    make()
    for (const command of [['upgrade', '--check'], ['upgrade'], ['backup', 'copies']]) {
      const { code, stderr } = await lab.rhizo(...command)
      assert.notEqual(code, 0, `${command.join(' ')}: ${what}`)
      assert.match(stderr, advice, `${command.join(' ')}: ${what}`)
      assert.doesNotMatch(stderr, /hard links/)
    }
    if (what === 'zeros') {
      assert.match((await lab.rhizo('doctor', '--salvage', 'sound')).stderr, /Nothing can be read of \S+rhizo\.db/)
      assert.deepEqual(readdirSync(join(lab.folder, 'sound')), [], 'nothing of it is left')
    }
    rmSync(file, { recursive: true, force: true })
  }
  renameSync(aside, file)
  await lab.run('upgrade', '--check')
})

test("another program's database is changed by nothing, and an empty one is no lab", ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const file = join(lab.folder, 'rhizo.db')
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true })
  const commands = [
    ['serve'],
    ['serve', '--read-only'],
    ['doctor'],
    ['init-db'],
    ['init-db', '--adopt'],
    ['create-admin', 'ann@example.com:correct-horse-9'],
    ['upgrade'],
    ['upgrade', '--check'],
    ['backup', 'copies'],
    ['database', 'move', '--to', `sqlite:///${join(lab.folder, 'moved.db')}`],
    ['doctor', '--salvage', 'sound'],
    ['storage', 'status'],
  ]
  const states: readonly [statements: string, words: RegExp, may: (command: string) => boolean][] = [
    [
      'create table states (a); create table schema_migrations (version text)',
      /is of another program: .* schema_migrations, states\./,
      () => false,
    ],
    ['create table resources (a); create table resource_revisions (a)', /is of the original server.*rhizo import-server/s, () => false],
    // An empty file with a header: only what makes labs makes one of it.
    [
      'create table gone (a); drop table gone',
      /holds nothing.*restore a backup/s,
      (command) => /^(?:serve|init-db|create-admin)$/.test(command),
    ],
  ]
  for (const [statements, words, may] of states) {
    const made = new Sqlite(file)
    made.exec(statements)
    made.close()
    const before = readFileSync(file)
    for (const command of commands.filter(([name = '']) => !may(name))) {
      const { code, stdout, stderr } = await lab.rhizo(...command)
      assert.notEqual(code, 0, command.join(' '))
      assert.match(stdout + stderr, words, command.join(' '))
      assert.deepEqual(readFileSync(file), before, `${command.join(' ')} changed it`)
    }
    assert.deepEqual(
      ['copies', 'moved.db', 'rhizo.db-wal'].filter((name) => existsSync(join(lab.folder, name))),
      [],
    )
    rmSync(file)
  }
})

test('a lock file that can not be used keeps the doctor from nothing', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const lock = join(lab.folder, 'rhizo.db.lock')
  writeFileSync(lock, 'what no server wrote')
  const { stderr: words } = await lab.rhizo('serve')
  assert.match(
    words,
    /The lock file of the database \S+rhizo\.db, \S+rhizo\.db\.lock, holds what no server wrote\..* rm \S+rhizo\.db\.lock\./,
  )
  assert.doesNotMatch(words, /damaged|salvage/)
  rmSync(lock)
  mkdirSync(lock)
  const { code, stdout, stderr } = await lab.rhizo('doctor')
  assert.notEqual(code, 0)
  assert.match(stdout, /rhizo\.db\.lock can't be used: .*No server starts.*\n +Give it and its folder to the user/)
  assert.match(stdout, /\d+ found in .* [1-9]\d* resources/, 'the rest is examined')
  assert.equal(stderr, '')
})

test('a place of backups that holds none is no empty list, and a backup there says when it held some', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const copies = join(lab.folder, 'copies')
  for (const place of [copies, join(lab.folder, 'rhizo.db')]) {
    const { code, stderr } = await lab.rhizo('backup', '--list', place)
    assert.equal(code, 4)
    assert.match(stderr, /There are no backups in \S+: it has no file rhizo-backups\.json/)
  }
  assert.ok(!existsSync(copies))
  await lab.run('backup', copies)
  await lab.run('backup', copies)
  // As without the disk that is mounted there.
  renameSync(copies, join(lab.folder, 'unmounted'))
  const { code, stderr } = await lab.rhizo('backup', copies)
  assert.equal(code, 0)
  assert.match(stderr, /\S+copies held backups of this lab before, and held none now: its disk is probably not connected or not mounted\./)
  await lab.run('backup', copies)
})

test('a storage folder that is gone, empty or a file is told, and no backup without its files counts as one', ALONE, async (t) => {
  const lab = await emptyLab(t)
  Object.assign(lab.env, { RHIZO_SERVER_STORAGE_THRESHOLD: '1000', RHIZO_SERVER_FILE_SYSTEM_STORAGE_PATH: join(lab.folder, 'large') })
  await lab.run('init-db')
  const [folder, aside, copies] = ['large', 'aside', 'copies'].map((name) => join(lab.folder, name)) as [string, string, string]
  writeFileSync(folder, 'no folder, before the first file')
  const early = await lab.rhizo('storage', 'status')
  assert.deepEqual([early.code, /large is no folder, but a file: /.test(early.stderr)], [1, true])
  rmSync(folder)
  await lab.run('storage', 'status')
  await lab.run('create-admin', 'ann@example.com:correct-horse-9', '--org', 'lab')
  await lab.startServer()
  writeFileSync(join(lab.folder, 'run.bin'), Buffer.alloc(5_000, 7))
  await lab.run('put', join(lab.folder, 'run.bin'), '/lab/run.bin')
  await lab.stopServer()
  await lab.run('backup', copies)
  const listed = await lab.run('backup', '--list', copies)
  renameSync(folder, aside)
  const states: readonly [make: () => void, words: RegExp][] = [
    [() => {}, /The storage folder \S+large is not there: .*mount it.*restore it from a backup/],
    [() => mkdirSync(folder), /The storage folder \S+large is empty, though the lab has files in it: .*mount it/],
    [() => writeFileSync(folder, 'x'), /The storage folder \S+large is no folder, but a file: .*Move that away/],
  ]
  for (const [make, words] of states) {
    make()
    const fresh = join(lab.folder, 'fresh')
    const [backup, status, doctor] = [await lab.rhizo('backup', fresh), await lab.rhizo('storage', 'status'), await lab.rhizo('doctor')]
    assert.deepEqual([backup.code, status.code, doctor.code], [5, 1, 1], String(words))
    assert.match(backup.stderr, words)
    assert.match(status.stderr, words)
    assert.match(doctor.stdout, /large is (?:empty, or not there|no folder, but a file), though the lab has files in it/)
    assert.doesNotMatch(await lab.run('backup', '--list', fresh), /\dZ/, 'none was made')
    rmSync(fresh, { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
  assert.equal(await lab.run('backup', '--list', copies), listed)
  renameSync(aside, folder)
  await lab.run('storage', 'status')
  await lab.run('backup', copies)
})

test('a place for backups that is a file, or below one, is told', ALONE, async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const file = join(lab.folder, 'file')
  writeFileSync(file, 'x')
  for (const place of [file, join(file, 'below')]) {
    const { code, stderr } = await lab.rhizo('backup', place)
    assert.equal(code, 2)
    assert.match(stderr, /\/file is a file, not a folder: name another place for the backups\./)
  }
  assert.equal(readFileSync(file, 'utf8'), 'x')
})

test('a command in a folder that is gone says so', async (t) => {
  const lab = await emptyLab(t)
  const gone = join(lab.folder, 'gone')
  mkdirSync(gone)
  const child = spawn('sh', ['-c', `rmdir "$PWD" && exec "${process.execPath}" "${RHIZO}" doctor`], { cwd: gone, env: lab.env })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  assert.notEqual(code, 0)
  assert.equal(said, 'rhizo: The current folder is gone: change to one that is there.\n')
})
