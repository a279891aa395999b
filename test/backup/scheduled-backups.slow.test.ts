/** What the daemon does by the schedule of its settings: backups, proofs, alarms. */
import assert from 'node:assert/strict'
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { listBackups } from '../../src/backup/backups.ts'
import { FolderPlace } from '../../src/backup/folder-place.ts'
import { listRecords } from '../../src/backup/records.ts'
import { formatTimestamp, type Micros } from '../../src/base/time.ts'
import { makeFolder, upload } from '../support/backups.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

const local = (...parts: [number, number, number, number, number]): Micros => new Date(...parts).getTime() * 1_000

async function startScheduled(t: TestContext, more: Record<string, unknown> = {}): Promise<{ lab: Lab; folder: string; clock: FakeClock }> {
  const folder = join(await makeFolder(t), 'disk')
  const clock = new FakeClock()
  clock.time = local(2026, 0, 31, 12, 0)
  const settings = { BACKUP_TO: folder, SYSTEM_NAME: 'Greenhouse', PRODUCTION: true, STORAGE_THRESHOLD: 1_000, ...more }
  return { lab: await startLab(t, { clock, settings }), folder, clock }
}

async function readSystemPage(lab: Lab): Promise<string> {
  const body = new URLSearchParams({ user: 'admin@example.com', password: 'correct-horse-9' })
  const signedIn = await fetch(`${lab.url}/api/v1/sessions`, { method: 'POST', body })
  const cookie = signedIn.headers
    .getSetCookie()
    .map((one) => one.split(';')[0])
    .join('; ')
  return (await fetch(`${lab.url}/-/system`, { headers: { cookie } })).text()
}

const mailsOf = async (lab: Lab): Promise<string[]> =>
  (await lab.ctx.db.selectFrom('outgoing_messages').select('subject').orderBy('id').execute()).map(({ subject }) => subject)
const recordsOf = async (lab: Lab): Promise<string[]> =>
  (await listRecords(lab.ctx.db)).reverse().map(({ kind, error }) => `${kind}${error === null ? '' : ' failed'}`)

test('the daemon backs itself up and proves that, by schedule; page, health and metrics say so', async (t) => {
  const keep = { BACKUP_KEEP_DAILY: 2, BACKUP_KEEP_WEEKLY: 0, BACKUP_KEEP_MONTHLY: 0 }
  const { lab, folder, clock } = await startScheduled(t, { ...keep, BACKUP_PROVE_EVERY: 2 })
  await lab.daemon.runWorkers()
  await lab.daemon.runWorkers()
  assert.deepEqual(await recordsOf(lab), ['backup', 'proof'], 'no second one on the same day')
  for (let day = 0; day < 2; day++) {
    clock.advance(86_400)
    await lab.daemon.runWorkers()
  }
  assert.deepEqual(await recordsOf(lab), ['backup', 'proof', 'backup', 'backup', 'proof'])
  assert.deepEqual(
    (await listBackups(new FolderPlace(folder))).map(({ time }) => new Date(time / 1_000).getDate()),
    [1, 2],
  )
  assert.equal((await stat(folder)).mode & 0o777, 0o700)
  clock.advance(7_200)
  await lab.daemon.runWorkers()
  // The thread's clock goes on while it works: the backup's own moment says how old it is.
  const point = (await listRecords(lab.ctx.db)).find(({ kind }) => kind === 'backup')?.point ?? 0
  const age = Number(/^rhizo_backup_age_seconds (\S+)$/m.exec(await lab.daemon.metrics.registry.metrics())?.[1])
  assert.equal(age, (clock.now() - point) / 1e6)
  assert.ok(age > 7_000 && age <= 7_200, `${age} s`)
  const health = await (await fetch(`${lab.url}/health`)).json()
  assert.equal((health as { checks: Record<string, string> }).checks['backup'], 'ok')
  const page = await readSystemPage(lab)
  assert.match(page, /Newest backup/)
  assert.ok(page.includes(`To ${folder}`) && page.includes('restored and sound'))
  assert.deepEqual(await mailsOf(lab), [])
})

test('a backup that fails is an alarm to the admins, once; the folder of a disk that is gone is not filled', async (t) => {
  const { lab, folder, clock } = await startScheduled(t)
  await lab.daemon.runWorkers()
  await rm(folder, { recursive: true })
  for (const hours of [24, 2, 2]) {
    clock.advance(hours * 3_600)
    await lab.daemon.runWorkers()
  }
  assert.deepEqual(await recordsOf(lab), ['backup', 'proof', 'backup failed', 'backup failed', 'backup failed'])
  assert.deepEqual(await mailsOf(lab), ['Backups of Greenhouse fail'])
  await assert.rejects(readdir(folder), /ENOENT/)
  const health = (await (await fetch(`${lab.url}/health`)).json()) as { checks: Record<string, string> }
  assert.equal(health.checks['backup'], 'warning')
  // The thread's clock goes on while it works.
  assert.match(await lab.daemon.metrics.registry.metrics(), /rhizo_backup_failing 1\n/)

  clock.advance(2 * 86_400)
  await lab.daemon.runWorkers()
  assert.ok((await mailsOf(lab)).includes('A backup of Greenhouse was missed'))
})

