/** `rhizo storage`, with a server that runs and a bucket. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { emptyLab } from '../support/command-line.ts'
import { startS3 } from '../support/s3-server.ts'

test('a lab begins in the folder, gets a bucket, and moves there while its server runs', async (t) => {
  const place = await startS3(t)
  const lab = await emptyLab(t)
  await lab.run('init-db')
  await lab.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'lab')
  await lab.startServer()
  const file = join(lab.folder, 'run.bin')
  const bytes = randomBytes(200_000)
  await writeFile(file, bytes)
  await lab.run('put', file, '/lab/run.bin')
  Object.assign(lab.env, {
    RHIZO_SERVER_S3_STORAGE_BUCKET: place.bucket,
    RHIZO_SERVER_S3_ENDPOINT: place.endpoint,
    RHIZO_SERVER_S3_ACCESS_KEY: place.accessKey,
    RHIZO_SERVER_S3_SECRET_KEY: place.secretKey,
  })
  const early = await lab.rhizo('storage', 'move', '--to', 's3')
  assert.notEqual(early.code, 0)
  assert.match(early.stderr, /does not use the bucket yet.*restart it first/)
  await lab.stopServer()
  await lab.startServer()
  const of = async (): Promise<unknown[]> =>
    ((await lab.json('storage', 'status')) as { place: string; takes_new: boolean; pieces: number; bytes: number }[]).map(
      ({ place: name, takes_new: isTarget, pieces, bytes: size }) => [name, isTarget, pieces, size],
    )
  assert.deepEqual(await of(), [
    ['folder', false, 1, 200_000],
    ['database', false, 0, 0],
    ['waiting', false, 0, 0],
    ['s3', true, 0, 0],
  ])
  assert.deepEqual(await lab.json('storage', 'move', '--to', 's3'), {
    to: 's3',
    moved: 1,
    bytes: 200_000,
    already_there: 0,
    missing: 0,
    failed: [],
    unnamed: 0,
    done: true,
    takes_new: 's3',
  })
  assert.match(await lab.run('storage', 'move', '--to', 's3'), /^0 files moved to s3.*1 were there\.\n$/)
  await lab.run('get', '/lab/run.bin', join(lab.folder, 'back.bin'))
  const wrong = await lab.rhizo('storage', 'move', '--to', 'tape')
  assert.match(wrong.stderr, /"tape"; allowed: s3, folder, database/)
})
