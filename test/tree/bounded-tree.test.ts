/** The tree as a bounded cache: what is asked for is right, whatever is in memory. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { SqliteTreeSource } from '../../src/database/sqlite/sqlite-tree-source.ts'
import type { TreeRow } from '../../src/database/tree-source.ts'
import { Tree, isWithin, pathOf, type Resource } from '../../src/tree/tree.ts'
import { BASIC_FOLDER, CONTROLLER_FOLDER, FILE, ORGANIZATION_FOLDER, SEQUENCE } from '../../src/wire/resource-types.ts'
import Sqlite from 'better-sqlite3'

const NUMERIC_ATTRIBUTES = '{"data_type":1}'

/** A database of resources, and a tree of it that holds few of them. */
function makeTree(t: TestContext, maxKept: number) {
  const db = new Sqlite(':memory:')
  t.after(() => db.close())
  db.exec(`create table resources (id integer primary key, parent_id integer, name text, type integer, organization_id integer,
    permissions text, system_attributes text, deleted integer default 0);
    create table organization_users (organization_id integer, user_id integer, is_admin integer)`)
  const columns = 'id, parent_id, name, type, organization_id, permissions, system_attributes'
  const insert = db.prepare(`insert into resources (${columns}) values (?, ?, ?, ?, ?, ?, ?)`)
  let last = 0
  const put = (parent: number | null, name: string, type = BASIC_FOLDER, attributes = '{}', permissions: string | null = null): TreeRow => {
    const row = { id: ++last, parent_id: parent, name, type, organization_id: 1, permissions, system_attributes: attributes }
    insert.run(...Object.values(row))
    return row
  }
  const tree = new Tree(new SqliteTreeSource(db), maxKept)
  return { db, put, tree }
}

test('paths, ids and names lead to the same resources, however few are in memory', (t) => {
  const { put, tree } = makeTree(t, 10)
  const lab = put(null, 'lab', ORGANIZATION_FOLDER)
  const ids = new Map<string, number>()
  for (let folder = 0; folder < 10; folder++) {
    const { id } = put(lab.id, `f${folder}`)
    for (let file = 0; file < 20; file++) ids.set(`/lab/f${folder}/${file}`, put(id, String(file), FILE).id)
  }
  for (let round = 0; round < 3; round++)
    for (const [path, id] of ids) {
      const found = tree.find(path)
      assert.equal(found?.id, id)
      assert.equal(tree.byId(id), found)
      assert.equal(pathOf(found), path)
      assert.ok(tree.kept <= 10, `${tree.kept} are in memory`)
    }
  const names = (path: string): string[] => [...(tree.find(path)?.children.values() ?? [])].map(({ name }) => name)
  assert.equal(names('/lab/f3').length, 20)
  assert.equal([...tree.resources].length, 211)
  assert.equal([...tree.ofType(BASIC_FOLDER)].length, 10)
  assert.ok(tree.kept <= 10)
})

test('what somebody holds is changed by what happens after it left memory', (t) => {
  const { put, tree, db } = makeTree(t, 4)
  const lab = put(null, 'lab', ORGANIZATION_FOLDER)
  const [one, other] = [put(lab.id, 'one'), put(lab.id, 'other')]
  const leaf = put(one.id, 'leaf', SEQUENCE, NUMERIC_ATTRIBUTES)
  for (let at = 0; at < 50; at++) put(other.id, `file ${at}`, FILE)
  const pushOut = (): void => {
    for (let at = 0; at < 50; at++) assert.ok(tree.find(`/lab/other/file ${at}`))
  }
  const held = tree.find('/lab/one/leaf') as Resource
  const folder = held.parent as Resource
  pushOut()
  assert.equal(tree.byId(leaf.id), held, 'comes back as the same')
  pushOut()
  db.prepare("update resources set permissions = '[[100,0,10]]' where id = ?").run(one.id)
  tree.setPermissions(tree.find('/lab/one') as Resource, [[100, 0, 10]])
  assert.deepEqual(held.parent?.permissions, [[100, 0, 10]])
  pushOut()
  db.prepare("update resources set parent_id = ?, name = 'moved' where id = ?").run(other.id, one.id)
  assert.equal(tree.find('/lab/other/moved'), undefined, 'a move that the tree was not told of yet')
  tree.move(folder, tree.find('/lab/other'), 'moved')
  assert.equal(pathOf(held), '/lab/other/moved/leaf')
  assert.equal(tree.find('/lab/other/moved/leaf'), held)
  assert.equal(tree.find('/lab/one/leaf'), undefined)
  pushOut()
  db.prepare('update resources set deleted = 1 where id = ?').run(one.id)
  tree.remove(tree.byId(one.id) as Resource)
  assert.equal(tree.byId(leaf.id), undefined, 'what lies in something deleted is gone')
  assert.deepEqual([...folder.children.values()], [])
  assert.deepEqual([...tree.ofType(SEQUENCE)], [])
})

test('a name that was missing is found once it is there', (t) => {
  const { put, tree } = makeTree(t, 4)
  const lab = put(null, 'lab', ORGANIZATION_FOLDER)
  assert.equal(tree.find('/lab/new'), undefined)
  const row = put(lab.id, 'new')
  const told: string[] = []
  tree.watch(({ what, resource }) => told.push(`${what} ${pathOf(resource)}`))
  const early = tree.byId(row.id)
  assert.equal(tree.add(row), early, 'somebody asked for it between its commit and now')
  assert.equal(tree.find('/lab/new'), early)
  assert.deepEqual(told, ['added /lab/new'])
})

test('controllers and what has alert rules are there from the start, and stay', async (t) => {
  const { put, tree } = makeTree(t, 2)
  const rule = { name: 'hot', kind: 'above', value: 30, recipients: ['somebody@example.org'] }
  const lab = put(null, 'lab', ORGANIZATION_FOLDER)
  const plant = put(lab.id, 'plant', BASIC_FOLDER, JSON.stringify({ alerts: [{ ...rule, pattern: '*/temperature' }] }))
  for (let at = 0; at < 20; at++) {
    const { id } = put(plant.id, `c${at}`, CONTROLLER_FOLDER)
    put(id, 'temperature', SEQUENCE, NUMERIC_ATTRIBUTES)
    put(id, 'humidity', SEQUENCE, NUMERIC_ATTRIBUTES)
  }
  const own = put(lab.id, 'own', SEQUENCE, JSON.stringify({ data_type: 1, alerts: [rule] }))
  await tree.load(undefined as never)
  assert.equal(tree.controllers.size, 20)
  assert.equal(tree.patterned.size, 1)
  assert.equal(tree.alerted.size, 21)
  const hot = tree.find('/lab/plant/c7/temperature') as Resource
  assert.ok(tree.alerted.has(hot), 'a sequence is one object, in memory or not')
  assert.equal(hot.alerts?.[0]?.name, 'hot')
  assert.equal(tree.byId(own.id)?.alerts?.length, 1)
  tree.setSystemAttributes(tree.find('/lab/plant') as Resource, '{}')
  assert.deepEqual([...tree.alerted].map(pathOf), ['/lab/own'])
  assert.ok(isWithin(hot, tree.find('/lab/plant') as Resource))
})
