/** Commits are finished in the order of their numbers, however the store's promises come about. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Context } from '../../src/context.ts'
import { appendValues } from '../../src/sequences/sequences.ts'
import { serverActor } from '../../src/resources/system.ts'
import { ValueIntake } from '../../src/sequences/value-intake.ts'
import { ValueImport } from '../../src/sequences/value-import.ts'
import { secondsOf } from '../../src/base/time.ts'
import type { Message } from '../../src/tree/hub.ts'
import type { Resource } from '../../src/tree/tree.ts'
import { startLab, type Lab } from '../support/lab.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The lab's own store, whose answers to the calls of append go through `delay`. */
function delayAnswers(lab: Lab, delay: (answer: Promise<Uint8Array>) => Promise<Uint8Array>): void {
  const store = lab.ctx.sequences
  const append: typeof store.append = store.append.bind(store)
  store.append = (rows) => delay(append(rows))
}

interface Told {
  numbers: number[]
  values: (string | number)[]
  published: unknown[]
}

/** What is told, with a look at each moment at what is known as newest. */
function listen(ctx: Context, sequence: Resource): Told {
  const told: Told = { numbers: [], values: [], published: [] }
  ctx.hub.on('valuesCommitted', ({ commit, values }) => {
    told.numbers.push(commit ?? Number.NaN)
    told.values.push(...values)
  })
  const deliver = ({ parameters, timestamp }: Message): void => {
    told.published.push(Number((parameters as { value: string }).value))
    const { newest } = ctx.sequenceStates.peek(sequence.id) ?? {}
    assert.ok(newest && newest.time >= timestamp, 'the newest is known in the turn in which a value is published')
  }
  ctx.hub.subscribe({ deliver, sender: {} }, { folderId: sequence.parent?.id ?? 0, type: undefined, includeChildren: false })
  return told
}

const ascending = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b)

test('a batch whose answer comes early waits for those before it', async (t) => {
  const lab = await startLab(t)
  const { ctx } = lab
  const sequence = await lab.sequence('/lab/a')
  const shown = await lab.sequence('/lab/seldom', 1, { min_storage_interval: 1e6 })
  await appendValues(ctx, serverActor, [
    { sequence, value: 0 },
    { sequence: shown, value: 0 },
  ])
  const told = listen(ctx, sequence)
  const answers: { promise: Promise<Uint8Array>; release: () => void }[] = []
  delayAnswers(lab, (answer) => {
    return new Promise((resolve) => answers.push({ promise: answer, release: () => resolve(answer) }))
  })
  const done: string[] = []
  const append = async (name: string, to: Resource, value: number): Promise<void> => {
    await appendValues(ctx, serverActor, [{ sequence: to, value }])
    done.push(name)
  }
  const all = [append('one', sequence, 1), append('two', sequence, 2), append('shown', shown, 3), append('four', sequence, 4)]
  while (answers.length < 3) await turn()
  await Promise.all(answers.map(({ promise }) => promise))
  for (const at of [2, 1]) {
    answers[at]?.release()
    await turn()
    assert.deepEqual(
      [done, told.values, ctx.sequenceStates.peek(sequence.id)?.newest?.value],
      [[], [], 0],
      'all is durable, none has its turn',
    )
  }
  answers[0]?.release()
  await Promise.all(all)
  assert.deepEqual(done, ['one', 'two', 'shown', 'four'])
  assert.deepEqual(
    [told.values, told.published],
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
  )
  assert.deepEqual(told.numbers, ascending(told.numbers))
  assert.equal(ctx.sequenceStates.peek(sequence.id)?.newest?.value, 4)
})

test('a batch that fails keeps none of those after it waiting, and is told of by nothing', async (t) => {
  const lab = await startLab(t)
  const sequence = await lab.sequence('/lab/a')
  await appendValues(lab.ctx, serverActor, [{ sequence, value: 0 }])
  const told = listen(lab.ctx, sequence)
  let calls = 0
  delayAnswers(lab, (answer) => (calls++ === 0 ? answer.then(() => Promise.reject(new Error('the disk is gone'))) : answer))
  const failing = appendValues(lab.ctx, serverActor, [{ sequence, value: 1 }])
  const next = appendValues(lab.ctx, serverActor, [{ sequence, value: 2 }])
  await assert.rejects(failing, /the disk is gone/)
  await next
  assert.deepEqual([told.values, told.published], [[2], [2]])
})

test('the order does not depend on how many microtasks an answer takes, by whatever way values come', async (t) => {
  const lab = await startLab(t)
  const { ctx } = lab
  const sequence = await lab.sequence('/lab/a')
  await appendValues(ctx, serverActor, [{ sequence, value: -1 }])
  const told = listen(ctx, sequence)
  let calls = 0
  delayAnswers(lab, async (answer) => {
    // Later calls of each ten answer sooner.
    const steps = 30 - 3 * (calls++ % 10)
    const isNew = await answer
    for (let step = 0; step < steps; step++) await Promise.resolve()
    return isNew
  })
  const intake = new ValueIntake<number>(ctx)
  const start = ctx.clock.now()
  const stored: number[] = []
  const ends: Promise<unknown>[] = []
  for (let value = 0; value < 300; value++) {
    const time = start + value
    if (value % 3 === 0) ends.push(appendValues(ctx, serverActor, [{ sequence, value, time }]))
    else if (value % 3 === 1) {
      const taken = (resolve: () => void, reject: (reason: Error) => void): void => {
        const receiver = {
          sender: {},
          stored: (ticket: number): void => {
            stored.push(ticket)
            resolve()
          },
          refused: (): void => reject(new Error('refused')),
        }
        intake.take(serverActor, sequence, value, time, receiver, value)
      }
      ends.push(new Promise<void>(taken))
      intake.flush()
    } else {
      const items = new ValueImport(ctx, serverActor)
      await items.add([{ path: '/lab/a', timestamp: secondsOf(time), value }])
      ends.push(items.store())
    }
    if (value % 20 === 0) await turn()
  }
  await Promise.all(ends)
  assert.equal(told.numbers.length, 300)
  assert.deepEqual(told.numbers, ascending(told.numbers))
  const expected = Array.from({ length: 300 }, (_, value) => value)
  assert.deepEqual(told.values, expected)
  assert.deepEqual(told.published, expected)
  assert.deepEqual(stored, ascending(stored))
  assert.equal(ctx.sequenceStates.peek(sequence.id)?.newest?.value, 299)
})
