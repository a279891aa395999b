/** A name in the local network by multicast DNS: real sockets on the loopback interface, asked by the library's own client. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import test, { type TestContext } from 'node:test'
import type { Answer } from 'dns-packet'
import makeSocket, { type MulticastDNS, type ResponsePacket } from 'multicast-dns'
import { LocalName } from '../../daemon/workers/local-name.ts'
import { systemClock } from '../../src/base/clock.ts'
import { labSettings } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { waitFor } from '../support/waiting.ts'

const LOOPBACK = '127.0.0.1'

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

interface Network {
  readonly port: number
  readonly neighbour: MulticastDNS
  readonly heard: ResponsePacket[]
  readonly log: RecordingLog
  readonly join: (settings: Record<string, unknown>) => Promise<LocalName>
}

/** A network of this machine alone, with somebody in it. */
async function startNetwork(t: TestContext): Promise<Network> {
  const port = await freePort()
  const log = new RecordingLog()
  const neighbour = makeSocket({ port, interface: LOOPBACK, bind: '0.0.0.0' })
  t.after(() => new Promise<void>((resolve) => neighbour.destroy(resolve)))
  const heard: ResponsePacket[] = []
  neighbour.on('response', (packet) => heard.push(packet))
  await once(neighbour, 'ready')
  const join = async (settings: Record<string, unknown>): Promise<LocalName> => {
    const ctx = { settings: labSettings('/tmp', { LISTEN_ADDRESS: '0.0.0.0', ...settings }), log, clock: systemClock }
    const name = new LocalName(ctx, { port, interface: LOOPBACK })
    t.after(() => name.stop())
    await name.start()
    return name
  }
  return { port, neighbour, heard, log, join }
}

const has = (heard: readonly ResponsePacket[], fits: (answer: Answer) => boolean): boolean =>
  heard.some(({ answers = [] }) => answers.some(fits))
const isAddress = (answer: Answer, ttl: number): boolean =>
  answer.name === 'bench-3.local' && answer.type === 'A' && answer.data === LOOPBACK && answer.ttl === ttl

test('a machine is found by its name and .local, says that it has no other address, and says good-bye', async (t) => {
  const { neighbour, heard, join } = await startNetwork(t)
  const name = await join({ MDNS_NAME: 'Bench-3' })
  await waitFor('it tells its name', () => has(heard, (answer) => isAddress(answer, 120)))
  heard.length = 0
  neighbour.query('BENCH-3.local', 'A')
  await waitFor('it answers', () => has(heard, (answer) => isAddress(answer, 120)))
  neighbour.query('bench-3.local', 'AAAA')
  await waitFor('there is no address of IPv6', () => has(heard, ({ type }) => type === 'NSEC'))
  heard.length = 0
  neighbour.query('bench-4.local', 'A')
  neighbour.query('bench-3.local', 'SRV')
  await name.stop()
  await waitFor('it says good-bye', () => has(heard, (answer) => isAddress(answer, 0)))
  assert.equal(heard.length, 1, 'other names and kinds are none of its own')
})

test('a name that another machine has is left to it, and the log says so', async (t) => {
  const { neighbour, heard, join, log } = await startNetwork(t)
  neighbour.on('query', ({ questions = [] }) => {
    if (questions.some(({ name }) => name === 'bench-3.local'))
      neighbour.respond([{ name: 'bench-3.local', type: 'A', ttl: 120, data: '192.0.2.7' }])
  })
  await join({ MDNS_NAME: 'bench-3' })
  await waitFor('it is told', () => log.warnings.some(({ reason }) => /^192\.0\.2\.7 has it/.test(String(reason))))
  assert.ok(!has(heard, (answer) => isAddress(answer, 120)))
})

test('without the setting nothing is opened; on this machine alone it is said to be of no use', async (t) => {
  const { join, log, heard } = await startNetwork(t)
  await join({})
  const ctx = { settings: labSettings('/tmp', { MDNS_NAME: 'bench-3' }), log, clock: systemClock }
  const name = new LocalName(ctx)
  await name.start()
  await name.stop()
  assert.match(String(log.warnings[0]?.['message']), /LISTEN_ADDRESS/)
  assert.deepEqual(heard, [])
  assert.throws(() => labSettings('/tmp', { MDNS_NAME: 'rhizo.local' }), /without "\.local"/)
})
