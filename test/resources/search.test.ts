/** Finding resources by words, and the names at the root that the server keeps for itself. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { fieldOf, messageOf } from '../support/browser.ts'
import { startLab, type Caller } from '../support/lab.ts'
import { insertResource } from '../../src/tree/resource-records.ts'
import { BASIC_FOLDER } from '../../src/wire/resource-types.ts'

interface Answer {
  found: number
  page: number
  pages: number
  results: { id: number; name: string; type: number; path: string }[]
}

const search = async (caller: Caller, q: string, more: Record<string, unknown> = {}): Promise<Answer> =>
  (await caller.get('/search', { q, ...more })).json as Answer
const paths = async (caller: Caller, q: string, more?: Record<string, unknown>): Promise<string[]> =>
  (await search(caller, q, more)).results.map(({ path }) => path)

test('names that begin with a word come first, then those that hold it, then paths; every word must be there', async (t) => {
  const lab = await startLab(t)
  for (const path of [
    '/lab/Temp',
    '/lab/north/temperature 10',
    '/lab/north/temperature 2',
    '/lab/air_temp',
    '/lab/temp logs/door',
    '/lab/Grün/Ölstand',
  ])
    await lab.sequence(path)
  assert.deepEqual(await paths(lab, 'TEMP'), [
    '/lab/Temp',
    '/lab/temp logs',
    '/lab/north/temperature 2',
    '/lab/north/temperature 10',
    '/lab/air_temp',
    '/lab/temp logs/door',
  ])
  assert.deepEqual(await paths(lab, '  temp   north '), ['/lab/north/temperature 2', '/lab/north/temperature 10'])
  assert.deepEqual(await paths(lab, 'north/temp 10'), ['/lab/north/temperature 10'])
  assert.deepEqual(await paths(lab, 'ÖLSTAND grün'), ['/lab/Grün/Ölstand'])
  assert.deepEqual(await paths(lab, 'O\u0308lstand'), ['/lab/Grün/Ölstand'], 'accents apart mean the same')
  assert.deepEqual(await paths(lab, 'temp', { type: 'basic_folder' }), ['/lab/temp logs'])
  assert.deepEqual(await search(lab, 'nowhere'), { found: 0, page: 1, pages: 1, results: [] })
  assert.deepEqual(await search(lab, '   '), { found: 0, page: 1, pages: 1, results: [] })
  assert.deepEqual(await paths(lab, '.*'), [], 'words are no patterns')
})

test('what somebody may not read neither shows nor counts, for users, controllers and keys of one organization', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/open/needle 1')
  await lab.sequence('/lab/closed/needle 2')
  const inner = await lab.sequence('/lab/closed/needle 3')
  const guest = await lab.user('guest@example.com', { member: false })
  await lab.put('/resources/lab/open', { permissions: [[130, guest.id, 10]] })
  assert.deepEqual(await search(guest, 'needle'), {
    found: 1,
    page: 1,
    pages: 1,
    results: [{ id: lab.ctx.tree.find('/lab/open/needle 1')?.id, name: 'needle 1', type: 21, path: '/lab/open/needle 1' }],
  })
  assert.deepEqual(await paths(guest, 'lab'), ['/lab/open', '/lab/open/needle 1'])
  assert.deepEqual(await paths(guest, 'closed'), [])

  await lab.put('/resources/lab/closed/needle 3', { permissions: [[130, guest.id, 10]] })
  assert.deepEqual(
    await paths(guest, 'needle'),
    ['/lab/open/needle 1', '/lab/closed/needle 3'],
    'its own records count, whatever its folder says',
  )
  await lab.delete('/resources/lab/closed/needle 3')
  assert.equal((await search(guest, 'needle')).found, 1, `deleted: ${inner.id}`)

  const member = await lab.user('member@example.com')
  await lab.put('/resources/lab/closed', {
    permissions: [
      [110, lab.organization.id, 0],
      [120, lab.organization.id, 0],
    ],
  })
  assert.deepEqual(await paths(member, 'needle'), ['/lab/open/needle 1'])
  assert.deepEqual(await paths(await lab.controller('fridge'), 'needle'), ['/lab/open/needle 1'])
  assert.deepEqual(await paths(lab, 'needle'), ['/lab/open/needle 1', '/lab/closed/needle 2'])
  const anybody = await lab.as('').get('/search', { q: 'needle' })
  assert.equal(anybody.status, 403)
  assert.match(messageOf(anybody), /Sign in, or send a key/)
})

test('searches are bounded: their length, their words, a page, and what pages lead to', async (t) => {
  const lab = await startLab(t)
  const rows = await lab.ctx.db.transaction().execute(async (tx) => {
    const made = []
    for (let at = 0; at < 1_205; at++)
      made.push(await insertResource(lab.ctx, tx, { parent: lab.organization, name: `thing ${at}`, type: BASIC_FOLDER }))
    return made
  })
  lab.ctx.tree.addAll(rows)
  const first = await search(lab, 'thing')
  assert.deepEqual([first.found, first.pages, first.results.length, first.results[49]?.name], [1_205, 20, 50, 'thing 49'])
  const last = await search(lab, 'thing', { count: 200, page: 99 })
  assert.deepEqual([last.page, last.pages, last.results.at(-1)?.name], [5, 5, 'thing 999'])
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{}, /^q is missing/],
    [{ q: 'x'.repeat(201) }, /^q is longer than 200/],
    [{ q: 'a b c d e f g h i j k' }, /more than 10 words/],
    [{ q: 'x', type: 'cupboard' }, /^type is "cupboard"/],
    [{ q: 'x', count: 201 }, /^count is 201/],
    [{ q: 'x', page: 0 }, /^page is 0/],
  ]
  for (const [parameters, message] of wrong) {
    const reply = await lab.get('/search', parameters)
    assert.equal(reply.status, 400, reply.text)
    assert.match(messageOf(reply), message)
  }
})

test("names of the server's own addresses are refused at the root, however they get there, and fine below it", async (t) => {
  const lab = await startLab(t)
  for (const name of ['-', 'api', 'search', 'health', 'metrics', 'mqtt', 'self', 'robots.txt', 'favicon.ico']) {
    const reply = await lab.post('/organizations', { full_name: 'X', folder_name: name })
    assert.equal(reply.status, 400, name)
    assert.match(messageOf(reply), /^folder_name: ".*" is an address of the server itself .*Choose another name/)
  }
  assert.match(
    messageOf(await lab.post('/resources', { path: '/', name: 'search', type: 'organization_folder' })),
    /address of the server itself/,
  )
  assert.match(
    messageOf(await lab.post('/resources', { path: '/', name: 'search', type: 'basic_folder' })),
    /^name: "search" is an address/,
  )
  assert.match(
    messageOf(await lab.post('/resources', { path: '/api/below', name: 'x', type: 'basic_folder' })),
    /^name: "api" is an address/,
  )
  assert.match(messageOf(await lab.put('/resources/lab', { name: 'search' })), /^name: "search" is an address/)
  await lab.post('/resources', { path: '/lab', name: 'search', type: 'basic_folder' })
  assert.match(messageOf(await lab.put('/resources/lab/search', { parent: '/' })), /^parent: "search" is an address/)
  assert.equal(lab.ctx.tree.descend(['search']), undefined)
  assert.ok(lab.ctx.tree.find('/lab/search'))
  assert.notEqual(fieldOf(await lab.post('/organizations', { full_name: 'X', folder_name: 'Search' }), 'organization_id'), '')
})

test('what lies in a deleted folder is not found until the folder is back, under its new path after a move', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/north/deep/sensor-17')
  const paths = async (q: string): Promise<unknown> =>
    ((await lab.get('/search', { q })).json as { results: { path: string }[] }).results.map(({ path }) => path)
  assert.deepEqual(await paths('nsor-1'), ['/lab/north/deep/sensor-17'])
  assert.equal((await lab.delete('/resources/lab/north')).status, 200)
  assert.deepEqual(await paths('nsor-1'), [])
  assert.equal((await lab.post('/resources/lab/north', { undelete: 1 })).status, 200)
  assert.equal((await lab.put('/resources/lab/north', { name: 'south' })).status, 200)
  assert.deepEqual(await paths('nsor-1 south'), ['/lab/south/deep/sensor-17'])
  assert.deepEqual(await paths('nsor-1 north'), [])
})
