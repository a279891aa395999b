/** Disks that get full, and files that vanish under the server: what is refused, what goes on, and who is told. */
import assert from 'node:assert/strict'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { mountDisk } from '../support/disk.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'

interface HealthAnswer {
  code: number
  status: string
  checks: Record<string, string>
  problems?: Record<string, string>
}

async function healthOf(lab: Lab): Promise<HealthAnswer> {
  const response = await fetch(`${lab.url}/health`)
  return { code: response.status, ...((await response.json()) as Omit<HealthAnswer, 'code'>) }
}

/** A lab whose disk has so many reserves free. */
async function startFull(t: TestContext, reserves: number): Promise<Lab> {
  const { bavail, bsize } = await statfs(tmpdir())
  const lab = await startLab(t, { settings: { FREE_SPACE_RESERVE: Math.round((bavail * bsize) / reserves / 1e6) } })
  await lab.sequence('/lab/temperature')
  await lab.ctx.space.look()
  return lab
}

const putFile = (lab: Lab): Promise<{ status: number; text: string }> =>
  lab.post('/resources', { path: '/lab', name: 'notes.txt', type: 20, data: Buffer.from('words').toString('base64') })
const putValue = (lab: Lab): Promise<{ status: number; text: string; headers: Headers }> =>
  lab.put('/resources', { values: { '/lab/temperature': 20 } })

test('all is well: each check says so, and one answer serves all who ask within a second', async (t) => {
  const lab = await startLab(t)
  const health = await healthOf(lab)
  assert.deepEqual(
    [health.code, health.status, health.checks],
    [200, 'ok', { write: 'ok', database: 'ok', files: 'ok', space: 'ok', values: 'ok', lab: 'ok', tables: 'ok' }],
  )
})

test('when space gets low the admins are told, once, and all goes on', async (t) => {
  const lab = await startFull(t, 2)
  await lab.daemon.runWorkers()
  await lab.daemon.runWorkers()
  const mails = await lab.ctx.db.selectFrom('outgoing_messages').select(['subject', 'recipients', 'body']).execute()
  assert.equal(mails.length, 1)
  assert.match(`${mails[0]?.subject} ${mails[0]?.recipients} ${mails[0]?.body}`, /getting full.*admin@example\.com.* MB free/)
  assert.equal((await putFile(lab)).status, 200)
  assert.equal((await putValue(lab)).status, 200)
  const health = await healthOf(lab)
  assert.deepEqual([health.code, health.status, health.checks['space']], [200, 'warning', 'warning'])
  assert.match(health.problems?.['space'] ?? '', /MB free, .* MB are kept in reserve\. Free some space/)
})

test('below the reserve files are refused, below half of it values, and deleting works', async (t) => {
  const scarce = await startFull(t, 0.75)
  const file = await putFile(scarce)
  assert.equal(file.status, 503)
  assert.match(file.text, /disk is nearly full .*: no files are stored until some space is free/)
  const form = new FormData()
  form.set('path', '/lab')
  form.set('file', new Blob(['words']), 'form.txt')
  const upload = await fetch(`${scarce.url}/api/v1/resources`, {
    method: 'POST',
    headers: { authorization: `Bearer ${scarce.key}` },
    body: form,
  })
  assert.equal(upload.status, 503)
  assert.equal((await putValue(scarce)).status, 200)

  const exhausted = await startFull(t, 0.3)
  const value = await putValue(exhausted)
  assert.equal(value.status, 503, value.text)
  assert.equal(value.headers.get('retry-after'), '60')
  assert.match(value.text, /nothing is stored until some space is free/)
  assert.equal((await healthOf(exhausted)).code, 503)
  assert.equal((await exhausted.delete('/resources/lab/temperature')).status, 200)
  const metrics = await (await fetch(`${exhausted.url}/metrics`)).text()
  for (const name of ['rhizo_disk_free_bytes', 'rhizo_disk_reserve_bytes', 'rhizo_database_bytes'])
    assert.match(metrics, new RegExp(`^${name}.* [1-9]`, 'm'))
})

for (const [what, spoil] of [
  ['deleted', (file: string) => rmSync(file)],
  ['replaced by another file', (file: string) => (renameSync(file, `${file}.aside`), writeFileSync(file, ''))],
] as const)
  for (const ending of ['', '-wal'])
    test(`a database whose file rhizo.db${ending} is ${what} is noticed, and nothing more is acknowledged`, async (t) => {
      const log = new RecordingLog()
      const lab = await startLab(t, { log })
      await lab.sequence('/lab/temperature')
      assert.equal((await putValue(lab)).status, 200)
      spoil(join(lab.folder, `rhizo.db${ending}`))
      const health = await healthOf(lab)
      assert.deepEqual([health.code, health.checks['database']], [503, 'error'])
      assert.match(health.problems?.['database'] ?? '', new RegExp(`rhizo\\.db${ending} was deleted or replaced .*"rhizo seq export"`))
      const value = await putValue(lab)
      assert.equal(value.status, 503)
      assert.match(value.text, /was deleted or replaced while the server runs/)
      assert.equal((await putFile(lab)).status, 503)
      assert.equal((await lab.get('/resources/lab/temperature')).status, 200, 'reading goes on')
    })

test('a storage folder that vanishes, or is another one, is told by its check', async (t) => {
  const lab = await startLab(t)
  const folder = join(lab.folder, 'storage')
  renameSync(folder, `${folder}.aside`)
  const health = await healthOf(lab)
  assert.deepEqual([health.code, health.checks['files'], health.checks['write']], [503, 'error', 'ok'])
  assert.match(health.problems?.['files'] ?? '', /storage is not the one that the server began with/)
  renameSync(`${folder}.aside`, folder)
  assert.equal((await healthOf(lab)).code, 200)
})

test('on a disk that other programs filled the server starts, says so, and things can be deleted', async (t) => {
  const disk = mountDisk(t, 40)
  if (!disk) return t.skip('this user may not mount a disk')
  const { folder } = disk
  const clock = new FakeClock()
  const start = (): Promise<Lab> => startLab(t, { folder, clock, settings: { FREE_SPACE_RESERVE: 2, STORAGE_THRESHOLD: 10 } })
  const first = await start()
  await first.sequence('/lab/temperature')
  assert.equal((await putFile(first)).status, 200)
  clock.advance(120)
  await first.daemon.runWorkers()
  await first.stop()
  assert.ok(existsSync(join(folder, 'rhizo.db.ballast')))
  const makeRoom = disk.fill()
  const second = await start()
  assert.ok(!existsSync(join(folder, 'rhizo.db.ballast')), 'its space is in use')
  assert.equal((await second.get('/resources/lab/notes.txt')).text, 'words')
  assert.equal((await second.delete('/resources/lab/notes.txt', { purge: 1 })).status, 200)
  makeRoom()
  await second.ctx.space.look()
  assert.equal((await putValue(second)).status, 200)
  return undefined
})
