/** Searches by the index of names find what a look at all names finds. */
import assert from 'node:assert/strict'
import Sqlite from 'better-sqlite3'
import test from 'node:test'
import type { Context } from '../../src/context.ts'
import { indexNames } from '../../src/housekeeping/name-indexing.ts'
import { searchResources } from '../../src/resources/search.ts'
import { serverActor } from '../../src/resources/system.ts'
import type { Actor } from '../../src/tree/actor.ts'
import { insertResource } from '../../src/tree/resource-records.ts'
import { pathOf, Tree } from '../../src/tree/tree.ts'
import { BASIC_FOLDER, FILE } from '../../src/wire/resource-types.ts'
import { startLab, type Lab } from '../support/lab.ts'

const SYLLABLES = ['temp', 'er', 'atu', 're', 'İst', 'ÖL', 'ß', 'ΣΑΣ', '1', '20', '-', ' ', 'a"b', '%', '😀x']

/** Numbers that look random, the same each time. */
function makeRandom(): (below: number) => number {
  let state = 7
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below
}

async function addRandom(lab: Lab, count: number, random: (below: number) => number): Promise<void> {
  const folders = [lab.ctx.tree.find('/lab')]
  for (let n = 0; n < count; n++) {
    const parent = folders[random(folders.length)]
    const name =
      `${Array.from({ length: 1 + random(4) }, () => SYLLABLES[random(SYLLABLES.length)]).join('')}${n % 3 === 0 ? n : ''}`.trim()
    if (name === '' || parent?.children.get(name)) continue
    const type = random(4) === 0 ? BASIC_FOLDER : FILE
    const row = await lab.ctx.engine.transact((tx) => insertResource(lab.ctx, tx, { parent, name, type }))
    const made = lab.ctx.tree.add(row)
    if (type === BASIC_FOLDER && folders.length < 12) folders.push(made)
  }
}

const answer = async (ctx: Context, actor: Actor, text: string): Promise<unknown> => {
  const { results, found, isMore } = await searchResources(ctx, actor, { text, size: 200, page: 1 })
  return { found, isMore, paths: results.map((one) => pathOf(one)) }
}

/** The same lab with all names in memory, and without an index. */
async function withoutIndex({ ctx }: Lab): Promise<Context> {
  const tree = new Tree()
  await tree.load(ctx.db)
  return { ...ctx, tree }
}

const WORDS = [
  'temp',
  'TEMPER',
  'ure',
  'ist',
  'i\u0307st',
  'öl',
  'ß',
  'ςας',
  'σας',
  '1',
  '20',
  'a"b',
  '"b',
  '%',
  '😀',
  'x',
  're-',
  're/te',
  '/lab',
  'lab/temp',
]

test('by the index and without it the same is found, whatever was added, renamed, moved, deleted and restored meanwhile', async (t) => {
  const lab = await startLab(t)
  const random = makeRandom()
  const admin = serverActor
  const compare = async (): Promise<void> => {
    const plain = await withoutIndex(lab)
    for (const word of WORDS)
      for (const more of ['', ' temp', ' 2 lab'])
        assert.deepEqual(await answer(lab.ctx, admin, word + more), await answer(plain, admin, word + more), word + more)
  }
  await addRandom(lab, 300, random)
  await lab.sequence('/lab/old name/needle')
  await compare()
  assert.ok((await indexNames(lab.ctx)) > 250)
  assert.equal(await indexNames(lab.ctx), 0)
  assert.equal(lab.ctx.tree.nameIndex?.behind(), 0)
  await compare()
  await addRandom(lab, 50, random)
  assert.equal((await lab.put('/resources/lab/old name', { name: 'temporary' })).status, 200)
  assert.equal((await lab.put('/resources/lab/temporary/needle', { name: 'atu', parent: '/lab' })).status, 200)
  assert.equal((await lab.delete('/resources/lab/temporary')).status, 200)
  await compare()
  assert.equal((await lab.post('/resources/lab/temporary', { undelete: 1 })).status, 200)
  await compare()
  await indexNames(lab.ctx)
  await compare()
  await lab.ctx.db
    .deleteFrom('resources')
    .where('id', '=', lab.ctx.tree.find('/lab/atu')?.id ?? 0)
    .execute()
  await lab.ctx.tree.load(lab.ctx.db)
  await indexNames(lab.ctx)
  assert.equal(lab.ctx.tree.nameIndex?.behind(), 0)
  await compare()
})

test('of very many the best come first, and it is told that there are more', async (t) => {
  const lab = await startLab(t)
  const names = [...Array.from({ length: 2_600 }, (_, n) => `a report ${n}`), 'report 7', 'Report', 'rare']
  const rows = await lab.ctx.engine.transact(async (tx) => {
    const made = []
    for (const name of names) made.push(await insertResource(lab.ctx, tx, { parent: lab.organization, name, type: BASIC_FOLDER }))
    return made
  })
  lab.ctx.tree.addAll(rows)
  const search = async (q: string): Promise<{ found: number; more?: boolean; results: { name: string }[] }> =>
    (await lab.get('/search', { q })).json as { found: number; more?: boolean; results: { name: string }[] }
  const unknown = await search('report')
  assert.deepEqual([unknown.found, unknown.more], [2_000, true], 'as long as the index has none of them')
  await indexNames(lab.ctx)
  const many = await search('report')
  assert.deepEqual([many.found, many.more], [2_000, true])
  assert.deepEqual(
    many.results.slice(0, 3).map(({ name }) => name),
    ['Report', 'report 7', 'a report 0'],
  )
  const few = await search('rare')
  assert.deepEqual([few.found, few.more], [1, undefined])
  assert.equal((await search('report rare')).found, 0, 'words that are never together')
  assert.equal((await search('lab rare')).found, 1)
})

test('a damaged index keeps nobody from searching and renaming, and is made again', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/north/needle')
  await indexNames(lab.ctx)
  const file = new Sqlite(lab.ctx.engine.name)
  file.unsafeMode(true)
  file.exec('update resource_names_data set block = zeroblob(3) where id > 10')
  file.close()
  const found = async (): Promise<number> => ((await lab.get('/search', { q: 'needle' })).json as { found: number }).found
  assert.equal((await lab.put('/resources/lab/north', { name: 'south' })).status, 200)
  assert.equal(await found(), 1)
  await lab.sequence('/lab/south/needle 2')
  assert.ok((await indexNames(lab.ctx)) > 0)
  assert.equal(lab.ctx.tree.nameIndex?.behind(), 0)
  assert.equal(await found(), 2)
})
