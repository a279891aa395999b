import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readlink, utimes, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import test from 'node:test'
import { startLab, toReply, type Caller, type Lab, type Reply } from '../support/lab.ts'

const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64')
const sha1 = (bytes: string | Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

async function send(
  lab: Lab,
  caller: Caller,
  method: string,
  path: string,
  init: { body?: string | Uint8Array | FormData | ReadableStream; headers?: Record<string, string> } = {},
): Promise<Reply> {
  return toReply(
    await fetch(`${lab.url}/api/v1${path}`, {
      method,
      headers: { ...(caller.key === '' ? {} : { authorization: `Bearer ${caller.key}` }), ...init.headers },
      ...(init.body === undefined ? {} : { body: init.body }),
      ...(init.body instanceof ReadableStream ? { duplex: 'half' } : {}),
    }),
  )
}
const raw = (lab: Lab, path: string, body: string | Uint8Array, method = 'POST'): Promise<Reply> =>
  send(lab, lab, method, path, { body, headers: { 'content-type': 'application/octet-stream' } })

/** All files in the folder of bulk storage, finished or not, save those that say whose it is. */
async function stored(lab: Lab): Promise<string[]> {
  const entries = await readdir(join(lab.folder, 'storage'), { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name)
}

test('a file is written in all the ways there are, small or large, and read back the same', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  for (const size of [0, 1, 1_000, 1_001, 300_000]) {
    const bytes = new Uint8Array(size).map((_, at) => at * 7)
    const form = new FormData()
    form.set('path', '/lab/files')
    form.set('type', '20')
    form.set('file', new Blob([bytes]), `form-${size}`)
    const ways: [string, () => Promise<Reply>][] = [
      [`base64-${size}`, () => lab.post('/resources', { path: '/lab/files', name: `base64-${size}`, type: 20, data: base64(bytes) })],
      [
        `contents-${size}`,
        () => lab.post('/resources', { path: '/lab/files', name: `contents-${size}`, type: 20, contents: base64(bytes) }),
      ],
      [`old-${size}`, () => lab.post(`/resources/lab/files/old-${size}`, { data: base64(bytes) })],
      [`raw-${size}`, () => raw(lab, `/resources/lab/files/raw-${size}`, bytes)],
      [
        `json-${size}`,
        () =>
          send(lab, lab, 'POST', '/resources', {
            body: JSON.stringify({ path: '/lab/files', name: `json-${size}`, type: 20, data: base64(bytes) }),
            headers: { 'content-type': 'application/json' },
          }),
      ],
      [`form-${size}`, () => send(lab, lab, 'POST', '/resources', { body: form })],
    ]
    for (const [name, write] of ways) {
      const reply = await write()
      assert.equal((reply.json as { status: string }).status, 'ok', `${name} ${reply.text}`)
      const read = await lab.get(`/resources/lab/files/${name}`)
      assert.equal(read.status, 200)
      assert.deepEqual(read.bytes, bytes, name)
      assert.equal(read.headers.get('content-type'), 'application/octet-stream')
      assert.equal(read.headers.get('content-length'), String(size))
      assert.equal(read.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(read.headers.get('content-security-policy'), 'sandbox')
      const info = (await lab.get(`/resources/lab/files/${name}`, { meta: 1 })).json as Record<string, unknown>
      assert.equal(info['size'], size)
      assert.equal(info['hash'], sha1(bytes))
      assert.deepEqual(info['system_attributes'], { hash: sha1(bytes), size })
      assert.ok(info['storage_path'])
    }
  }
  assert.equal((await stored(lab)).length, 2 * 6, 'only what is larger than the threshold lies in the folder, and nothing is left over')
})

test('revisions are listed, the newest first, and each can be read', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 10 } })
  await lab.post('/resources', { path: '/lab', name: 'f', type: 20, data: base64('one'), creation_timestamp: '2026-01-01T00:00:00Z' })
  await lab.put('/resources/lab/f', { data: base64('two is longer than ten bytes') })
  await lab.post('/resources/lab/f', { data: base64('three') })
  await raw(lab, '/resources/lab/f', 'four', 'PUT')
  await raw(lab, '/resources/lab/f', 'five')
  const revisions = (await lab.get('/resources/lab/f', { revisions: 1 })).json as {
    id: number
    timestamp: string
    size: number
    hash: string
  }[]
  assert.deepEqual(
    revisions.map(({ size }) => size),
    [4, 4, 5, 28, 3],
  )
  assert.equal(revisions[4]?.timestamp, '2026-01-01T00:00:00Z')
  const texts = await Promise.all(revisions.map(async ({ id }) => (await lab.get('/resources/lab/f', { rev: id })).text))
  assert.deepEqual(texts, ['five', 'four', 'three', 'two is longer than ten bytes', 'one'])
  assert.deepEqual(
    revisions.map(({ hash }) => hash),
    texts.map(sha1),
  )
  assert.equal((await lab.get('/resources/lab/f')).text, 'five')
  const info = (await lab.get('/resources/lab/f', { meta: 1 })).json as Record<string, unknown>
  assert.equal(info['last_revision_id'], revisions[0]?.id)
  assert.equal(info['creation_timestamp'], '2026-01-01T00:00:00Z')
  assert.equal(info['hash'], sha1('five'))
  await lab.post('/resources', { path: '/lab', name: 'g', type: 20 })
  assert.equal(
    (await lab.get('/resources/lab/g', { rev: String(revisions[0]?.id) })).status,
    404,
    "another file's revision is not this file's",
  )
  await lab.put('/resources/lab/f', { system_attributes: { colour: 'red', size: 1 } })
  assert.deepEqual(((await lab.get('/resources/lab/f', { meta: 1 })).json as Record<string, unknown>)['system_attributes'], {
    colour: 'red',
    hash: sha1('five'),
    size: 4,
  })
})

