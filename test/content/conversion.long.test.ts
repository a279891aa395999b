import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import test from 'node:test'
import { deflateRawSync } from 'node:zlib'
import sharp from 'sharp'
import { startLab } from '../support/lab.ts'
import { unzip } from '../support/zip.ts'

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64')

function spreadsheet(rows: unknown[][], bookType: 'xlsx' | 'biff8'): Buffer {
  const book = spreadsheets.utils.book_new()
  spreadsheets.utils.book_append_sheet(book, spreadsheets.utils.aoa_to_sheet(rows, { UTC: true }), 'measured')
  spreadsheets.utils.book_append_sheet(book, spreadsheets.utils.aoa_to_sheet([['second sheet']]), 'more')
  return spreadsheets.write(book, { type: 'buffer', bookType }) as Buffer
}

test('a spreadsheet of an old client is stored as CSV of its first sheet, and is the revision before', async (t) => {
  const lab = await startLab(t)
  const rows = [
    ['day', 'value', 'note'],
    [new Date(Date.UTC(2026, 0, 31, 12, 30)), 21.123456789, 'said "hot", twice'],
    [new Date(Date.UTC(2026, 1, 1)), -4, 'grün'],
    [],
    ['x', 0.1, true],
  ]
  const csv = 'day,value,note\n2026-01-31 12:30:00,21.123456789,"said ""hot"", twice"\n2026-02-01,-4,grün\n,,\nx,0.1,true\n'
  for (const [name, bookType] of [
    ['a.xlsx', 'xlsx'],
    ['b.XLS', 'biff8'],
  ] as const) {
    const book = spreadsheet(rows, bookType)
    const reply = await lab.post('/resources', { path: '/lab', name, type: 20, data: base64(book) })
    assert.deepEqual((reply.json as { status: string }).status, 'ok', reply.text)
    const stored = `${name.slice(0, 1)}.csv`
    assert.equal((await lab.get(`/resources/lab/${stored}`)).text, csv)
    assert.equal((await lab.get(`/resources/lab/${name}`)).status, 404)
    const revisions = (await lab.get(`/resources/lab/${stored}`, { revisions: 1 })).json as { id: number }[]
    assert.equal(revisions.length, 2)
    const before = Math.min(...revisions.map(({ id }) => id))
    assert.ok(book.equals((await lab.get(`/resources/lab/${stored}`, { rev: before })).bytes), 'the workbook is not lost')
    const again = await lab.post('/resources', { path: '/lab', name: stored, type: 20 })
    assert.deepEqual(again.json, { status: 'error', message: 'Resource already exists.' })
  }
})

test('a file that is to be kept as it is stays so: a workbook under its name, line ends, UTF-16 without a mark', async (t) => {
  const lab = await startLab(t)
  const files: [string, Buffer][] = [
    ['a.xlsx', spreadsheet([['day'], [1]], 'xlsx')],
    ['b.csv', Buffer.from('a;b\r\n1;2\r')],
  ]
  for (const [name, bytes] of files) {
    assert.equal((await lab.post('/resources', { path: '/lab', name, type: 20, as_is: 1, data: base64(bytes) })).status, 200)
    assert.ok(bytes.equals((await lab.get(`/resources/lab/${name}`)).bytes), name)
  }
  const wide = Buffer.from('a;b\r\n1;2\r\n', 'utf16le')
  await lab.post('/resources', { path: '/lab', name: 'wide.csv', type: 20, data: base64(wide) })
  assert.ok(wide.equals((await lab.get('/resources/lab/wide.csv')).bytes))
})

