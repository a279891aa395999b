import assert from 'node:assert/strict'
import test from 'node:test'
import { startLab, type Caller, type Reply } from '../support/lab.ts'

const idOf = (reply: Reply): number => {
  assert.equal(reply.status, 200, reply.text)
  assert.equal((reply.json as { status: string }).status, 'ok', reply.text)
  return (reply.json as { id: number }).id
}
const namesOf = (reply: Reply): string[] => {
  assert.equal(reply.status, 200, reply.text)
  return (reply.json as { name: string }[]).map(({ name }) => name)
}
const encode = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
const meta = async (caller: Caller, path: string): Promise<Record<string, unknown>> => {
  const reply = await caller.get(`/resources${encode(path)}`, { meta: 1 })
  assert.equal(reply.status, 200, reply.text)
  return reply.json as Record<string, unknown>
}

test('folders are made with what is missing above them, and the metadata says all of it', async (t) => {
  const lab = await startLab(t)
  const id = idOf(
    await lab.post('/resources', {
      path: '/lab/a/b',
      name: 'c',
      type: 10,
      user_attributes: '{"colour":"green"}',
      creation_timestamp: '2026-01-31T12:00:00.123456Z',
    }),
  )
  const info = await meta(lab, '/lab/a/b/c')
  const parent = await meta(lab, '/lab/a/b')
  assert.deepEqual(info, {
    id,
    name: 'c',
    type: 10,
    path: '/lab/a/b/c',
    parent_id: parent['id'],
    creationTimestamp: '2026-01-31T12:00:00.123456Z',
    creation_timestamp: '2026-01-31T12:00:00.123456Z',
    modificationTimestamp: '2026-01-31T12:00:00.123456Z',
    modification_timestamp: '2026-01-31T12:00:00.123456Z',
    permissions: [],
    inherits_permissions: true,
    settings: {},
    system_attributes: {},
    user_attributes: { colour: 'green' },
    lastRevisionId: null,
    last_revision_id: null,
  })
  const again = await lab.post('/resources', { path: '/lab/a/b', name: 'c', type: 10 })
  assert.equal(again.status, 200)
  assert.deepEqual(again.json, { status: 'error', message: 'Resource already exists.' })
})

