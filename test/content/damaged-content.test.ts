/** Content that the disk changed is told, and never given as if it were right; it goes when the removal of its record is durable. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { purge } from '../../src/housekeeping/purge.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'

const DAY = 86_400

test('content that is not what was stored is refused wherever it is read whole', async (t) => {
  const log = new RecordingLog()
  const lab = await startLab(t, { log, settings: { STORAGE_THRESHOLD: 10_000 } })
  const put = async (name: string, bytes: number): Promise<void> => {
    const data = Buffer.alloc(bytes, 65).toString('base64')
    assert.equal((await lab.post('/resources', { path: '/lab', name, type: 20, data })).status, 200)
  }
  for (const [name, bytes] of [
    ['inside.txt', 500],
    ['piece.txt', 20_000],
    ['large.bin', 900_000],
  ] as const)
    await put(name, bytes)
  const file = new Sqlite(join(lab.folder, 'rhizo.db'))
  file.prepare('update resource_revisions set data = ? where size = 500').run(Buffer.alloc(500, 66))
  file.close()
  const storage = join(lab.folder, 'storage')
  for (const name of readdirSync(storage, { recursive: true }) as string[]) {
    if (!/^[0-9a-f]{2}\/[0-9a-f]+$/.test(name)) continue
    const content = readFileSync(join(storage, name))
    content[content.length >> 1] = 66
    writeFileSync(join(storage, name), content)
  }

  for (const name of ['inside.txt', 'piece.txt']) {
    const answer = await lab.get(`/resources/lab/${name}`)
    assert.equal(answer.status, 500, name)
    assert.match(answer.text, /damaged: its SHA-1 is [0-9a-f]{40}, not [0-9a-f]{40} as when it was stored/, name)
  }
  // What has begun is broken off before its end.
  await assert.rejects(lab.get('/resources/lab/large.bin'))
  await assert.rejects(lab.get('/resources/lab', { format: 'zip' }).then(({ status }) => assert.equal(status, 500)))
  assert.ok(log.lines.filter(({ message }) => message === 'the content of a file is not what was stored').length >= 3)
  const metrics = await lab.daemon.metrics.registry.metrics()
  assert.match(metrics, /rhizo_damages_total\{what="content"\} [3-9]/)
  const range = await fetch(`${lab.url}/api/v1/resources/lab/piece.txt`, {
    headers: { range: 'bytes=0-9', authorization: `Basic ${Buffer.from(`x:${lab.key}`).toString('base64')}` },
  })
  assert.equal(range.status, 206)
  assert.equal(await range.text(), 'AAAAAAAAAA')
})

test('content of large files that was not changed is given whole', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 10_000 } })
  const bytes = Buffer.from(Array.from({ length: 900_000 }, (_, at) => at % 251))
  assert.equal((await lab.post('/resources', { path: '/lab', name: 'large.bin', type: 20, data: bytes.toString('base64') })).status, 200)
  assert.ok(Buffer.from((await lab.get('/resources/lab/large.bin')).bytes).equals(bytes))
})

test('purged content stays until the removal of its record is durable', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { STORAGE_THRESHOLD: 1_000, DURABILITY: 'normal' } })
  const data = Buffer.alloc(5_000, 65).toString('base64')
  assert.equal((await lab.post('/resources', { path: '/lab', name: 'a.bin', type: 20, data })).status, 200)
  assert.equal((await lab.delete('/resources/lab/a.bin')).status, 200)
  clock.advance(40 * DAY)
  const steps: string[] = []
  const { ctx } = lab
  const watched = {
    ...ctx,
    engine: { ...ctx.engine, durable: async () => (await ctx.engine.durable(), void steps.push('durable')) },
    storage: Object.assign(Object.create(ctx.storage) as typeof ctx.storage, {
      retire: async (path: string, now: number) => (await ctx.storage.retire?.(path, now), void steps.push('retire')),
    }),
  }
  assert.equal((await purge(watched)).resources, 1)
  assert.deepEqual(steps, ['durable', 'retire'])
  const failing = { ...watched, engine: { ...ctx.engine, durable: () => Promise.reject(new Error('the disk failed')) } }
  assert.equal((await lab.post('/resources', { path: '/lab', name: 'b.bin', type: 20, data })).status, 200)
  assert.equal((await lab.delete('/resources/lab/b.bin')).status, 200)
  clock.advance(40 * DAY)
  assert.equal((await purge(failing)).resources, 1)
  assert.deepEqual(steps, ['durable', 'retire'], 'its content stays for the next tidying')
})
