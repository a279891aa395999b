/** An original server whose bulk storage is a bucket: its lab comes straight from there. */
import assert from 'node:assert/strict'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { importServer, type ImportOptions, type ImportReport } from '../../src/moving-in/import-server.ts'
import type { S3Place } from '../../src/storage/s3/s3-place.ts'
import { FakeClock } from '../support/lab.ts'
import { makeFolder } from '../support/outgoing-records.ts'
import { makeOriginalServer, STORED } from '../support/original-server.ts'
import { startS3Proxy } from '../support/s3-proxy.ts'
import { BUCKET, impatientClient, startS3 } from '../support/s3-server.ts'

const NO_KEYS = { accessKey: '', secretKey: '' }

/** @param prefix of the objects in the bucket; the original itself has none */
async function makeBucketLab(t: TestContext, prefix: string) {
  const { place, seen } = await startS3Proxy(t, { ...(await startS3(t)), prefix })
  for (const [key, body] of Object.entries(STORED)) await impatientClient(place).request({ method: 'PUT', key, body })
  const folder = await makeFolder(t)
  const original = await makeOriginalServer(folder)
  const run = (more: Partial<ImportOptions>, { accessKey, secretKey }: Pick<S3Place, 'accessKey' | 'secretKey'> = place) =>
    importServer({
      place: original.database,
      storage: `s3://${BUCKET}${prefix === '' ? '' : `/${prefix}/`}`,
      config: original.config,
      keepsZones: false,
      isTrial: false,
      settingsFile: join(folder, 'new', 'config.yaml'),
      environment: {
        RHIZO_SERVER_S3_ENDPOINT: place.endpoint,
        RHIZO_SERVER_S3_ACCESS_KEY: accessKey,
        RHIZO_SERVER_S3_SECRET_KEY: secretKey,
      },
      clock: new FakeClock(),
      log: silentLog,
      onProgress: () => {},
      ...more,
    })
  return { original, seen, run }
}

const leftInLab = ({ findings }: ImportReport): string[] =>
  findings.leftOut
    .map(({ subject }) => subject)
    .filter((subject) => subject.startsWith('/lab/'))
    .sort()

test('contents come straight from the bucket, tried and for good, and what it lacks is named', async (t) => {
  const { original, seen, run } = await makeBucketLab(t, 'copies/of-2024')
  const trial = await run({ isTrial: true })
  assert.deepEqual(leftInLab(trial), ['/lab/lost.bin', '/lab/odd'])
  assert.ok(
    seen.every((request) => !(request.startsWith('GET') && request.includes('20_101'))),
    'a trial asks whether a file is there, and does not fetch it',
  )
  const moved = await run({})
  assert.deepEqual(moved.different, [])
  assert.equal(moved.compared, 12)
  assert.deepEqual(moved.counts, trial.counts)
  assert.deepEqual(leftInLab(moved), leftInLab(trial))
  const fromFolder = await run({ storage: original.storage, isTrial: true })
  assert.deepEqual(moved.counts, fromFolder.counts, 'as from a copy of the bucket')
})

test('the bucket and the keys of config.py are taken where nothing else is said', async (t) => {
  const { original, run } = await makeBucketLab(t, '')
  await appendFile(original.config, `S3_STORAGE_BUCKET = '${BUCKET}'\nS3_ACCESS_KEY = 'S3RVER'\nS3_SECRET_KEY = 'S3RVER'\n`)
  const moved = await run({ storage: undefined }, NO_KEYS)
  assert.deepEqual(moved.different, [])
  assert.deepEqual(leftInLab(moved), ['/lab/lost.bin', '/lab/odd'])
})

test('a bucket that can not be read is told before anything is written', async (t) => {
  const { run } = await makeBucketLab(t, '')
  await assert.rejects(run({}, NO_KEYS), /The keys for s3:\/\/lab-files are missing: name with --config/)
  await assert.rejects(run({ storage: 's3://' }), /names no bucket/)
  await assert.rejects(run({ storage: 's3://other-bucket' }), /other-bucket/)
  await assert.rejects(run({}, { accessKey: 'S3RVER', secretKey: 'wrong' }), /lab-files/)
  assert.deepEqual((await run({})).different, [], 'nothing stands in the way of the next attempt')
})
