/** The examples as a reader would run them: as programs of their own, against a real daemon. */
import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startLab, type Caller, type Lab } from '../support/lab.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))
const example = (name: string): string => join(root, 'examples', name)

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-example-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The environment that examples/README.md tells to set. */
const environment = (lab: Lab, controller: Caller, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  RHIZO_SERVER_NAME: new URL(lab.url).host,
  RHIZO_SECRET_KEY: controller.key,
  ...more,
})

/** The stored values of a sequence, oldest first. */
async function valuesOf(lab: Lab, path: string): Promise<number[]> {
  const { json, status } = await lab.get(`/resources${path}`, { count: 1000 })
  assert.equal(status, 200)
  return (json as { values: string[] }).values.map(Number)
}

function start(t: TestContext, command: string, args: string[], options: { env: NodeJS.ProcessEnv; cwd?: string }): ChildProcess {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  return child
}

/** Resolves when standard error has said `text`. */
function hear(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      heard += chunk.toString('utf8')
      if (heard.includes(text)) resolve()
    })
    child.once('exit', () => reject(new Error(`It ended without saying "${text}": ${heard}`)))
  })
}

test('the shell controller makes its sequences and sends what it measures', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const cwd = temporaryFolder(t)
  const { stdout, stderr } = await run(example('shell/controller.sh'), {
    cwd,
    env: environment(lab, shelf, { FOLDER: shelf.path, INTERVAL: '1', COUNT: '2' }),
  })
  assert.equal(stdout + stderr, '')
  const free = await valuesOf(lab, `${shelf.path}/free_space`)
  assert.equal(free.length, 2)
  assert.ok(free.every((bytes) => bytes > 1_000_000))
  assert.equal((await valuesOf(lab, `${shelf.path}/load`)).length, 2)
  assert.equal(readFileSync(join(cwd, 'spool.csv'), 'utf8'), '', 'what has arrived waits no longer')
})

test('the shell controller keeps its readings while the server is away, and sends them once when it is back', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const cwd = temporaryFolder(t)
  const env = environment(lab, shelf, { FOLDER: shelf.path, INTERVAL: '1', COUNT: '1' })
  await assert.rejects(
    run(example('shell/controller.sh'), { cwd, env: { ...env, RHIZO_SERVER_NAME: '127.0.0.1:1' } }),
    'its exit code says that nothing has arrived',
  )
  const kept = readFileSync(join(cwd, 'spool.csv'), 'utf8').trim().split('\n')
  assert.equal(kept.length, 2)
  const sentBefore = `path,timestamp,value\n${kept.map((line) => line.split(',').slice(0, 3).join()).join('\n')}\n`
  await run(example('shell/controller.sh'), { cwd, env })
  // As if the answer to the first request had been lost.
  const again = await fetch(`${lab.url}/api/v1/sequences/values`, {
    method: 'POST',
    body: sentBefore,
    headers: { 'content-type': 'text/csv', authorization: `Bearer ${shelf.key}` },
  })
  assert.equal(((await again.json()) as { repeated: number }).repeated, 2)
  assert.ok((await valuesOf(lab, `${shelf.path}/load`)).length <= 2)
})

test('readings of the shell controller that wait while its clock is set arrive with the times at which they were taken', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const cwd = temporaryFolder(t)
  const env = environment(lab, shelf, { FOLDER: shelf.path, INTERVAL: '1', COUNT: '1' })
  // A machine without a battery for its clock, and a line that waits since an earlier boot of it.
  writeFileSync(join(cwd, 'date'), '#!/bin/sh\necho 1500000000\n')
  chmodSync(join(cwd, 'date'), 0o755)
  writeFileSync(join(cwd, 'spool.csv'), `${shelf.path}/load,1600000000,7,0123-abc,1599999000\n`)
  const began = Math.floor(Date.now() / 1000)
  await assert.rejects(
    run(example('shell/controller.sh'), {
      cwd,
      env: { ...env, PATH: `${cwd}${delimiter}${env['PATH']}`, RHIZO_SERVER_NAME: '127.0.0.1:1' },
    }),
  )
  await run(example('shell/controller.sh'), { cwd, env })
  const ended = Date.now() / 1000
  const { json } = await lab.get(`/resources${shelf.path}/load`, { count: 10 })
  const [earlier = 0, ...times] = (json as { timestamps: number[] }).timestamps
  assert.equal(earlier, 1_600_000_000, 'of another boot nothing is known')
  assert.ok(times.length > 0 && times.every((time) => time >= began - 1 && time <= ended + 1), `${times.join()} from ${began} to ${ended}`)
})

