/** What comes of errors of the disk, at every call of a write: a refusal with words, nothing lost, and a server that goes on. */
import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { readProfiles } from '../../src/client/profiles.ts'
import { emptyLab, type CommandLineLab } from '../support/command-line.ts'
import { failingDisk, noFailingDisk, type DiskCall, type FailingDisk } from '../support/failing-disk.ts'
import { waitFor } from '../support/waiting.ts'

interface Answer {
  status: number
  text: string
  retryAfter: number
}

interface Lab {
  folder: string
  disk: FailingDisk
  cli: CommandLineLab
  send: (method: string, path: string, body?: Record<string, string> | FormData) => Promise<Answer>
}

async function startOnFailingDisk(t: TestContext): Promise<Lab> {
  const disk = failingDisk(t)
  const cli = await emptyLab(t)
  await cli.run('init-db')
  await cli.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'lab')
  Object.assign(cli.env, disk.env)
  await cli.startServer()
  const key = (await readProfiles(cli.env)).profiles['default']?.key ?? ''
  const authorization = `Basic ${Buffer.from(`test:${key}`).toString('base64')}`
  return {
    folder: cli.folder,
    disk,
    cli,
    send: async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${cli.port}${path}`, {
        method,
        headers: { authorization },
        ...(body === undefined ? {} : { body: body instanceof FormData ? body : new URLSearchParams(body) }),
      })
      return { status: response.status, text: await response.text(), retryAfter: Number(response.headers.get('retry-after') ?? 0) }
    },
  }
}

/** In the storage folder, and in the database. */
const LARGE = new Uint8Array(200_000).fill(65)
const SMALL = new Uint8Array(60_000).fill(66)

async function makeSequence({ send }: Lab): Promise<void> {
  const parameters = { path: '/lab', name: 'level', type: 'sequence', data_type: '1', min_storage_interval: '0' }
  const made = await send('POST', '/api/v1/resources', parameters)
  assert.equal(made.status, 200, made.text)
}

function upload({ send }: Lab, name: string, content: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const form = new FormData()
  form.set('path', '/lab')
  form.set('file', new Blob([content]), name)
  return send('POST', '/api/v1/resources', form)
}

const put = ({ send }: Lab, value: number): Promise<Answer> =>
  send('PUT', '/api/v1/resources/lab/level', { data: Buffer.from(String(value)).toString('base64') })

function assertBusy({ status, text, retryAfter }: Answer, words: RegExp, what: string): void {
  assert.equal(status, 503, `${what}: ${text}`)
  assert.match(text, words, what)
  assert.ok(retryAfter > 0, what)
}

test('after a failed fsync nothing is acknowledged before the log was emptied into the database', { skip: noFailingDisk }, async (t) => {
  const lab = await startOnFailingDisk(t)
  await makeSequence(lab)
  assert.equal((await put(lab, 1)).status, 200)

  lab.disk.rule(
    { calls: ['fsync'], error: 'EIO', count: 1, pattern: '*/rhizo.db-wal' },
    { calls: ['fsync', 'truncate'], error: 'OK', pattern: '*/rhizo.db*' },
  )
  assertBusy(await put(lab, 2), /The database is on a disk that failed \(SQLITE_IOERR_FSYNC\): nothing was stored\./, 'the failed one')
  const calls = lab.disk.decisions().map((line) => line.replace(/\/.*\//, ''))
  assert.equal(calls[0], 'fsync EIO rhizo.db-wal')
  assert.ok(calls.indexOf('fsync OK rhizo.db') < calls.indexOf('truncate OK rhizo.db-wal'), calls.join('\n'))
  assert.equal((await put(lab, 3)).status, 200)

  // As long as the log can't be emptied, each write is refused, and reads go on.
  lab.disk.rule({ calls: ['fsync'], error: 'EIO', pattern: '*/rhizo.db*' })
  assertBusy(await put(lab, 4), /SQLITE_IOERR_FSYNC/, 'the first')
  // The log's own fsync works again, as it does in a system that has forgotten what it could not write.
  lab.disk.rule({ calls: ['fsync'], error: 'EIO', pattern: '*/rhizo.db' })
  for (const value of [5, 6])
    assertBusy(await put(lab, value), /nothing is stored until the database's log could be emptied.*Look at the server's disk/, 'later')
  assertBusy(
    await lab.send('POST', '/api/v1/resources', { path: '/lab', name: 'f', type: 'basic_folder' }),
    /could be emptied/,
    'a transaction',
  )
  assert.equal((await lab.send('GET', '/api/v1/resources/lab/level')).text, '3')
  const health = await lab.send('GET', '/health')
  assert.equal(health.status, 503)
  assert.match(health.text, /could be emptied/)

  lab.disk.rule()
  assert.equal((await put(lab, 7)).status, 200)
  assert.equal((await lab.send('GET', '/api/v1/resources/lab/level')).text, '7')
  await waitFor('the health is good again', async () => (await lab.send('GET', '/health')).status === 200)
})

test('a start empties the log before it acknowledges anything', { skip: noFailingDisk }, async (t) => {
  const lab = await startOnFailingDisk(t)
  await makeSequence(lab)
  assert.equal((await put(lab, 1)).status, 200)
  await lab.cli.stopServer('SIGKILL')
  lab.disk.rule({ calls: ['truncate'], error: 'OK', pattern: '*/rhizo.db-wal' })
  await lab.cli.startServer()
  assert.match(lab.disk.decisions().join('\n'), /truncate OK .*rhizo\.db-wal/)
  assert.equal((await lab.send('GET', '/api/v1/resources/lab/level')).text, '1')
  assert.equal((await put(lab, 2)).status, 200)
})

const WORDS: Readonly<Record<string, RegExp>> = {
  EIO: /on a disk that failed \(EIO\): .*Look at the server's disk/,
  ENOSPC: /on a full disk \(ENOSPC\): .*Free some space/,
  EDQUOT: /quota of the disk \(EDQUOT\): .*Free some space/,
  EROFS: /read-only \(EROFS\): .*mount it/,
  EACCES: /may not be used by the server's user \(EACCES\): .*chown/,
  EMFILE: /too many files are open \(EMFILE\): .*Try again/,
  ENFILE: /too many files are open \(ENFILE\): .*Try again/,
}

test('an error at any call of an upload is a 503 that says what it is, and leaves nothing behind', { skip: noFailingDisk }, async (t) => {
  const lab = await startOnFailingDisk(t)
  const storage = join(lab.folder, 'storage')
  const pieces = (): string[] => (readdirSync(storage, { recursive: true }) as string[]).filter((name) => /^[0-9a-f]{2}\/./.test(name))
  const calls: DiskCall[] = ['mkdir', 'open', 'write', 'fsync', 'rename']
  for (const call of calls) {
    for (const [error, words] of Object.entries(WORDS)) {
      // Its clean-up fails too, which must not hide the cause.
      lab.disk.rule(
        { calls: [call], error, pattern: `${storage}/*` },
        { calls: ['unlink'], error: 'EIO', count: call === 'write' ? 0 : 1, first: call === 'write' ? 1 : 1_000, pattern: `${storage}/*` },
      )
      const answer = await upload(lab, 'a.bin', LARGE)
      // A folder of the piece that is there already needs no mkdir.
      if (call === 'mkdir' && answer.status === 200) continue
      assertBusy(answer, words, `${call} ${error}`)
      assert.match(answer.text, /the file was not stored/)
    }
    lab.disk.rule()
  }
  assert.ok(pieces().every((name) => name.endsWith('.part')))
  assert.equal((await upload(lab, 'a.bin', LARGE)).status, 200)
  assert.equal((await lab.send('GET', '/api/v1/resources/lab/a.bin')).text.length, LARGE.length)

  for (const error of Object.keys(WORDS)) {
    lab.disk.rule({ calls: ['open'], error, pattern: `${storage}/??/*` })
    assertBusy(await lab.send('GET', '/api/v1/resources/lab/a.bin'), WORDS[error] ?? /./, `reading, ${error}`)
  }
  lab.disk.rule({ calls: ['open'], error: 'ENOENT', pattern: `${storage}/??/*` })
  const gone = await lab.send('GET', '/api/v1/resources/lab/a.bin')
  assert.equal(gone.status, 404, gone.text)
  // Without the disk of the folder nothing is known of its files.
  lab.disk.rule({ calls: ['open'], error: 'ENOENT', pattern: `${storage}/*` })
  assertBusy(await lab.send('GET', '/api/v1/resources/lab/a.bin'), /Is its disk still mounted\?/, 'another folder')
})

test('a transaction that the disk breaks off says why, and the next one works', { skip: noFailingDisk }, async (t) => {
  const lab = await startOnFailingDisk(t)
  await makeSequence(lab)
  const database = `${lab.folder}/rhizo.db*`
  let names = 0
  const works: Record<string, () => Promise<Answer>> = {
    value: () => put(lab, 1),
    folder: () => lab.send('POST', '/api/v1/resources', { path: '/lab', name: `f${++names}`, type: 'basic_folder' }),
    file: () => upload(lab, `t${++names}.txt`, SMALL),
    removal: () => lab.send('DELETE', '/api/v1/resources/lab/gone'),
  }
  for (const [error, code] of [
    ['ENOSPC', 'SQLITE_FULL'],
    ['EIO', 'SQLITE_IOERR_WRITE'],
  ]) {
    assert.equal((await lab.send('POST', '/api/v1/resources', { path: '/lab', name: 'gone', type: 'basic_folder' })).status, 200)
    for (const [name, work] of Object.entries(works)) {
      lab.disk.rule({ calls: ['write'], error: error ?? '', pattern: database })
      const answer = await work()
      lab.disk.rule()
      assertBusy(answer, new RegExp(`${code ?? ''}.*nothing (?:was|is) stored`), `${name} ${error ?? ''}`)
    }
    assert.equal((await works['removal']?.())?.status, 200)
    assert.equal((await put(lab, 2)).status, 200)
  }
})

test('a database that can not be read is a 503', { skip: noFailingDisk }, async (t) => {
  const lab = await startOnFailingDisk(t)
  assert.equal((await upload(lab, 't.txt', SMALL)).status, 200)
  await lab.cli.stopServer()
  await lab.cli.startServer()
  lab.disk.rule({ calls: ['read'], error: 'EIO', pattern: '*/rhizo.db*' })
  const answer = await lab.send('GET', '/api/v1/resources/lab/t.txt')
  assertBusy(
    { ...answer, text: answer.text.replaceAll('\\"', '"') },
    /The database is .*disk fail.*\(SQLITE_[A-Z_]*\): this could not be done\. .*rhizo doctor/,
    'reading',
  )
  lab.disk.rule()
  assert.equal((await lab.send('GET', '/api/v1/resources/lab/t.txt')).text.length, 60_000)
})

