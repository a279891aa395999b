/** Folders of many children are listed a page at a time, and creations of several callers share commits. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { readContents } from '../../src/resources/folder-contents.ts'
import { compareNames } from '../../src/tree/name-orders.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { startLab } from '../support/lab.ts'

const COUNT = 700

test('pages of a folder hold each child once, and only what the caller may read', async (t) => {
  const lab = await startLab(t)
  const guest = await lab.user('guest@example.com')
  const names = Array.from({ length: COUNT }, (_, at) => `file ${at}${at % 2 === 0 ? '' : ' ä'}`)
  const made = await Promise.all(names.map((name) => lab.post('/resources', { path: '/lab/box', name, type: 20 })))
  assert.ok(made.every(({ status }) => status < 300))
  const box = lab.ctx.tree.find('/lab/box') as Resource
  lab.ctx.tree.setPermissions(lab.organization, [])
  lab.ctx.tree.setPermissions(box, [[130, guest.id, 10]])
  lab.ctx.tree.setPermissions(lab.ctx.tree.find('/lab/box/file 10') as Resource, [[130, guest.id, 0]])
  await lab.ctx.db
    .updateTable('resources')
    .set({ permissions: `[[130,${guest.id},0]]` })
    .where('name', '=', 'file 10')
    .execute()
  const found: string[] = []
  for (let after: string | undefined; ; after = found.at(-1)) {
    const page = (await guest.get('/resources/lab/box', { limit: 100, ...(after === undefined ? {} : { after }) })).json as {
      name: string
    }[]
    assert.ok(page.length <= 100)
    found.push(...page.map(({ name }) => name))
    if (page.length < 100) break
  }
  assert.deepEqual(
    found,
    names.filter((name) => name !== 'file 10').sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  )
  assert.equal((await lab.get('/resources/lab/box', { limit: 100, recursive: 1 })).status, 400)
  assert.equal(((await lab.get('/resources/lab/box', { limit: 100, filter: 'file 1*' })).json as unknown[]).length, 100)

  // As a page in the browser shows them: in natural order.
  const natural = names.toSorted((a, b) => compareNames({ name: a }, { name: b }))
  const actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true } as const
  for (const [page, descending] of [
    [1, false],
    [4, false],
    [1, true],
  ] as const) {
    const contents = await readContents(lab.ctx, actor, box, { sort: 'name', descending, filter: '', page, size: 100 })
    const all = descending ? natural.toReversed() : natural
    assert.deepEqual(
      contents.entries.map(({ resource }) => resource.name),
      all.slice((page - 1) * 100, page * 100),
    )
    assert.deepEqual([contents.total, contents.found, contents.pages], [COUNT, COUNT, 7])
  }
})

test('of creations that come at once each has its own answer', async (t) => {
  const lab = await startLab(t)
  const create = (name: string, path = '/lab/box') =>
    lab.post('/resources', { path, name, type: 20, data: Buffer.from(name).toString('base64') })
  const answers = await Promise.all(Array.from({ length: 60 }, (_, at) => create(`file ${at}`)))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  assert.equal((await lab.get('/resources/lab/box/file 59')).text, 'file 59')
  assert.equal(((await lab.get('/resources/lab/box/file 59', { meta: 1 })).json as { size: number }).size, 7)

  // Some of one transaction can't be made: the others are, once.
  const mixed = await Promise.all(['one', 'same', 'same', 'same', 'two', 'three'].map((name) => create(name, '/lab/new folder')))
  assert.equal(mixed.filter(({ json }) => (json as { status?: string }).status === 'error').length, 2)
  const listed = (await lab.get('/resources/lab/new folder')).json as { name: string }[]
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['one', 'same', 'three', 'two'],
  )
})
