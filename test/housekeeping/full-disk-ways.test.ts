/** A disk that is as good as full, by each way in: what a device hears, and that nothing is acknowledged. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { RHIZO } from '../support/command-line.ts'
import { startLab, type Lab } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { connect, messageOf } from '../support/peer.ts'

const FULL = /disk is nearly full/

/** A lab with a controller, whose disk has so many reserves free. */
async function startFull(t: TestContext, reserves: number): Promise<{ lab: Lab; key: string }> {
  const { bavail, bsize } = await statfs(tmpdir())
  const lab = await startLab(t, { settings: { FREE_SPACE_RESERVE: Math.round((bavail * bsize) / reserves / 1e6) } })
  const { key } = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.ctx.space.look()
  return { lab, key }
}

test('below half of the reserve no way in stores a value, and none acknowledges one', async (t) => {
  const { lab, key } = await startFull(t, 0.3)
  const send = async (path: string, body: string, type = 'text/plain'): Promise<[number, string]> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': type }
    const reply = await fetch(`${lab.url}${path}`, { method: 'POST', headers, body })
    return [reply.status, await reply.text()]
  }
  for (const [path, body, type] of [
    ['/api/v1/ingest/lab/fridge', '{"temperature": 4.5}', 'application/json'],
    ['/api/v1/sequences/values', 'path,timestamp,value\n/lab/fridge/temperature,2026-01-01T00:00:00Z,4.5\n', 'text/csv'],
  ] as const) {
    const [status, text] = await send(path, body, type)
    assert.equal(status, 503, `${path}: ${text}`)
    assert.match(text, FULL, path)
  }
  const peer = await connect(t, lab, key)
  assert.match(messageOf(await peer.ask('update_sequence', { sequence: '/lab/fridge/temperature', value: '4.5' })), FULL)
  for (const protocolVersion of [4, 5] as const) {
    const device = await connectDevice(t, lab, key, { protocolVersion })
    let isAcknowledged = false
    void device.publish('lab/fridge', 's,temperature,,4.5', { qos: 1 }).then(
      () => (isAcknowledged = true),
      () => {},
    )
    // It sends the value again when it comes back.
    await device.closed
    assert.equal(isAcknowledged, false)
  }
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '')
})

test('below the reserve values go on by each way in', async (t) => {
  const { lab, key } = await startFull(t, 0.75)
  const peer = await connect(t, lab, key)
  await peer.ask('update_sequence', { sequence: '/lab/fridge/temperature', value: '4.5' })
  const device = await connectDevice(t, lab, key)
  await device.publish('lab/fridge', 's,temperature,,5.5')
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '5.5')
})

test('an import that waits for space says why, and for how long', async (t) => {
  const { lab, key } = await startFull(t, 0.3)
  const short = 'timestamp,value\n2026-01-01T00:00:00Z,4.5\n'
  const long = ['timestamp,value', ...Array.from({ length: 200_000 }, (_, at) => `${1_700_000_000 + at}.000000,4.5`)].join('\n')
  for (const [name, text] of Object.entries({ short, long })) {
    const file = join(lab.folder, `${name}.csv`)
    await writeFile(file, text)
    const env = { PATH: process.env['PATH'], RHIZO_SERVER_NAME: lab.url, RHIZO_SECRET_KEY: key, XDG_CONFIG_HOME: lab.folder }
    const command = spawn(process.execPath, [RHIZO, 'seq', 'import', '/lab/fridge/temperature', file], { env })
    const ended = once(command, 'close')
    let said = ''
    const told = new Promise((resolve) =>
      command.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        if (said.endsWith('\n')) resolve(undefined)
      }),
    )
    await Promise.race([told, ended])
    command.kill()
    await ended
    assert.match(said, /disk is nearly full.*\. Trying again for up to 10 minutes\.\n$/, name)
  }
  assert.equal((await lab.get('/resources/lab/fridge/temperature')).text, '')
})
