/** Memory for what callers send who have said who they are: no one of them takes that of the others. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Fault } from '../../src/base/fault.ts'
import { SharedMemory } from '../../daemon/requests/shared-memory.ts'
import { startLab, type Lab } from '../support/lab.ts'
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
    const lab = await startLab(t, { settings: { MAX_BODY_SIZE: 1_000_000 } })
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