test('CSV downloads as a spreadsheet in which nothing computes', async (t) => {
  const lab = await startLab(t)
  await lab.post('/resources', { path: '/lab', name: 'data.csv', type: 20, data: base64('name,value\n"=1+1",007\n"a, b",1.5\n') })
  for (const to of ['xls', 'xlsx']) {
    const reply = await lab.get(
      '/resources/lab/data.csv',
      to === 'xls' ? { convertTo: 'xls', download: 1 } : { convert_to: to, download: 1 },
    )
    assert.equal(reply.status, 200)
    assert.match(reply.headers.get('content-disposition') ?? '', new RegExp(`filename="data.${to}"`))
    const sheet = spreadsheets.read(reply.bytes, { type: 'array' }).Sheets['data']
    assert.ok(sheet)
    assert.deepEqual(spreadsheets.utils.sheet_to_json(sheet, { header: 1 }), [
      ['name', 'value'],
      ['=1+1', '007'],
      ['a, b', 1.5],
    ])
    assert.equal((sheet['A2'] as { f?: string }).f, undefined)
  }
  await lab.post('/resources', { path: '/lab', name: 'broken.csv', type: 20, data: base64('a,"b') })
  const broken = await lab.get('/resources/lab/broken.csv', { convert_to: 'xls' })
  assert.equal(broken.status, 400)
  assert.match(broken.text, /broken\.csv.*quote/)
  await lab.post('/resources', { path: '/lab', name: 'long.csv', type: 20, data: base64('1\n'.repeat(70_000)) })
  assert.match((await lab.get('/resources/lab/long.csv', { convert_to: 'xls' })).text, /65536/)
})

test('a zip that unfolds to gigabytes is refused as a spreadsheet', async (t) => {
  const lab = await startLab(t)
  const packed = deflateRawSync(Buffer.alloc(250_000_000), { level: 9 })
  const name = Buffer.from('xl/worksheets/sheet1.xml')
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(8, 8)
  local.writeUInt32LE(packed.length, 18)
  local.writeUInt16LE(name.length, 26)
  const central = Buffer.alloc(46)
  central.writeUInt32LE(0x02014b50, 0)
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(packed.length, 20)
  central.writeUInt32LE(1_000, 24)
  central.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(46 + name.length, 12)
  end.writeUInt32LE(30 + name.length + packed.length, 16)
  const bomb = Buffer.concat([local, name, packed, central, name, end])
  const reply = await lab.post('/resources', { path: '/lab', name: 'bomb.xlsx', type: 20, data: base64(bomb) })
  assert.equal(reply.status, 400)
  assert.match(reply.text, /data unfolds to more than/)
  for (const junk of [bomb.subarray(0, 100), Buffer.from('PK\u0003\u0004 and no more'), Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1, 2])]) {
    assert.equal((await lab.post('/resources', { path: '/lab', name: 'junk.xlsx', type: 20, data: base64(junk) })).status, 400)
  }
  assert.equal(lab.ctx.tree.find('/lab/junk.csv'), undefined)
})

test('images have thumbnails, whatever the case of their names; what only claims to be one has none', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  const image = (width: number, height: number, format: 'png' | 'jpeg'): Promise<Buffer> =>
    sharp({ create: { width, height, channels: 3, background: '#2266aa' } })
      [format]()
      .toBuffer()
  for (const [name, width, height, format, shown] of [
    ['a.PNG', 640, 480, 'png', [120, 90]],
    ['b.jpg', 300, 300, 'jpeg', [120, 120]],
    ['c.Jpeg', 60, 30, 'jpeg', [60, 30]],
  ] as const) {
    assert.equal(
      (await lab.post('/resources', { path: '/lab', name, type: 20, data: base64(await image(width, height, format)) })).status,
      200,
    )
    const reply = await lab.get(`/resources/lab/${name}`, { thumbnail: 1 })
    assert.equal(reply.headers.get('content-type'), 'image/jpeg')
    const metadata = await sharp(reply.bytes).metadata()
    assert.deepEqual([metadata.format, metadata.width, metadata.height], ['jpeg', ...shown])
  }
  const before = await lab.get('/resources/lab/b.jpg', { thumbnail: 1 })
  await lab.put('/resources/lab/b.jpg', { data: base64(await image(200, 100, 'jpeg')) })
  const after = await sharp((await lab.get('/resources/lab/b.jpg', { thumbnail: 1 })).bytes).metadata()
  assert.deepEqual([after.width, after.height], [120, 60], 'a new revision brings a new thumbnail')
  assert.ok(before.headers.get('etag'))
  const broken = await lab.post('/resources', { path: '/lab', name: 'broken.png', type: 20, data: base64('no image') })
  assert.equal((broken.json as { status: string }).status, 'ok')
  assert.equal((await lab.get('/resources/lab/broken.png')).text, 'no image')
  assert.equal((await lab.get('/resources/lab/broken.png', { thumbnail: 1 })).status, 404)
  await lab.post('/resources', {
    path: '/lab',
    name: 'drawing.png',
    type: 20,
    data: base64('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'),
  })
  assert.equal((await lab.get('/resources/lab/drawing.png', { thumbnail: 1 })).status, 404, 'only what the name says is decoded')
  await lab.put('/resources/lab/b.jpg', { data: base64('an image no more') })
  assert.equal((await lab.get('/resources/lab/b.jpg', { thumbnail: 1 })).status, 404)
  assert.equal(((await lab.get('/system/stats')).json as { thumbnail_count: number }).thumbnail_count, 2)
})

