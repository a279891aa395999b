/** Changes of several callers in one transaction. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Tx } from '../../src/database/schema.ts'
import { SharedChanges } from '../../src/tree/shared-changes.ts'
import { FILE } from '../../src/wire/resource-types.ts'
import { startLab } from '../support/lab.ts'

/** Transactions that note what was written in each that was committed; the first waits until it is let go. */
function makeTransactions() {
  const committed: string[][] = []
  let written: string[] = []
  let letGo = (): void => {}
  let wait: Promise<void> | undefined = new Promise((resolve) => (letGo = resolve))
  const transact = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    written = []
    const result = await work({} as Tx)
    await wait
    wait = undefined
    committed.push(written)
    return result
  }
  const write = (name: string) => async () => {
    written.push(name)
    return () => name.toUpperCase()
  }
  const add = async (_tx: Tx, names: readonly string[]): Promise<string[]> => {
    written.push(names.join('+'))
    if (names.length > 1 && names.includes('clash')) throw new Error('they clash')
    return names.map((name) => name.toUpperCase())
  }
  const addition = (name: string) => ({ plan: () => name, apply: (row: string) => row })
  const never = async (): Promise<() => string> => assert.fail('its rows are enough')
  return { committed, changes: new SharedChanges<string, string>({ transact }, add), write, addition, never, letGo }
}

test('what comes while a commit is under way shares the next one', async () => {
  const { committed, changes, write, letGo } = makeTransactions()
  const all = ['a', 'b', 'c', 'd'].map((name) => changes.run(write(name)))
  letGo()
  assert.deepEqual(await Promise.all(all), ['A', 'B', 'C', 'D'])
  assert.deepEqual(committed, [['a'], ['b', 'c', 'd']])
  assert.equal(await changes.run(write('e')), 'E', 'and it goes on afterwards')
})

test('when one of them fails the others are made all the same, each once', async () => {
  const { committed, changes, write, letGo } = makeTransactions()
  const fail = async (): Promise<() => string> => {
    throw new Error('not this one')
  }
  const all = [write('a'), write('b'), fail, write('c')].map((change) => changes.run(change))
  letGo()
  const settled = await Promise.allSettled(all)
  assert.deepEqual(
    settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
    ['A', 'B', 'not this one', 'C'],
  )
  assert.deepEqual(committed, [['a'], ['b'], ['c']])
})

test('those that only add rows are written by the same statement, each with its own result, and the others after them', async () => {
  const { committed, changes, write, addition, never, letGo } = makeTransactions()
  const refused = {
    plan: (): undefined => {
      throw new Error('refused')
    },
    apply: () => '',
  }
  const elsewhere = { plan: () => undefined, apply: () => assert.fail('it was made as any other') }
  const all = [
    changes.run(write('a')),
    changes.run(write('b')),
    changes.run(never, addition('c')),
    changes.run(never, refused),
    changes.run(write('d'), elsewhere),
    changes.run(never, addition('e')),
  ]
  letGo()
  const settled = await Promise.allSettled(all)
  assert.deepEqual(
    settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
    ['A', 'B', 'C', 'refused', 'D', 'E'],
  )
  assert.deepEqual(committed, [['a'], ['c+e', 'b', 'd']], 'one that may not be made takes no other along')
})

test('additions that clash are each written alone', async () => {
  const { committed, changes, write, addition, never, letGo } = makeTransactions()
  const all = [changes.run(write('a')), changes.run(never, addition('b')), changes.run(never, addition('clash'))]
  letGo()
  assert.deepEqual(await Promise.all(all), ['A', 'B', 'CLASH'])
  assert.deepEqual(committed, [['a'], ['b'], ['clash']])
})

