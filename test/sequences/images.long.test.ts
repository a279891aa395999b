import assert from 'node:assert/strict'
import test from 'node:test'
import sharp from 'sharp'
import type { Message } from '../../src/tree/hub.ts'
import { IMAGE } from '../../src/wire/resource-types.ts'
import { formatTimestamp, secondsOf } from '../../src/base/time.ts'
import { FakeClock, startLab, toReply, type Lab, type Reply } from '../support/lab.ts'

const photo = (width: number, colour = '#884422'): Promise<Buffer> =>
  sharp({ create: { width, height: width / 2, channels: 3, background: colour } })
    .jpeg()
    .toBuffer()
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function listen(lab: Lab): Message[] {
  const heard: Message[] = []
  lab.ctx.hub.subscribe(
    { deliver: (message) => heard.push(message), sender: {} },
    { folderId: lab.organization.id, type: undefined, includeChildren: false },
  )
  return heard
}
const idsOf = (reply: Reply): { id: number; revision_id: number; thumbnail_revision_id: number } => {
  assert.equal(reply.status, 200, reply.text)
  return reply.json as { id: number; revision_id: number; thumbnail_revision_id: number }
}

test('a camera’s images are kept with thumbnails, and subscribers hear the ids of both', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { STORAGE_THRESHOLD: 500 } })
  const camera = await lab.sequence('/lab/camera', IMAGE)
  const heard = listen(lab)
  assert.equal((await lab.get('/resources/lab/camera')).text, '')
  assert.equal((await lab.get('/resources/lab/camera')).headers.get('content-type'), 'image/jpeg')
  const [first, second] = [await photo(640), await photo(100, '#00ff00')]
  const time = clock.now()
  const a = idsOf(await lab.put('/resources/lab/camera', { data: base64(first) }))
  const b = idsOf(await lab.post('/resources/lab/camera', { data: base64(second) }))
  assert.deepEqual(
    heard.map(({ type, parameters }) => [type, parameters]),
    [
      [
        'sequence_update',
        {
          id: camera.id,
          name: '/lab/camera',
          timestamp: formatTimestamp(time),
          revision_id: a.revision_id,
          thumbnail_revision_id: a.thumbnail_revision_id,
        },
      ],
      [
        'sequence_update',
        {
          id: camera.id,
          name: '/lab/camera',
          timestamp: formatTimestamp(time + 1),
          revision_id: b.revision_id,
          thumbnail_revision_id: b.thumbnail_revision_id,
        },
      ],
    ],
    'two images in one instant have two times',
  )

  const newest = await lab.get('/resources/lab/camera')
  assert.deepEqual(Buffer.from(newest.bytes), second)
  assert.equal(newest.headers.get('content-type'), 'image/jpeg')
  assert.deepEqual(Buffer.from((await lab.get('/resources/lab/camera', { rev: a.revision_id })).bytes), first)
  assert.equal(
    (await lab.get('/resources/lab/camera', { rev: a.thumbnail_revision_id })).status,
    404,
    "a thumbnail's revision is not the image's",
  )
  const small = await lab.get('/resources/lab/camera/thumbnail-240-x', { rev: a.thumbnail_revision_id })
  const metadata = await sharp(small.bytes).metadata()
  assert.deepEqual([metadata.format, metadata.width, metadata.height], ['jpeg', 240, 120])
  assert.equal((await sharp((await lab.get('/resources/lab/camera/thumbnail-240-x')).bytes).metadata()).width, 100, 'none is enlarged')

  const range = (await lab.get('/resources/lab/camera', { count: 10 })).json
  assert.deepEqual(range, {
    name: 'camera',
    path: '/lab/camera',
    units: null,
    timestamps: [secondsOf(time), secondsOf(time + 1)],
    values: [String(a.revision_id), String(b.revision_id)],
  })
  assert.deepEqual(
    ((await lab.get('/resources/lab/camera', { start_timestamp: formatTimestamp(time + 1) })).json as { values: string[] }).values,
    [String(b.revision_id)],
  )
  const info = (await lab.get('/resources/lab/camera', { meta: 1 })).json as Record<string, unknown>
  assert.equal(info['last_revision_id'], b.revision_id)
  assert.equal(info['modification_timestamp'], formatTimestamp(time + 1))
  assert.deepEqual(
    ((await lab.get('/resources/lab/camera', { revisions: 1 })).json as { id: number }[]).map(({ id }) => id),
    [b.revision_id, a.revision_id],
  )
})

