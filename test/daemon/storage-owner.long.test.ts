/** A storage folder has one lab and one daemon; and what seems to belong to nothing is not lost at once. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import test, { type TestContext } from 'node:test'
import Sqlite from 'better-sqlite3'
import { createDaemon } from '../../daemon/daemon.ts'
import { examine } from '../../src/doctor/doctor.ts'
import { emptyLab, startCommandLineLab } from '../support/command-line.ts'
import { FakeClock, labSettings, startLab, type Lab } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

const TRIAL = { DATABASE_URI: 'sqlite:///trial.db' }
const DAY_SECONDS = 86_400

/** Files are as old as the machine's clock says. */
function presentClock(): FakeClock {
  const clock = new FakeClock()
  clock.time = Date.now() * 1000
  return clock
}

const start = (
  t: TestContext,
  folder: string,
  clock: FakeClock,
  settings: Record<string, unknown> = {},
  log = new RecordingLog(),
): Promise<Lab> => startLab(t, { folder, clock, log, settings: { STORAGE_THRESHOLD: 10, ...settings } })

async function upload(lab: Lab, name: string): Promise<void> {
  const reply = await lab.post('/resources', {
    path: '/lab',
    name,
    type: 20,
    data: Buffer.from(`the content of ${name}`).toString('base64'),
  })
  assert.equal(reply.status, 200, reply.text)
}
/** The name of what was uploaded last. */
async function newestPiece(lab: Lab): Promise<string> {
  const row = await lab.ctx.db.selectFrom('resource_revisions').select('storage_path').orderBy('id', 'desc').limit(1).executeTakeFirst()
  return row?.storage_path ?? assert.fail('nothing was uploaded')
}
const download = async (lab: Lab, name: string): Promise<string> => (await lab.get(`/resources/lab/${name}`)).text

/** Why a server does not start. */
async function refusal(folder: string, settings: Record<string, unknown>): Promise<string> {
  const daemon = createDaemon(labSettings(folder, { STORAGE_THRESHOLD: 10, ...settings }), {
    clock: presentClock(),
    log: new RecordingLog(),
  })
  let reason = ''
  await daemon.start().then(
    () => daemon.stop(),
    (error: unknown) => (reason = error instanceof Error ? error.message : String(error)),
  )
  return reason
}

async function pieces(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'storage'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /^[0-9a-f]{30}$/.test(entry.name))
    .map(({ parentPath, name }) => join(parentPath, name))
}
const trash = (folder: string): Promise<string[]> => readdir(join(folder, 'storage', 'trash')).catch(() => [])

/** As if it had been written so many days ago. */
async function age(folder: string, days: number): Promise<void> {
  const time = Date.now() / 1000 - days * DAY_SECONDS
  for (const piece of await pieces(folder)) await utimes(piece, time, time)
}

test('a server of another database refuses the storage folder, running or not, and says what to do', async (t) => {
  const folder = await makeFolder(t)
  const lab = await start(t, folder, presentClock())
  await upload(lab, 'big.bin')
  await age(folder, 9)
  assert.match(
    await refusal(folder, TRIAL),
    /^Another rhizo daemon \(process \d+\) is using the storage folder .*storage\. Stop it first, or give .* FILE_SYSTEM_STORAGE_PATH\.$/,
  )
  assert.equal(await download(lab, 'big.bin'), 'the content of big.bin')
  await lab.stop()
  const reason = await refusal(folder, TRIAL)
  for (const part of [
    join(folder, 'rhizo.db'),
    join(folder, 'trial.db'),
    'FILE_SYSTEM_STORAGE_PATH',
    join(folder, 'storage', '.owner'),
    '30 days',
  ])
    assert.ok(reason.includes(part), `${part} is not in: ${reason}`)
  assert.equal(await refusal(folder, { ...TRIAL, FILE_SYSTEM_STORAGE_PATH: 'storage of the trial' }), '')
  const again = await start(t, folder, presentClock())
  assert.equal(await download(again, 'big.bin'), 'the content of big.bin')
  assert.deepEqual(await trash(folder), [])
})

