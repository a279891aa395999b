/** A whole lab whose large files are in a bucket: written, read, moved, backed up, restored, and told of when the bucket is away. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/base/clock.ts'
import { moveContents, type Moved } from '../../src/content/move-contents.ts'
import { examinePlaces } from '../../src/content/storage-status.ts'
import { examine } from '../../src/doctor/doctor.ts'
import { openPlaces } from '../../src/storage/places/open-places.ts'
import type { PlaceName } from '../../src/storage/places/placed-storage.ts'
import type { S3Place } from '../../src/storage/s3/s3-place.ts'
import { backUpLab, makeFolder, restoreTo, upload } from '../support/backups.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { startS3Proxy } from '../support/s3-proxy.ts'
import { startS3 } from '../support/s3-server.ts'
import { writeSettingsFile } from '../support/settings-file.ts'

const settingsOf = ({ endpoint, bucket, accessKey, secretKey, prefix }: S3Place): Record<string, unknown> => ({
  STORAGE_THRESHOLD: 1_000,
  S3_STORAGE_BUCKET: bucket,
  S3_ENDPOINT: endpoint,
  S3_ACCESS_KEY: accessKey,
  S3_SECRET_KEY: secretKey,
  S3_PREFIX: prefix,
})

const placesOf = (lab: Lab) =>
  openPlaces(lab.settings, { db: lab.ctx.db, transact: lab.ctx.engine.transact, now: () => systemClock.now(), log: silentLog })

const move = (lab: Lab, to: PlaceName, isStopped = (): boolean => false): Promise<Moved> =>
  moveContents({ db: lab.ctx.db, places: placesOf(lab), to, isStopped })

async function countsOf(lab: Lab): Promise<Record<string, number>> {
  return Object.fromEntries((await examinePlaces(lab.ctx.db, placesOf(lab))).map(({ place, pieces }) => [place, pieces]))
}

async function startBucketLab(t: TestContext, more: Record<string, unknown> = {}) {
  const proxy = await startS3Proxy(t, await startS3(t))
  const lab = await startLab(t, { clock: systemClock, settings: { ...settingsOf(proxy.place), ...more } })
  const files: Record<string, Buffer> = { 'a.bin': randomBytes(300_000), 'b.bin': randomBytes(100_000), 'small.txt': Buffer.from('small') }
  for (const [name, content] of Object.entries(files)) await upload(lab, name, content)
  const readAll = async (from: Lab): Promise<void> => {
    for (const [name, content] of Object.entries(files)) {
      const { status, bytes } = await from.get(`/resources/lab/${name}`)
      assert.ok(status === 200 && content.equals(bytes), `${name}: ${status}`)
    }
  }
  return { lab, proxy, files, readAll }
}

test('a living lab moves its contents from the bucket to the database, the folder and back', async (t) => {
  const { lab, readAll } = await startBucketLab(t)
  await readAll(lab)
  assert.deepEqual(await countsOf(lab), { folder: 0, database: 0, waiting: 0, s3: 2 })
  for (const to of ['database', 'folder', 's3'] as const) {
    const { moved, missing, failed, isDone, bytes } = await move(lab, to)
    assert.deepEqual([moved, missing, failed, isDone, bytes], [2, 0, [], true, 400_000], to)
    await readAll(lab)
    assert.deepEqual(await countsOf(lab), { folder: 0, database: 0, waiting: 0, s3: 0, [to]: 2 })
    const again = await move(lab, to)
    assert.deepEqual([again.moved, again.already], [0, 2])
  }
})

test('a move that is interrupted goes on, and what is damaged stays where it may be saved', async (t) => {
  const { lab, proxy, readAll } = await startBucketLab(t, { BULK_STORAGE: 'folder' })
  let looks = 0
  const first = await move(lab, 's3', () => looks++ > 0)
  assert.deepEqual([first.moved, first.isDone], [1, false])
  await readAll(lab)
  // Between two pieces, or in the middle of one: nothing is removed before it is read back.
  proxy.trouble = ({ method, url }) => (method === 'PUT' && url?.includes('/pieces/') === true ? 'silent' : undefined)
  const [folder] = (await readdir(lab.settings.storageFolder)).filter((name) => /^[0-9a-f]{2}$/.test(name))
  proxy.trouble = () => undefined
  await readAll(lab)
  const names = await readdir(lab.settings.storageFolder, { recursive: true })
  const piece = names.find((name) => /^[0-9a-f]{2}\/[0-9a-f]+$/.test(name)) ?? ''
  assert.ok(folder !== undefined && piece !== '')
  const whole = await lab.ctx.storage.sizeOf(piece)
  await writeFile(join(lab.settings.storageFolder, piece), Buffer.alloc(whole ?? 0))
  const second = await move(lab, 's3')
  assert.deepEqual([second.moved, second.already, second.failed.map(({ path }) => path)], [0, 1, [piece]])
  assert.deepEqual(await countsOf(lab), { folder: 1, database: 0, waiting: 0, s3: 1 })
})

test('a backup has what is in the bucket and in the database, and a restore gives both back without the bucket', async (t) => {
  const { lab, proxy, readAll } = await startBucketLab(t)
  const inDatabase = randomBytes(50_000)
  await move(lab, 'database')
  await upload(lab, 'c.bin', inDatabase)
  assert.deepEqual(await countsOf(lab), { folder: 0, database: 2, waiting: 0, s3: 1 })
  const backups = await makeFolder(t)
  const made = await backUpLab(lab, backups)
  // What is in the database is saved with it, once.
  assert.deepEqual([made.files, made.warnings], [1, []])
  const asked = proxy.seen.length
  const again = await backUpLab(lab, backups)
  assert.equal(again.files, 1)
  assert.equal(proxy.seen.length, asked, 'what a backup has is not fetched again')
  const folder = await makeFolder(t)
  await restoreTo(backups, folder)
  const restored = await startLab(t, { folder })
  await readAll(restored)
  assert.ok(inDatabase.equals((await restored.get('/resources/lab/c.bin')).bytes))
})

test('while the bucket is away files are taken and read, and the health says what is wrong', async (t) => {
  const { lab, proxy } = await startBucketLab(t)
  proxy.trouble = () => 'cut'
  const content = randomBytes(20_000)
  await upload(lab, 'meanwhile.bin', content)
  assert.ok(content.equals((await lab.get('/resources/lab/meanwhile.bin')).bytes))
  assert.equal((await lab.get('/resources/lab/a.bin')).status, 503)
  const problem = lab.ctx.storage.waiting?.()
  assert.deepEqual([problem?.pieces, problem?.bytes], [1, 20_000])
  const health = await fetch(`${lab.url}/health`)
  const { status, checks, problems } = (await health.json()) as {
    status: string
    checks: Record<string, string>
    problems: Record<string, string>
  }
  assert.deepEqual([health.status, status, checks['bucket']], [200, 'warning', 'warning'])
  assert.match(problems['bucket'] ?? '', /connection broke.*wait in the storage folder.*1 now/)
  proxy.trouble = () => undefined
  await lab.ctx.storage.catchUp?.(() => false)
  assert.deepEqual(await countsOf(lab), { folder: 0, database: 0, waiting: 0, s3: 3 })
  assert.ok(content.equals((await lab.get('/resources/lab/meanwhile.bin')).bytes))
})

test('large files go straight from the bucket where that is allowed, and only to readers who may', async (t) => {
  const { lab, files } = await startBucketLab(t, { S3_DIRECT_DOWNLOADS: 1 })
  const large = randomBytes(1_100_000)
  await upload(lab, 'plan.bin', large)
  await upload(lab, 'naïve "plan".bin', large)
  const ask = (name: string, query: string, key = lab.key): Promise<Response> =>
    fetch(`${lab.url}/api/v1/resources/lab/${encodeURIComponent(name)}?${query}`, {
      redirect: 'manual',
      headers: { authorization: `Basic ${Buffer.from(`test:${key}`).toString('base64')}` },
    })
  const direct = await ask('plan.bin', 'download=1&direct=1')
  assert.deepEqual(
    [direct.status, direct.headers.get('cache-control'), direct.headers.get('referrer-policy')],
    [307, 'no-store', 'no-referrer'],
  )
  const link = new URL(direct.headers.get('location') ?? '')
  assert.deepEqual([link.searchParams.get('X-Amz-Expires'), link.href.includes('S3RVER/')], ['300', false])
  const answer = await fetch(link)
  assert.equal(answer.headers.get('content-disposition'), 'attachment; filename="plan.bin"')
  const odd = new URL((await ask('naïve "plan".bin', 'download=1&direct=1')).headers.get('location') ?? '')
  assert.match(
    odd.searchParams.get('response-content-disposition') ?? '',
    /^attachment; filename="na_ve _plan_\.bin"; filename\*=UTF-8''na%C3%AFve/,
  )
  assert.doesNotMatch(odd.search, /[+*']/)
  assert.ok(large.equals(Buffer.from(await answer.arrayBuffer())))
  const forged = new URL(link)
  forged.searchParams.set('response-content-disposition', 'inline')
  assert.equal((await fetch(forged)).status, 403)
  assert.equal((await ask('plan.bin', 'download=1')).status, 200)
  // Programs that didn't ask, small files and those who may not read.
  assert.equal((await ask('a.bin', 'download=1&direct=1')).status, 200)
  assert.ok((await ask('naïve "plan".bin', 'download=1&direct=1', 'wrong')).status >= 401)
  assert.equal(files['a.bin']?.length, 300_000)
})

test('the doctor reads what is in the bucket, and says why it can not', async (t) => {
  const { lab, proxy } = await startBucketLab(t)
  const file = writeSettingsFile(lab, settingsOf(proxy.place))
  const findingsOf = async (): Promise<string[]> => {
    const report = await examine({ file, environment: {}, clock: systemClock, urlOf: () => lab.url, isQuick: false })
    return report.findings.filter(({ check }) => check === 'files').map(({ subject, problem }) => `${subject}: ${problem}`)
  }
  assert.deepEqual(await findingsOf(), [])
  proxy.trouble = ({ url }) => (url?.includes('/pieces/') === true ? 'cut' : undefined)
  assert.match((await findingsOf()).join('\n'), /connection broke/)
  proxy.trouble = () => 'busy'
  assert.match((await findingsOf()).join('\n'), /overloaded/)
})
