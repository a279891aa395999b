/** The newest number reads as it was sent, before and after a restart: programs read a value back and compare its text. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { startLab, type Lab } from '../support/lab.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('the newest number reads as it was sent after a restart too, until another value is the newest', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const sent = ['1.10', '100.0', '1e-05', '-0.0', '12345678901234567168', '+5', '7', '.5', '0x10']
  const read = (lab: Lab): Promise<string[]> => Promise.all(sent.map(async (_, at) => (await lab.get(`/resources/lab/s${at}`)).text))
  const first = await startLab(t, { folder })
  for (const [at, text] of sent.entries()) {
    await first.sequence(`/lab/s${at}`)
    await first.put(`/resources/lab/s${at}`, { data: base64(text) })
  }
  const before = await read(first)
  assert.deepEqual(before, [...sent.slice(0, -1), ''], 'what is no decimal number is not stored')
  await first.stop()
  const second = await startLab(t, { folder })
  assert.deepEqual(await read(second), before)
  await second.put('/resources/lab/s0', { data: base64('1.200') })
  await second.put('/resources/lab/s1', { data: base64('3') })
  await second.delete('/resources/lab/s2', { data_only: 1 })
  await second.delete('/resources/lab/s3', { purge: 1 })
  const after = await Promise.all(['s0', 's1', 's2', 's4'].map(async (name) => (await second.get(`/resources/lab/${name}`)).text))
  assert.deepEqual(after, ['1.200', '3', '', sent[4]])
  await second.stop()
  const third = await startLab(t, { folder })
  const last = await Promise.all(['s0', 's1', 's2', 's4'].map(async (name) => (await third.get(`/resources/lab/${name}`)).text))
  assert.deepEqual(last, after)
  const rows = await third.ctx.db.selectFrom('newest_texts').select('text').orderBy('sequence_id').execute()
  assert.deepEqual(
    rows.map(({ text }) => text),
    ['1.200', '12345678901234567168', '+5', '.5'],
  )
})