test('a new controller comes with its status record, its log and its status sequences', async (t) => {
  const lab = await startLab(t)
  idOf(await lab.post('/resources', { path: '/lab', name: 'fridge', type: 'controllerFolder' }))
  assert.deepEqual(namesOf(await lab.get('/resources/lab/fridge')), ['log', 'status'])
  assert.deepEqual(namesOf(await lab.get('/resources/lab/fridge/status')), [
    'free_disk_space',
    'messages_received',
    'messages_sent',
    'processor_usage',
    'serial_errors',
  ])
  assert.deepEqual((await meta(lab, '/lab/fridge/status/free_disk_space'))['system_attributes'], {
    data_type: 1,
    max_history: 10_000,
    units: 'bytes',
  })
  const info = await meta(lab, '/lab/fridge')
  for (const [name, value] of Object.entries({
    client_version: '',
    web_socket_connected: false,
    last_connect_timestamp: '',
    last_watchdog_timestamp: '',
    status: {},
  }))
    assert.deepEqual(info[name], value, name)

  idOf(await lab.put('/resources/lab/fridge', { status: '{"door":"open","level":1}' }))
  idOf(await lab.put('/resources/lab/fridge', { status: '{"level":2}' }))
  assert.deepEqual((await meta(lab, '/lab/fridge'))['status'], { door: 'open', level: 2 })
  lab.ctx.liveness.watchdog((await meta(lab, '/lab/fridge'))['id'] as number)
  assert.match(String((await meta(lab, '/lab/fridge'))['last_watchdog_timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})? Z$/)
})

test('a sequence is made from plain parameters or attributes, with the defaults of its type', async (t) => {
  const lab = await startLab(t)
  const attributesOf = async (name: string, parameters: object): Promise<unknown> => {
    idOf(await lab.post('/resources', { path: '/lab', name, type: 21, ...parameters }))
    return (await meta(lab, `/lab/${name}`))['system_attributes']
  }
  assert.deepEqual(await attributesOf('numeric', { data_type: 1 }), { max_history: 100_000, min_storage_interval: 50, data_type: 1 })
  assert.deepEqual(await attributesOf('text', { system_attributes: '{"data_type": 2}' }), {
    max_history: 10_000,
    min_storage_interval: 0,
    data_type: 2,
  })
  assert.deepEqual(await attributesOf('image', { data_type: 'image' }), { max_history: 100_000, min_storage_interval: 50, data_type: 3 })
  assert.deepEqual(
    await attributesOf('all', {
      data_type: '1',
      decimal_places: '2',
      units: 'C',
      max_history: '5',
      min_storage_interval: '0.5',
      system_attributes: '{"colour":"red"}',
    }),
    {
      max_history: 5,
      min_storage_interval: 0.5,
      colour: 'red',
      data_type: 1,
      decimal_places: 2,
      units: 'C',
    },
  )
  idOf(await lab.put('/resources/lab/all', { decimal_places: 3, units: 'K' }))
  assert.equal(((await meta(lab, '/lab/all')) as { system_attributes: { units: string } }).system_attributes.units, 'K')
  assert.equal(lab.ctx.tree.find('/lab/all')?.sequence?.decimalPlaces, 3)
  await lab.put('/resources', { values: { '/lab/all': 1 } })
  const refused = await lab.put('/resources/lab/all', { data_type: 2 })
  assert.equal(refused.status, 400)
  assert.match(refused.text, /data_type/)
  idOf(await lab.delete('/resources/lab/all', { data_only: 1 }))
  idOf(await lab.put('/resources/lab/all', { data_type: 2 }))
  idOf(await lab.put('/resources/lab/all', { data: Buffer.from('now text').toString('base64') }))
  assert.equal((await lab.get('/resources/lab/all')).text, 'now text')
})

test('names may hold anything that a name may, and the path finds them again', async (t) => {
  const lab = await startLab(t)
  for (const name of [
    'two words',
    '温室',
    '100%',
    'a+b',
    'no#1',
    'what?',
    'a&b=c',
    "it's",
    'ä.txt',
    'x;y,z',
    '"quoted"',
    '*',
    '🌱',
    'a:b',
  ]) {
    const id = idOf(await lab.post('/resources', { path: '/lab', name, type: 10 }))
    const info = await meta(lab, `/lab/${name}`)
    assert.equal(info['id'], id, name)
    assert.equal(info['path'], `/lab/${name}`)
    idOf(await lab.delete(`/resources${encode(`/lab/${name}`)}`))
    assert.equal((await lab.get(`/resources${encode(`/lab/${name}`)}`)).status, 404)
  }
})

test('a list is in order of names; recursive, a folder comes whole before its sub-folders', async (t) => {
  const lab = await startLab(t)
  for (const [path, name, type] of [
    ['/lab/b', 'deep', 10],
    ['/lab', 'z.txt', 20],
    ['/lab', 'a.csv', 20],
    ['/lab/a', 'x.csv', 20],
    ['/lab/a', 'w.txt', 20],
    ['/lab/b/deep', 'y.csv', 20],
  ])
    idOf(await lab.post('/resources', { path, name, type }))
  assert.deepEqual(namesOf(await lab.get('/resources/lab')), ['a', 'a.csv', 'b', 'z.txt'])
  const all = await lab.get('/resources/lab', { recursive: 1 })
  const paths = (all.json as { path: string; fullPath: string }[]).map(({ path }) => path)
  assert.deepEqual(paths, [
    '/lab/a',
    '/lab/a.csv',
    '/lab/b',
    '/lab/z.txt',
    '/lab/a/w.txt',
    '/lab/a/x.csv',
    '/lab/b/deep',
    '/lab/b/deep/y.csv',
  ])
  assert.deepEqual(
    (all.json as { path: string; fullPath: string }[]).map(({ fullPath }) => fullPath),
    paths,
  )
  assert.deepEqual(namesOf(await lab.get('/resources/lab', { filter: '*.csv' })), ['a.csv'])
  assert.deepEqual(namesOf(await lab.get('/resources/lab', { filter: '*.csv', recursive: 1 })), ['a.csv', 'x.csv', 'y.csv'])
  assert.deepEqual(namesOf(await lab.get('/resources/lab', { type: 'basicFolder' })), ['a', 'b'])
  assert.deepEqual(namesOf(await lab.get('/resources/lab', { type: 'file', recursive: 0, filter: 'a*' })), ['a.csv'])
  assert.deepEqual(Object.keys((await lab.get('/resources/lab')).json as object[])[0], '0')
  assert.deepEqual(((await lab.get('/resources/lab', { filter: 'a' })).json as object[])[0], {
    id: lab.ctx.tree.find('/lab/a')?.id,
    name: 'a',
    type: 10,
  })
  const extended = (await lab.get('/resources/lab', { extended: 0 })).json as { size?: number }[]
  assert.equal(extended[1]?.size, 0, 'a flag counts when it is present, whatever it says')
})

test('system admins list all resources of a type by id', async (t) => {
  const lab = await startLab(t)
  const [fridge, oven] = [await lab.controller('fridge'), await lab.controller('oven')]
  const brief = (await lab.get('/resources', { type: 12, folderInfo: 1 })).json as Record<string, Record<string, unknown>>
  assert.deepEqual(Object.keys(brief), [String(fridge.id), String(oven.id)])
  assert.equal(brief[String(oven.id)]?.['path'], '/lab/oven')
  assert.equal(brief[String(oven.id)]?.['web_socket_connected'], false)
  const extended = (await lab.get('/resources', { type: 12, extended: 1 })).json as Record<string, Record<string, unknown>>
  assert.deepEqual(extended[String(fridge.id)]?.['status'], {})
  assert.equal((await fridge.get('/resources', { type: 12 })).status, 403)
  assert.equal((await lab.as('').get('/resources', { type: 12 })).status, 403)
  assert.equal((await lab.as('').get('/resources')).status, 403)
  assert.deepEqual(namesOf(await fridge.get('/resources')), ['lab'])
  assert.deepEqual(namesOf(await lab.get('/resources')), ['lab', 'system'])
})

test('renaming and moving keep the resource, and refuse a taken name and a folder inside itself', async (t) => {
  const lab = await startLab(t)
  const id = idOf(await lab.post('/resources', { path: '/lab/a/b', name: 'c', type: 10 }))
  idOf(await lab.post('/resources', { path: '/lab', name: 'taken', type: 10 }))
  idOf(await lab.put('/resources/lab/a/b/c', { name: 'd' }))
  assert.equal((await lab.get('/resources/lab/a/b/c')).status, 404)
  assert.equal((await meta(lab, '/lab/a/b/d'))['id'], id)
  idOf(await lab.put('/resources/lab/a/b/d', { name: 'd' }))
  idOf(await lab.put('/resources/lab/a/b/d', { parent: '/lab/taken', name: 'e' }))
  assert.equal((await meta(lab, '/lab/taken/e'))['id'], id)
  for (const [path, parameters, field] of [
    ['/lab/a', { name: 'taken' }, /name/],
    ['/lab/a', { parent: '/lab/a' }, /parent.*itself/],
    ['/lab/a', { parent: '/lab/a/b' }, /parent.*itself/],
    ['/lab/a', { parent: '/lab/nowhere' }, /parent/],
    ['/lab/taken', { parent: 'lab' }, /parent/],
    ['/lab/a', { name: 'x/y' }, /name/],
    ['/lab/a', { name: '' }, /name/],
    ['/lab/a', { name: '..' }, /name/],
    ['/lab', { parent: '/lab/a' }, /parent/],
    ['/lab/a', { status: '{}' }, /status/],
    ['/lab/a', { user_attributes: '[]' }, /user_attributes/],
    ['/lab/a', { user_attributes: '{' }, /user_attributes/],
    ['/lab/a', { system_attributes: '"x"' }, /system_attributes/],
    ['/lab/a', { view: '{' }, /view/],
    ['/lab/a', { permissions: '{}' }, /permissions/],
    ['/lab/a', { data: 'aGk=' }, /not a file/],
  ] as const) {
    const reply = await lab.put(`/resources${path}`, parameters)
    assert.equal(reply.status, 400, `${JSON.stringify(parameters)} ${reply.text}`)
    assert.match(reply.text, field)
  }
  assert.deepEqual(namesOf(await lab.get('/resources/lab')), ['a', 'taken'])
})

test('paths that would get too long to be asked for are refused', async (t) => {
  const lab = await startLab(t)
  const deep = `/lab${'/d'.repeat(20)}`
  idOf(await lab.post('/resources', { path: deep, name: 'end', type: 10 }))
  idOf(await lab.post('/resources', { path: `/lab${'/e'.repeat(15)}`, name: 'end', type: 10 }))
  const reply = await lab.put('/resources/lab/e', { parent: deep })
  assert.equal(reply.status, 400)
  assert.match(reply.text, /32 levels/)
  const long = 'x'.repeat(250)
  idOf(await lab.post('/resources', { path: `/lab/f/${long}/${long}/${long}`, name: long, type: 10 }))
  idOf(await lab.post('/resources', { path: `/lab/g/${long}/${long}/${long}`, name: long, type: 10 }))
  assert.match((await lab.put('/resources/lab/g', { parent: `/lab/f/${long}/${long}/${long}/${long}` })).text, /2000 bytes/)
})

test('what is deleted is out of sight, comes back whole, and is gone once its name is used again or it is purged', async (t) => {
  const lab = await startLab(t)
  const id = idOf(await lab.post('/resources', { path: '/lab', name: 'box', type: 10 }))
  idOf(await lab.post('/resources', { path: '/lab/box/inner', name: 'note.txt', type: 20, data: Buffer.from('kept').toString('base64') }))
  idOf(await lab.delete('/resources/lab/box'))
  for (const path of ['/resources/lab/box', '/resources/lab/box/inner', '/resources/lab/box/inner/note.txt'])
    assert.equal((await lab.get(path)).status, 404)
  assert.equal((await lab.delete('/resources/lab/box')).status, 404, 'deleting twice finds nothing the second time')
  const deleted = (await lab.get('/resources/lab', { deleted: 1 })).json as { id: number; name: string; deletion_timestamp: string }[]
  assert.deepEqual(
    deleted.map((each) => [each.id, each.name]),
    [[id, 'box']],
  )

  assert.equal(idOf(await lab.post('/resources/lab/box', { undelete: 1 })), id)
  assert.equal((await lab.get('/resources/lab/box/inner/note.txt')).text, 'kept')
  assert.equal((await lab.post('/resources/lab/box', { undelete: 1 })).status, 404)

  idOf(await lab.delete('/resources/lab/box'))
  const second = idOf(await lab.post('/resources', { path: '/lab', name: 'box', type: 10 }))
  assert.notEqual(second, id)
  assert.deepEqual((await lab.get('/resources/lab', { deleted: 1 })).json, [], 'the old one was purged')
  assert.equal((await lab.post('/resources/lab/box', { undelete: 1 })).status, 404)

  idOf(await lab.put('/resources/lab/box', { name: 'other' }))
  idOf(await lab.delete('/resources/lab/other'))
  idOf(await lab.post('/resources', { path: '/lab', name: 'spare', type: 10 }))
  idOf(await lab.put('/resources/lab/spare', { name: 'other' }))
  assert.equal((await lab.post('/resources/lab/other', { undelete: 1 })).status, 409, 'a live one took the name')
  idOf(await lab.delete('/resources/lab/other', { purge: 1 }))
  idOf(await lab.delete('/resources/lab/other', { purge: 1 }))
  assert.equal((await lab.delete('/resources/lab/other', { purge: 1 })).status, 404)
  assert.equal((await lab.ctx.db.selectFrom('resources').select('id').where('parent_id', '=', lab.organization.id).execute()).length, 0)
})

test('purging takes values, contents and keys along, and a deleted controller is shut out at once', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 10 } })
  const fridge = await lab.controller('fridge')
  const temperature = await lab.sequence('/lab/fridge/temperature')
  await fridge.put('/resources', { values: { '/lab/fridge/temperature': 4 } })
  idOf(await fridge.post('/resources', { path: '/lab/fridge', name: 'large.bin', type: 20, data: Buffer.alloc(100, 1).toString('base64') }))
  const { storage_path: path } = await lab.ctx.db
    .selectFrom('resource_revisions')
    .select('storage_path')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow()
  assert.ok(path)
  const revoked: number[] = []
  lab.ctx.hub.on('keyRevoked', ({ keyId }) => revoked.push(keyId))

  idOf(await lab.delete('/resources/lab/fridge'))
  assert.equal(revoked.length, 1)
  assert.equal((await fridge.get('/resources/self', { meta: 1 })).status, 401)
  idOf(await lab.post('/resources/lab/fridge', { undelete: 1 }))
  assert.equal((await fridge.get('/resources/self', { meta: 1 })).status, 200)
  assert.equal((await fridge.get('/resources/lab/fridge/temperature')).text, '4')

  idOf(await lab.delete('/resources/lab/fridge', { purge: 1 }))
  assert.equal((await fridge.get('/resources/self', { meta: 1 })).status, 401)
  assert.equal(await lab.ctx.sequences.newest({ id: temperature.id, isText: false }), undefined)
  await assert.rejects(lab.ctx.storage.read(path))
  const rows = await lab.ctx.db.selectFrom('controller_status').selectAll().execute()
  assert.deepEqual(rows, [])
})