test('the shell controller puts aside what a power cut left of a line, and sends the others', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  await lab.sequence(`${shelf.path}/load`)
  const cwd = temporaryFolder(t)
  const line = (second: number): string => `${shelf.path}/load,2026-11-01T00:00:0${second}Z,${second}\n`
  const damaged = ['\0'.repeat(40), `\0\0\0${line(8).trim()}`, `${shelf.path}/load,2026-11-0`, `${line(7).trim()}${line(8).trim()}`]
  const cut = `${shelf.path}/load,2026-11-01T00:00:09Z,1`
  writeFileSync(join(cwd, 'spool.csv'), `${line(1)}${damaged[0] ?? ''}\n${line(2)}${damaged.slice(1).join('\n')}\n${line(3)}${cut}`)
  const { stderr } = await run(example('shell/controller.sh'), {
    cwd,
    env: environment(lab, shelf, { FOLDER: shelf.path, INTERVAL: '1', COUNT: '1' }),
  })
  assert.match(stderr, /damaged lines were put aside: \.\/spool\.csv\.aside/)
  assert.deepEqual((await valuesOf(lab, `${shelf.path}/load`)).slice(0, 3), [1, 2, 3])
  assert.equal(readFileSync(join(cwd, 'spool.csv'), 'utf8'), '')
  assert.equal(readFileSync(join(cwd, 'spool.csv.aside'), 'utf8').trim().split('\n').length, damaged.length + 1)
})

/** A server that refuses a whole body because of one reading in it, and counts what it took. */
async function pickyServer(t: TestContext, culprit: string): Promise<{ name: string; taken: () => number }> {
  const taken: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')))
    request.on('end', () => {
      const isRefused = body.includes(culprit)
      const rows = body.startsWith('[') ? (JSON.parse(body) as unknown[]).length : body.trim().split('\n').length - 1
      const isValues = request.url?.endsWith('/sequences/values') === true
      if (isValues && !isRefused) for (let row = 0; row < rows; row++) taken.push(body)
      response.writeHead(isValues && isRefused ? 400 : 200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isRefused ? { error: 'no' } : { stored: rows, refused: 0, path: '/lab/shelf' }).replaceAll(' ', ''))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { name: `127.0.0.1:${(server.address() as AddressInfo).port}`, taken: () => taken.length }
}

test('the shell and Python controllers find a reading that is refused for good, and the others arrive', async (t) => {
  const server = await pickyServer(t, '2026-11-01T00:00:13Z')
  const cwd = temporaryFolder(t)
  const lines = Array.from({ length: 20 }, (_, at) => `/lab/shelf/load,2026-11-01T00:00:${String(at).padStart(2, '0')}Z,${at}\n`)
  writeFileSync(join(cwd, 'spool.csv'), lines.join(''))
  const env = { PATH: process.env['PATH'], RHIZO_SERVER_NAME: server.name, RHIZO_SECRET_KEY: 'KEY' }
  await run(example('shell/controller.sh'), { cwd, env: { ...env, FOLDER: '/lab/shelf', INTERVAL: '1', COUNT: '1' } })
  assert.equal(server.taken(), 19 + 2, 'all of the file but one, and two of now')
  assert.equal(readFileSync(join(cwd, 'spool.csv.aside'), 'utf8').split('\n')[0], lines[13]?.trim())

  const other = await pickyServer(t, '"value": 0.25')
  const script = join(cwd, 'controller.py')
  const readings =
    'n = iter(range(100))\ndef measure():\n    at = next(n)\n    return [("load", 0.25 if at == 5 else float(at))]\n\n\ndef main():'
  writeFileSync(script, readFileSync(example('python/controller.py'), 'utf8').replace('def main():', readings))
  const { stderr } = await run('python3', [script, '--interval', '0.01', '--batch', '60', '--count', '12'], {
    env: { ...env, RHIZO_SERVER_NAME: other.name },
  })
  assert.equal(other.taken(), 11)
  assert.match(stderr, /0\.25/)
})

test('the Python controller sends its readings in a batch', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const { stdout, stderr } = await run(
    'python3',
    [example('python/controller.py'), '--interval', '0.05', '--batch', '60', '--count', '5'],
    { env: environment(lab, shelf) },
  )
  assert.equal(stdout + stderr, '')
  assert.equal((await valuesOf(lab, `${shelf.path}/load`)).length, 5)
  assert.ok((await valuesOf(lab, `${shelf.path}/free_space`)).every((bytes) => bytes > 1_000_000))
})

test('the Python controller goes on through an outage and loses nothing', async (t) => {
  const folder = temporaryFolder(t)
  const before = await startLab(t, { folder })
  const shelf = await before.controller('shelf')
  const port = new URL(before.url).port
  const child = start(t, 'python3', [example('python/controller.py'), '--interval', '0.1', '--batch', '0.2', '--count', '40'], {
    env: environment(before, shelf),
  })
  const ended = once(child, 'exit')
  await before.stop()
  await hear(child, 'the server is away')
  const after = await startLab(t, { folder, settings: { PORT: Number(port) } })
  const [code] = (await ended) as [number]
  assert.equal(code, 0)
  assert.equal((await valuesOf(after, `${shelf.path}/load`)).length, 40)
})

