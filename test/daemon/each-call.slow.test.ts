/**
 * An error at each call of a fixed load, one after the other, of the disk and of SQLite's memory: what was acknowledged is there, what was
 * not says so, and the server goes on. A few calls of each kind here; `EACH_CALL=100 npm test -- each-call` tries as many, which is more
 * than the load has of those to the disk. `EACH_CALL_KINDS=malloc,fsync` tries these alone.
 */
import assert from 'node:assert/strict'
import test from 'node:test'
import { readProfiles } from '../../src/client/profiles.ts'
import { emptyLab } from '../support/command-line.ts'
import { failingDisk, noFailingDisk, type DiskCall } from '../support/failing-disk.ts'
import { waitFor } from '../support/waiting.ts'

const MOST = Number(process.env['EACH_CALL'] ?? 12)
const KINDS = process.env['EACH_CALL_KINDS']?.split(',')
/** Allocations of memory are thousands: without EACH_CALL those are tried whose numbers double. */
const GROWTH = process.env['EACH_CALL'] === undefined ? 2 : 1
/** Loads without a single such call, after which there are no more. */
const PATIENCE = 2

const CASES: readonly (readonly [call: DiskCall, error: string])[] = [
  ['fsync', 'EIO'],
  ['write', 'EIO'],
  ['read', 'EIO'],
  ['truncate', 'EIO'],
  ['rename', 'EIO'],
  ['write', 'ENOSPC'],
  ['open', 'EROFS'],
  ['open', 'EMFILE'],
  ['fsync', 'ENOSPC'],
  ['write', 'EDQUOT'],
  ['rename', 'ENOSPC'],
  ['unlink', 'EROFS'],
  ['mkdir', 'ENOSPC'],
  ['open', 'EACCES'],
  ['read', 'ENOMEM'],
  ['map', 'ENOMEM'],
  ['malloc', 'ENOMEM'],
]

interface Answer {
  readonly status: number
  readonly text: string
}

test('an error of the disk at each call of a load', { skip: noFailingDisk }, async (t) => {
  const disk = failingDisk(t)
  const cli = await emptyLab(t)
  await cli.run('init-db')
  await cli.run('create-admin', 'admin@example.com:correct-horse-9', '--org', 'lab')
  Object.assign(cli.env, disk.env)
  await cli.startServer()
  const key = (await readProfiles(cli.env)).profiles['default']?.key ?? ''
  const authorization = `Basic ${Buffer.from(`test:${key}`).toString('base64')}`
  const send = async (method: string, path: string, body?: Record<string, string>): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${cli.port}/api/v1/resources${path}`, {
      method,
      headers: { authorization },
      ...(body ? { body: new URLSearchParams(body) } : {}),
    })
    return { status: response.status, text: await response.text() }
  }
  const must = async (...request: Parameters<typeof send>): Promise<string> => {
    const { status, text } = await send(...request)
    assert.equal(status, 200, text)
    return text
  }
  await must('POST', '', { path: '/lab', name: 'level', type: 'sequence', data_type: '1', min_storage_interval: '0' })
  const base64 = (content: string): string => Buffer.from(content).toString('base64')
  await must('PUT', '/lab/level', { data: base64('0') })

  /** What was acknowledged, by path. */
  const files = new Map<string, string>()
  let [value, maybe, count, failed, refused] = ['0', '0', 0, 0, 0]

  /** @returns whether it was acknowledged; else it was refused with words */
  const attempt = async (what: string, ...request: Parameters<typeof send>): Promise<boolean> => {
    const { status, text } = await send(...request)
    if (status === 200) return true
    assert.ok(status >= 500 && status !== 501, `${what}: ${status} ${text}`)
    assert.match(text, /\w+ \w+/, what)
    refused++
    return false
  }

  const load = async (what: string): Promise<void> => {
    const n = ++count
    maybe = String(n)
    if (await attempt(what, 'PUT', '/lab/level', { data: base64(maybe) })) value = maybe
    for (const [name, bytes] of [
      [`small${n}.txt`, 3_000],
      [`large${n}.bin`, 150_000],
    ] as const) {
      const content = `${n} `.repeat(bytes / `${n} `.length)
      if (await attempt(what, 'POST', '', { path: '/lab', name, type: '20', data: base64(content) })) files.set(`/lab/${name}`, content)
    }
    const [oldest] = files.keys()
    if (oldest !== undefined && files.size > 6) {
      if (await attempt(what, 'DELETE', oldest)) files.delete(oldest)
      // A removal that was refused may have happened or not.
      else if ((await send('GET', oldest)).status === 404) files.delete(oldest)
    }
    const [next] = files.keys()
    if (next !== undefined) await attempt(what, 'GET', next)
  }

  /** The disk is well again. */
  const verify = async (what: string, paths: Iterable<string>): Promise<void> => {
    await waitFor(`${what}: it is served`, async () => (await send('GET', '/lab/level').catch(() => undefined))?.status === 200)
    const found = await must('GET', '/lab/level')
    assert.ok(found === value || found === maybe, `${what}: the value is ${found}, acknowledged was ${value}, refused ${maybe}`)
    value = found
    for (const path of paths) assert.ok((await must('GET', path)) === files.get(path), `${what}: ${path}`)
  }

  for (const [call, error] of CASES) {
    if (KINDS?.includes(call) === false) continue
    const growth = call === 'malloc' ? GROWTH : 1
    for (
      let [first, tries, without] = [1, 0, 0];
      tries < MOST && without < PATIENCE;
      tries++, first = Math.max(first + 1, Math.ceil(first * growth))
    ) {
      const before = disk.decisions().length
      const what = `${call} ${error} at call ${first}`
      disk.rule({ calls: [call], error, first, count: 1, pattern: call === 'malloc' ? '/memory/sqlite' : `${cli.folder}/*` })
      try {
        await load(what)
      } catch (reason) {
        // A process that ends answers nobody.
        if (!(reason instanceof TypeError)) throw reason
        disk.rule()
        await cli.stopServer().catch(() => {})
        await cli.startServer()
      }
      const has = disk.decisions().length > before
      failed += has ? 1 : 0
      without = has ? 0 : without + 1
      disk.rule()
      await verify(what, [...files.keys()].slice(-2))
    }
  }
  await verify('in the end', files.keys())
  await cli.stopServer()
  await cli.startServer()
  await verify('after another start', files.keys())
  const { code, stdout } = await cli.rhizo('doctor', '--json')
  const { findings } = JSON.parse(stdout) as { findings: { area: string; problem: string }[] }
  assert.deepEqual(
    findings.filter(({ area }) => ['database', 'values', 'files'].includes(area)),
    [],
    `doctor ends with ${code}`,
  )
  t.diagnostic(`${failed} errors in ${count} loads, ${refused} refusals, ${files.size} files and the newest value compared`)
  assert.ok(failed >= (KINDS === undefined ? 30 : 1), `${failed} errors`)
  assert.ok(refused > 0)
})
