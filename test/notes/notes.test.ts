/** Notes: who may, where they show, how they are found, and that they stay with what they are about. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { MAX_NOTES, recordNote } from '../../src/notes/note-records.ts'
import type { NoteInfo } from '../../src/wire/answers.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { startLab, type Caller, type Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'

const PATH = '/lab/freezer/temperature'

async function note(caller: Caller, path: string, text: string, more: Record<string, unknown> = {}): Promise<NoteInfo> {
  const reply = await caller.post('/notes', { path, text, ...more })
  assert.equal(reply.status, 200, reply.text)
  return reply.json as NoteInfo
}

async function textsOf(caller: Caller, filter: Record<string, unknown>): Promise<string[]> {
  const reply = await caller.get('/notes', filter)
  assert.equal(reply.status, 200, reply.text)
  return (reply.json as { notes: NoteInfo[] }).notes.map(({ text }) => text)
}

async function freezerLab(t: Parameters<typeof startLab>[0]): Promise<Lab> {
  const lab = await startLab(t)
  await lab.controller('freezer')
  await lab.sequence(PATH)
  return lab
}

test('a note on a folder is on everything below, and a folder lists what is noted below it', async (t) => {
  const lab = await freezerLab(t)
  await lab.sequence('/lab/oven/temperature')
  await note(lab, PATH, 'door open', { start_timestamp: '2026-01-31T12:00:00Z', tags: ['door', 'ann'] })
  await note(lab, '/lab/freezer', 'defrosted', { start_timestamp: '2026-01-31T08:00:00Z', end_timestamp: '2026-01-31T11:30:00Z' })
  await note(lab, '/lab', 'power cut', { start_timestamp: '2026-01-30T00:00:00Z' })
  assert.deepEqual(await textsOf(lab, { path: PATH }), ['door open', 'defrosted', 'power cut'])
  assert.deepEqual(await textsOf(lab, { path: '/lab/oven/temperature' }), ['power cut'])
  assert.deepEqual(await textsOf(lab, { path: '/lab' }), ['door open', 'defrosted', 'power cut'])
  assert.deepEqual(await textsOf(lab, {}), ['door open', 'defrosted', 'power cut'])
  const inside = { path: PATH, start_timestamp: '2026-01-31T11:00:00Z', end_timestamp: '2026-01-31T11:10:00Z' }
  assert.deepEqual(await textsOf(lab, inside), ['defrosted'], 'a stretch reaches into a range that it covers')
  assert.deepEqual(await textsOf(lab, { text: 'DOOR ann' }), ['door open'], 'words are looked for in text and tags')
  assert.deepEqual(await textsOf(lab, { tag: 'door' }), ['door open'])
  assert.deepEqual(await textsOf(lab, { tag: 'doo' }), [])
})

test('a list that is longer than an answer goes on with its cursor, and names each note once', async (t) => {
  const lab = await freezerLab(t)
  for (let at = 0; at < 7; at++) await note(lab, PATH, `n${at}`, { start_timestamp: `2026-01-31T12:00:0${at >> 1}Z` })
  const seen: string[] = []
  let cursor = ''
  do {
    const { notes, cursor: next = '' } = (await lab.get('/notes', { path: PATH, count: 2, cursor })).json as {
      notes: NoteInfo[]
      cursor?: string
    }
    assert.ok(notes.length <= 2)
    seen.push(...notes.map(({ text }) => text))
    cursor = next
  } while (cursor !== '')
  assert.deepEqual(seen, ['n6', 'n5', 'n4', 'n3', 'n2', 'n1', 'n0'])
  assert.equal((await lab.get('/notes', { cursor: 'x' })).status, 400)
})

test('who may write notes, who may read sees, and others learn nothing', async (t) => {
  const lab = await freezerLab(t)
  const [reader, stranger] = [await lab.user('reader@example.com'), await lab.user('stranger@example.com', { member: false })]
  await lab.put('/resources/lab/freezer', { permissions: [[110, lab.organization.id, 10]] })
  const { id } = await note(lab, PATH, 'door open')
  const change = { text: 'x' }
  assert.deepEqual(
    await Promise.all(
      [reader, stranger, lab.as('')].map(async (caller) => [
        (await caller.get('/notes', { path: PATH })).status,
        (await caller.get(`/notes/${id}`)).status,
        (await caller.post('/notes', { path: PATH, ...change })).status,
        (await caller.put(`/notes/${id}`, change)).status,
        (await caller.delete(`/notes/${id}`)).status,
      ]),
    ),
    [
      [200, 200, 403, 403, 403],
      [403, 404, 403, 404, 404],
      [403, 404, 403, 404, 404],
    ],
  )
  assert.deepEqual(await textsOf(stranger, {}), [])
  assert.deepEqual(await textsOf(reader, {}), ['door open'])
  const [made] = ((await reader.get('/notes', { path: PATH })).json as { notes: NoteInfo[] }).notes
  assert.equal(made?.by.name.includes('@'), false, 'addresses of people are not shown')
})

test('a note is changed and removed, and the audit trail says what it was', async (t) => {
  const lab = await freezerLab(t)
  const { id } = await note(lab, PATH, 'dor open', { start_timestamp: '2026-01-31T12:00:00Z', end_timestamp: '2026-01-31T13:00:00Z' })
  const changed = (await lab.put(`/notes/${id}`, { text: 'door open', end_timestamp: '' })).json as NoteInfo
  assert.deepEqual(
    [changed.text, changed.start_timestamp, changed.end_timestamp, changed.modification_timestamp !== null],
    ['door open', '2026-01-31T12:00:00Z', null, true],
  )
  assert.equal((await lab.put(`/notes/${id}`, { end_timestamp: '2026-01-31T11:00:00Z' })).status, 400, 'it would end before it begins')
  assert.equal((await lab.delete(`/notes/${id}`)).status, 200)
  assert.equal((await lab.delete(`/notes/${id}`)).status, 404)
  const trail = (await lab.get('/audit', { kind: 'note' })).json as { kind: string; details: { text: string } }[]
  assert.deepEqual(
    trail.map(({ kind, details }) => [kind, details.text]),
    [
      ['note.removed', 'door open'],
      ['note.changed', 'dor open'],
    ],
  )
})

test('notes stay with what is renamed, moved and brought back, and go for good with it', async (t) => {
  const lab = await freezerLab(t)
  await lab.sequence('/lab/oven/other')
  await note(lab, PATH, 'door open')
  await lab.put(`/resources${PATH}`, { name: 't' })
  await lab.put('/resources/lab/freezer/t', { parent: '/lab/oven' })
  assert.deepEqual(await textsOf(lab, { path: '/lab/oven/t' }), ['door open'])
  await lab.delete('/resources/lab/oven/t')
  assert.deepEqual(await textsOf(lab, {}), [], 'what is deleted is not listed')
  await lab.post('/resources/lab/oven/t', { undelete: 1 })
  assert.deepEqual(await textsOf(lab, {}), ['door open'])
  await lab.delete('/resources/lab/oven', { purge: 1 })
  const { count } = await lab.ctx.db
    .selectFrom('notes')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  assert.equal(count, 0)
})

test('devices note by WebSocket and MQTT, on their own folder or what is in it', async (t) => {
  const lab = await startLab(t)
  const freezer = await lab.controller('freezer')
  await lab.sequence(PATH)
  const peer = await connect(t, lab, freezer.key)
  await peer.tell('add_note', { text: 'compressor on', timestamp: '2026-01-31T12:00:00Z' })
  await peer.tell('add_note', { path: 'temperature', text: 'probe moved', tags: 'probe', timestamp: '2026-01-31T12:01:00Z' })
  const refused = await peer.ask('add_note', { path: 'temperature' })
  assert.equal(refused.type, 'error')
  const client = await connectDevice(t, lab, freezer.key)
  await client.publish(
    'lab/freezer',
    { add_note: { text: 'fan off', start_timestamp: '2026-01-31T12:02:00Z', end_timestamp: '2026-01-31T12:03:00Z' } },
    { qos: 1 },
  )
  const { notes } = (await lab.get('/notes', { path: PATH })).json as { notes: NoteInfo[] }
  assert.deepEqual(
    notes.map(({ text, path, source, by, end_timestamp: end }) => [text, path, source, by.name, end]),
    [
      ['fan off', '/lab/freezer', 'device', 'freezer', '2026-01-31T12:03:00Z'],
      ['probe moved', PATH, 'device', 'freezer', null],
      ['compressor on', '/lab/freezer', 'device', 'freezer', null],
    ],
  )
})

test('values are downloaded with a column of notes, in either order, and notes as a table', async (t) => {
  const lab = await freezerLab(t)
  for (const [at, value] of [1, 2, 3, 4].entries())
    await lab.put('/resources', { values: { [PATH]: value }, timestamp: `2026-01-31T12:0${at}:00Z` })
  await note(lab, PATH, 'open, twice', { start_timestamp: '2026-01-31T12:01:00Z', end_timestamp: '2026-01-31T12:02:00Z' })
  await note(lab, '/lab/freezer', 'between', { start_timestamp: '2026-01-31T12:02:30Z' })
  const csv = async (more: Record<string, unknown>): Promise<string[]> =>
    (await lab.get(`/resources${PATH}`, { format: 'csv', ...more })).text
      .trim()
      .split('\n')
      .map((line) => line.replaceAll('2026-01-31T12:0', ''))
  assert.deepEqual(await csv({ notes: 'column' }), [
    'timestamp,value,note',
    '0:00Z,1,',
    '1:00Z,2,"open, twice"',
    '2:00Z,3,"open, twice"',
    '3:00Z,4,between',
  ])
  assert.deepEqual((await csv({ notes: 'column', order: 'desc' })).slice(1), [
    '3:00Z,4,',
    '2:00Z,3,"between; open, twice"',
    '1:00Z,2,"open, twice"',
    '0:00Z,1,',
  ])
  assert.deepEqual((await csv({}))[0], 'timestamp,value')
  const beside = (await lab.get('/notes', { path: PATH, format: 'csv' })).text
  assert.match(beside, /^id,path,start_timestamp,end_timestamp,text,tags,by\n\d+,\/lab\/freezer,2026-01-31T12:02:30Z,,between,,/)
})

test('a note is as long and as many as is sensible', async (t) => {
  const lab = await freezerLab(t)
  await lab.put('/resources/lab/readme.txt', { data: Buffer.from('x').toString('base64') })
  const refusals: [Record<string, unknown>, RegExp][] = [
    [{ path: PATH, text: ' ' }, /text is empty/],
    [{ path: PATH, text: 'x'.repeat(2_001) }, /longer than 2000/],
    [{ path: PATH, text: 'x', tags: Array.from({ length: 11 }, (_, at) => `t${at}`) }, /at most 10 tags/],
    [{ path: PATH, text: 'x', tags: 'y'.repeat(41) }, /longer than 40/],
    [{ path: PATH, text: 'x', end_timestamp: '2026-01-31T12:00:00Z' }, /start_timestamp is missing/],
    [{ path: PATH, text: 'x', start_timestamp: 'soon' }, /start_timestamp/],
  ]
  for (const [parameters, message] of refusals) {
    const reply = await lab.post('/notes', parameters)
    assert.equal(reply.status, 400, reply.text)
    assert.match(reply.text, message)
  }
  const sequence = lab.ctx.tree.find(PATH)
  assert.ok(sequence)
  const row = { resource_id: sequence.id, start_timestamp: 0, end_timestamp: null, text: 'x', tags: '[]', source: 'person' }
  const rows = Array.from({ length: MAX_NOTES - 1 }, () => ({
    ...row,
    user_id: null,
    controller_id: null,
    creation_timestamp: 0,
    modification_timestamp: null,
  }))
  for (let from = 0; from < rows.length; from += 1_000)
    await lab.ctx.db
      .insertInto('notes')
      .values(rows.slice(from, from + 1_000))
      .execute()
  const last = { text: 'the last', start: 0, end: null, source: 'alarm' } as const
  await recordNote(lab.ctx, lab.ctx.db, sequence, last)
  await assert.rejects(() => recordNote(lab.ctx, lab.ctx.db, sequence, last), /has 10000 notes/)
})
