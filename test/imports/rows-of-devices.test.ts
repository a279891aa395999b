/** Rows that name their device or place, as databases export them: the rows of each go to sequences of its own. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { importFile, refusalOf, valuesOf } from '../support/imports.ts'
import { startLab } from '../support/lab.ts'

const FILE =
  'device,channel,time,temp (°C),rh (%)\nNorth 1,a,2026-01-30T10:00:00Z,21.5,50\nSouth,a,2026-01-30T10:00:00Z,19.5,60\n' +
  'North 1,a,2026-01-30T10:01:00Z,21.6,\nSouth,a,2026-01-30T10:01:30Z,oops,61\n,a,2026-01-30T10:02:00Z,1,2\n'

test('each device has a folder with its columns, what is damaged is refused alone, and a repeated import brings nothing', async (t) => {
  const lab = await startLab(t)
  const wish = { into: '/lab', create: '1', series: '["device"]' }
  const answer = await importFile(lab, FILE, { ...wish, columns: '["temp","rh"]' })
  assert.deepEqual(answer.errors.map(({ line, message }) => `${line}: ${message}`).sort(), [
    '5: "oops" is no number.',
    '6: it names no series.',
  ])
  assert.deepEqual(
    answer.series.map(({ name }) => name),
    ['north-1', 'south'],
  )
  assert.deepEqual(await valuesOf(lab, '/lab/north-1/temp'), [
    ['2026-01-30T10:00:00Z', 21.5],
    ['2026-01-30T10:01:00Z', 21.6],
  ])
  assert.deepEqual(await valuesOf(lab, '/lab/south/temp'), [['2026-01-30T10:00:00Z', 19.5]])
  assert.deepEqual(await valuesOf(lab, '/lab/south/rh'), [
    ['2026-01-30T10:00:00Z', 60],
    ['2026-01-30T10:01:30Z', 61],
  ])
  assert.equal(lab.ctx.tree.find('/lab/south/rh')?.sequence?.units, '%')
  const again = await importFile(lab, FILE, { ...wish, columns: '["temp","rh"]' })
  assert.equal(again.import_id, null)
})

test('with one column of values a device is a sequence, and several columns may name it', async (t) => {
  const lab = await startLab(t)
  await importFile(lab, FILE, { into: '/lab', create: '1', series: '["device","channel"]', columns: '["rh"]' })
  assert.deepEqual(await valuesOf(lab, '/lab/north-1/a'), [['2026-01-30T10:00:00Z', 50]])
  assert.equal((await valuesOf(lab, '/lab/south/a')).length, 2)
})

test('without it the column of names is said, and names that would become one stop', async (t) => {
  const lab = await startLab(t)
  const rows = [0, 1, 2, 3].map((minute) => `${minute % 2 === 0 ? 'North' : 'South'},2026-01-30T10:0${minute}:00Z,${minute}\n`)
  const answer = await importFile(lab, `device,time,v\n${rows.join('')}`, { into: '/lab', create: '1', dry_run: '1' })
  assert.match(answer.warnings.join(' '), /"device"\. .*or with --series those that name the device or place of a row/)
  const alike = 'device,time,v\na b,2026-01-30T10:00:00Z,1\na-b,2026-01-30T10:01:00Z,2\n'
  assert.match(
    await refusalOf(lab, alike, { into: '/lab', create: '1', series: 'device' }),
    /The series "a-b" and "a b" would both be called "a-b"/,
  )
})
