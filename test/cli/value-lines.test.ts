/** `rhizo seq update -`: lines with their times, and how a sequence of text is told. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { valuesOf } from '../support/imports.ts'
import { startLab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'

const LINES = '2026-02-01 10:00:00,door open\n2026-02-01T11:00:00+01:00,"door, shut"\n2026-02-01T10:10:00Z,ok\n'

test('lines of timestamp,value are read in any form when told so; a time without a zone needs one', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/log', 2)
  const update = (...options: string[]) => rhizo(lab, ['seq', 'update', '/lab/log', '-', '--json', ...options], LINES)
  const refused = await update('--timed')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /line 1: "2026-02-01 10:00:00" has no time zone; name it with --time-zone/)
  assert.equal((await update('--timed', '--time-zone', 'Europe/Berlin')).code, 0)
  assert.deepEqual(await valuesOf(lab, '/lab/log'), [
    ['2026-02-01T09:00:00Z', 'door open'],
    ['2026-02-01T10:00:00Z', 'door, shut'],
    ['2026-02-01T10:10:00Z', 'ok'],
  ])
  assert.match((await rhizo(lab, ['seq', 'update', '/lab/log', 'x', '--timed'])).stderr, /--timed goes with -/)
})

test('without being told, a time before text belongs to it unless it is one of the API’s, and which holds is said', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/log', 2)
  const plain = await rhizo(lab, ['seq', 'update', '/lab/log', '-'], LINES)
  assert.equal(plain.code, 0)
  assert.match(plain.stderr, /Line 1 begins with a time, which is stored as part of the text; with --timed it is the time/)
  const values = (await valuesOf(lab, '/lab/log')).map(([, value]) => value)
  assert.ok(values.includes('2026-02-01 10:00:00,door open') && values.includes('ok'))
  const exact = await rhizo(lab, ['seq', 'update', '/lab/log', '-'], '2026-02-01T10:20:00Z,fine\n')
  assert.match(exact.stderr, /Line 1 begins with a time, and is stored at it/)
})

test('a column of text that an import leaves out is named also where nobody looks on, unless the columns were chosen', async (t) => {
  const lab = await startLab(t)
  const file = 'time,warmth,door\n2026-02-01T10:00:00Z,4.5,open\n2026-02-01T10:01:00Z,4.6,shut\n'
  const bring = (...options: string[]) => rhizo(lab, ['seq', 'import', '-', '--into', '/lab', '--create', ...options], file)
  const first = await bring()
  assert.deepEqual([first.code, first.stdout], [0, ''])
  assert.equal(first.stderr, 'rhizo: What is text was left out: "door". Name the columns to bring in with --columns.\n')
  for (const columns of [
    ['--columns', 'warmth'],
    ['--columns', 'warmth,door'],
  ]) {
    const chosen = await bring(...columns)
    assert.deepEqual([chosen.code, chosen.stderr], [0, ''])
  }
  assert.deepEqual(
    (await valuesOf(lab, '/lab/door')).map(([, value]) => value),
    ['open', 'shut'],
  )
})
