/** Changes of several callers in one transaction. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Tx } from '../../src/database/schema.ts'
import { SharedChanges } from '../../src/tree/shared-changes.ts'

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
  return { committed, changes: new SharedChanges({ transact }), write, letGo }
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
