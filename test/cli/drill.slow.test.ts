/** The drills: nothing acknowledged is lost by a cut of power or a kill, and a server that promises less is caught. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import test from 'node:test'
import type { KillReport } from '../../commands/drill/kill.ts'
import type { DrillReport } from '../../commands/drill/power-cut.ts'
import type { SoakReport } from '../../commands/drill/soak.ts'
import { emptyLab } from '../support/command-line.ts'

const hasCompiler = spawnSync('cc', ['--version']).status === 0
const options = hasCompiler || process.env['CI'] ? {} : { skip: 'there is no C compiler here' }

test('no cut of power takes what was acknowledged', options, async (t) => {
  const lab = await emptyLab(t)
  const report = (await lab.json('drill', 'powercut', '--seconds', '4', '--images', '24')) as DrillReport
  assert.deepEqual(report.losses, [], `seed ${report.seed}`)
  assert.ok(report.acknowledged > 100 && report.compared_values > 500 && report.compared_files > 0, JSON.stringify(report))
})

test('the drill finds what a server loses that does not wait for the disk', options, async (t) => {
  const lab = await emptyLab(t)
  const { code, stdout } = await lab.rhizo('drill', 'powercut', '--seconds', '1', '--images', '16', '--durability', 'normal', '--json')
  assert.equal(code, 1)
  const report = JSON.parse(stdout) as DrillReport
  assert.ok(Object.keys(report.failed).length > 0)
  assert.ok(report.losses.some((loss) => /values are lost or wrong|is gone/.test(loss)))
})

test('no kill takes what was acknowledged', async (t) => {
  const lab = await emptyLab(t)
  const report = (await lab.json('drill', 'kill', '--times', '4', '--within', '0.5', '--compare-every', '2')) as KillReport
  assert.deepEqual(report.losses, [], `seed ${report.seed}`)
  assert.ok(report.kills === 4 && report.acknowledged > 100 && report.compared_values > 100, JSON.stringify(report))
})

test('a soak tells memory and open files early and late, and loses nothing', { skip: process.platform !== 'linux' }, async (t) => {
  const lab = await emptyLab(t)
  // So short a run is all warm-up, so its growth says nothing of the server.
  const report = (await lab.json('drill', 'soak', '--minutes', '0.05', '--growth', '500')) as SoakReport
  assert.deepEqual(report.losses, [])
  assert.ok(report.acknowledged > 100 && report.memory.early > 3e7 && report.memory.late > 3e7 && report.descriptors.early > 10)
  const { code } = await lab.rhizo('drill', 'soak', '--minutes', '0.02', '--growth', '-1')
  assert.equal(code, 2)
})
