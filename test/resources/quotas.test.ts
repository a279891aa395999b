import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldOf } from '../support/browser.ts'
import { FakeClock, startLab, type Lab, type Reply } from '../support/lab.ts'
import { connectDevice } from '../support/mqtt-client.ts'
import { rhizo } from '../support/outside-command.ts'
import { waitFor } from '../support/waiting.ts'

const put = (lab: Lab, name: string, bytes: number): Promise<Reply> =>
  lab.post(`/resources/lab/${name}`, { contents: Buffer.alloc(bytes, 97).toString('base64') })
const quotaOf = (lab: Lab): string => `/organizations/${lab.organization.id}/quota`

test('past its quota an organization stores no more files, is told how much it uses, and goes on once some are gone', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  assert.equal((await put(lab, 'a.bin', 400)).status, 200)
  assert.equal((await lab.put(quotaOf(lab), { file_bytes: 1_000 })).status, 200)
  assert.equal((await put(lab, 'b.bin', 400)).status, 200)
  const refused = await put(lab, 'c.bin', 300)
  assert.equal(refused.status, 413)
  assert.match(refused.text, /\/lab uses 800 of 1,000 bytes of files and images, its quota.*admin of the server/)
  assert.equal((await lab.get('/resources/lab/c.bin')).status, 404, 'nothing of it is there')
  assert.equal((await put(lab, 'a.bin', 300)).status, 413, 'a revision counts too')
  assert.equal((await put(lab, 'd.bin', 200)).status, 200)
  assert.equal((await put(lab, 'e.bin', 1)).status, 413)
  assert.equal((await lab.delete('/resources/lab/b.bin', { purge: 1 })).status, 200)
  clock.advance(2)
  assert.equal((await put(lab, 'e.bin', 400)).status, 200)
  const { json } = await lab.get(quotaOf(lab))
  assert.deepEqual((json as { file_bytes: unknown }).file_bytes, { used: 1_000, limit: 1_000 })
})

test('many uploads at once stay within the quota', async (t) => {
  const lab = await startLab(t)
  await lab.put(quotaOf(lab), { file_bytes: 1_000 })
  const replies = await Promise.all(Array.from({ length: 20 }, (_, at) => put(lab, `${at}.bin`, 100)))
  assert.deepEqual(replies.map(({ status }) => status).sort(), [...Array<number>(10).fill(200), ...Array<number>(10).fill(413)])
})

test('sequences are counted, those that controllers bring too', async (t) => {
  const lab = await startLab(t)
  const make = (name: string): Promise<Reply> => lab.post('/resources', { path: '/lab', name, type: 21, data_type: 1 })
  await lab.put(quotaOf(lab), { sequences: 2 })
  assert.deepEqual([(await make('a')).status, (await make('b')).status, (await make('c')).status], [200, 200, 413])
  assert.equal((await lab.post('/resources', { path: '/lab', name: 'controller', type: 12 })).status, 413)
  assert.equal((await lab.get('/resources/lab/controller')).status, 404)
  await lab.put(quotaOf(lab), { sequences: 'none' })
  assert.equal((await make('c')).status, 200)
})

test('only system admins set a quota, by no other way; its admins see it', async (t) => {
  const lab = await startLab(t)
  const [admin, member] = [await lab.user('ann@example.com', { admin: true }), await lab.user('bob@example.com')]
  assert.equal((await admin.put(quotaOf(lab), { file_bytes: 1 })).status, 403)
  assert.equal((await admin.put('/resources/lab', { system_attributes: { quota: { file_bytes: 1 } } })).status, 400)
  assert.equal((await admin.get(quotaOf(lab))).status, 200)
  assert.equal((await member.get(quotaOf(lab))).status, 403)
  assert.equal((await lab.put(quotaOf(lab), { file_bytes: 'many' })).status, 400)
  assert.equal((await rhizo(lab, ['org', 'quota', 'lab', '--files', '20G', '--sequences', '5'])).code, 0)
  assert.equal((await admin.put('/resources/lab', { system_attributes: { quota: null } })).status, 400)
  const shown = await rhizo(lab, ['org', 'quota', 'lab', '--json'])
  assert.equal((JSON.parse(shown.stdout) as { file_bytes: { limit: number } }).file_bytes.limit, 20_000_000_000)
})

