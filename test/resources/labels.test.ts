/** Labels of sequences and controllers. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { labelsOf } from '../../src/resources/labels.ts'
import { anonymous } from '../../src/tree/actor.ts'
import { startLab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'

test('label, description, place and serial number are set, emptied, bounded, and read by those who may read', async (t) => {
  const lab = await startLab(t)
  const freezer = await lab.controller('freezer')
  await lab.sequence('/lab/freezer/temperature')
  const admin = { kind: 'user', userId: lab.adminId, isSystemAdmin: true } as const
  for (const path of ['/lab/freezer', '/lab/freezer/temperature']) {
    const resource = lab.ctx.tree.find(path)
    assert.ok(resource)
    const set = (attributes: object): ReturnType<typeof lab.put> => lab.put(`/resources${path}`, { system_attributes: attributes })
    const given = { label: ' Freezer 3 ', description: 'Middle shelf', place: 'Room 2.14', serial_number: 'SN-7' }
    assert.equal((await set(given)).status, 200)
    assert.deepEqual(await labelsOf(lab.ctx, admin, resource), { ...given, label: 'Freezer 3' })
    assert.equal((await set({ place: null, description: '' })).status, 200)
    assert.deepEqual(await labelsOf(lab.ctx, admin, resource), { label: 'Freezer 3', serial_number: 'SN-7' })
    for (const wrong of [{ label: 'x'.repeat(101) }, { place: 7 }, { serial_number: ['x'] }]) assert.equal((await set(wrong)).status, 400)
    await assert.rejects(labelsOf(lab.ctx, anonymous, resource))
  }
  assert.equal(freezer.path, '/lab/freezer')
})

test('`rhizo seq set` changes several sequences at once, and none where one of them is not there', async (t) => {
  const lab = await startLab(t)
  const paths = ['/lab/north', '/lab/south']
  for (const path of paths) await lab.sequence(path, 1, { units: 'F' })
  const unitsOf = (path: string): string | undefined => lab.ctx.tree.find(path)?.sequence?.units
  const wrong = await rhizo(lab, ['seq', 'set', '/lab/north', '/lab/none', '--units', 'C'])
  assert.notEqual(wrong.code, 0)
  assert.match(wrong.stderr, /\/lab\/none/)
  assert.equal(unitsOf('/lab/north'), 'F')
  const { code, stdout } = await rhizo(lab, ['seq', 'set', ...paths, '--units', 'C', '--decimals', '1', '--place', 'Hall 3', '--json'])
  assert.equal(code, 0)
  assert.deepEqual((JSON.parse(stdout) as { paths: string[] }).paths, paths)
  assert.deepEqual(paths.map(unitsOf), ['C', 'C'])
})
