/** Memory for what callers send who have said who they are: no one of them takes that of the others. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Fault } from '../../src/base/fault.ts'
import { SharedMemory } from '../../daemon/requests/shared-memory.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { websocketFrame, websocketHandshake } from '../support/raw-samples.ts'
import { waitFor } from '../support/waiting.ts'

test('of callers who are known the one who holds most over all connections gives way, with what is not complete', () => {
  const memory = new SharedMemory({ sum: 1_000 })
  const cut: string[] = []
  const open = (owner: string, bytes: number): ReturnType<SharedMemory['share']> => {
    const share = memory.share(owner)
    share.onCut((fault: Fault) => cut.push(`${owner} ${bytes} ${fault.code}`))
    share.hold(bytes)
    return share
  }
  const complete = open('device', 300)
  complete.settle()
  for (const bytes of [100, 150, 50]) open('device', bytes)
  open('person', 290)
  assert.deepEqual(cut, [])
  open('other', 200)
  assert.deepEqual(cut, ['device 150 busy'])
  assert.equal(memory.held, 940)
  open('person', 100)
  assert.deepEqual(cut.slice(1), ['person 290 busy'])
  complete.release()
  assert.equal(memory.held, 450)
})

interface Sent {
  readonly socket: Socket
  readonly answer: () => string
}

interface Parts {
  readonly declared: number
  readonly begin: string
  readonly bytes: number
}

/** Begins a request whose body has `declared` bytes, and sends `bytes` of them. */
function send(t: TestContext, lab: Lab, path: string, headers: string, { declared, begin, bytes }: Parts): Sent {
  let answer = ''
  const socket = connect(Number(new URL(lab.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.on('error', () => {}).on('data', (data: Buffer) => (answer += data.toString()))
  socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Length: ${declared}\r\n\r\n${begin}`)
  socket.write(Buffer.alloc(bytes, 'a'))
  return { socket, answer: () => answer }
}

const FORM = 'Content-Type: multipart/form-data; boundary=b\r\n'
const FIELD = '--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n'

for (const [what, path, type, begin] of [
  ['JSON', '/api/v1/keys', 'Content-Type: application/json\r\n', ''],
  ['fields of forms', '/api/v1/resources/lab/fridge/a', FORM, FIELD],
  ['messages of webhooks', '/api/v1/ingest/lab/fridge', 'Content-Type: text/plain\r\n', ''],
  ['lines', '/write?db=lab/fridge', '', ''],
] as const)
  test(`a device that keeps many bodies unfinished takes the room of nobody else: ${what}`, async (t) => {
    const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 1_000_000, SHUTDOWN_TIMEOUT: 1 } })
    const fridge = await lab.controller('fridge')
    const person = await lab.user('amy@example.com')
    const as = (key: string, head = ''): string => `${head}Authorization: Bearer ${key}\r\n`
    const amys = send(t, lab, '/api/v1/keys', as(person.key, 'Content-Type: application/json\r\n'), {
      declared: 500_000,
      begin: '',
      bytes: 400_000,
    })
    const sent = Array.from({ length: 8 }, () => send(t, lab, path, as(fridge.key, type), { declared: 1_000_000, begin, bytes: 900_000 }))
    await waitFor('some of the device are refused', () => sent.filter(({ answer }) => answer().includes(' 503 ')).length >= 4)
    assert.equal(amys.answer(), '')
    amys.socket.write(Buffer.alloc(100_000, 'a'))
    await waitFor('the person is answered', () => amys.answer() !== '')
    assert.match(amys.answer(), /^HTTP\/1.1 400 .*not JSON/s)
  })

const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)])
const packet = (header: number, rest: Buffer): Buffer => {
  const digits: number[] = []
  for (let left = rest.length; left > 0; left >>= 7) digits.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0))
  return Buffer.concat([Buffer.from([header, ...digits]), rest])
}
const SIZE = 900_000
const longMessage = websocketFrame(JSON.stringify({ type: 'ping', id: 1, parameters: { filling: 'x'.repeat(SIZE) } }))
const longPublication = packet(0x30, Buffer.concat([text('lab/fridge/x'), Buffer.alloc(SIZE, 'x')]))
/** MQTT 3.1.1: a version, flags for a user name and a password, no keep alive. */
const connectPacket = (key: string): Buffer =>
  packet(0x10, Buffer.concat([text('MQTT'), Buffer.from([4, 0xc2, 0, 0]), text(key.slice(-20)), text('key'), text(key)]))

for (const [what, greeting, message, goOn] of [
  ['WebSocket', websocketHandshake, longMessage, (begun: number) => longMessage.subarray(begun)],
  ['MQTT', connectPacket, longPublication, (begun: number) => Buffer.concat([longPublication.subarray(begun), Buffer.from([0xc0, 0])])],
] as const)
  test(`a device that leaves messages unfinished on many connections takes the room of nobody else: ${what}`, async (t) => {
    const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 1_000_000, SHUTDOWN_TIMEOUT: 1 }, mqtt: what === 'MQTT' })
    const fridge = await lab.controller('fridge')
    const person = await lab.user('amy@example.com')
    const port = what === 'MQTT' ? (lab.daemon.mqttPort ?? 0) : Number(new URL(lab.url).port)
    let ended = 0
    /** Greets, and sends most of a message. */
    const begin = async (key: string, bytes: number): Promise<{ socket: Socket; heard: () => number }> => {
      const socket = connect(port, '127.0.0.1')
      t.after(() => socket.destroy())
      let heard = 0
      socket.on('error', () => {}).on('close', () => ended++)
      socket.write(greeting(key))
      await new Promise<void>((resolve) => socket.on('data', () => resolve(void heard++)))
      socket.write(message.subarray(0, bytes))
      return { socket, heard: () => heard }
    }
    const amys = await begin(person.key, 400_000)
    for (let count = 0; count < 8; count++) await begin(fridge.key, 890_000)
    // 4 MB in all, of which the person has 400 kB.
    await waitFor('the device has given some up', () => ended >= 4)
    const before = amys.heard()
    amys.socket.write(goOn(400_000))
    await waitFor('the person is answered', () => amys.heard() > before)
    assert.ok(ended < 8, `${ended} ended`)
  })

test('what a small body unfolds to counts for whoever sent it', async (t) => {
  const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 1_000_000, SHUTDOWN_TIMEOUT: 1 } })
  const fridge = await lab.controller('fridge')
  const headers = { authorization: `Bearer ${fridge.key}`, 'content-encoding': 'gzip' }
  const write = async (bytes: number): Promise<number> => {
    const reply = await fetch(`${lab.url}/write`, { method: 'POST', headers, body: new Uint8Array(gzipSync(Buffer.alloc(bytes, '\n'))) })
    await reply.arrayBuffer()
    return reply.status
  }
  assert.equal(await write(900_000), 204)
  assert.equal(await write(1_000_001), 413)
  const json = `Authorization: Bearer ${fridge.key}\r\nContent-Type: application/json\r\n`
  const parts = { declared: 1_000_000, begin: '', bytes: 900_000 }
  const sent = Array.from({ length: 3 }, () => send(t, lab, '/api/v1/keys', json, parts))
  await waitFor('they have no room beside it', async () => (await write(900_000)) === 503)
  assert.deepEqual(
    sent.map(({ answer }) => answer()),
    ['', '', ''],
  )
  for (const { socket } of sent) socket.destroy()
  await waitFor('there is room again', async () => (await write(900_000)) === 204)
})