test('everything is there again after a restart', async (t) => {
  const lab = await startLab(t)
  idOf(await lab.post('/resources', { path: '/lab/a', name: 'b', type: 10 }))
  idOf(await lab.put('/resources/lab/a', { name: 'c' }))
  idOf(await lab.post('/resources', { path: '/lab', name: 'gone', type: 10 }))
  idOf(await lab.delete('/resources/lab/gone'))
  const key = lab.key
  await lab.stop()
  const again = await startLab(t, { folder: lab.folder })
  assert.deepEqual(
    ((await again.as(key).get('/resources/lab', { recursive: 1 })).json as { path: string }[]).map(({ path }) => path),
    ['/lab/c', '/lab/c/b'],
  )
})

test('of many who make, or rename to, the same name at once one wins and the others are told', async (t) => {
  const lab = await startLab(t)
  const made = await Promise.all(
    Array.from({ length: 12 }, (_, number) =>
      lab.post('/resources', { path: '/lab/new/deep', name: 'one', type: number % 2 === 0 ? 10 : 20 }),
    ),
  )
  assert.deepEqual([...new Set(made.map(({ status }) => status))], [200])
  assert.equal(made.filter(({ json }) => (json as { status: string }).status === 'ok').length, 1)
  assert.equal(made.filter(({ json }) => (json as { message?: string }).message === 'Resource already exists.').length, 11)
  assert.deepEqual(namesOf(await lab.get('/resources/lab/new')), ['deep'])

  for (let number = 0; number < 6; number++) idOf(await lab.post('/resources', { path: '/lab', name: `n${number}`, type: 10 }))
  const renamed = await Promise.all(Array.from({ length: 6 }, (_, number) => lab.put(`/resources/lab/n${number}`, { name: 'same' })))
  assert.deepEqual(renamed.map(({ status }) => status).sort(), [200, 400, 400, 400, 400, 400])

  // Two folders that are moved into one another at the same time: only one may succeed.
  idOf(await lab.post('/resources', { path: '/lab', name: 'x', type: 10 }))
  idOf(await lab.post('/resources', { path: '/lab', name: 'y', type: 10 }))
  const moved = await Promise.all([lab.put('/resources/lab/x', { parent: '/lab/y' }), lab.put('/resources/lab/y', { parent: '/lab/x' })])
  assert.deepEqual(moved.map(({ status }) => status).sort(), [200, 400])
})

