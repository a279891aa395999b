/** What the loop reads of strangers between two of its turns. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { ReadingTurns, type Readable } from '../../daemon/requests/reading-turns.ts'
import { startLab, type Lab } from '../support/lab.ts'

/** A socket that knows whether it is read. */
function socketOf(name: number): Readable & { readonly name: number; readonly isRead: boolean; close(): void } {
  let isRead = true
  let close = (): void => {}
  return {
    name,
    destroyed: false,
    once: (_: string, listener: () => void) => (close = listener),
    close: () => close(),
    get isRead() {
      return isRead
    },
    _handle: { reading: true, readStart: () => (isRead = true), readStop: () => (isRead = false) },
  } as unknown as ReturnType<typeof socketOf>
}

test('past their share of a turn no stranger is read in it; then some go on in each turn, the newest that said nothing first', () => {
  let time = 0
  const turns: (() => void)[] = []
  const reading = new ReadingTurns({ now: () => time, after: (turn) => void turns.push(turn) })
  const sockets = Array.from({ length: 100 }, (_, name) => socketOf(name))
  for (const socket of sockets) reading.add(socket)
  const read = (): number[] => sockets.filter(({ isRead }) => isRead).map(({ name }) => name)
  const turn = (): void => {
    for (let count = 0; count < 16; count++) turns.splice(0).forEach((go) => go())
  }
  const [first] = sockets
  assert.ok(first)
  reading.read(first)
  time = 2
  reading.read(sockets[99])
  assert.equal(read().length, 100)
  time = 3
  reading.read(sockets[98])
  assert.deepEqual(read(), [])
  assert.equal(reading.held, 100)
  // Somebody who has said who they are is read again, whatever the others do.
  reading.known(first)
  assert.deepEqual(read(), [0])
  sockets[1]?.close()
  turn()
  // 92 to 97 are the newest that have said nothing; the others go on in their order.
  assert.deepEqual(read(), [0, ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 11], ...[92, 93, 94, 95, 96, 97]])
  // They use their share up again: they wait behind those who have not had a turn.
  reading.read(sockets[2])
  time = 6
  reading.read(sockets[3])
  assert.deepEqual(read(), [0])
  for (let count = 0; count < 5; count++) turn()
  assert.deepEqual(
    [2, 12, 50, 85].filter((name) => sockets[name]?.isRead !== true),
    [2],
  )
  for (let count = 0; count < 10; count++) turn()
  assert.equal(reading.held, 0)
  // Nothing goes on once all are read.
  assert.deepEqual(turns, [])
})

async function openIdle(lab: Lab, count: number, after: (end: () => void) => void): Promise<Socket[]> {
  const port = Number(new URL(lab.url).port)
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {})
      after(() => socket.destroy())
      await once(socket, 'connect')
      // The loop takes one connection in each of its turns: one that was answered is taken.
      const answer = once(socket, 'data')
      socket.write('GET /ping HTTP/1.1\r\nHost: a\r\n\r\n')
      await answer
      return socket
    }),
  )
}

const KEY_OF_NOBODY = 'authorization: Bearer of-nobody-at-all-0123456789\r\n'

for (const path of ['/api/v1/resources/self?meta=1', '/health?live=1'])
  test(`who has said who they are is answered ${path} in between, however many strangers send at one moment`, async (t) => {
    const lab = await startLab(t, { settings: { TRUSTED_PROXIES: ['127.0.0.1'] } })
    const [known, ...strangers] = await openIdle(lab, 401, (end) => t.after(end))
    assert.ok(known)
    const ask = (): void => void known.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nauthorization: Bearer ${lab.key}\r\n\r\n`)
    const first = once(known, 'data')
    ask()
    await first
    let answered = 0
    const all = strangers.map(async (socket) => {
      const answer = once(socket, 'data')
      socket.write(`GET /api/v1/resources/none HTTP/1.1\r\nHost: a\r\n${KEY_OF_NOBODY}\r\n`)
      await answer
      answered++
    })
    const answer = once(known, 'data')
    ask()
    await answer
    assert.ok(answered < 200, `${answered} strangers were answered before`)
    await Promise.all(all)
  })