test('the Python controller says what is wrong with its key', async (t) => {
  const lab = await startLab(t)
  const env = { PATH: process.env['PATH'], RHIZO_SERVER_NAME: new URL(lab.url).host, RHIZO_SECRET_KEY: 'RHIZOWRONG' }
  await assert.rejects(run('python3', [example('python/controller.py'), '--count', '1'], { env }), /the server says 40[13]/)
})

test('the Node controller sends its readings and listens for a new pace', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const firstStored = whenStored(lab, 'load')
  // At an hour a reading, the second one comes only because it was told to hurry.
  const child = start(t, process.execPath, [example('node/controller.js')], {
    env: environment(lab, shelf, { INTERVAL: '3600', COUNT: '4' }),
    cwd: temporaryFolder(t),
  })
  const ended = once(child, 'exit')
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  await firstStored
  const reply = await lab.post('/messages', { folder_path: shelf.path, type: 'set_interval', parameters: { seconds: 0.05 } })
  assert.equal(reply.status, 200)
  assert.deepEqual(await ended, [0, null], stderr)
  assert.equal((await valuesOf(lab, `${shelf.path}/load`)).length, 4)
  assert.ok((await valuesOf(lab, `${shelf.path}/free_memory`)).every((bytes) => bytes > 1_000_000))
})

/** Resolves when a sequence of that name has got a value. */
const whenStored = (lab: Lab, name: string): Promise<void> =>
  new Promise((resolve) => {
    const end = lab.ctx.hub.on('valuesCommitted', ({ sequences }) => {
      if (!sequences.some((id) => lab.ctx.tree.byId(id)?.name === name)) return
      end()
      resolve()
    })
  })

test('the nightly script uploads an archive and its size, and says nothing', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'readings.txt'), 'a day of readings\n')
  const env = environment(lab, shelf, { PATH: `${commandFolder(t)}${delimiter}${process.env['PATH'] ?? ''}`, HOME: folder })
  const { stdout, stderr } = await run(example('cron/nightly.sh'), [folder, shelf.path], { env, cwd: folder })
  assert.equal(stdout + stderr, '')
  const [entry] = (await lab.get(`/resources${shelf.path}/nightly`, { extended: 1 })).json as { name: string; size: number }[]
  assert.match(entry?.name ?? '', /^\d{4}-\d\d-\d\d\.tar\.gz$/)
  assert.deepEqual(await valuesOf(lab, `${shelf.path}/nightly_size`), [entry?.size])
})

test('the nightly script ends with the exit code of what failed', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const folder = temporaryFolder(t)
  const path = `${commandFolder(t)}${delimiter}${process.env['PATH'] ?? ''}`
  const failing = run(example('cron/nightly.sh'), [folder, shelf.path], {
    env: environment(lab, shelf, { PATH: path, HOME: folder, RHIZO_SERVER_NAME: '127.0.0.1:1' }),
  })
  await assert.rejects(failing, (error: { code?: number; stderr?: string }) => error.code === 5 && error.stderr !== '')
})

/** A folder with `rhizo` in it, as an installed package has on the path. */
function commandFolder(t: TestContext): string {
  const folder = temporaryFolder(t)
  const script = join(root, 'dist/bin/rhizo.js')
  assert.ok(existsSync(script))
  writeFileSync(join(folder, 'rhizo'), `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`)
  chmodSync(join(folder, 'rhizo'), 0o755)
  return folder
}

test('readings of the Python controller that wait while its clock is set arrive with the times at which they were taken', async (t) => {
  const lab = await startLab(t)
  const shelf = await lab.controller('shelf')
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'controller.py'), readFileSync(example('python/controller.py')))
  // A machine that boots in 1970, measures for two seconds, and then learns the time.
  const script = `
import time
import controller as c
ticks, clock = [100.0], [100.0]
time.monotonic, time.time = (lambda: ticks[0]), (lambda: clock[0])
def wait(seconds):
    ticks[0] += seconds
    clock[0] += seconds
one = c.Controller(c.Server("${new URL(lab.url).host}", "${shelf.key}", False), 60)
c.measure = lambda: iter([("load", ticks[0])])
one.take_reading()
wait(1)
one.take_reading()
wait(1)
clock[0] = 1764000000.0
one.take_reading()
wait(1)
assert one.send()
`
  const { stderr } = await run('python3', ['-c', script], { cwd: folder })
  assert.match(stderr, /the clock was set by 17\d+ s: 2 readings/)
  const { timestamps, values } = (await lab.get('/resources/lab/shelf/load', { count: 10 })).json as {
    timestamps: number[]
    values: string[]
  }
  assert.deepEqual(values.map(Number), [100, 101, 102])
  assert.deepEqual(timestamps.map(Math.round), [1_763_999_998, 1_763_999_999, 1_764_000_000])
})