test('a clock that is wrong dates no backup, misses none and puts off none', async (t) => {
  const { lab, folder, clock } = await startScheduled(t)
  const timesOf = async (): Promise<string[]> =>
    (await listBackups(new FolderPlace(folder))).map(({ time }) => formatTimestamp(time).slice(0, 10))
  await lab.daemon.runWorkers()
  // In 1970, as without a battery, for a day and a half; the thread's clock goes on from the believed time.
  clock.jump(-56 * 365 * 86_400)
  for (let hour = 0; hour < 36; hour += 12) {
    clock.advance(12 * 3_600)
    await lab.daemon.runWorkers()
  }
  assert.equal((await timesOf()).length, 2, 'the one of the next day at 3 came')
  // A year ahead for half an hour, and right again.
  clock.jump(57 * 365 * 86_400)
  clock.advance(1_800)
  await lab.daemon.runWorkers()
  clock.jump(-365 * 86_400)
  clock.advance(60)
  await lab.daemon.runWorkers()
  assert.ok((await timesOf()).every((time) => /^2026-0[12]/.test(time)))
  assert.deepEqual(await mailsOf(lab), [])
  assert.ok((await recordsOf(lab)).every((record) => !record.includes('failed')))
})

test('a backup that lacks a file which can not be read is an alarm, and the whole one before it stays', async (t) => {
  const { lab, folder, clock } = await startScheduled(t, { BACKUP_KEEP_DAILY: 1, BACKUP_KEEP_WEEKLY: 0, BACKUP_KEEP_MONTHLY: 0 })
  await lab.daemon.runWorkers()
  await upload(lab, 'bad.bin', Buffer.alloc(5_000, 7))
  const { storage_path: path } = await lab.ctx.db
    .selectFrom('resource_revisions')
    .select('storage_path')
    .where('storage_path', 'is not', null)
    .executeTakeFirstOrThrow()
  const piece = join(lab.settings.storageFolder, path ?? '')
  await rename(piece, `${piece}.aside`)
  await mkdir(piece)
  for (const hours of [24, 2]) {
    clock.advance(hours * 3_600)
    await lab.daemon.runWorkers()
  }
  assert.deepEqual(await recordsOf(lab), ['backup', 'proof', 'backup failed', 'backup failed'])
  assert.deepEqual(await mailsOf(lab), ['Backups of Greenhouse fail'])
  const [{ body } = { body: '' }] = await lab.ctx.db.selectFrom('outgoing_messages').select('body').execute()
  assert.match(body, /content of 1 revisions could not be read.*\/lab\/bad\.bin \(revision \d+\): EISDIR/)
  assert.match(body, /Earlier backups are still there/)
  assert.match(await lab.daemon.metrics.registry.metrics(), /rhizo_backup_failing 1\n/)
  assert.equal((await listBackups(new FolderPlace(folder))).length, 2, 'the whole one, and the newest of the others')

  await rm(piece, { recursive: true })
  await rename(`${piece}.aside`, piece)
  clock.advance(7_200)
  await lab.daemon.runWorkers()
  assert.deepEqual(await mailsOf(lab), ['Backups of Greenhouse fail', 'Backups of Greenhouse work again'])
})

test('a proof of a damaged backup fails and is told, and the next backup writes again what was damaged', async (t) => {
  const { lab, folder, clock } = await startScheduled(t, { BACKUP_PROVE_EVERY: 1 })
  await lab.daemon.runWorkers()
  const { status } = await lab.post('/resources', {
    path: '/lab',
    name: 'file.bin',
    type: 20,
    data: Buffer.alloc(9_000, 7).toString('base64'),
  })
  assert.equal(status, 200)
  clock.advance(86_400)
  await lab.daemon.runWorkers()
  const pieces = (await readdir(join(folder, 'pieces'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  for (const piece of pieces) {
    const path = join(piece.parentPath, piece.name)
    if ((await stat(path)).size === 9_000) await writeFile(path, Buffer.alloc(9_000, 8))
  }
  clock.advance(86_400)
  await lab.daemon.runWorkers()
  assert.deepEqual((await recordsOf(lab)).slice(-2), ['backup', 'proof failed'])
  assert.deepEqual(await mailsOf(lab), ['Proofs of the backups of Greenhouse fail'])
  clock.advance(86_400)
  await lab.daemon.runWorkers()
  assert.deepEqual((await recordsOf(lab)).slice(-2), ['backup', 'proof'])
  assert.equal((await mailsOf(lab)).at(-1), 'Proofs of the backups of Greenhouse work again')
})