test('what is wrong is named, with a 4xx, and nothing is made', async (t) => {
  const lab = await startLab(t)
  idOf(await lab.post('/resources', { path: '/lab', name: 'file.txt', type: 20 }))
  const before = lab.ctx.tree.version
  for (const [parameters, status, message] of [
    [{ name: 'x', type: 10 }, 400, /path is missing/],
    [{ path: 'lab', name: 'x', type: 10 }, 400, /path must begin with a slash/],
    [{ path: '/lab//a', name: 'x', type: 10 }, 400, /path has a part/],
    [{ path: '/lab/../system', name: 'x', type: 10 }, 400, /path/],
    [{ path: '/lab/file.txt', name: 'x', type: 10 }, 400, /path.*not a folder/],
    [{ path: '/lab/file.txt/deeper', name: 'x', type: 10 }, 400, /path.*not a folder/],
    [{ path: '/lab', type: 10 }, 400, /name is missing/],
    [{ path: '/lab', name: '', type: 10 }, 400, /name is empty/],
    [{ path: '/lab', name: 'a/b', type: 10 }, 400, /name/],
    [{ path: '/lab', name: 'a\u0000b', type: 10 }, 400, /name/],
    [{ path: '/lab', name: ' a', type: 10 }, 400, /name/],
    [{ path: '/lab', name: 'u\u0308', type: 10 }, 400, /NFC/],
    [{ path: '/lab', name: 'x'.repeat(256), type: 10 }, 400, /name is longer/],
    [{ path: '/lab', name: 'x' }, 400, /type is missing/],
    [{ path: '/lab', name: 'x', type: 99 }, 400, /type is \\"99/],
    [{ path: '/lab', name: 'x', type: 'folder' }, 400, /type is/],
    [{ path: '/lab', name: 'x', type: 11 }, 400, /path/],
    [{ path: '/', name: 'x', type: 20 }, 400, /path/],
    [{ path: '/lab', name: 'x', type: 21 }, 400, /data_type is missing/],
    [{ path: '/lab', name: 'x', type: 21, data_type: 4 }, 400, /data_type/],
    [{ path: '/lab', name: 'x', type: 21, data_type: 1, decimal_places: -1 }, 400, /decimal_places/],
    [{ path: '/lab', name: 'x', type: 21, data_type: 1, max_history: 0 }, 400, /max_history/],
    [{ path: '/lab', name: 'x', type: 21, data_type: 1, min_storage_interval: 'soon' }, 400, /min_storage_interval/],
    [{ path: '/lab', name: 'x', type: 21, data_type: 1, units: 'x'.repeat(101) }, 400, /units/],
    [{ path: '/lab', name: 'x', type: 20, data: 'not base64' }, 400, /data is not base64/],
    [{ path: '/lab', name: 'x', type: 20, data: 'abc' }, 400, /data is not base64/],
    [{ path: '/lab', name: 'x', type: 20, file: 'text' }, 400, /file must be/],
    [{ path: '/lab', name: 'x.xls', type: 20, data: 'aGVsbG8=' }, 400, /data is neither/],
    [{ path: '/lab', name: 'x', type: 10, creation_timestamp: 'yesterday' }, 400, /creation_timestamp/],
    [{ path: '/lab', name: 'x', type: 10, modificationTimestamp: '2026-13-01T00:00:00Z' }, 400, /modification_timestamp/],
    [{ path: '/lab', name: 'x', type: 10, user_attributes: 'x' }, 400, /user_attributes/],
    [{ path: '/lab', name: 'x', type: 10, user_attributes: '{"a":'.repeat(40) + '1' + '}'.repeat(40) }, 400, /user_attributes/],
    [{ path: '/lab', name: 'x', type: 10, system_attributes: '[1]' }, 400, /system_attributes/],
    [{ path: '/lab', name: 'x', type: 10, user_attributes: JSON.stringify({ a: 'x'.repeat(300_000) }) }, 400, /user_attributes/],
  ] as const) {
    const reply = await lab.post('/resources', parameters)
    const shown = JSON.stringify(parameters).slice(0, 150)
    assert.equal(reply.status, status, `${shown} ${reply.text}`)
    assert.match(reply.text, message, shown)
    assert.equal((reply.json as { status: string }).status, 'error')
  }
  for (const [path, status, message] of [
    ['/resources/lab/nothing', 404, /no resource/],
    ['/resources/lab?type=thing', 400, /type/],
    ['/resources?type=thing', 400, /type/],
    ['/resources/lab/%zz', 400, /path/],
    ['/resources/lab/%2F', 400, /path/],
    ['/resources/lab/%00', 400, /path/],
    ['/resources/lab?ids=1,x&download=1', 400, /ids/],
    ['/resources/lab?ids=999&download=1', 404, /ids/],
    ['/resources/lab/file.txt?rev=99', 404, /revision 99/],
    ['/resources/lab/file.txt?rev=x', 400, /rev/],
    ['/resources/lab/file.txt?convert_to=xls', 400, /convert_to/],
    ['/resources/lab/file.txt?convert_to=doc', 400, /convert_to/],
    ['/resources/lab/file.txt?thumbnail=1', 404, /thumbnail/],
    ['/resources/lab/file.txt?deleted=1', 400, /deleted/],
    ['/resources/lab?revisions=1', 400, /revisions/],
    ['/resources/self?meta=1', 403, /self/],
  ] as const) {
    const reply = await lab.get(path)
    assert.equal(reply.status, status, `${path} ${reply.text}`)
    assert.match(reply.text, message, path)
  }
  assert.equal((await lab.delete('/resources/lab/file.txt', { data_only: 1 })).status, 400)
  assert.equal((await lab.delete('/resources/nothing')).status, 404)
  assert.equal((await lab.put('/resources/nothing', { name: 'x' })).status, 404)
  assert.equal(lab.ctx.tree.version, before, 'nothing was changed')
})
