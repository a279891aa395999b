import assert from 'node:assert/strict'
import test from 'node:test'
import type { Actor } from '../../src/tree/actor.ts'
import { canRead } from '../../src/tree/permissions.ts'
import { ONE_USER, PUBLIC, READ, WRITE } from '../../src/wire/permissions.ts'
import { startLab, type Caller, type Reply } from '../support/lab.ts'

const data = Buffer.from('secret').toString('base64')

/** What each caller is answered when they try a call; `-` is never reached. */
type Row = [what: string, call: (caller: Caller) => Promise<Reply>, statuses: Record<string, number>]

test('who may do what with resources', async (t) => {
  const lab = await startLab(t)
  const controller = await lab.controller('fridge')
  const callers: Record<string, Caller> = {
    nobody: lab.as(''),
    stranger: await lab.user('stranger@example.com', { member: false }),
    reader: await lab.user('reader@example.com', { member: false }),
    member: await lab.user('member@example.com'),
    admin: await lab.user('boss@example.com', { admin: true }),
    controller,
    system: lab,
  }
  await lab.post('/resources', { path: '/lab/shared', name: 'f.txt', type: 20, data })
  await lab.post('/resources', { path: '/lab/shared', name: 'seq', type: 21, data_type: 2 })
  const readerId = (callers['reader'] as Caller & { id: number }).id
  assert.equal((await lab.put('/resources/lab/shared', { permissions: [[ONE_USER, readerId, READ]] })).status, 200)
  await lab.post('/resources', { path: '/lab/open', name: 'f.txt', type: 20, data })
  assert.equal((await lab.put('/resources/lab/open', { permissions: [[PUBLIC, 0, READ]] })).status, 200)

  let name = 0
  const all = (status: number, other: Record<string, number> = {}): Record<string, number> => ({
    ...Object.fromEntries(Object.keys(callers).map((caller) => [caller, status])),
    ...other,
  })
  const writers = all(200, { nobody: 403, stranger: 403, reader: 403 })
  const table: Row[] = [
    ['metadata', (c) => c.get('/resources/lab/shared/f.txt', { meta: 1 }), all(200, { nobody: 403, stranger: 403 })],
    ['content', (c) => c.get('/resources/lab/shared/f.txt'), all(200, { nobody: 403, stranger: 403 })],
    ['revisions', (c) => c.get('/resources/lab/shared/f.txt', { revisions: 1 }), all(200, { nobody: 403, stranger: 403 })],
    ['a public file', (c) => c.get('/resources/lab/open/f.txt'), all(200)],
    ['a list', (c) => c.get('/resources/lab/shared'), all(200, { nobody: 403, stranger: 403 })],
    ['a list above', (c) => c.get('/resources/lab'), all(200, { nobody: 403, stranger: 403, reader: 403 })],
    ['what is not there', (c) => c.get('/resources/lab/shared/none'), all(404, { nobody: 403, stranger: 403 })],
    ['what was deleted', (c) => c.get('/resources/lab/shared', { deleted: 1 }), writers],
    ['create a folder', (c) => c.post('/resources', { path: '/lab/shared', name: `n${name++}`, type: 10 }), writers],
    ['create below a missing folder', (c) => c.post('/resources', { path: `/lab/shared/m${name++}/x`, name: 'y', type: 10 }), writers],
    ['create a file, old', (c) => c.post(`/resources/lab/shared/o${name++}`, { data }), writers],
    [
      'create in an organization that is not there',
      (c) => c.post('/resources', { path: `/none${name++}/x`, name: 'y', type: 10 }),
      all(403, { system: 200 }),
    ],
    ['create at the root', (c) => c.post('/resources', { path: '/', name: `root${name++}`, type: 10 }), all(403, { system: 200 })],
    ['create an organization', (c) => c.post('/resources', { path: '/', name: `org${name++}`, type: 11 }), all(403, { system: 200 })],
    ['a new revision', (c) => c.put('/resources/lab/shared/f.txt', { data }), writers],
    ['a value', (c) => c.put('/resources/lab/shared/seq', { data }), writers],
    ['a value, old', (c) => c.post('/resources/lab/shared/seq', { data }), writers],
    ['attributes', (c) => c.put('/resources/lab/shared/f.txt', { user_attributes: '{}' }), writers],
    ['a rename to the same', (c) => c.put('/resources/lab/shared', { name: 'shared' }), writers],
    ['a rename of the organization', (c) => c.put('/resources/lab', { parent: '/', name: 'lab' }), all(403, { system: 200 })],
    [
      'a view',
      (c) => c.put('/resources/lab/shared', { view: '{"sort":"name"}' }),
      all(200, { nobody: 403, stranger: 403, controller: 403 }),
    ],
    ['status', (c) => c.put('/resources/lab/fridge', { status: '{}' }), writers],
    ['permissions', (c) => c.put('/resources/lab/open/f.txt', { permissions: 'null' }), all(403, { admin: 200, system: 200 })],
    ['delete values', (c) => c.delete('/resources/lab/shared/seq', { data_only: 1 }), writers],
    ['delete the organization', (c) => c.delete('/resources/lab'), all(403, { admin: 0, system: 0 })],
    ['purge the organization', (c) => c.delete('/resources/lab', { purge: 1 }), all(403, { system: 0 })],
    ["delete the system's folder", (c) => c.delete('/resources/system'), all(403)],
    ['all controllers', (c) => c.get('/resources', { type: 12 }), all(403, { system: 200 })],
    ['statistics', (c) => c.get('/system/stats'), all(403, { system: 200 })],
    ['self', (c) => c.get('/resources/self', { meta: 1 }), all(403, { controller: 200 })],
  ]
  for (const [what, call, statuses] of table) {
    for (const [who, expected] of Object.entries(statuses)) {
      const caller = callers[who]
      if (!caller || expected === 0) continue
      const reply = await call(caller)
      assert.equal(reply.status, expected, `${what} by ${who}: ${reply.text}`)
      if (expected >= 400) assert.doesNotMatch(reply.text, /secret/)
    }
  }
  for (const who of ['member', 'controller', 'system'] as const) {
    await lab.post('/resources/lab/shared/gone.txt', { data })
    assert.equal((await callers['reader']?.delete('/resources/lab/shared/gone.txt'))?.status, 403)
    assert.equal((await callers[who]?.delete('/resources/lab/shared/gone.txt'))?.status, 200)
    assert.equal((await callers['reader']?.post('/resources/lab/shared/gone.txt', { undelete: 1 }))?.status, 403)
    assert.equal((await callers['reader']?.delete('/resources/lab/shared/gone.txt', { purge: 1 }))?.status, 403)
    assert.equal((await callers[who]?.post('/resources/lab/shared/gone.txt', { undelete: 1 }))?.status, 200)
    assert.equal((await callers[who]?.delete('/resources/lab/shared/gone.txt', { purge: 1 }))?.status, 200)
  }
})