test('a start that the disk refuses names the file, what is wrong and what to do', { skip: noFailingDisk }, async (t) => {
  const disk = failingDisk(t)
  const cli = await emptyLab(t)
  Object.assign(cli.env, disk.env)
  const fails = async (command: string, words: RegExp): Promise<void> => {
    const { code, stderr } = await cli.rhizo(command)
    assert.notEqual(code, 0, stderr)
    assert.match(stderr, words)
  }
  disk.rule({ calls: ['open'], error: 'EACCES', pattern: '*/config.yaml' })
  await fails('init-db', /The settings file \S+config\.yaml may not be used by the server's user \(EACCES\)\. .*chown/)
  disk.rule({ calls: ['write'], error: 'ENOSPC', pattern: '*/config.yaml' })
  await fails('init-db', /The settings file \S+config\.yaml is on a full disk \(ENOSPC\)\. Free some space/)
  disk.rule()
  await cli.run('init-db')
  const cases: [calls: DiskCall, error: string, pattern: string, words: RegExp][] = [
    ['open', 'EACCES', '*/config.yaml', /The settings file \S+config\.yaml may not be used by the server's user/],
    ['open', 'EACCES', '*/rhizo.db', /The database \S+rhizo\.db .*\(EACCES\)\. .*chown/],
    ['open', 'EACCES', '*/rhizo.db.lock', /The lock file of the database \S+rhizo\.db, \S+rhizo\.db\.lock .*\(EACCES\)\. .*chown/],
    ['open', 'EACCES', '*/rhizo.db-wal', /The database \S+rhizo\.db is read-only \(SQLITE_READONLY_DIRECTORY\)\. See that file and folder/],
    ['write', 'EIO', '*/rhizo.db-wal', /The database \S+rhizo\.db is on a disk that failed \(SQLITE_IOERR_WRITE\)\. Look at/],
    ['open', 'EACCES', '*/storage/.owner*', /the storage folder \S+storage.*\(EACCES\).*chown/i],
  ]
  for (const [call, error, pattern, words] of cases) {
    disk.rule({ calls: [call], error, pattern })
    await fails('serve', words)
  }
  disk.rule()
  await cli.startServer()
  assert.equal(await cli.stopServer(), 0)
})

test('a disk of the storage folder that failed keeps no start from serving values, and is used when it is well', {
  skip: noFailingDisk,
}, async (t) => {
  const disk = failingDisk(t)
  const cli = await emptyLab(t)
  await cli.run('init-db')
  await cli.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'lab')
  await cli.startServer()
  await cli.run('seq', 'create', '/lab/level')
  const large = join(cli.folder, 'large.bin')
  writeFileSync(large, Buffer.alloc(200_000, 7))
  await cli.run('put', large, '/lab/one.bin')
  await cli.run('put', large, '/lab/two.bin')
  await cli.stopServer()
  Object.assign(cli.env, disk.env)
  disk.rule({ calls: ['open', 'mkdir'], error: 'EIO', pattern: '*/storage*' })
  await cli.startServer()
  await cli.run('seq', 'update', '/lab/level', '4.5')
  for (const command of [
    ['put', large, '/lab/three.bin'],
    ['cat', '/lab/one.bin'],
  ]) {
    const { code, stderr } = await cli.rhizo(...command)
    assert.notEqual(code, 0)
    assert.match(stderr, /The storage folder .*is on a disk that failed \(EIO\): .*Look at the server's disk/, command.join(' '))
  }
  disk.rule()
  await cli.run('put', large, '/lab/three.bin')
  await cli.run('seq', 'update', '/lab/level', '5')
  assert.equal(await cli.stopServer(), 0)
  // Of files that can't be read each is named, and not the first alone.
  disk.rule({ calls: ['open'], error: 'EIO', pattern: '*/storage/??/*' })
  const { stdout } = await cli.rhizo('doctor')
  for (const name of ['one', 'two', 'three']) assert.match(stdout, new RegExp(`revision \\d+ of ${name}\\.bin, .* can't be read: `))
  const { code, stderr } = await cli.rhizo('backup', 'copies')
  assert.equal(code, 1)
  assert.match(stderr, /^rhizo: The content of 3 revisions could not be read, and is not in the backup \(/)
  for (const name of ['one', 'two', 'three']) assert.match(stderr, new RegExp(`/lab/${name}\\.bin \\(revision \\d+\\): EIO`))
})

test('a folder of the database that can not be made or written is named', {
  skip: process.getuid?.() === 0 && 'root may write all',
}, async (t) => {
  const cli = await emptyLab(t)
  mkdirSync(join(cli.folder, 'shut'))
  writeFileSync(join(cli.folder, 'file'), '')
  chmodSync(join(cli.folder, 'shut'), 0o500)
  for (const path of ['shut/rhizo.db', 'shut/below/rhizo.db']) {
    cli.env['RHIZO_SERVER_DATABASE_URI'] = `sqlite:///${path}`
    const { code, stderr } = await cli.rhizo('init-db')
    assert.notEqual(code, 0)
    assert.match(stderr, /shut.* may not be used by the server's user \(EACCES\)\./)
  }
})
