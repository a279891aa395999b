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
  return {
    committed,
    changes: new SharedChanges({ transact }, undefined, (tx, works) => Promise.all(works.map((work) => work(tx)))),
    write,
    letGo,
  }
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

test('creations at the same time go to the writer together, and each has its own answer', async (t) => {
  const lab = await startLab(t)
  const make = (name: string) => lab.post('/resources', { path: '/lab/many', name, type: 'file', data: 'YQ==' })
  await lab.post('/resources', { path: '/lab', name: 'many', type: 'basic_folder' })
  for (let round = 0; round < 3; round++) {
    const names = [...Array.from({ length: 12 }, (_, n) => `${round}-${n}`), `${round}-3`, 'bad/name']
    const answers = await Promise.all(names.map(make))
    assert.deepEqual(
      answers.map(({ status, json }) => [status, (json as { status?: string }).status]),
      [...Array.from({ length: 12 }, () => [200, 'ok']), [200, 'error'], [400, 'error']],
    )
  }
  const { id: many = 0 } = lab.ctx.tree.find('/lab/many') ?? {}
  const rows = await lab.ctx.db.selectFrom('resources').selectAll().where('parent_id', '=', many).where('type', '=', FILE).execute()
  assert.equal(rows.length, 36)
  for (const { id, last_revision_id: last } of rows) {
    const revision = await lab.ctx.db.selectFrom('resource_revisions').selectAll().where('resource_id', '=', id).executeTakeFirstOrThrow()
    assert.equal(revision.id, last)
    assert.equal(Buffer.from(revision.data ?? []).toString(), 'a')
  }
})