test('lists and zips leave out what their reader may not read', async (t) => {
  const lab = await startLab(t)
  const member = await lab.user('member@example.com')
  await lab.post('/resources/lab/team/plan.txt', { data })
  await lab.post('/resources/lab/team/private/diary.txt', { data })
  await lab.put('/resources/lab/team/private', { permissions: [[110, lab.organization.id, 0]] })
  const names = (reply: Reply): string[] => (reply.json as { name: string }[]).map(({ name }) => name)
  assert.deepEqual(names(await member.get('/resources/lab/team')), ['plan.txt'])
  assert.deepEqual(names(await member.get('/resources/lab', { recursive: 1, extended: 1 })), ['team', 'plan.txt'])
  assert.deepEqual(names(await lab.get('/resources/lab', { recursive: 1 })), ['team', 'plan.txt', 'private', 'diary.txt'])
  assert.equal((await member.get('/resources/lab/team/private/diary.txt')).status, 403)
  const [team, secret] = [lab.ctx.tree.find('/lab/team'), lab.ctx.tree.find('/lab/team/private')]
  const zip = await member.get('/resources/lab', { ids: String(team?.id), download: 1 })
  assert.match(zip.text, /team\/plan\.txt/)
  assert.doesNotMatch(zip.text, /diary|private/)
  assert.equal((await member.get('/resources/lab/team', { ids: String(secret?.id), download: 1 })).status, 404)
})

test('a resource that moves to another organization takes on its permissions, with the keys of its controllers', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/t')
  await lab.post('/resources', { path: '/', name: 'other', type: 11, full_name: 'The Other' })
  assert.equal((await fridge.put('/resources/lab/fridge', { user_attributes: '{}' })).status, 200)
  assert.equal((await lab.put('/resources/lab/fridge', { parent: '/other' })).status, 200)
  assert.equal((await fridge.get('/resources/self', { meta: 1 })).status, 200)
  assert.equal((await fridge.put('/resources/other/fridge', { user_attributes: '{}' })).status, 200)
  assert.equal((await fridge.get('/resources/lab')).status, 403)
  assert.equal((await fridge.put('/resources', { values: { '/other/fridge/t': 1 } })).status, 200)
  assert.equal((await fridge.get('/resources/other/fridge/t')).text, '1')
  const other = lab.ctx.tree.find('/other')
  assert.equal(lab.ctx.tree.find('/other/fridge/t')?.organizationId, other?.id)
  assert.deepEqual(
    (
      await lab.ctx.db
        .selectFrom('keys')
        .select('organization_id')
        .where('access_as_controller_id', '=', fridge.id)
        .executeTakeFirstOrThrow()
    ).organization_id,
    other?.id,
  )
})

