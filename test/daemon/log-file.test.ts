/** A log that can't be written stops nothing, and tells later what is missing. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import { LogFile } from '../../daemon/log-file.ts'
import { RHIZO } from '../support/command-line.ts'
import { findFreePort } from '../support/free-port.ts'
import { makeFolder } from '../support/outgoing-records.ts'

test('lines that can not be written are counted, and told of before the next one that can', async (t) => {
  const path = join(await makeFolder(t), 'log')
  writeFileSync(path, '')
  const full = openSync('/dev/full', 'w')
  const log = new LogFile(full, (lost) => `lost ${lost}\n`)
  for (let line = 0; line < 3; line++) log.write('line\n')
  assert.equal(log.lost, 3)
  // The same descriptor, with room: the file takes the place of the full disk.
  closeSync(full)
  assert.equal(openSync(path, 'a'), full)
  log.write('next\n')
  log.write('after\n')
  assert.equal(log.lost, 0)
  closeSync(full)
  assert.equal(readFileSync(path, 'utf8'), 'lost 3\nnext\nafter\n')
})

for (const [what, output] of [
  ['full', 'only the log'],
  ['full', 'the log and what it says at its start'],
  ['closed', 'only the log'],
] as const)
  test(`a server serves and stops in order while ${output} goes to ${what === 'full' ? 'a full disk' : 'a closed pipe'}`, async (t) => {
    const folder = await makeFolder(t)
    const port = await findFreePort()
    const env = { PATH: process.env['PATH'], RHIZO_SERVER_SETTINGS: join(folder, 'config.yaml'), RHIZO_SERVER_PORT: String(port) }
    await once(spawn(process.execPath, [RHIZO, 'init-db'], { env, stdio: 'ignore' }), 'close')
    const full = openSync('/dev/full', 'w')
    t.after(() => closeSync(full))
    const server = spawn(process.execPath, [RHIZO, 'serve'], {
      env: { ...env, RHIZO_SERVER_DEBUG: 'true' },
      stdio: ['ignore', output === 'only the log' ? 'ignore' : full, what === 'full' ? full : 'pipe'],
    })
    t.after(() => server.kill('SIGKILL'))
    server.stderr?.destroy()
    const ended = once(server, 'close') as Promise<[number | null, string | null]>
    let answer: Response | undefined
    while (server.exitCode === null && !answer?.ok) {
      answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)
      if (!answer?.ok) await delay(20)
    }
    assert.equal(answer?.status, 200, `it ended with ${server.exitCode}`)
    // Each refusal is a line of log.
    for (let at = 0; at < 5; at++) assert.equal((await fetch(`http://127.0.0.1:${port}/api/v1/none`)).status, 404)
    server.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  })
