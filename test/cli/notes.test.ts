/** `rhizo note`, as people and scripts type it. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { NoteInfo } from '../../src/wire/answers.ts'
import { startLab } from '../support/lab.ts'
import { rhizo } from '../support/outside-command.ts'

test('notes are added, listed, changed and removed', async (t) => {
  const lab = await startLab(t)
  await lab.sequence('/lab/freezer/temperature')
  const run = async (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> => rhizo(lab, args)
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run(...args, '--json')).stdout)
  assert.match((await run('note', 'add', '/lab/freezer/temperature', 'door open')).stdout, /^\d+\n$/)
  const stretch = (await json(
    'note',
    'add',
    '/lab/freezer',
    'defrosted',
    '--start',
    '2026-01-31T08:00',
    '--end',
    '2026-01-31T11:30',
    '--tag',
    'care',
    'ann',
  )) as NoteInfo
  assert.deepEqual(stretch.tags, ['care', 'ann'])
  const notes = (await json('note', 'ls', '/lab/freezer/temperature')) as NoteInfo[]
  assert.deepEqual(
    notes.map(({ text, path }) => [text, path]),
    [
      ['door open', '/lab/freezer/temperature'],
      ['defrosted', '/lab/freezer'],
    ],
  )
  assert.match(
    (await run('note', 'ls', '/lab', '--tag', 'care')).stdout,
    /2026-01-31T08:00:00Z {2}2026-01-31T11:30:00Z {2}\/lab\/freezer .*defrosted/,
  )
  const id = String(stretch.id)
  const edited = (await json('note', 'edit', id, 'defrosted by Ann', '--at', '2026-01-31T09:00')) as NoteInfo
  assert.deepEqual(
    [edited.text, edited.start_timestamp, edited.end_timestamp, edited.tags],
    ['defrosted by Ann', '2026-01-31T09:00:00Z', null, ['care', 'ann']],
  )
  assert.deepEqual(await json('note', 'rm', id), { id: stretch.id })
  assert.equal((await run('note', 'rm', id)).code, 4)
  assert.match((await run('note', 'edit', id)).stderr, /Say what to change/)
  assert.match((await run('note', 'add', '/lab', 'x', '--at', 'now', '--end', 'now')).stderr, /--at for a moment, or --start and --end/)
})