test('creations at the same time go to the writer together, and each has its own answer', async (t) => {
  const lab = await startLab(t)
  const make = (name: string, at: number) =>
    lab.post('/resources', { path: '/lab/many', name, type: 'file', data: Buffer.from(`content ${at}`).toString('base64') })
  await lab.post('/resources', { path: '/lab', name: 'many', type: 'basic_folder' })
  const contents = new Map<string, string>()
  for (let round = 0; round < 3; round++) {
    const names = [...Array.from({ length: 12 }, (_, n) => `${round}-${n}`), `${round}-3`, 'bad/name']
    const answers = (await Promise.all(names.map(make))).map(({ status, json }) => [status, (json as { status?: string }).status])
    // Of the two of one name one is made: which of them, the connections say that they came by.
    const made = answers[3]?.[1] === 'ok' ? 3 : 12
    contents.set(`${round}-3`, `content ${made}`)
    assert.deepEqual(
      answers,
      names.map((name, at) => (name === 'bad/name' ? [400, 'error'] : [200, at === made || (at !== 3 && at !== 12) ? 'ok' : 'error'])),
    )
    for (const [at, name] of names.slice(0, 12).entries()) if (at !== 3) contents.set(name, `content ${at}`)
  }
  const { id: many = 0 } = lab.ctx.tree.find('/lab/many') ?? {}
  const rows = await lab.ctx.db.selectFrom('resources').selectAll().where('parent_id', '=', many).where('type', '=', FILE).execute()
  assert.equal(rows.length, 36)
  for (const { id, name, last_revision_id: last } of rows) {
    const revisions = await lab.ctx.db.selectFrom('resource_revisions').selectAll().where('resource_id', '=', id).execute()
    assert.deepEqual(
      revisions.map((revision) => [revision.id, Buffer.from(revision.data ?? []).toString()]),
      [[last, contents.get(name)]],
    )
  }
})

test('new contents at the same time share a commit: each file has its own, and of two for one new path both are kept', async (t) => {
  const lab = await startLab(t)
  const put = (name: string, text: string) => lab.post(`/resources/lab/new/${name}`, { contents: Buffer.from(text).toString('base64') })
  // The first is under way while the others gather; the folder that is missing at first is there for them.
  const texts = Array.from({ length: 10 }, (_, n) => [`${n}.bin`, `text ${n}`] as const)
  const answers = await Promise.all([...texts, ['5.bin', 'again'] as const].map(([name, text]) => put(name, text)))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  for (const [name, text] of texts) {
    const file = lab.ctx.tree.find(`/lab/new/${name}`)
    const revisions = await lab.ctx.db
      .selectFrom('resource_revisions')
      .select(['id', 'data'])
      .where('resource_id', '=', file?.id ?? 0)
      .orderBy('id')
      .execute()
    const kept = revisions.map(({ data }) => Buffer.from(data ?? []).toString())
    assert.deepEqual(kept.toSorted(), name === '5.bin' ? ['again', text] : [text])
    const row = await lab.ctx.db
      .selectFrom('resources')
      .select('last_revision_id')
      .where('id', '=', file?.id ?? 0)
      .executeTakeFirstOrThrow()
    assert.equal(row.last_revision_id, revisions.at(-1)?.id)
  }
})

test('a name that was found to be free is found once it is taken, by whichever way', async (t) => {
  const lab = await startLab(t)
  const { tree } = lab.ctx
  await lab.post('/resources', { path: '/lab', name: 'some', type: 10 })
  assert.equal(tree.find('/lab/some/a'), undefined)
  await lab.post('/resources/lab/some/b', { contents: '' })
  assert.equal(tree.find('/lab/some/a'), undefined, 'another name says nothing of this one')
  await lab.post('/resources/lab/some/a', { contents: '' })
  assert.equal(tree.find('/lab/some/a')?.name, 'a')
  assert.equal(tree.find('/lab/some/c'), undefined)
  await lab.put('/resources/lab/some/a', { name: 'c' })
  assert.equal(tree.find('/lab/some/c')?.name, 'c')
  await lab.delete('/resources/lab/some/c')
  assert.equal(tree.find('/lab/some/c'), undefined)
  await lab.post('/resources/lab/some/c', { undelete: 1 })
  assert.equal(tree.find('/lab/some/c')?.name, 'c')
})
