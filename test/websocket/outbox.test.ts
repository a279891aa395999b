import assert from 'node:assert/strict'
import test from 'node:test'
import { Metrics } from '../../daemon/metrics.ts'
import { Outbox } from '../../daemon/peers/outbox.ts'
import { AnswerMemory } from '../../daemon/replies/answer-memory.ts'
import { FakeClock } from '../support/lab.ts'

/** A network that takes nothing until it is told to. */
class Network {
  readonly taken: string[] = []
  bufferedAmount = 0
  send(data: Buffer): void {
    this.taken.push(data.toString('utf8').trimEnd())
    this.bufferedAmount += data.length
  }
}

const message = (text: string): Buffer => Buffer.from(text.padEnd(1_000))

function startOutbox(bound: number): {
  clock: FakeClock
  network: Network
  counts: ReturnType<Metrics['transport']>
  outbox: Outbox
  fill: () => void
  drain: () => void
} {
  const clock = new FakeClock()
  const network = new Network()
  const counts = new Metrics().transport('test')
  const outbox = new Outbox(network, { bound, clock, counts })
  const fill = (): void => {
    network.bufferedAmount = 1_000_000
  }
  const drain = (): void => {
    do {
      network.bufferedAmount = 0
      const before = network.taken.length
      outbox.drained()
      if (network.taken.length === before) return
    } while (network.bufferedAmount > 0)
  }
  return { clock, network, counts, outbox, fill, drain }
}

test('while the network takes them messages go straight through, and in order when it did not for a while', () => {
  const { network, outbox, fill, drain, counts } = startOutbox(10_000)
  outbox.push(message('a'))
  assert.deepEqual(network.taken, ['a'])
  fill()
  outbox.push(message('b'), 1)
  outbox.push(message('c'))
  outbox.push(message('d'), 1)
  assert.deepEqual(network.taken, ['a'])
  drain()
  assert.deepEqual(network.taken, ['a', 'b', 'c', 'd'])
  assert.deepEqual([counts.sent, counts.collapsed, counts.dropped], [4, 0, 0])
})

test('past the bound values collapse to the newest of each sequence, and other messages are dropped', () => {
  const { network, outbox, fill, drain, counts } = startOutbox(5_000)
  fill()
  outbox.push(message('note 1'))
  for (let n = 1; n <= 4; n++) outbox.push(message(`x ${n}`), 1)
  outbox.push(message('y 1'), 2)
  outbox.push(message('x 5'), 1)
  for (let n = 2; n <= 4; n++) outbox.push(message(`note ${n}`))
  for (let n = 6; n <= 100; n++) outbox.push(message(`x ${n}`), 1)
  drain()
  assert.deepEqual(network.taken, ['note 1', 'x 100', 'y 1', 'note 2', 'note 3'])
  assert.deepEqual([counts.sent, counts.collapsed, counts.dropped], [5, 99, 1])
  outbox.push(message('x 101'), 1)
  assert.equal(network.taken.at(-1), 'x 101', 'as if nothing had been')
})

test('it never holds more than a few times the bound, whatever comes', () => {
  const { network, outbox, fill, drain, counts } = startOutbox(50_000)
  fill()
  for (let n = 0; n < 10_000; n++) outbox.push(message(`v ${n}`), n)
  for (let n = 0; n < 10_000; n++) outbox.push(message(`m ${n}`))
  drain()
  assert.equal(network.taken.length, 100)
  assert.equal(counts.dropped, 20_000 - 100)
})

test('who has not caught up for thirty seconds is hopeless; who has may start again', () => {
  const { clock, outbox, fill, drain } = startOutbox(2_000)
  fill()
  for (let n = 0; n < 10; n++) outbox.push(message(`x ${n}`), 1)
  clock.advance(29)
  assert.equal(outbox.isHopeless, false)
  drain()
  fill()
  clock.advance(29)
  for (let n = 0; n < 10; n++) outbox.push(message(`x ${n}`), 1)
  assert.equal(outbox.isHopeless, false)
  clock.advance(30)
  assert.equal(outbox.isHopeless, true)
})

test('a long backlog that drains while it grows keeps its order', () => {
  const { network, outbox, fill } = startOutbox(100_000_000)
  fill()
  let [sent, n] = [0, 0]
  for (let round = 0; round < 100; round++) {
    for (let more = 0; more < 100; more++) outbox.push(message(String(n++)))
    network.bufferedAmount = 0
    outbox.drained()
    sent = network.taken.length
  }
  outbox.flush()
  assert.ok(sent < n)
  assert.deepEqual(
    network.taken,
    Array.from({ length: n }, (_, at) => String(at)),
  )
})

test('what waits for subscribers counts, and one who takes nothing gives way past what all may hold', () => {
  let time = 0
  const memory = new AnswerMemory({ sum: 30_000, now: () => time })
  const cut: string[] = []
  const open = (owner: string): { network: Network; outbox: Outbox } => {
    const holding = memory.holding({ owner, isStranger: false, cut: () => cut.push(owner) })
    const network = Object.assign(new Network(), { holding })
    const outbox = new Outbox(network, { bound: 20_000, clock: new FakeClock(), counts: new Metrics().transport('test') })
    return { network, outbox }
  }
  const [quick, slow] = [open('quick'), open('slow')]
  for (const { outbox } of [quick, slow]) outbox.count()
  assert.equal(memory.held, 0)
  // Beyond the queue it counts too.
  slow.network.bufferedAmount = 10_000
  slow.outbox.count()
  assert.equal(memory.held, 10_000)
  time = 5_000
  quick.network.bufferedAmount = 15_000
  quick.outbox.count()
  quick.network.bufferedAmount = 22_000
  quick.outbox.count()
  assert.deepEqual(cut, ['slow'])
  quick.network.bufferedAmount = 0
  quick.outbox.drained()
  assert.equal(memory.held, 0)
})
