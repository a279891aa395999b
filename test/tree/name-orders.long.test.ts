/** Orders of folders' children are kept, and true after each change. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { readContents } from '../../src/resources/folder-contents.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { compareNames } from '../../src/tree/name-orders.ts'
import { insertResource } from '../../src/tree/resource-records.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { FILE } from '../../src/wire/resource-types.ts'
import { startLab } from '../support/lab.ts'

const COUNT = 400

test('a large folder is read and sorted once, and what is added, renamed, moved, removed and hidden shows at its place', async (t) => {
  const lab = await startLab(t)
  const guest = await lab.user('guest@example.com')
  const make = async (path: string, name: string): Promise<void> =>
    assert.equal((await lab.post('/resources', { path, name, type: 20 })).status, 200, name)
  await Promise.all(Array.from({ length: COUNT }, (_, at) => make('/lab/box', `file ${at}`)))
  const box = lab.ctx.tree.find('/lab/box') as Resource
  const reads = t.mock.method(box.children, 'names')
  const admin: Actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true }
  const listed = async (actor: Actor = admin, descending = false): Promise<string[]> => {
    const names: string[] = []
    for (let page = 1, pages = 1; page <= pages; page++) {
      const contents = await readContents(lab.ctx, actor, box, { sort: 'name', descending, filter: '', page, size: 90 })
      names.push(...contents.entries.map(({ resource }) => resource.name))
      pages = contents.pages
      assert.equal(contents.total, contents.found)
    }
    return names
  }
  const expected = Array.from({ length: COUNT }, (_, at) => `file ${at}`)
  assert.deepEqual(await listed(), expected)
  assert.deepEqual(await listed(admin, true), expected.toReversed())
  assert.equal(reads.mock.callCount(), 1)

  const added = ['file 10b', 'FILE 9 c', 'a', 'zz', 'Ä', 'file 399.5']
  await Promise.all(added.map((name) => make('/lab/box', name)))
  const sort = (names: readonly string[]): string[] => names.toSorted((a, b) => compareNames({ name: a }, { name: b }))
  const all = sort([...expected, ...added])
  assert.deepEqual(await listed(), all)
  assert.equal(reads.mock.callCount(), 1)

  await make('/lab', 'file 7.5')
  for (const [path, to] of [
    ['/lab/box/file 3', { name: 'renamed' }],
    ['/lab/file 7.5', { parent: '/lab/box' }],
    ['/lab/box/file 5', { parent: '/lab' }],
  ] as const) {
    const reply = await lab.put(`/resources${path.replaceAll(' ', '%20')}`, to)
    assert.equal(reply.status, 200, reply.text)
  }
  assert.equal((await lab.delete('/resources/lab/box/file%20200')).status, 200)
  const gone = ['file 3', 'file 5', 'file 200']
  const left = sort([...all.filter((name) => !gone.includes(name)), 'renamed', 'file 7.5'])
  assert.deepEqual(await listed(), left)

  const actor: Actor = { kind: 'user', userId: guest.id, isSystemAdmin: false }
  const permit = (path: string, level: number) =>
    lab.put(`/resources${path}`, { permissions: JSON.stringify([[130, guest.id, level]]) }).then(({ status, text }) => {
      assert.equal(status, 200, text)
    })
  lab.ctx.tree.setPermissions(lab.organization, [])
  await permit('/lab/box', 10)
  assert.deepEqual(await listed(actor), left)
  await permit('/lab/box/file%2010', 0)
  assert.deepEqual(
    await listed(actor),
    left.filter((name) => name !== 'file 10'),
  )
  await make('/lab/box', 'secret')
  assert.ok((await listed(actor)).includes('secret'))
  await permit('/lab/box/secret', 0)
  assert.ok(!(await listed(actor)).includes('secret'))
  assert.ok((await listed()).includes('secret'))
})

test('an order that nobody looks at is forgotten once too much was added to it', async (t) => {
  const lab = await startLab(t)
  const box = lab.organization
  const { engine } = lab.ctx
  const add = async (from: number, count: number): Promise<void> => {
    const rows = await engine.transact(async (tx) => {
      const made = []
      for (let at = from; at < from + count; at++)
        made.push(await insertResource(lab.ctx, tx, { parent: box, name: `thing ${at}`, type: FILE }))
      return made
    })
    lab.ctx.tree.addAll(rows)
  }
  await add(0, COUNT)
  const { orders } = lab.ctx.tree
  const length = async (): Promise<number> => (await orders.of(lab.ctx.turns, box)).ids.length
  const before = await length()
  const reads = t.mock.method(box.children, 'names')
  await add(COUNT, 100)
  assert.equal(await length(), before + 100)
  assert.equal(reads.mock.callCount(), 0)
  for (let round = 0; round < 11; round++)
    for (let at = 0; at < 1_000; at++) orders.add(box.children.get(`thing ${at % COUNT}`) as Resource)
  assert.equal(await length(), before + 100)
  assert.equal(reads.mock.callCount(), 1)
})

test('names that differ in letter case alone are found without going through the folder', async (t) => {
  const lab = await startLab(t)
  const names = [
    ...Array.from({ length: 300 }, (_, at) => `reading ${at}`),
    'README.md',
    'Readme.MD',
    'réadme.md',
    'readme.md.old',
    'Home.md',
  ]
  for (const result of await Promise.all(names.map((name) => lab.post('/resources', { path: '/lab/box', name, type: 20 }))))
    assert.equal(result.status, 200)
  const box = lab.ctx.tree.find('/lab/box') as Resource
  const alike = async (name: string): Promise<string[]> =>
    (await lab.ctx.tree.orders.alike(lab.ctx.turns, box, name)).map((one) => one.name).sort()
  assert.deepEqual(await alike('readme.md'), ['README.md', 'Readme.MD'])
  assert.deepEqual(await alike('home.md'), ['Home.md'])
  assert.deepEqual(await alike('index.md'), [])
  assert.deepEqual(await alike('reading 299'), ['reading 299'])
  assert.deepEqual(await alike('zzz'), [])
})
