/** A rule of a folder is followed on the sequences in it whose path fits its pattern, those that come later too. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { fitsPattern, patternProblem } from '../../src/base/path-pattern.ts'
import { rhizo } from '../support/outside-command.ts'
import { create, fine, list, pass, PATH, send, startFreezer, told } from '../support/freezer.ts'

test('a pattern fits names level by level, and none of them takes long', () => {
  const cases: [string, string, boolean][] = [
    ['*/temperature', 'a/temperature', true],
    ['*/temperature', 'temperature', false],
    ['*/temperature', 'a/b/temperature', false],
    ['**/temperature', 'temperature', true],
    ['**/temperature', 'a/b/temperature', true],
    ['**', 'a/b', true],
    ['temp*', 'temperature', true],
    ['*a*b', 'xaxb', true],
    ['*a*b', 'xaxbx', false],
    ['a.c', 'abc', false],
  ]
  for (const [pattern, path, fits] of cases) assert.equal(fitsPattern(pattern, path.split('/')), fits, `${pattern} ${path}`)
  // By a pattern that is tried every way this would not end.
  fitsPattern(`${'*a'.repeat(90)}b`, ['a'.repeat(2_000)])
  fitsPattern(
    '**/a/**/b',
    Array.from({ length: 20 }, () => 'a'),
  )
  for (const bad of ['', '/a', 'a//b', '**/**/**', 'a'.repeat(300)]) assert.notEqual(patternProblem(bad), undefined, bad)
})

test('one rule watches all freezers of a folder, later ones and those moved in; each tells and is muted by itself', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await lab.sequence('/lab/cold/one/temperature')
  await lab.sequence('/lab/cold/one/door', 2)
  const rule = { kind: 'above', value: -15, pattern: '**/temperature' }
  assert.match((await lab.post('/alerts', { path: '/lab/cold', kind: 'above', value: 1, recipients: 'a@b.cd' })).text, /pattern is missing/)
  assert.equal((await lab.post('/alerts', { path: '/lab/cold/one/temperature', ...rule, recipients: 'a@b.cd' })).status, 400)
  await create(lab, rule, '/lab/cold')
  const followed = async (): Promise<unknown[]> => (await list(lab)).map(({ path, folder, covers }) => [path, folder ?? covers])
  assert.deepEqual(await followed(), [
    ['/lab/cold', 1],
    ['/lab/cold/one/temperature', '/lab/cold'],
  ])
  const only = ['alert', 'update', '/lab/cold', 'above -15', '--pattern', 'none/temperature']
  assert.equal((await rhizo(lab, only)).code, 0)
  assert.deepEqual(await followed(), [['/lab/cold', 0]])
  fine(await lab.put('/alerts', { path: '/lab/cold', name: 'above -15', pattern: '**/temperature' }))
  await lab.sequence('/lab/cold/two/temperature')
  fine(await lab.put('/resources/lab/freezer', { parent: '/lab/cold' }))
  assert.deepEqual(
    (await followed()).map((one) => (one as string[])[0]),
    ['/lab/cold', '/lab/cold/freezer/temperature', '/lab/cold/one/temperature', '/lab/cold/two/temperature'],
  )
  await pass(lab, clock, 10)
  await send(lab, -5, '/lab/cold/two/temperature')
  await pass(lab, clock, 10)
  await send(lab, -5, '/lab/cold/freezer/temperature')
  await pass(lab, clock, 10)
  assert.deepEqual(await told(lab), [
    'ann@example.com: /lab/cold/two/temperature is above -15',
    'ann@example.com: /lab/cold/freezer/temperature is above -15 C',
  ])
  fine(await lab.post('/alerts/mute', { path: '/lab/cold/one/temperature', for_seconds: 600 }))
  await send(lab, -5, '/lab/cold/one/temperature')
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 2)

  // Another name is no other alert.
  fine(await lab.put('/alerts', { path: '/lab/cold', name: 'above -15', new_name: 'too warm' }))
  await pass(lab, clock, 10)
  assert.equal((await told(lab)).length, 2)
  assert.match(
    (await lab.delete('/alerts', { path: '/lab/cold/two/temperature', name: 'too warm' })).text,
    /of the folder \/lab\/cold: change/,
  )
  // A rule of its own with the same name comes first.
  await create(lab, { kind: 'above', value: 0, name: 'too warm' }, '/lab/cold/two/temperature')
  await pass(lab, clock, 10)
  assert.equal((await list(lab, '/lab/cold/two/temperature'))[0]?.['active'], false)
  fine(await lab.put('/resources/lab/cold/freezer', { parent: '/lab' }))
  assert.deepEqual(await list(lab, '/lab/freezer'), [])
  fine(await lab.delete('/alerts', { path: '/lab/cold', name: 'too warm' }))
  assert.deepEqual(await followed(), [['/lab/cold/two/temperature', undefined]])
})

test('who may read a sequence and not its folder learns that it is muted there, and not why', async (t) => {
  const { lab } = await startFreezer(t)
  await create(lab, { kind: 'above', value: -15 })
  const reader = await lab.user('reader@example.com', { member: false })
  const everybody = [
    [130, reader.id, 10],
    [110, lab.organization.id, 20],
  ]
  fine(await lab.put(`/resources${PATH}`, { permissions: everybody }))
  fine(await lab.post('/alerts/mute', { path: '/lab/freezer', for_seconds: 600, reason: 'the door is broken' }))
  const reasonFor = async (caller: Parameters<typeof list>[0]): Promise<unknown> =>
    ((await list(caller, PATH))[0]?.['muted'] as { reason: string } | null)?.reason
  assert.equal(await reasonFor(lab), 'the door is broken')
  assert.equal(await reasonFor(reader), '')
  assert.deepEqual(fine(await reader.get('/alerts/mutes')).json, [])
})
