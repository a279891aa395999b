/** Long work shares the event loop: by a clock that the tests move, so that a busy machine changes nothing. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'node:test'
import { jsonInTurns, jsonPieces } from '../../src/base/json-pieces.ts'
import { sortInTurns } from '../../src/base/long-lists.ts'
import type { Fault } from '../../src/base/fault.ts'
import { Turns } from '../../src/base/turns.ts'

/** A clock that is a millisecond later each time that somebody looks. */
const ticking = (): (() => number) => {
  let now = 0
  return () => now++
}

/** Steps of work that are done between two turns of the event loop, at most. */
async function longestWork(works: readonly (() => Promise<void>)[], steps: () => number): Promise<number> {
  let [before, longest, isOver] = [0, 0, false]
  const look = (): void => {
    longest = Math.max(longest, steps() - before)
    before = steps()
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  await Promise.all(works.map((work) => work()))
  isOver = true
  return longest
}

for (const workers of [1, 100])
  test(`${workers} at work leave the event loop after 4 ms of their own clock, all together`, async () => {
    const turns = new Turns({ now: ticking() })
    let steps = 0
    const work = async (): Promise<void> => {
      for (let step = 0; step < 50; step++) {
        if (turns.isOver()) await turns.next()
        steps++
        await Promise.resolve()
      }
    }
    const longest = await longestWork(
      Array.from({ length: workers }, () => work),
      () => steps,
    )
    assert.equal(steps, workers * 50)
    assert.ok(longest <= 7, `${longest} steps in one turn`)
  })

test('work that began long ago has its whole time again after a pause', async () => {
  let now = 0
  const turns = new Turns({ now: () => now })
  assert.equal(turns.isOver(), false)
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
  now = 1_000
  assert.equal(turns.isOver(), false)
  now += 5
  assert.equal(turns.isOver(), true)
})

test('what nobody needs any more leaves the line at once, and takes no turn from what waits behind it', async () => {
  const turns = new Turns()
  const order: string[] = []
  const wait = (name: string, of = turns): Promise<unknown> =>
    of.next().then(
      () => order.push(name),
      (error: Fault) => order.push(`${name}: ${error.code}`),
    )
  const [gone, other] = [turns.of('a'), turns.of('a')]
  const waits = [wait('gone', gone), wait('first'), wait('gone too', gone), wait('second'), wait('other', other)]
  assert.equal(turns.waiting, 5)
  gone.leave()
  assert.equal(turns.waiting, 3)
  setImmediate(() => order.push('the loop turned'))
  await Promise.all(waits)
  assert.deepEqual(order, ['gone: busy', 'gone too: busy', 'other', 'the loop turned', 'first', 'second'])
  await wait('gone for good', gone)
  assert.equal(order.at(-1), 'gone for good: busy')
  assert.equal(turns.waiting, 0)
})

test('callers take their turns one after the other, however much one of them has that waits', async () => {
  const turns = new Turns()
  const order: string[] = []
  const wait = async (of: Turns, name: string): Promise<void> => {
    await of.next()
    order.push(name)
  }
  const [many, few] = [turns.of('many'), turns.of('few')]
  const waits = Array.from({ length: 5 }, (_, at) => wait(many, `many ${at}`))
  waits.push(wait(few, 'few 0'), wait(turns, 'nobody 0'), wait(turns.of('few'), 'few 1'))
  await Promise.all(waits)
  assert.deepEqual(order, ['many 0', 'few 0', 'nobody 0', 'many 1', 'few 1', 'many 2', 'many 3', 'many 4'])
})

test('where steps are short, those that wait go on in one turn while there is time, callers one after the other', async () => {
  let now = 0
  const turns = new Turns({ areMany: true, now: () => now })
  const order: string[] = []
  const wait = async (of: Turns, name: string): Promise<void> => {
    await of.next()
    order.push(name)
    now += 2
  }
  const [many, few] = [turns.of('many'), turns.of('few')]
  const waits = Array.from({ length: 4 }, (_, at) => wait(many, `many ${at}`))
  waits.push(wait(few, 'few 0'))
  setImmediate(() => order.push('the loop turned'))
  await Promise.all(waits)
  // 4 ms are over once they have passed.
  assert.deepEqual(order, ['many 0', 'few 0', 'many 1', 'the loop turned', 'many 2', 'many 3'])
})

test('what one caller does counts for the turn of all', () => {
  let now = 0
  const turns = new Turns({ now: () => now })
  const [one, other] = [turns.of('one'), turns.of('other')]
  assert.equal(one.isOver(), false)
  now = 5
  assert.deepEqual([one.isOver(), other.isOver(), turns.isOver()], [true, true, true])
  assert.ok(other.pause() instanceof Promise)
})

test('JSON in pieces is the JSON of the whole', async () => {
  const turns = new Turns({ now: ticking() })
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 0, max: 3 }), async (value, depth) => {
      // Repeated, so that some of it is too heavy for one piece.
      let large: unknown = value
      for (let at = 0; at < depth; at++)
        large = at % 2 === 0 ? Array.from({ length: 40 }, () => large) : { a: large, b: undefined, 'ü"': large }
      let text = ''
      for await (const piece of jsonPieces(turns, large)) text += piece
      assert.equal(text, JSON.stringify(large))
    }),
    { numRuns: 200 },
  )
})

test('JSON of a million numbers comes in pieces of which none takes long', async () => {
  const turns = new Turns({ now: ticking() })
  const value = { head: 1, values: Array.from({ length: 1_000_000 }, (_, at) => at / 8), empty: [], none: {} }
  let [text, largest] = ['', 0]
  for await (const piece of jsonPieces(turns, value)) {
    text += piece
    largest = Math.max(largest, piece.length)
  }
  assert.equal(text, JSON.stringify(value))
  assert.ok(largest < 200_000, `a piece of ${largest} characters`)
  assert.equal(await jsonInTurns(turns, value), text)
})

test('sorting in turns is sorting', async () => {
  const turns = new Turns({ now: ticking() })
  const list = Array.from({ length: 5_003 }, (_, at) => ({ at, key: (at * 7919) % 301 }))
  const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key
  assert.deepEqual(await sortInTurns(turns, list, compare), [...list].sort(compare))
})