test('views are kept for each user', async (t) => {
  const lab = await startLab(t)
  const member = await lab.user('member@example.com')
  await lab.put('/resources/lab', { view: '{"sort":"name"}' })
  await lab.put('/resources/lab', { view: '{"sort":"size"}' })
  assert.deepEqual(((await lab.get('/resources/lab', { meta: 1 })).json as { view: unknown }).view, { sort: 'size' })
  assert.equal(((await member.get('/resources/lab', { meta: 1 })).json as { view: unknown }).view, undefined)
})

test('the statistics count what there is, and a new server has a page that greets', async (t) => {
  const lab = await startLab(t)
  assert.deepEqual((await lab.get('/system/stats')).json, {
    user_count: 1,
    resource_count: 3,
    thumbnail_count: 0,
    resource_revision_count: 1,
    message_count: 0,
  })
  assert.match((await lab.get('/resources/system/home.md')).text, /^# Welcome/)
  await lab.delete('/resources/system/home.md')
  await lab.stop()
  const again = await startLab(t, { folder: lab.folder })
  assert.equal((await again.as(lab.key).get('/resources/system/home.md')).status, 404, 'an admin who deleted it is not contradicted')
})

test('WRITE stays with those whose own record gives it, though the folder above withholds it', async (t) => {
  const lab = await startLab(t)
  const member = await lab.user('member@example.com')
  await lab.post('/resources', { path: '/lab/closed', name: 'mine', type: 10 })
  await lab.put('/resources/lab/closed', { permissions: [[110, lab.organization.id, 0]] })
  await lab.put('/resources/lab/closed/mine', { permissions: [[ONE_USER, member.id, WRITE]] })
  assert.equal((await member.get('/resources/lab/closed')).status, 403)
  assert.equal((await member.post('/resources', { path: '/lab/closed/mine', name: 'x', type: 10 })).status, 200)
  assert.equal((await member.post('/resources', { path: '/lab/closed', name: 'x', type: 10 })).status, 403)
})

test('who may change a folder, but not all in it, gets at the rest neither by moving nor by deleting it', async (t) => {
  const lab = await startLab(t)
  const member = await lab.user('member@example.com')
  await lab.post('/resources/lab/team/private/diary.txt', { data })
  await lab.post('/resources', { path: '/lab', name: 'mine', type: 10 })
  await lab.put('/resources/lab/team/private', { permissions: [[110, lab.organization.id, 0]] })
  await lab.put('/resources/lab/mine', { permissions: [[ONE_USER, member.id, WRITE]] })
  const moved = await member.put('/resources/lab/team', { parent: '/lab/mine' })
  assert.equal(moved.status, 403)
  assert.doesNotMatch(moved.text, /private/)
  assert.equal((await member.delete('/resources/lab/team')).status, 403)
  assert.equal((await member.delete('/resources/lab/team', { purge: 1 })).status, 403)
  assert.equal((await lab.get('/resources/lab/team/private/diary.txt')).text, 'secret')
  assert.equal((await member.put('/resources/lab/team', { name: 'crew' })).status, 200, 'a name gives nothing away')
  assert.equal((await lab.put('/resources/lab/crew', { parent: '/lab/mine' })).status, 200)
})

test('what was deleted is listed only to those who could read it', async (t) => {
  const lab = await startLab(t)
  const member = await lab.user('member@example.com')
  await lab.post('/resources/lab/team/diary.txt', { data })
  await lab.put('/resources/lab/team/diary.txt', { permissions: [[110, lab.organization.id, 0]] })
  await lab.delete('/resources/lab/team/diary.txt')
  assert.deepEqual((await member.get('/resources/lab/team', { deleted: 1 })).json, [])
  assert.equal(((await lab.get('/resources/lab/team', { deleted: 1 })).json as unknown[]).length, 1)
})

test('a download under way does not keep open what has moved out of its reader’s reach', async (t) => {
  const lab = await startLab(t)
  const { ctx } = lab
  const member: Actor = { kind: 'user', userId: (await lab.user('member@example.com')).id, isSystemAdmin: false }
  const before = await lab.sequence('/lab/folder/t')
  await lab.post('/resources', { path: '/', name: 'other', type: 11, full_name: 'The Other' })
  assert.ok(canRead(ctx, member, before))
  assert.equal((await lab.put('/resources/lab/folder', { parent: '/other' })).status, 200)
  assert.ok(!canRead(ctx, member, before))
  const after = ctx.tree.find('/other/folder/t')
  assert.ok(after && !canRead(ctx, member, after))
})
