import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { Worker } from 'node:worker_threads'
import { WorkerCalls } from '../../src/base/worker-calls.ts'

interface Request {
  readonly id: number
  readonly what: 'length' | 'hold' | 'release' | 'refuse' | 'throw' | 'exit'
  readonly memory?: ArrayBuffer
}

interface Reply {
  readonly id: number
  readonly length?: number
  readonly problem?: string
}

/** Keeps `hold` back until `release` comes. */
const THREAD = `
  const { parentPort } = require('node:worker_threads')
  let held
  parentPort.on('message', ({ id, what, memory }) => {
    if (what === 'length') parentPort.postMessage({ id, length: memory.byteLength })
    if (what === 'refuse') parentPort.postMessage({ id, problem: 'no' })
    if (what === 'throw') throw new Error('broken')
    if (what === 'exit') process.exit(0)
    if (what === 'hold') held = id
    if (what === 'release') {
      parentPort.postMessage({ id, length: 2 })
      parentPort.postMessage({ id: held, length: 1 })
    }
  })`

function start(t: TestContext): { calls: WorkerCalls<Request, Reply, number>; ends: Error[] } {
  const worker = new Worker(THREAD, { eval: true })
  t.after(() => worker.terminate())
  const ends: Error[] = []
  const open = ({ length, problem }: Reply): number => {
    if (length === undefined) throw new Error(problem)
    return length
  }
  return { calls: new WorkerCalls<Request, Reply, number>(worker, open, (error) => ends.push(error)), ends }
}

test('each caller gets the reply to its own request, in whatever order replies come', async (t) => {
  const { calls } = start(t)
  const order: string[] = []
  const held = calls.call({ what: 'hold' }).then((length) => (order.push('held'), length))
  const release = calls.call({ what: 'release' }).then((length) => (order.push('release'), length))
  assert.equal(calls.waiting, 2)
  assert.deepEqual(await Promise.all([held, release]), [1, 2])
  assert.deepEqual(order, ['release', 'held'])
  assert.equal(calls.waiting, 0)
})

test('transferred memory moves to the thread', async (t) => {
  const { calls } = start(t)
  const memory = new ArrayBuffer(1_000)
  const length = calls.call({ what: 'length', memory }, [memory])
  assert.equal(memory.byteLength, 0)
  assert.equal(await length, 1_000)
})

test('an error that a reply reports is its caller’s alone', async (t) => {
  const { calls, ends } = start(t)
  await assert.rejects(calls.call({ what: 'refuse' }), /no/)
  assert.equal(await calls.call({ what: 'length', memory: new ArrayBuffer(3) }), 3)
  assert.deepEqual(ends, [])
})

for (const [what, message] of [
  ['throw', /broken/],
  ['exit', /thread ended/],
] as const) {
  test(`when the thread ends by ${what}, waiting and later requests are refused, and the owner is told once`, async (t) => {
    const { calls, ends } = start(t)
    const held = calls.call({ what: 'hold' })
    await Promise.all([assert.rejects(held, message), assert.rejects(calls.call({ what }), message)])
    await assert.rejects(calls.call({ what: 'release' }), message)
    assert.equal(ends.length, 1)
    assert.equal(calls.ended, ends[0])
  })
}

test('an end that the owner asks for is not reported to it', async (t) => {
  const { calls, ends } = start(t)
  const held = calls.call({ what: 'hold' })
  calls.end(new Error('closed'))
  await assert.rejects(held, /closed/)
  await assert.rejects(calls.call({ what: 'release' }), /closed/)
  assert.deepEqual(ends, [])
})
