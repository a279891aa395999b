/** The commands send what they read, and the server makes sequences of it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { startCommandLineLab } from '../support/command-line.ts'

test('values of other systems go to sequences of their names, are told, and can be tried before', async (t) => {
  const lab = await startCommandLineLab(t)
  const folder = mkdtempSync(join(tmpdir(), 'rhizo-foreign-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const telemetry = join(folder, 'telemetry.json')
  const points = [
    { ts: 1_700_000_000_000, value: '21.5' },
    { ts: 1_700_000_060_000, value: '22' },
    { ts: 1_700_000_120_000, value: 'broken' },
  ]
  writeFileSync(telemetry, JSON.stringify({ temperature: points, pump: [{ ts: 1_700_000_000_000, value: 'true' }] }))
  const args = ['import', 'thingsboard', telemetry, '--into', '/test-org/old', '--create']
  await lab.run('mkdir', '/test-org/old')
  const trial = (await lab.rhizo(...args, '--dry-run', '--json')).stdout
  assert.equal((JSON.parse(trial) as { dry_run: boolean }).dry_run, true)
  const done = await lab.rhizo(...args)
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stderr, /temperature: 1 are no numbers and are left out/)
  assert.equal(
    await lab.run('seq', 'get', '/test-org/old/temperature', '--start', '2023-01-01'),
    '2023-11-14T22:13:20Z\t21.5\n2023-11-14T22:14:20Z\t22\n',
  )
  assert.equal(await lab.run('cat', '/test-org/old/pump'), '1')
  const points2 = join(folder, 'export.lp')
  writeFileSync(points2, '# DML\nweather,room=hall temperature=21.5 1700000000000000000\n')
  const influx = await lab.rhizo('import', 'influx', points2, '--into', '/test-org/old', '--create', '--json')
  assert.equal(influx.code, 0, influx.stderr)
  const { sequences } = JSON.parse(influx.stdout) as { sequences: { path: string; stored: number }[] }
  assert.deepEqual(
    sequences.map(({ stored }) => stored),
    [1],
  )
  const wrong = await lab.rhizo(...args, '--duplicates', 'perhaps')
  assert.match(wrong.stderr, /--duplicates is "perhaps"/)
})