test('an upload in progress is not touched by a server that starts on the same folder', async (t) => {
  const folder = await makeFolder(t)
  const lab = await start(t, folder, presentClock())
  const sending = request(`${lab.url}/api/v1/resources/lab/slow.bin`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/octet-stream' },
  })
  sending.write(Buffer.alloc(100_000, 1))
  const unfinished = (): Promise<string[]> =>
    readdir(join(folder, 'storage'), { recursive: true }).then((names) => names.filter((name) => name.endsWith('.part')))
  await waitFor('the upload has begun', async () => (await unfinished()).length === 1)
  assert.match(await refusal(folder, TRIAL), /^Another rhizo daemon/)
  assert.equal((await unfinished()).length, 1)
  sending.end(Buffer.alloc(100_000, 2))
  const [response] = (await once(sending, 'response')) as [{ statusCode: number; resume(): void }]
  response.resume()
  assert.equal(response.statusCode, 200)
  assert.equal((await lab.get('/resources/lab/slow.bin')).bytes.length, 200_000)
})

test('looking at an old copy of the database loses nothing that is newer than the copy', async (t) => {
  const folder = await makeFolder(t)
  const clock = presentClock()
  const first = await start(t, folder, clock)
  await upload(first, 'one.bin')
  await first.stop()
  await copyFile(join(folder, 'rhizo.db'), join(folder, 'last-month.db'))
  const second = await start(t, folder, clock)
  await upload(second, 'two.bin')
  await upload(second, 'three.bin')
  await second.stop()
  await age(folder, 20)
  const log = new RecordingLog()
  const copy = await start(t, folder, clock, { DATABASE_URI: 'sqlite:///last-month.db' }, log)
  await waitFor('what the copy does not name is in the trash', async () => (await trash(folder)).length === 2)
  await copy.stop()
  assert.equal(await download(copy, 'one.bin').catch(() => 'stopped'), 'stopped')
  assert.deepEqual(
    log.warnings.map(({ pieces: count, message }) => [count, message]),
    [[2, 'put content that no record names into the trash of bulk storage, for 30 days']],
  )
  clock.advance(29 * DAY_SECONDS)
  const later = new RecordingLog()
  const again = await start(t, folder, clock, {}, later)
  for (const name of ['one.bin', 'two.bin', 'three.bin']) assert.equal(await download(again, name), `the content of ${name}`)
  await waitFor('the trash is empty', async () => (await trash(folder)).length === 0)
  await waitFor('that is told', () => later.warnings.some(({ message }) => / came back |brought content back /.test(String(message))))
  clock.advance(40 * DAY_SECONDS)
  await again.stop()
  const last = await start(t, folder, clock)
  for (const name of ['one.bin', 'two.bin', 'three.bin']) assert.equal(await download(last, name), `the content of ${name}`)
})

test('what no record names is removed for good after 30 days in the trash, and what was never finished after a day', async (t) => {
  const folder = await makeFolder(t)
  const clock = presentClock()
  await (await start(t, folder, clock)).stop()
  await mkdir(join(folder, 'storage', 'ab'), { recursive: true })
  await writeFile(join(folder, 'storage', 'ab', '0123456789abcdef0123456789abcd'), 'orphan')
  await writeFile(join(folder, 'storage', 'ab', '1123456789abcdef0123456789abcd.part'), 'half of an upl')
  await age(folder, 8)
  const lab = await start(t, folder, clock)
  await waitFor('both are in the trash', async () => (await trash(folder)).length === 2)
  const orphan = 'ab-0123456789abcdef0123456789abcd'
  assert.deepEqual((await trash(folder)).sort(), [orphan, 'ab-1123456789abcdef0123456789abcd.part'])
  for (const [seconds, left] of [
    [3_600, 2],
    [2 * DAY_SECONDS, 1],
    [27 * DAY_SECONDS, 1],
    [2 * DAY_SECONDS, 0],
  ] as const) {
    clock.advance(seconds)
    await lab.daemon.runWorkers()
    assert.equal((await trash(folder)).length, left)
  }
})

