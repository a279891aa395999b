/** The demo as a person runs it: one command, another terminal beside it, Ctrl-C. */
import assert from 'node:assert/strict'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { root } from '../support/sources.ts'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../bin/rhizo.js', import.meta.url))

const hasPython = spawnSync('python3', ['--version']).status === 0
const examples = join(root, 'examples', 'python')
const python = { PATH: process.env['PATH'], PYTHONPATH: examples, PYTHONDONTWRITEBYTECODE: '1' }

/** What the cells of examples/python/demo.ipynb say to Python, one after the other. */
function codeOfNotebook(): string {
  const text = readFileSync(join(examples, 'demo.ipynb'), 'utf8')
  const { cells, nbformat } = JSON.parse(text) as { cells: { cell_type: string; source: string[] }[]; nbformat: number }
  assert.equal(nbformat, 4)
  return cells
    .filter(({ cell_type: type }) => type === 'code')
    .map(({ source }) => source.join(''))
    .join('\n\n')
}

test('the demo replays what was measured, can be followed and plotted, and leaves nothing behind', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-demo-test-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const env = { PATH: process.env['PATH'], TMPDIR: folder, XDG_CONFIG_HOME: folder, HOME: folder }
  const demo = spawn(process.execPath, [script, 'demo', '--speed', '20'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => demo.kill('SIGKILL'))
  const ended = once(demo, 'exit')
  let exported: [string, string][] = []
  let link = ''
  for await (const line of createInterface({ input: demo.stdout })) {
    link = /^ +(http\S+\/-\/sign-in\/\S+)$/.exec(line)?.[1] ?? link
    const words = /^ +export (.*)$/.exec(line)?.[1]
    if (words === undefined) continue
    exported = words.split(' ').map((word): [string, string] => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
    break
  }
  demo.stdout.resume()
  const rhizo = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [script, ...args], { env: { ...env, ...Object.fromEntries(exported) } })).stdout

  const past = JSON.parse(await rhizo('seq', 'get', '/demo/seattle/temp_max', '-n', '100000', '--json')) as {
    timestamp: string
    value: number
  }[]
  const first = past.findIndex(
    ({ value }, at) => Number(value) === 12.8 && Number(past[at + 1]?.value) === 10.6 && Number(past[at + 2]?.value) === 11.7,
  )
  assert.ok(first >= 0, 'the record as it was measured')
  const [day, next] = [past[first], past[first + 1]].map((one) => Date.parse(one?.timestamp ?? ''))
  assert.equal((next ?? 0) - (day ?? 0), 86_400_000, 'a day apart')
  const late = Date.now() - Date.parse(past[first + 725]?.timestamp ?? '')
  assert.ok(late >= 0 && late < 10 * 86_400_000, 'the half that is stored ends now')

  const opened = await fetch(link, { redirect: 'manual' })
  assert.equal(opened.status, 303)
  const cookie = opened.headers
    .getSetCookie()
    .map((one) => one.split(';', 1)[0])
    .join('; ')
  const page = await fetch(new URL('/demo', link), { redirect: 'manual', headers: { cookie } })
  assert.equal(page.status, 200, 'signed in, without a password that nobody knows')
  assert.equal((await fetch(link, { redirect: 'manual' })).status, 404, 'once')

  const followed = (await rhizo('seq', 'tail', '/demo/mauna_loa/co2', '-n', '2', '--count', '3', '--json'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { timestamp: string })
  assert.equal(followed.length, 5, 'two from the past, and three that came live')
  const times = followed.map(({ timestamp }) => Date.parse(timestamp))
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  )
  assert.match(await rhizo('seq', 'plot', '/demo/seattle/temp_max', '--width', '60'), /\d/)

  if (hasPython) {
    const { stdout } = await run('python3', ['-c', codeOfNotebook()], { env: { ...python, ...Object.fromEntries(exported) } })
    const [, count] = /^(\d+) values$/m.exec(stdout) ?? []
    assert.ok(Number(count) >= 360, 'the notebook reads a year of days')
    assert.match(stdout, /^mean \d+\.\d+ lowest -?\d+\.\d highest \d+\.\d$/m)
    assert.ok([...stdout.matchAll(/^\d{4}-\d\d +-?\d+\.\d\d #+$/gm)].length >= 12, stdout)
  }

  demo.kill('SIGINT')
  assert.deepEqual(await ended, [0, null])
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('rhizo-demo')),
    [],
  )
})
