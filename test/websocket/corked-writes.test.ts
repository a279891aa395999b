/** What is written to many connections at one moment leaves in turns of the event loop: by a clock that the test moves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CorkedWrites } from '../../daemon/peers/corked-writes.ts'

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('writes to a hundred connections take several turns of the loop, and those of a later turn go before what is late', async () => {
  let now = 0
  const writes = new CorkedWrites({ now: () => now })
  const order: string[] = []
  const cork = (name: string, takes = 1): void =>
    writes.uncorkSoon({
      uncork: () => {
        order.push(name)
        now += takes
      },
    })
  for (let at = 0; at < 100; at++) cork(`${at}`)
  await Promise.resolve()
  await new Promise((resolve) => process.nextTick(resolve))
  assert.equal(order.length, 8)
  cork('an answer')
  await new Promise((resolve) => process.nextTick(resolve))
  assert.equal(order.at(-1), 'an answer')
  let [before, longest] = [order.length, 0]
  while (order.length < 101) {
    await nextTurn()
    longest = Math.max(longest, order.length - before)
    before = order.length
  }
  assert.ok(longest <= 8, `${longest} in one turn`)
  assert.deepEqual(
    order.filter((name) => name !== 'an answer'),
    Array.from({ length: 100 }, (_, at) => `${at}`),
  )
  // One that takes longer than a turn may does not keep the others for ever.
  for (const name of ['long', 'longer', 'last']) cork(name, 20)
  while (order.length < 104) await nextTurn()
  assert.deepEqual(order.slice(101), ['long', 'longer', 'last'])
})