test('a new text file gets plain line ends, wherever the network cuts it; what is uploaded as it is stays as it is', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  const form = new FormData()
  form.set('path', '/lab')
  form.set('file', new Blob([`a\r\n${'x'.repeat(100_000)}\r${'y'.repeat(100_000)}\r\n\r\n`]), 'C:\\data\\form.CSV')
  assert.equal((await send(lab, lab, 'POST', '/resources', { body: form })).status, 200)
  assert.equal((await lab.get('/resources/lab/form.CSV')).text, `a\n${'x'.repeat(100_000)}\n${'y'.repeat(100_000)}\n\n`)
  await lab.post('/resources', { path: '/lab', name: 'a.txt', type: 20, data: base64('1\r\n2\r3\n4\r') })
  assert.equal((await lab.get('/resources/lab/a.txt')).text, '1\n2\n3\n4\n')
  await lab.post('/resources', { path: '/lab', name: 'a.bin', type: 20, data: base64('1\r\n') })
  assert.equal((await lab.get('/resources/lab/a.bin')).text, '1\r\n')
  const wide = Buffer.from('\ufeff1\r\n', 'utf16le')
  await lab.post('/resources', { path: '/lab', name: 'wide.txt', type: 20, data: base64(wide) })
  assert.deepEqual(Buffer.from((await lab.get('/resources/lab/wide.txt')).bytes), wide)
  await lab.post('/resources/lab/old.txt', { data: base64('1\r\n') })
  assert.equal((await lab.get('/resources/lab/old.txt')).text, '1\r\n')
  assert.equal((await stored(lab)).length, 1)
})