test('the trash is not emptied by a clock that was a year ahead at a start, but when an admin says that it is right', async (t) => {
  const folder = await makeFolder(t)
  const clock = presentClock()
  await (await start(t, folder, clock)).stop()
  await mkdir(join(folder, 'storage', 'ab'), { recursive: true })
  await writeFile(join(folder, 'storage', 'ab', '0123456789abcdef0123456789abcd'), 'orphan')
  await age(folder, 8)
  const first = await start(t, folder, clock)
  await waitFor('it is in the trash', async () => (await trash(folder)).length === 1)
  await first.stop()
  clock.jump(365 * DAY_SECONDS)
  const ahead = await start(t, folder, clock)
  await ahead.daemon.runWorkers()
  clock.advance(3_601)
  await ahead.daemon.runWorkers()
  assert.equal((await trash(folder)).length, 1)
  assert.equal((await ahead.put('/clock', { confirm: 1 })).status, 200)
  await ahead.daemon.runWorkers()
  assert.deepEqual(await trash(folder), [])
})

test('what is in the trash comes back when it is read, without a start in between', async (t) => {
  const folder = await makeFolder(t)
  const log = new RecordingLog()
  const lab = await start(t, folder, presentClock(), {}, log)
  await upload(lab, 'big.bin')
  const path = await newestPiece(lab)
  await lab.ctx.storage.discard(path, lab.ctx.clock.now())
  assert.equal((await trash(folder)).length, 1)
  assert.equal(await download(lab, 'big.bin'), 'the content of big.bin')
  assert.deepEqual(await trash(folder), [])
  assert.ok(log.warnings.some((line) => line['path'] === path && /came back from the trash/.test(String(line['message']))))
})

test('a folder that is handed over on purpose keeps the content of the one before for 30 days', async (t) => {
  const folder = await makeFolder(t)
  const clock = presentClock()
  const lab = await start(t, folder, clock)
  await upload(lab, 'big.bin')
  await lab.stop()
  await age(folder, 9)
  await rm(join(folder, 'storage', '.owner'))
  const trial = await start(t, folder, clock, TRIAL)
  await waitFor('it is in the trash, with the page that greets people', async () => (await trash(folder)).length === 2)
  await trial.stop()
  assert.match(await refusal(folder, {}), /belongs to another database/)
  await rm(join(folder, 'storage', '.owner'))
  const again = await start(t, folder, clock)
  assert.equal(await download(again, 'big.bin'), 'the content of big.bin')
})

test('a database that was moved with its folder goes on, and the folder knows where it is now', async (t) => {
  const folder = await makeFolder(t)
  const lab = await start(t, folder, presentClock())
  await lab.stop()
  const owner = async (): Promise<Record<string, string>> =>
    JSON.parse(await readFile(join(folder, 'storage', '.owner'), 'utf8')) as Record<string, string>
  const { lab: id } = await owner()
  await copyFile(join(folder, 'rhizo.db'), join(folder, 'moved.db'))
  await rm(join(folder, 'rhizo.db'))
  await (await start(t, folder, presentClock(), { DATABASE_URI: 'sqlite:///moved.db' })).stop()
  assert.deepEqual(await owner(), { lab: id, database: join(folder, 'moved.db') })
})

test('nobody sees or changes the id of the lab from outside', async (t) => {
  const folder = await makeFolder(t)
  const lab = await start(t, folder, presentClock())
  const put = await lab.put('/resources/system', { system_attributes: { full_name: 'Our system', lab_id: 'another' } })
  assert.equal(put.status, 200, put.text)
  const { system_attributes: shown } = (await lab.get('/resources/system', { meta: 1 })).json as { system_attributes: object }
  assert.deepEqual(shown, { full_name: 'Our system' })
  assert.equal((await lab.put('/resources/system', { system_attributes: { lab_id: null } })).status, 200)
  await lab.stop()
  assert.equal(await refusal(folder, {}), '')
})

