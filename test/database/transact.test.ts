/** An engine may run the work of a transaction again: nothing in memory, in the log or told to listeners shows how often. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import sharp from 'sharp'
import { openEngine, type OpenEngine } from '../../src/open-engine.ts'
import { changeTree } from '../../src/tree/tree-changes.ts'
import { fieldOf } from '../support/browser.ts'
import { FakeClock, startLab } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { openRepeatingEngine } from '../support/repeating-engine.ts'
import { waitFor } from '../support/waiting.ts'

const NOTICES = ['keyRevoked', 'sessionsEnded', 'userChanged', 'messageQueued', 'messageEnded'] as const
const picture = await sharp({ create: { width: 600, height: 300, channels: 3, background: '#884422' } })
  .jpeg()
  .toBuffer()

/** Does what verbs do in transactions. @returns what is left of it in the log, with listeners, in memory and in the database */
async function live(t: TestContext, open: OpenEngine): Promise<unknown> {
  const server = await startMailServer(t)
  const log = new RecordingLog()
  const clock = new FakeClock()
  const lab = await startLab(t, { log, clock, openEngine: open, settings: { STORAGE_THRESHOLD: 10, ...server.settings } })
  const { ctx } = lab
  const notices: string[] = []
  for (const name of NOTICES) ctx.hub.on(name, () => void notices.push(name))
  const answers: number[] = []
  const does = async (reply: Promise<{ status: number; text: string }>, expected = 200): Promise<void> => {
    const { status, text } = await reply
    assert.equal(status, expected, text)
    answers.push(status)
  }
  const amy = await lab.user('amy@example.com')
  const fridge = await lab.controller('fridge')
  await does(lab.post('/users', { email_address: 'bob@example.com', password: 'correct-horse-9' }))
  await does(lab.put(`/users/${amy.id}`, { full_name: 'Amy', password: 'better-horse-10' }))
  await does(lab.post('/organizations', { full_name: 'Other', folder_name: 'other' }))
  await does(lab.put(`/organizations/${lab.organization.id}/users/${amy.id}`, { is_admin: 1 }))
  await does(lab.post(`/organizations/${lab.organization.id}/users`, { email_address: 'cat@example.com' }))
  await does(lab.as('').post('/password-resets', { email_address: 'amy@example.com' }))
  const pin = await lab.as('').post('/pins')
  await does(lab.put(`/pins/${String(fieldOf(pin, 'pin'))}`, { controller: fridge.path }))
  await does(lab.as('').get(`/pins/${String(fieldOf(pin, 'pin'))}`, { pin_code: fieldOf(pin, 'pin_code') }))
  await does(lab.post('/resources', { path: '/lab', name: 'big.txt', type: 20, data: Buffer.alloc(100, 65).toString('base64') }))
  await does(lab.put('/resources/lab/big.txt', { data: Buffer.alloc(200, 66).toString('base64') }))
  await does(lab.put('/resources/lab/big.txt', { name: 'large.txt' }))
  await does(lab.delete('/resources/lab/large.txt'))
  await does(lab.post('/resources', { path: '/lab', name: 'large.txt', type: 20, data: 'AAAA' }))
  await lab.sequence('/lab/fridge/camera', 3, { max_history: 1 })
  for (let n = 0; n < 3; n++) {
    clock.advance(60)
    await does(lab.put('/resources/lab/fridge/camera', { data: picture.toString('base64') }))
  }
  await does(lab.delete('/resources/lab/fridge/camera', { data_only: 1 }))
  await does(lab.delete(`/organizations/${lab.organization.id}/users/${amy.id}`))
  await does(lab.delete(`/users/${amy.id}`))
  const unsent = ctx.db.selectFrom('outgoing_messages').select('id').where('state', '!=', 'sent')
  await waitFor('all mails are sent', async () => (await unsent.execute()).length === 0)
  await lab.daemon.runWorkers()
  const tables = await ctx.db.introspection.getTables()
  const rows: [string, number][] = []
  for (const { name } of tables.filter((table) => !/^sequence_|^throttles$|^sqlite_/.test(table.name)))
    rows.push([
      name,
      (
        await ctx.db
          .selectFrom(name as 'users')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
      ).count,
    ])
  return {
    answers,
    notices: notices.sort(),
    // How long the machine took to run it is not what it comes to.
    log: log.lines.flatMap(({ message }) => (String(message).startsWith('the event loop was held') ? [] : [message])).sort(),
    // Without their numbers: the log's own resources are made beside, whenever the machine comes to it.
    resources: [...ctx.tree.resources].map(({ name }) => name).sort(),
    rows,
    pieces: (await ctx.storage.survey()).pieces.length,
  }
}

test('whatever is done in transactions comes to the same, however often these are run', async (t) => {
  const once = await live(t, openEngine)
  assert.deepEqual(await live(t, openRepeatingEngine), once)
})

test('a transaction begins when what follows the commit of the one before is done, whatever either of them holds', async (t) => {
  const { ctx } = await startLab(t)
  const events: string[] = []
  const change = (what: string): Promise<void> =>
    changeTree(ctx, async (tx) => {
      events.push('begun')
      if (what === 'reads') await tx.selectFrom('resources').select('id').executeTakeFirst()
      if (what === 'writes') await tx.updateTable('resources').set({ user_attributes: '{}' }).where('id', '=', 1).execute()
      if (what === 'fails') throw new Error('undone')
      return () => void events.push('done')
    }).catch(() => void events.push('done'))
  await Promise.all(Array.from({ length: 40 }, (_, n) => change(['nothing', 'reads', 'writes', 'fails', 'writes'][n % 5] ?? '')))
  assert.deepEqual(events, Array.from({ length: 40 }, () => ['begun', 'done']).flat())
})
