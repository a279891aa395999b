/** `rhizo seq mask` and `calibrate`, as people and scripts type them. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { MaskInfo } from '../../src/wire/answers.ts'
import { startLab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'

test('values are masked and calibrated, read as stored, and both are undone', async (t) => {
  const lab = await startLab(t)
  const path = '/lab/freezer/temperature'
  await lab.sequence(path)
  for (const [at, value] of [-18, 99, -17].entries())
    await lab.put('/resources', { values: { [path]: value }, timestamp: `2026-01-31T12:0${at}:00Z` })
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await rhizo(lab, args)
    assert.equal(code, 0, stderr)
    return stdout
  }
  const values = async (...args: string[]): Promise<number[]> =>
    (JSON.parse(await run('seq', 'get', path, '--start', '2026-01-01', '--json', ...args)) as { value: number }[]).map(({ value }) => value)
  const before = await run('seq', 'export', path)
  const mask = JSON.parse(await run('seq', 'mask', path, '--where', 'value > 95', '--note', 'fan off', '--json')) as MaskInfo
  assert.deepEqual([mask.values, mask.note], [1, 'fan off'])
  assert.deepEqual(
    [await values(), await values('--masked'), await values('--raw')],
    [
      [-18, -17],
      [-18, 99, -17],
      [-18, 99, -17],
    ],
  )
  assert.match(await run('seq', 'masks', path), /value > 95 {2}1 .*fan off/)
  const calibration = (await run('seq', 'calibrate', path, '--scale', '2', '--offset=-1', '--start', '2026-01-31T12:01')).trim()
  assert.deepEqual(
    [await values(), await values('--raw')],
    [
      [-18, -35],
      [-18, 99, -17],
    ],
  )
  assert.match(await run('seq', 'calibrations', path), /value × 2 − 1/)
  await run('seq', 'calibrate', path, '--points', '-20:-21', '0:0', '--start', '2026-01-31T12:02')
  assert.deepEqual(await values(), [-18, -17.85])
  assert.equal(await run('seq', 'export', path, '--raw'), before)
  const list = JSON.parse(await run('seq', 'calibrations', path, '--json')) as { id: number }[]
  for (const { id } of list) await run('seq', 'uncalibrate', path, String(id))
  assert.ok(list.some(({ id }) => String(id) === calibration))
  await run('seq', 'unmask', path, String(mask.id))
  assert.equal(await run('seq', 'export', path), before)
  assert.equal((await rhizo(lab, ['seq', 'unmask', path, String(mask.id)])).code, 4)
  assert.match((await rhizo(lab, ['seq', 'mask', path])).stderr, /Give --start, --end or --where/)
})