test('the doctor tells of a folder of another database, and of what is in the trash', async (t) => {
  const folder = await makeFolder(t)
  const clock = presentClock()
  const lab = await start(t, folder, clock)
  await upload(lab, 'big.bin')
  const path = await newestPiece(lab)
  await lab.ctx.storage.discard(path, clock.now())
  await lab.stop()
  await writeFile(join(folder, 'storage', 'trash', 'ab-0123'), 'x')
  const settings = join(folder, 'config.yaml')
  await writeFile(settings, 'SALT: salt-for-tests-only\nSECRET_KEY: secret-for-tests-only\nPORT: 0\n', { mode: 0o600 })
  const look = async (environment: Record<string, string> = {}): Promise<string[]> => {
    const { findings } = await examine({ file: settings, environment, clock, urlOf: () => '', isQuick: false })
    return findings.map(({ severity, subject, problem }) => `${severity}: ${subject} ${problem}`)
  }
  assert.deepEqual(await look(), [
    'warning: the content of 1 revisions is in the trash of the storage folder',
    'warning: 1 pieces in the trash of the storage folder belong to no file (ab/0123)',
  ])
  assert.equal((await trash(folder)).length, 2, 'only looked at')
  await (await start(t, folder, clock, { ...TRIAL, FILE_SYSTEM_STORAGE_PATH: 'other' })).stop()
  const found = await look({ RHIZO_SERVER_DATABASE_URI: 'sqlite:///trial.db' })
  assert.match(
    found.join('\n'),
    /^error: .*storage belongs to another database, .*rhizo\.db \(lab .*\), and not to this server's, .*trial\.db \(lab .*\)$/m,
  )
})

const tryUpload = (lab: Lab, name: string): Promise<{ status: number; text: string }> =>
  lab.post('/resources', { path: '/lab', name, type: 20, data: Buffer.from(`the content of ${name}`).toString('base64') })

test('a start without the disk of the storage folder keeps values and takes no file, and uses the disk when it is back', async (t) => {
  const folder = await makeFolder(t)
  const [storage, disk] = [join(folder, 'storage'), join(folder, 'disk')]
  const first = await start(t, folder, presentClock())
  await upload(first, 'big.bin')
  await first.stop()
  await rename(storage, disk)
  const log = new RecordingLog()
  const lab = await start(t, folder, presentClock(), {}, log)
  const empty = /The storage folder .*storage is empty, though the lab has files in it.*If its disk is not mounted, mount it/
  assert.ok(log.lines.some(({ message }) => empty.test(String(message))))
  const isRefused = async (): Promise<void> => {
    for (const reply of [await tryUpload(lab, 'more.bin'), await lab.get('/resources/lab/big.bin')]) {
      assert.equal(reply.status, 503, reply.text)
      assert.match(reply.text, empty)
    }
    assert.match(await (await fetch(`${lab.url}/health`)).text(), /"files":"error"/)
  }
  await isRefused()
  assert.equal(existsSync(storage), false, 'nothing is made where the disk belongs')
  await mkdir(storage)
  await isRefused()
  assert.deepEqual(await readdir(storage), [], 'nor is anything written there')
  await lab.sequence('/lab/level')
  assert.equal((await lab.put('/resources', { values: { '/lab/level': 1.5 } })).status, 200)

  await rm(storage, { recursive: true })
  await rename(disk, storage)
  // Several may find it back at one moment.
  const pieces = await Promise.all([1, 2, 3].map(async (n) => lab.ctx.storage.write(Readable.from([Buffer.from(`piece ${n}`)]), 100)))
  assert.deepEqual(await Promise.all(pieces.map(({ path }) => lab.ctx.storage.sizeOf(path))), [7, 7, 7])
  await upload(lab, 'more.bin')
  assert.equal(await download(lab, 'big.bin'), 'the content of big.bin')
  assert.match(await refusal(folder, TRIAL), /^Another rhizo daemon/)
})

