/** A client may go away after any byte: nothing of that ends the process, leaves anything behind, or counts as an error of the server. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { Log } from '../../src/base/log.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { formWithFile, rawSamples } from '../support/raw-samples.ts'
import { waitFor } from '../support/waiting.ts'

/** How many connections are open at a time. */
const AT_ONCE = 40

/** Sends the bytes and goes away, properly or with a reset; resolves when the connection is closed. */
function sendAndLeave(port: number, bytes: Buffer, how: 'end' | 'reset'): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.on('data', () => {})
    socket.on('connect', () => {
      if (bytes.length === 0) return how === 'end' ? socket.destroy() : socket.resetAndDestroy()
      socket.write(bytes, () => (how === 'end' ? socket.destroy() : socket.resetAndDestroy()))
      return undefined
    })
  })
}

const descriptors = async (): Promise<number> => (await readdir('/proc/self/fd')).length

async function unfinished(lab: Lab): Promise<string[]> {
  const names = await readdir(lab.folder, { recursive: true })
  return names.filter((name) => name.endsWith('.part'))
}

test('each kind of request may break off after each of its bytes', async (t) => {
  const errors: string[] = []
  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (fields, message) => errors.push(`${message} ${JSON.stringify(fields)}`),
  }
  // Small contents go through the storage folder too.
  const lab = await startLab(t, { log, mqtt: true, settings: { STORAGE_THRESHOLD: 0 } })
  await lab.sequence('/lab/a')
  const samples = rawSamples(lab)
  const httpPort = Number(new URL(lab.url).port)
  const portOf = (to: 'http' | 'mqtt'): number => (to === 'http' ? httpPort : (lab.daemon.mqttPort ?? 0))
  // Each of them whole, so that what is loaded and opened only once is there.
  for (const { bytes, to } of samples) await sendAndLeave(portOf(to), bytes, 'end')
  await waitFor('all connections are closed', async () => (await lab.get('/whoami')).status === 200)
  const before = await descriptors()
  const cuts = samples.flatMap(({ bytes, to }, kind) =>
    Array.from({ length: bytes.length }, (_, length) => ({
      port: portOf(to),
      bytes: bytes.subarray(0, length),
      isReset: (length + kind) % 2 === 0,
    })),
  )
  assert.ok(cuts.length > 2_000)
  for (let from = 0; from < cuts.length; from += AT_ONCE)
    await Promise.all(
      cuts.slice(from, from + AT_ONCE).map(({ port, bytes, isReset }) => sendAndLeave(port, bytes, isReset ? 'reset' : 'end')),
    )
  assert.equal((await lab.get('/whoami')).status, 200)
  // Of the client's own kept-alive connection there may be one more.
  await waitFor('all descriptors are closed', async () => (await descriptors()) <= before + 1)
  await waitFor('no unfinished piece is left', async () => (await unfinished(lab)).length === 0)
  assert.deepEqual(errors, [])
  const metrics = await (await fetch(`${lab.url}/metrics`)).text()
  assert.doesNotMatch(metrics, /rhizo_http_request_seconds_count\{[^}]*status="500"/)
})

test('a form that ends early in a request that is complete is malformed, after whichever byte, and nothing of it is kept', async (t) => {
  const lab = await startLab(t, { settings: { STORAGE_THRESHOLD: 0 } })
  const body = formWithFile()
  const statuses = new Set<number>()
  for (const path of ['/resources', '/resources/lab/f', '/keys'])
    for (let length = 1; length < body.length - 4; length += path === '/keys' ? 7 : 1) {
      const reply = await fetch(`${lab.url}/api/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${lab.key}`, 'content-type': 'multipart/form-data; boundary=b' },
        body: body.slice(0, length),
      })
      statuses.add(reply.status)
      await reply.arrayBuffer()
    }
  assert.deepEqual([...statuses], [400])
  assert.deepEqual(await unfinished(lab), [])
  assert.equal(lab.ctx.tree.descend(['lab', 'f']), undefined)
  assert.equal((await lab.get('/whoami')).status, 200)
})