test('ranges and entity tags', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 50 } })
  for (const size of [10, 100]) {
    const body = Buffer.from('0123456789'.repeat(size / 10))
    await raw(lab, `/resources/lab/f${size}`, body)
    const etag = `"${sha1(body)}"`
    for (const [headers, status, text, contentRange] of [
      [{}, 200, body.toString(), null],
      [{ range: 'bytes=0-0' }, 206, '0', `bytes 0-0/${size}`],
      [{ range: 'bytes=2-4' }, 206, '234', `bytes 2-4/${size}`],
      [{ range: `bytes=${size - 2}-` }, 206, '89', `bytes ${size - 2}-${size - 1}/${size}`],
      [{ range: 'bytes=-3' }, 206, '789', `bytes ${size - 3}-${size - 1}/${size}`],
      [{ range: 'bytes=-1000' }, 206, body.toString(), `bytes 0-${size - 1}/${size}`],
      [{ range: 'bytes=5-1000' }, 206, body.subarray(5).toString(), `bytes 5-${size - 1}/${size}`],
      [{ range: `bytes=${size}-` }, 416, '', `bytes */${size}`],
      [{ range: 'bytes=-0' }, 416, '', `bytes */${size}`],
      [{ range: 'bytes=4-2' }, 200, body.toString(), null],
      [{ range: 'bytes=0-1,3-4' }, 200, body.toString(), null],
      [{ range: 'lines=0-1' }, 200, body.toString(), null],
      [{ range: 'bytes=0-1', 'if-range': etag }, 206, '01', `bytes 0-1/${size}`],
      [{ range: 'bytes=0-1', 'if-range': '"other"' }, 200, body.toString(), null],
      [{ 'if-none-match': etag }, 304, '', null],
      [{ 'if-none-match': `"x", W/${etag}` }, 304, '', null],
      [{ 'if-none-match': '*' }, 304, '', null],
      [{ 'if-none-match': '"other"' }, 200, body.toString(), null],
    ] as [Record<string, string>, number, string, string | null][]) {
      const reply = await send(lab, lab, 'GET', `/resources/lab/f${size}`, { headers })
      const shown = JSON.stringify(headers)
      assert.equal(reply.status, status, shown)
      assert.equal(reply.text, text, shown)
      assert.equal(reply.headers.get('content-range'), contentRange, shown)
      assert.equal(reply.headers.get('etag'), etag)
      assert.equal(reply.headers.get('accept-ranges'), 'bytes')
    }
    const head = await send(lab, lab, 'HEAD', `/resources/lab/f${size}`)
    assert.equal(head.status, 200)
    assert.equal(head.headers.get('content-length'), String(size))
    assert.equal(head.text, '')
  }
})

test('an attachment carries its name, in plain characters and in full', async (t) => {
  const lab = await startLab(t)
  await raw(lab, `/resources/lab/${encodeURIComponent('Übersicht "1".txt')}`, 'x')
  const reply = await lab.get(`/resources/lab/${encodeURIComponent('Übersicht "1".txt')}`, { download: 1 })
  assert.equal(
    reply.headers.get('content-disposition'),
    `attachment; filename="_bersicht _1_.txt"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.txt`,
  )
})

test('a file past the limit is refused with 413, whether it says its size or not, and leaves nothing behind', async (t) => {
  const lab = await startLab(t, { settings: { MAX_FILE_SIZE: 100_000, STORAGE_THRESHOLD: 1_000 } })
  const large = new Uint8Array(100_001)
  const form = new FormData()
  form.set('path', '/lab')
  form.set('file', new Blob([large]), 'f')
  const pieces = new ReadableStream({
    start(controller) {
      for (let piece = 0; piece < 12; piece++) controller.enqueue(new Uint8Array(10_000))
      controller.close()
    },
  })
  for (const reply of [
    await raw(lab, '/resources/lab/f', large),
    await send(lab, lab, 'POST', '/resources/lab/f', { body: pieces, headers: { 'content-type': 'application/octet-stream' } }),
    await send(lab, lab, 'POST', '/resources', { body: form }),
    await lab.post('/resources', { path: '/lab', name: 'f', type: 20, data: base64(large) }),
  ]) {
    assert.equal(reply.status, 413, reply.text)
    assert.match(reply.text, /100000/)
  }
  assert.deepEqual(await stored(lab), [])
  assert.equal((await lab.get('/resources/lab/f')).status, 404)
  assert.equal((await raw(lab, '/resources/lab/f', new Uint8Array(100_000))).status, 200)
})