test('a zip holds the chosen files and folders with all below them, under names that unpack anywhere', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 1_000 } })
  const large = Buffer.alloc(200_000, 'abc')
  for (const [path, content] of [
    ['/lab/d/a.txt', 'A'],
    ['/lab/d/sub/b.bin', large],
    ['/lab/d/sub/ünï çode.txt', 'ü'],
    ['/lab/d/empty.txt', ''],
    ['/lab/other.txt', 'no'],
    ['/lab/d/READ.me', '1'],
    ['/lab/d/read.me', '2'],
  ] as const) {
    await lab.post(`/resources${encodeURI(path)}`, { data: base64(content) })
  }
  await lab.post('/resources', { path: '/lab/d', name: 'nothing in it', type: 10 })
  await lab.post('/resources', { path: '/lab/d', name: 'seq', type: 21, data_type: 1 })
  await lab.post('/resources', { path: '/lab', name: 'C:x', type: 10 })
  const ids = ['/lab/d', '/lab/C:x', '/lab/d'].map((path) => lab.ctx.tree.find(path)?.id).join(',')
  const reply = await lab.get('/resources/lab', { ids, download: 1 })
  assert.equal(reply.status, 200)
  assert.match(reply.headers.get('content-disposition') ?? '', /lab_files\.zip/)
  const entries = unzip(reply.bytes)
  assert.deepEqual([...entries.keys()].sort(), [
    'C_x/',
    'd/READ.me',
    'd/a.txt',
    'd/empty.txt',
    'd/nothing in it/',
    'd/read (2).me',
    'd/sub/b.bin',
    'd/sub/ünï çode.txt',
  ])
  assert.equal(entries.get('d/a.txt')?.toString(), 'A')
  assert.ok(entries.get('d/sub/b.bin')?.equals(large))
  assert.equal(entries.get('d/empty.txt')?.length, 0)
  assert.ok(reply.bytes.length < large.length, 'it is compressed')

  // Values come along where they are asked for; what can't is named.
  await lab.post('/resources', { path: '/lab/d', name: 'camera', type: 21, data_type: 3 })
  await lab.post('/resources/lab/d/seq.csv', { data: base64('a file of that name') })
  await lab.put('/resources/lab/d/seq', { data: base64('4.5'), timestamp: '2026-01-01T00:00:00Z' })
  const withValues = unzip((await lab.get('/resources/lab', { ids, download: 1, sequences: 1 })).bytes)
  assert.deepEqual([...withValues.keys()].filter((name) => !entries.has(name)).sort(), ['d/seq (2).csv', 'd/seq.csv', 'left out.txt'])
  assert.equal(withValues.get('left out.txt')?.toString(), 'These sequences hold images and are not in this zip:\n/lab/d/camera\n')
  const both = ['d/seq (2).csv', 'd/seq.csv'].map((name) => withValues.get(name)?.toString()).sort()
  assert.deepEqual(both, ['a file of that name', 'timestamp,value\n2026-01-01T00:00:00Z,4.5\n'])
})

test('a zip of more than 500 MB is refused before anything is sent', async (t) => {
  const lab = await startLab(t)
  await lab.post('/resources/lab/d/a.txt', { data: base64('A') })
  await lab.post('/resources/lab/d/b.txt', { data: base64('B') })
  await lab.ctx.db
    .updateTable('resource_revisions')
    .set({ size: 300 * 1024 * 1024 })
    .where('size', '=', 1)
    .execute()
  const reply = await lab.get('/resources/lab', { ids: String(lab.ctx.tree.find('/lab/d')?.id), download: 1 })
  assert.equal(reply.status, 400)
  assert.match(reply.text, /ids.*524288000/)
})