test('an image that comes late takes its place; the same time again replaces; too soon is only announced', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { STORAGE_THRESHOLD: 500 } })
  await lab.sequence('/lab/camera', IMAGE, { min_storage_interval: 60 })
  const heard = listen(lab)
  const at = async (seconds: number, colour: string): Promise<Reply> =>
    lab.put('/resources/lab/camera', {
      data: base64(await photo(300, colour)),
      timestamp: formatTimestamp(clock.time + seconds * 1_000_000),
    })
  const first = idsOf(await at(0, '#ff0000'))
  const soon = await at(30, '#00ff00')
  assert.deepEqual(soon.json, { status: 'ok', id: first.id, stored: 0, repeated: 0, expired: 0, shown: 1 })
  assert.deepEqual(Object.keys(heard[1]?.parameters as object), ['id', 'name', 'timestamp'])
  const late = idsOf(await at(-3_600, '#0000ff'))
  const again = idsOf(await at(0, '#ffff00'))
  const values = ((await lab.get('/resources/lab/camera', { count: 10 })).json as { values: string[] }).values
  assert.deepEqual(values, [String(late.revision_id), String(again.revision_id)])
  assert.equal((await lab.get('/resources/lab/camera', { rev: first.revision_id })).status, 404)
  const count = async (): Promise<number> => (await lab.ctx.db.selectFrom('resource_revisions').select('id').execute()).length
  assert.equal(await count(), 5, 'two images, two thumbnails and the page that greets')
  assert.deepEqual((await lab.delete('/resources/lab/camera', { data_only: 1, end_timestamp: formatTimestamp(clock.time - 1) })).json, {
    status: 'ok',
    id: first.id,
    deleted: 1,
  })
  assert.equal(await count(), 3)
  assert.equal(((await lab.delete('/resources/lab/camera', { data_only: 1 })).json as { deleted: number }).deleted, 1)
  assert.equal((await lab.get('/resources/lab/camera')).text, '')
})

test('only so many images are kept as max_history says', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 0 } })
  await lab.sequence('/lab/camera', IMAGE, { max_history: 3 })
  for (let number = 0; number < 5; number++) idsOf(await lab.put('/resources/lab/camera', { data: base64(await photo(100)) }))
  assert.equal(((await lab.get('/resources/lab/camera', { revisions: 1 })).json as unknown[]).length, 3)
  assert.equal(((await lab.get('/resources/lab/camera/thumbnail-240-x', { revisions: 1 })).json as unknown[]).length, 3)
})

test('whatever is no JPEG is refused, and raw JPEG bodies are taken', async (t) => {
  const lab = await startLab(t)
  const camera = await lab.sequence('/lab/camera', IMAGE)
  const png = await sharp(await photo(100))
    .png()
    .toBuffer()
  for (const [bytes, message] of [
    [png, /data is not a JPEG/],
    [Buffer.from('text'), /data is not a JPEG/],
    [Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3]), /data is not an image/],
    [Buffer.alloc(0), /data is not a JPEG/],
  ] as const) {
    const reply = await lab.put('/resources/lab/camera', { data: base64(bytes) })
    assert.equal(reply.status, 400, reply.text)
    assert.match(reply.text, message)
  }
  assert.match((await lab.put('/resources/lab/camera', { name: 'camera', data: '*' })).text, /data is not base64/)
  assert.match((await lab.post('/resources/lab/camera')).text, /data is missing/)
  assert.match((await lab.put('/resources', { values: { '/lab/camera': 'x' } })).text, /ok/)
  assert.equal([...camera.children.values()].length, 0)
  const jpeg = await photo(100)
  const raw = await toReply(
    await fetch(`${lab.url}/api/v1/resources/lab/camera`, {
      method: 'PUT',
      body: jpeg,
      headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'image/jpeg' },
    }),
  )
  assert.equal(raw.status, 200)
  assert.deepEqual(Buffer.from((await lab.get('/resources/lab/camera')).bytes), jpeg)
  const refused = await lab.put('/resources/lab/camera/thumbnail-240-x', { data: base64(jpeg) })
  assert.equal(refused.status, 400)
  assert.match(refused.text, /send images to \/lab\/camera/)
})

test('many images at once are all kept, each at its own time', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  await lab.sequence('/lab/camera', IMAGE)
  const jpeg = base64(await photo(64))
  const replies = await Promise.all(Array.from({ length: 10 }, () => lab.put('/resources/lab/camera', { data: jpeg })))
  assert.ok(replies.every(({ status }) => status === 200))
  const { timestamps } = (await lab.get('/resources/lab/camera', { count: 100 })).json as { timestamps: number[] }
  assert.equal(new Set(timestamps).size, 10)
  assert.deepEqual((await lab.get('/resources/lab', { recursive: 1 })).text.includes('thumbnail'), false)
})