test('nothing is kept of an upload that is not allowed, is malformed, or breaks off', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  const stranger = await lab.user('stranger@example.com', { member: false })
  const bytes = new Uint8Array(50_000)
  const form = (fields: Record<string, string>): FormData => {
    const made = new FormData()
    for (const [name, value] of Object.entries(fields)) made.set(name, value)
    made.set('file', new Blob([bytes]), 'f.bin')
    return made
  }
  assert.equal((await send(lab, stranger, 'POST', '/resources', { body: form({ path: '/lab' }) })).status, 403)
  const anonymous = await send(lab, lab.as(''), 'POST', '/resources', { body: form({ path: '/lab' }) })
  assert.equal(anonymous.status, 403)
  assert.match(anonymous.text, /sign in/)
  assert.equal(
    (await send(lab, stranger, 'POST', '/resources/lab/f', { body: bytes, headers: { 'content-type': 'application/octet-stream' } }))
      .status,
    403,
  )
  assert.equal((await send(lab, lab, 'POST', '/resources', { body: form({ path: '/lab', creation_timestamp: 'never' }) })).status, 400)
  assert.equal((await send(lab, lab, 'POST', '/resources', { body: form({}) })).status, 400)
  assert.equal(
    (await send(lab, lab, 'POST', '/resources', { body: form({ path: '/lab', type: '10' }) })).status,
    200,
    'a folder, whose name comes from the file',
  )
  assert.equal((await send(lab, lab, 'PUT', '/users/1', { body: form({}) })).status >= 400, true)
  const again = await send(lab, lab, 'POST', '/resources', { body: form({ path: '/lab' }) })
  assert.deepEqual(again.json, { status: 'error', message: 'Resource already exists.' })

  const broken = request(`${lab.url}/api/v1/resources/lab/broken`, {
    method: 'POST',
    headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'application/octet-stream', 'content-length': 1_000_000 },
  })
  broken.on('error', () => {})
  broken.write(bytes)
  const folder = join(lab.folder, 'storage')
  await waitFor(async () => (await stored(lab)).length === 1, 'the upload has begun')
  broken.destroy()
  await waitFor(async () => (await stored(lab)).length === 0, `nothing is left in ${folder}`)
  assert.equal((await lab.get('/resources/lab/broken')).status, 404)
})

test('a reader who goes away closes the file', async (t) => {
  const lab = await startLab(t)
  await raw(lab, '/resources/lab/large', new Uint8Array(30_000_000))
  await raw(lab, '/resources/lab/other', new Uint8Array(30_000_000).fill(3))
  const folder = (await lab.get('/resources/lab')).json as { id: number }[]
  const ids = folder.map(({ id }) => id).join(',')
  for (const path of ['/resources/lab/large', `/resources/lab?ids=${ids}&download=1`]) {
    const download = request(`${lab.url}/api/v1${path}`, { headers: { authorization: `Bearer ${lab.key}` } })
    download.end()
    const [response] = (await once(download, 'response')) as [IncomingMessage]
    assert.equal(response.statusCode, 200)
    response.once('error', () => {})
    await once(response, 'readable')
    await waitFor(async () => (await openFiles(lab)).length >= 1, 'the file is open while it is sent')
    response.destroy()
    await waitFor(async () => (await openFiles(lab)).length === 0, 'the file is closed')
  }
  for (let times = 0; times < 3; times++) await send(lab, lab, 'HEAD', '/resources/lab/large')
  assert.deepEqual(await openFiles(lab), [])
})

test('a start clears away what uploads left when the power went, and nothing else', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 10 } })
  await raw(lab, '/resources/lab/kept', 'longer than ten bytes')
  await lab.stop()
  const folder = join(lab.folder, 'storage', 'ab')
  await mkdir(folder, { recursive: true })
  const [kept] = await stored(lab)
  for (const name of [
    '0123456789abcdef0123456789abcd',
    '1123456789abcdef0123456789abcd',
    'fresh.part',
    '2123456789abcdef0123456789abcd.part',
    'notes.txt',
  ])
    await writeFile(join(folder, name), 'x')
  const longAgo = new Date('2020-01-01')
  await utimes(join(folder, '0123456789abcdef0123456789abcd'), longAgo, longAgo)
  const again = await startLab(t, { folder: lab.folder, settings: { STORAGE_THRESHOLD: 10 } })
  await waitFor(async () => !(await stored(again)).includes('0123456789abcdef0123456789abcd'), 'the old orphan is gone')
  await again.stop()
  const left = await stored(again)
  assert.ok(kept !== undefined && left.includes(kept))
  assert.ok(left.includes('1123456789abcdef0123456789abcd'), 'a young orphan is given time')
  assert.ok(left.includes('notes.txt') && left.includes('fresh.part'), "what is not the server's is left alone")
  assert.ok(!left.some((name) => name.startsWith('2123')))
})

async function openFiles(lab: Lab): Promise<string[]> {
  const folder = join(lab.folder, 'storage')
  const targets = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return targets.filter((target) => target.startsWith(folder) && !target.includes('/.owner'))
}

async function waitFor(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let turn = 0; turn < 2_000; turn++) {
    if (await condition()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.fail(`it did not come about that ${what}`)
}
