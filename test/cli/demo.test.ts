/** The demo as a person runs it: one command, another terminal beside it, Ctrl-C. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../bin/rhizo.js', import.meta.url))

test('the demo replays what was measured, can be followed and plotted, and leaves nothing behind', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-demo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { PATH: process.env['PATH'], TMPDIR: folder, XDG_CONFIG_HOME: folder, HOME: folder }
  const demo = spawn(process.execPath, [script, 'demo', '--speed', '20'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => demo.kill('SIGKILL'))
  const ended = once(demo, 'exit')
  let exported: [string, string][] = []
  for await (const line of createInterface({ input: demo.stdout })) {
    const words = /^ +export (.*)$/.exec(line)?.[1]
    if (words === undefined) continue
    exported = words.split(' ').map((word): [string, string] => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
    break
  }
  demo.stdout.resume()
  const rhizo = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [script, ...args], { env: { ...env, ...Object.fromEntries(exported) } })).stdout

  const past = JSON.parse(await rhizo('seq', 'get', '/demo/seattle/temp_max', '--end', '2012-01-03', '--json')) as {
    timestamp: string
    value: number
  }[]
  assert.deepEqual(
    past.map(({ timestamp, value }) => [timestamp, Number(value)]),
    [
      ['2012-01-01T00:00:00Z', 12.8],
      ['2012-01-02T00:00:00Z', 10.6],
      ['2012-01-03T00:00:00Z', 11.7],
    ],
  )

  const followed = (await rhizo('seq', 'tail', '/demo/mauna_loa/co2', '-n', '2', '--count', '3', '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { timestamp: string })
  assert.equal(followed.length, 5, 'two from the past, and three that came live')
  assert.deepEqual(
    followed.map(({ timestamp }) => timestamp),
    followed.map(({ timestamp }) => timestamp).sort(),
  )
  assert.match(await rhizo('seq', 'plot', '/demo/seattle/temp_max', '--width', '60'), /\d/)

  demo.kill('SIGINT')
  assert.deepEqual(await ended, [0, null])
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('rhizo-demo')),
    [],
  )
})
