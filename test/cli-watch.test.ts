/** Watching over controllers and values from the command line. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startCommandLineLab } from './command-line.ts'

test('controllers are watched, and how they are is shown in a table, for scripts as JSON and exit code', async (t) => {
  const lab = await startCommandLineLab(t)
  const { secret_key: key } = (await lab.json('controller', 'create', '/test-org/north', '--with-key')) as { secret_key: string }
  await lab.run('controller', 'create', '/test-org/south')
  const missing = await lab.rhizo('controller', 'watch', '/test-org/north')
  assert.deepEqual([missing.code, missing.stdout], [2, ''])
  assert.equal(await lab.run('controller', 'watch', '/test-org/north', '--after', '10m', '--to', 'ann@example.com', '+15551234567', '--counts', 'any'), '')
  await lab.run('whoami', '--key', key)
  const rows = (await lab.json('controller', 'status')) as { path: string; silent: boolean | null; watchdog_minutes: number | null; last_heard_timestamp: string | null }[]
  assert.deepEqual(rows.map(({ path, silent, watchdog_minutes: minutes }) => [path, silent, minutes]), [['/test-org/north', false, 10], ['/test-org/south', null, null]])
  assert.ok(rows[0]?.last_heard_timestamp)
  assert.match(await lab.run('controller', 'status', '/test-org'), /^\/test-org\/north .*10 min .*\n\/test-org\/south +never heard .*\n$/)
  assert.match(await lab.run('controller', 'status', '/test-org/north'), /\nwatched +silence of more than 10 min is told\n/)

  // A sixtieth of a second: it is silent as soon as anybody asks.
  await lab.run('controller', 'watch', '/test-org/north', '--after', '0.01')
  const silent = await lab.rhizo('controller', 'status')
  assert.deepEqual([silent.code, silent.stderr], [1, ''])
  assert.match(silent.stdout, /^\/test-org\/north +SILENT/)
  assert.equal((await lab.rhizo('controller', 'status', '/test-org/south')).code, 0)
  await lab.run('controller', 'watch', '/test-org/north', '--off')
  assert.equal((await lab.rhizo('controller', 'status', '--json')).code, 0)
  assert.equal((await lab.rhizo('controller', 'status', '/test-org/none')).code, 4)
})