test('admins of the server are told at nine tenths, once', async (t) => {
  const lab = await startLab(t)
  await lab.put(quotaOf(lab), { file_bytes: 1_000 })
  await put(lab, 'a.bin', 890)
  await put(lab, 'b.bin', 10)
  await put(lab, 'c.bin', 10)
  const told = await waitFor('the admins are told', async () => {
    const rows = await lab.ctx.db.selectFrom('outgoing_messages').select('subject').execute()
    return rows.length > 0 && rows
  })
  assert.deepEqual(told, [{ subject: '/lab has nearly used its quota of file_bytes' }])
})

test('retained messages of one organization leave room for those of others', async (t) => {
  const lab = await startLab(t, { mqtt: true })
  await lab.post('/organizations', { folder_name: 'other', full_name: 'Other' })
  await lab.put(quotaOf(lab), { retained_messages: 1 })
  const fridge = await lab.controller('fridge')
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const admin = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  for (const state of ['one', 'two']) await device.publish(`lab/fridge/stat/${state}`, state, { retain: true })
  await device.publish('lab/fridge/stat/one', 'again', { retain: true })
  await admin.publish('other/stat/three', 'three', { retain: true })
  const late = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await late.subscribe('lab/#', 1)
  await late.subscribe('other/#', 1)
  await late.hear('three')
  assert.deepEqual(late.heard.map(({ text }) => text).sort(), ['again', 'three'])
})

test('what comes from another organization, or out of the bin, counts as what is made', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const made = await lab.post('/organizations', { folder_name: 'other', full_name: 'Other' })
  const other = `/organizations/${fieldOf(made, 'organization_id')}/quota`
  for (const name of ['a', 'b']) await lab.sequence(`/lab/things/${name}`)
  assert.equal((await put(lab, 'things/f.bin', 600)).status, 200)
  assert.equal((await put(lab, 'things/gone.bin', 600)).status, 200)
  assert.equal((await lab.delete('/resources/lab/things/gone.bin')).status, 200)
  const move = (): Promise<Reply> => lab.put('/resources/lab/things', { parent: '/other' })
  assert.equal((await lab.put(other, { file_bytes: 1_000 })).status, 200)
  const refused = await move()
  assert.equal(refused.status, 413, 'the deleted one comes along, and can be brought back there')
  assert.match(refused.text, /\/other uses 0 of 1,000 bytes/)
  assert.equal((await lab.get('/resources/lab/things/f.bin')).status, 200, 'it stays where it was')
  clock.advance(2)
  await lab.put(other, { file_bytes: 'none', sequences: 1 })
  assert.match((await move()).text, /\/other uses 0 of 1 sequences/)
  clock.advance(2)
  await lab.put(other, { file_bytes: 1_200, sequences: 2 })
  assert.equal((await move()).status, 200)
  assert.deepEqual((await lab.get(other)).json, {
    ...((await lab.get(other)).json as object),
    file_bytes: { used: 1_200, limit: 1_200 },
    sequences: { used: 2, limit: 2 },
  })
  // Within the organization moves cost nothing.
  await lab.post('/resources', { path: '/other', name: 'deep', type: 'basic_folder' })
  assert.equal((await lab.put('/resources/other/things', { parent: '/other/deep' })).status, 200)
  const place = '/resources/other/deep/things/a'
  assert.equal((await lab.delete(place)).status, 200)
  clock.advance(2)
  assert.equal((await lab.post('/resources', { path: '/other', name: 'c', type: 21, data_type: 1 })).status, 200)
  assert.equal((await lab.post(place, { undelete: 1 })).status, 413)
  await lab.delete('/resources/other/c')
  clock.advance(2)
  assert.equal((await lab.post(place, { undelete: 1 })).status, 200)
})
