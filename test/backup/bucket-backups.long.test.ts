/** Backups in a bucket of a real S3 server: what they hold, what they cost, and where they don't belong. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test, { type TestContext } from 'node:test'
import { backUp } from '../../src/backup/back-up.ts'
import { listBackups } from '../../src/backup/backups.ts'
import { openPlace } from '../../src/backup/open-place.ts'
import { proveNewest } from '../../src/backup/prove.ts'
import { systemClock } from '../../src/base/clock.ts'
import { removeObject, listObjects } from '../../src/storage/s3/s3-objects.ts'
import type { S3Place } from '../../src/storage/s3/s3-place.ts'
import { KEY, backUpLab, makeFolder, restoreTo, upload, valuesOf } from '../support/backups.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { BUCKET, impatientClient, startS3 } from '../support/s3-server.ts'

const PATH = '/lab/fridge/temperature'
const TO = `s3://${BUCKET}/backups/greenhouse`

async function makeLab(t: TestContext): Promise<{ lab: Lab; place: S3Place }> {
  const place = await startS3(t)
  const lab = await startLab(t, {
    settings: {
      STORAGE_THRESHOLD: 1_000,
      S3_ACCESS_KEY: place.accessKey,
      S3_SECRET_KEY: place.secretKey,
      S3_ENDPOINT: place.endpoint,
    },
  })
  await lab.sequence(PATH)
  return { lab, place: { ...place, prefix: 'backups/greenhouse' } }
}

const store = async (lab: Lab, value: number): Promise<void> => {
  assert.equal((await lab.put('/resources', { values: { [PATH]: value } })).status, 200)
}

test('a backup in a bucket is restored whole, and the next one sends only what is new', async (t) => {
  const { lab, place } = await makeLab(t)
  await upload(lab, 'picture.bin', randomBytes(300_000))
  await store(lab, 1)
  const first = await backUpLab(lab, TO)
  assert.equal(first.file, `${TO}/backups/${first.file.split('/').at(-1) ?? ''}`)
  await store(lab, 2)
  const second = await backUpLab(lab, TO)
  assert.ok(second.writtenBytes < second.bytes - 250_000, 'the picture is there already')
  assert.equal((await listBackups(openPlace(TO, place))).length, 2)

  const proof = await proveNewest(TO, { settings: lab.settings, clock: systemClock, key: undefined })
  assert.deepEqual(proof.problems, [])

  const folder = await makeFolder(t)
  await restoreTo(TO, folder, { access: place })
  const again = await startLab(t, { folder })
  assert.deepEqual(await valuesOf(again, PATH), [1, 2])
})

test('a piece that is gone is told by the proof, and comes back with the next backup', async (t) => {
  const { lab, place } = await makeLab(t)
  await store(lab, 1)
  await backUpLab(lab, TO, { key: KEY })
  const client = impatientClient(place)
  for await (const { key } of listObjects(client, 'pieces/')) {
    await removeObject(client, key)
    break
  }
  const prove = (): ReturnType<typeof proveNewest> => proveNewest(TO, { settings: lab.settings, clock: systemClock, key: KEY })
  assert.match((await prove()).problems.join(' '), /is missing from the backup/)
  await backUpLab(lab, TO, { key: KEY })
  assert.deepEqual((await prove()).problems, [])
})

test('older backups are removed with the pieces that no other names', async (t) => {
  const { lab, place } = await makeLab(t)
  await backUpLab(lab, TO)
  const pieces = async (): Promise<number> => {
    let count = 0
    for await (const { key } of listObjects(impatientClient(place), 'pieces/')) if (key !== '') count++
    return count
  }
  const before = await pieces()
  await store(lab, 1)
  const later = { ...systemClock, now: () => systemClock.now() + 40 * 86_400_000_000 }
  await backUpLab(lab, TO, { clock: later, keep: { daily: 1, weekly: 0, monthly: 0 } })
  assert.equal((await listBackups(openPlace(TO, place))).length, 1)
  assert.ok((await pieces()) <= before, 'pieces of the first one went')
})

test('backups go nowhere without keys, into no other lab’s place, nor among large files', async (t) => {
  const { lab, place } = await makeLab(t)
  const options = { settings: lab.settings, clock: systemClock, key: undefined, hasSecrets: true }
  const withoutKeys = { ...lab.settings, S3_ACCESS_KEY: '' }
  await assert.rejects(backUp(TO, { ...options, settings: withoutKeys }), /S3_ACCESS_KEY and S3_SECRET_KEY/)
  await assert.rejects(backUp('s3://no bucket/x', options), /say s3:\/\/BUCKET\/PREFIX/)
  const withFiles = { ...lab.settings, S3_STORAGE_BUCKET: BUCKET, S3_PREFIX: 'backups' }
  await assert.rejects(backUp(TO, { ...options, settings: withFiles }), /where the lab's large files are/)

  await backUpLab(lab, TO)
  const other = await startLab(t, {
    settings: { S3_ACCESS_KEY: place.accessKey, S3_SECRET_KEY: place.secretKey, S3_ENDPOINT: place.endpoint },
  })
  await assert.rejects(backUpLab(other, TO), /holds the backups of another lab/)
  const release = await openPlace(TO, place).claim()
  await assert.rejects(backUpLab(lab, TO), /Another backup to .* is under way/)
  await release()
  await backUpLab(lab, TO)
})
