/** Notes that alarms write, and what the others hear when somebody takes care: both only where the rule says so. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { PATH, create, fine, list, pass, send, startFreezer, told } from '../support/freezer.ts'
import { startLab, type Caller } from '../support/lab.ts'

interface Note {
  id: number
  path: string
  text: string
  tags: string[]
  source: string
  start_timestamp: string
  end_timestamp: string | null
}

const notesOf = async (lab: Caller): Promise<Note[]> => (fine(await lab.get('/notes', { path: '/lab' })).json as { notes: Note[] }).notes

test('an alarm writes one note over its stretch, goes on with it after a restart, and leaves what people made of it', async (t) => {
  const { lab: first, clock } = await startFreezer(t)
  await create(first, { kind: 'above', value: -15, for_seconds: 60, note: true })
  await create(first, { kind: 'above', value: -14, name: 'without a note' })
  assert.deepEqual(
    (await list(first, PATH)).map(({ note }) => note),
    [true, undefined],
  )
  await first.daemon.runWorkers()
  await send(first, -9)
  await pass(first, clock, 61)
  const [open, ...more] = await notesOf(first)
  assert.deepEqual(more, [])
  assert.deepEqual(
    [open?.path, open?.source, open?.tags, open?.start_timestamp, open?.end_timestamp],
    [PATH, 'alarm', ['alarm'], '2026-01-31T12:00:00Z', null],
  )
  await first.stop()
  const next = await startLab(t, { clock, folder: first.folder })
  const lab = { ...next, ...next.as(first.key) }
  await lab.daemon.runWorkers()
  await send(lab, -7)
  await pass(lab, clock, 20)
  await send(lab, -20)
  await pass(lab, clock, 20)
  const [over, ...others] = await notesOf(lab)
  assert.deepEqual(others, [])
  assert.deepEqual([over?.id, over?.end_timestamp], [open?.id, '2026-01-31T12:01:21Z'])
  assert.match(over?.text ?? '', /^Alarm "above -15": above -15 C for 1m, lowest -9 C, highest -7 C\.$/)

  // The next one: its text is somebody's, and a rule that is removed ends it.
  await pass(lab, clock, 700)
  await send(lab, -5)
  await pass(lab, clock, 61)
  const second = (await notesOf(lab)).find(({ id }) => id !== open?.id)
  fine(await lab.put(`/notes/${second?.id}`, { text: 'Door was open' }))
  await send(lab, -3)
  await pass(lab, clock, 10)
  fine(await lab.delete('/alerts', { path: PATH, name: 'above -15' }))
  await pass(lab, clock, 10)
  const kept = (await notesOf(lab)).find(({ id }) => id === second?.id)
  assert.deepEqual([kept?.text, kept?.end_timestamp !== null], ['Door was open', true])
})

test('a note that somebody removed stays away, and a rule of a folder writes on the sequence', async (t) => {
  const { lab, clock } = await startFreezer(t)
  await create(lab, { kind: 'above', value: -15, pattern: '**', note: true }, '/lab/freezer')
  await lab.daemon.runWorkers()
  await send(lab, -9)
  await pass(lab, clock, 1)
  const [note] = await notesOf(lab)
  assert.equal(note?.path, PATH)
  fine(await lab.delete(`/notes/${note?.id}`))
  for (const value of [-8, -30]) {
    await send(lab, value)
    await pass(lab, clock, 10)
  }
  assert.deepEqual(await notesOf(lab), [])
})

test('"I’m on it" is told once to the others who were told, where the rule says so, and to nobody who was not', async (t) => {
  const { lab, clock } = await startFreezer(t)
  const recipients = ['ann@example.com', 'admin@example.com', 'push:admin@example.com']
  await create(lab, { kind: 'above', value: -15, recipients, tell_acknowledgement: true })
  await create(lab, { kind: 'above', value: -14, recipients: ['bob@example.com'] })
  await lab.daemon.runWorkers()
  await send(lab, -9)
  await pass(lab, clock, 1)
  const before = (await told(lab)).length
  fine(await lab.post('/alerts/ack', { path: '/lab', note: 'moving samples' }))
  fine(await lab.post('/alerts/ack', { path: PATH }))
  const after = (await told(lab)).slice(before)
  assert.deepEqual(after, [`ann@example.com: ${after[0]?.match(/: (.*) takes care/)?.[1] ?? '?'} takes care of ${PATH}`])
  const row = await lab.ctx.db.selectFrom('outgoing_messages').selectAll().orderBy('id', 'desc').limit(1).executeTakeFirstOrThrow()
  assert.match(row.body, /^"moving samples"\n\n\/lab\/freezer\/temperature is above -15 C \(alert "above -15"\)/)
  assert.equal((JSON.parse(row.data ?? '{}') as { event: string }).event, 'alerts_acknowledged')
})
