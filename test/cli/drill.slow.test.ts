/** The drill of cuts of power: nothing acknowledged is lost, and a server that promises less is caught. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import test from 'node:test'
import type { DrillReport } from '../../commands/drill/power-cut.ts'
import { emptyLab } from '../support/command-line.ts'

const hasCompiler = spawnSync('cc', ['--version']).status === 0
const options = hasCompiler || process.env['CI'] ? {} : { skip: 'there is no C compiler here' }

test('no cut of power takes what was acknowledged', options, async (t) => {
  const lab = await emptyLab(t)
  const report = (await lab.json('drill', 'powercut', '--seconds', '1.5', '--images', '24')) as DrillReport
  assert.deepEqual(report.losses, [], `seed ${report.seed}`)
  assert.ok(report.acknowledged > 1_000 && report.compared_values > 1_000 && report.compared_files > 10, JSON.stringify(report))
})

test('the drill finds what a server loses that does not wait for the disk', options, async (t) => {
  const lab = await emptyLab(t)
  const { code, stdout } = await lab.rhizo('drill', 'powercut', '--seconds', '1', '--images', '16', '--durability', 'normal', '--json')
  assert.equal(code, 1)
  const report = JSON.parse(stdout) as DrillReport
  assert.ok(Object.keys(report.failed).length > 0)
  assert.ok(report.losses.some((loss) => /values are lost or wrong|is gone/.test(loss)))
})