test('a disk that goes away under a running server takes no file until it is back', async (t) => {
  const folder = await makeFolder(t)
  const [storage, disk] = [join(folder, 'storage'), join(folder, 'disk')]
  const lab = await start(t, folder, presentClock())
  await upload(lab, 'big.bin')
  await rename(storage, disk)
  await mkdir(storage)
  const reply = await tryUpload(lab, 'more.bin')
  assert.equal(reply.status, 503, reply.text)
  assert.match(reply.text, /is not the one that the server began with\. Is its disk still mounted\?/)
  assert.deepEqual(await readdir(storage), [])
  await rm(storage, { recursive: true })
  await rename(disk, storage)
  await upload(lab, 'more.bin')
})

test('the doctor names a storage folder that lost its files, and an admin may go on without them', async (t) => {
  const lab = await startCommandLineLab(t)
  await writeFile(join(lab.folder, 'big.bin'), Buffer.alloc(300_000, 1))
  await lab.run('put', 'big.bin', '/test-org/big.bin')
  assert.equal(await lab.stopServer(), 0)
  await rm(join(lab.folder, 'storage'), { recursive: true })
  const found = await lab.rhizo('doctor')
  assert.match(found.stdout, /storage is empty, or not there, though the lab has files in it/)
  await lab.run('init-db', '--adopt')
  await lab.startServer()
  await lab.run('put', 'big.bin', '/test-org/again.bin')
})

test('a server that can not use its storage folder or its database says so and ends', async (t) => {
  const lab = await emptyLab(t)
  await lab.run('init-db')
  const storage = join(lab.folder, 'storage')
  const fails = async (pattern: RegExp): Promise<void> => {
    // It has to end by itself: nothing stops it here.
    const { code, stderr } = await lab.rhizo('serve')
    assert.notEqual(code, 0)
    assert.match(stderr, pattern)
  }
  await writeFile(storage, 'no folder')
  await fails(/The storage folder .*storage can't be used \(EEXIST\)\. See the setting FILE_SYSTEM_STORAGE_PATH\./)
  await rm(storage)
  await mkdir(join(storage, '.owner'), { recursive: true })
  await fails(/Whose the storage folder .* is can't be read from .*\.owner \(EISDIR\)/)
  await rm(join(storage, '.owner'), { recursive: true })
  await writeFile(join(storage, '.owner'), 'half of a')
  await fails(/that file is damaged/)
  await rm(join(storage, '.owner'))
  await rm(join(storage, '.owner.lock'))
  await mkdir(join(storage, '.owner.lock'))
  await fails(/The storage folder .* can't be used \(\S+\/\.owner\.lock is a folder, not a file\)/)
  await rm(storage, { recursive: true })
  const env = { ...lab.env }
  lab.env['RHIZO_SERVER_DATABASE_URI'] = 'sqlite:///storage'
  await mkdir(storage)
  await fails(/storage/)
  Object.assign(lab.env, env)
  delete lab.env['RHIZO_SERVER_DATABASE_URI']
  await rm(storage, { recursive: true })

  // A folder where a file should be is nothing of ours.
  await mkdir(join(storage, 'ab', 'cd.part'), { recursive: true })
  await lab.startServer()
  assert.equal(await lab.stopServer(), 0)
  assert.ok(existsSync(join(storage, 'ab', 'cd.part')))
  const file = new Sqlite(join(lab.folder, 'rhizo.db'), { readonly: true })
  assert.match(
    String(file.prepare("select system_attributes from resources where name = 'system'").pluck().get()),
    /"lab_id":"[0-9a-f-]{36}"/,
  )
  file.close()
})
