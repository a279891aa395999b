import assert from 'node:assert/strict'
import test from 'node:test'
import { emptyLab } from '../support/command-line.ts'
import { makeOriginalServer } from '../support/original-server.ts'

test('the command tells what it did to people and to programs, and its exit code whether all came along', async (t) => {
  const lab = await emptyLab(t)
  const { database, storage, config } = await makeOriginalServer(lab.folder)
  const args = ['import-server', database, '--storage', storage, '--config', config]
  const trial = await lab.rhizo(...args, '--dry-run')
  assert.equal(trial.code, 1, trial.stderr)
  assert.match(trial.stdout, /^renamed: resource \/lab\/a\/b is \/lab\/a_b here, as it may not hold slashes/m)
  assert.match(trial.stdout, /^left out: \/lab\/odd has the unknown type 99$/m)
  assert.match(trial.stdout, /^values +1,508 of 1,513, 5 as text, 1 at repeated times$/m)
  assert.match(trial.stdout, /^Nothing was written: run it without --dry-run\.$/m)
  const moved = await lab.rhizo(...args, '--json')
  assert.equal(moved.code, 1, moved.stderr)
  const report = JSON.parse(moved.stdout) as Record<string, unknown>
  assert.deepEqual(report['different'], [])
  assert.equal(report['compared'], 12)
  assert.deepEqual(report['settings'], {
    taken: ['SALT', 'OUTGOING_EMAIL_ADDRESS', 'OUTGOING_EMAIL_PORT'],
    production: true,
    others: ['MQTT_HOST', 'PRODUCTION'],
  })
  const again = await lab.rhizo(...args)
  assert.equal(again.code, 1)
  assert.match(again.stderr, /A lab moves into a new one/)
})
