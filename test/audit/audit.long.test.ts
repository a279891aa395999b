import assert from 'node:assert/strict'
import test from 'node:test'
import { recordAudit } from '../../src/audit/record.ts'
import { transact } from '../../src/database/transact.ts'
import type { AuditInfo } from '../../src/wire/answers.ts'
import { Browser, fieldOf } from '../support/browser.ts'
import { FakeClock, startLab, type Caller } from '../support/lab.ts'

const audit = async (caller: Caller, filter: Record<string, unknown> = {}): Promise<AuditInfo[]> => {
  const reply = await caller.get('/audit', filter)
  assert.equal(reply.status, 200, reply.text)
  return reply.json as AuditInfo[]
}
const kindsOf = (records: readonly AuditInfo[]): string[] => records.map(({ kind }) => kind)

test('what is done to people, keys, permissions and resources is recorded with who did it, from where, in order', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com', { admin: true })
  const { id: controllerId } = await lab.controller('fridge')
  const key = Number(fieldOf(await amy.post('/keys', { access_as_controller_id: controllerId }), 'id'))
  await amy.delete(`/keys/${key}`)
  const bob = Number(fieldOf(await lab.post('/users', { email_address: 'bob@example.com', password: 'wet-paint-42' }), 'id'))
  await lab.post(`/organizations/${lab.organization.id}/users`, { user_id: bob })
  await amy.put(`/organizations/${lab.organization.id}/users/${bob}`, { is_admin: true })
  await amy.delete(`/organizations/${lab.organization.id}/users/${bob}`)
  await amy.put('/resources/lab/fridge', { permissions: [[100, 0, 10]] })
  await amy.post(`/organizations/${lab.organization.id}/users`, { email_address: 'eve@example.com', send_email: false })
  await amy.put('/resources/lab', { system_attributes: { full_name: 'Our Lab' } })
  await amy.put('/resources/lab/fridge', { name: 'freezer' })
  await amy.delete('/resources/lab/freezer')
  await amy.post('/resources/lab/freezer', { undelete: 1 })
  await amy.delete('/resources/lab/freezer', { permanent: 1 })
  await lab.put(`/users/${bob}`, { password: 'dry-paint-42', role: 2 })
  await lab.delete(`/users/${bob}`)

  const records = (await audit(lab, { count: 1000 })).reverse()
  assert.deepEqual(kindsOf(records).slice(0, 10), [
    'key.made',
    'key.revoked',
    'user.made',
    'member.added',
    'member.changed',
    'member.removed',
    'permission.set',
    'invitation.made',
    'organization.changed',
    'resource.moved',
  ])
  assert.ok(kindsOf(records).includes('resource.deleted') && kindsOf(records).includes('resource.restored'))
  assert.deepEqual(kindsOf(records).slice(-3), ['user.changed', 'password.changed', 'user.deleted'])
  const [made] = records
  assert.deepEqual(made?.by, { kind: 'user', id: amy.id, name: 'amy@example.com' })
  assert.match(made?.address ?? '', /^(127\.0\.0\.1|::1)$/)
  assert.deepEqual(made?.subject, { kind: 'key', id: key, name: '/lab/fridge' })
  assert.equal(made?.organization_id, lab.organization.id)
  assert.equal(records.find(({ kind }) => kind === 'member.removed')?.subject.name, 'bob@example.com')
  const text = JSON.stringify(await lab.ctx.db.selectFrom('audit_records').selectAll().execute())
  for (const secret of ['wet-paint-42', 'dry-paint-42', '$argon2', 'RHIZO']) assert.ok(!text.includes(secret), secret)
})

test('filters choose by organization, kind, person, thing and time, page by page', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const { id } = await lab.controller('fridge')
  for (let made = 0; made < 5; made++) await lab.post('/keys', { access_as_controller_id: id })
  clock.advance(3600)
  const amy = await lab.user('amy@example.com')
  await lab.post('/keys', { access_as_user_id: amy.id, organization_id: lab.organization.id })
  await lab.put('/resources/lab', { permissions: null })
  assert.equal((await audit(lab, { kind: 'key' })).length, 6)
  assert.equal((await audit(lab, { kind: 'key.made', thing: 'FRIDGE' })).length, 5)
  assert.equal((await audit(lab, { thing: '%' })).length, 0, 'a percent sign stands for itself')
  assert.deepEqual(kindsOf(await audit(lab, { start_timestamp: '2026-01-31T12:30:00Z' })), ['permission.set', 'key.made'])
  assert.equal((await audit(lab, { end_timestamp: '2026-01-31T12:30:00Z' })).length, 5)
  assert.equal((await audit(lab, { user: 'admin@example.com' })).length, 7)
  assert.equal((await audit(lab, { user: 'nobody@example.com' })).length, 0)
  const first = await audit(lab, { count: 3 })
  const next = await audit(lab, { count: 3, before: first.at(-1)?.id })
  assert.deepEqual(
    [...first, ...next].map(({ id: each }) => each).sort((a, b) => b - a),
    [...first, ...next].map(({ id: each }) => each),
  )
  assert.equal(new Set([...first, ...next].map(({ id: each }) => each)).size, 6)
  assert.deepEqual(
    (await audit(lab, { after: first.at(-1)?.id })).map(({ id: each }) => each),
    [first[1]?.id, first[0]?.id],
  )
  assert.equal((await lab.get('/audit', { kind: 'nonsense' })).status, 400)
})

test('admins of an organization read what was done there and nothing else; others read nothing', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com', { admin: true })
  const bob = await lab.user('bob@example.com')
  const other = Number(fieldOf(await lab.post('/organizations', { full_name: 'Other', folder_name: 'other' }), 'organization_id'))
  await lab.post('/resources', { path: '/other', name: 'secret', type: 10 })
  await lab.delete('/resources/other/secret')
  await amy.put('/resources/lab', { permissions: null })
  const mine = await audit(amy, { organization_id: lab.organization.id })
  assert.deepEqual(kindsOf(mine), ['permission.set'])
  assert.equal((await amy.get('/audit')).status, 403)
  assert.equal((await amy.get('/audit', { organization_id: other })).status, 403)
  assert.equal((await bob.get('/audit', { organization_id: lab.organization.id })).status, 403)
  assert.equal((await lab.as('').get('/audit', { organization_id: other })).status, 403)
  assert.deepEqual(kindsOf(await audit(lab, { organization_id: other })), ['resource.deleted', 'organization.made'])
})

test("how members sign in is shown to their organization's admins, as long as they are members", async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com', { admin: true })
  const bob = await lab.user('bob@example.com')
  await lab.user('stranger@example.com', { member: false })
  for (const name of ['bob@example.com', 'stranger@example.com']) {
    await new Browser(lab).signIn(name, 'wrong-horse-9')
    assert.equal((await new Browser(lab).signIn(name, 'correct-horse-9')).status, 200)
  }
  const shown = async () =>
    (await audit(amy, { organization_id: lab.organization.id, kind: 'session' })).map(({ kind, subject }) => [kind, subject.id])
  assert.deepEqual((await shown()).sort(), [
    ['session.begun', bob.id],
    ['session.failed', bob.id],
  ])
  await amy.delete(`/organizations/${lab.organization.id}/users/${bob.id}`)
  assert.deepEqual(await shown(), [])
})

test('a flood of refusals is one record with a count, by caller and kind', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const amy = await lab.user('amy@example.com')
  for (let at = 0; at < 50; at++) {
    await amy.get('/users')
    await lab.as(`RHIZO${at}`).get('/whoami')
  }
  await lab.post('/sessions', { user: 'amy@example.com', password: 'wrong-one-1' })
  await lab.post('/sessions', { user: 'amy@example.com', password: 'wrong-one-2' })
  const refused = await audit(lab, { kind: 'refusal' })
  assert.deepEqual(refused.map(({ kind, by, count }) => [kind, by.kind, count]).sort(), [
    ['refusal.forbidden', 'user', 50],
    ['refusal.unauthenticated', 'anonymous', 52],
  ])
  assert.equal(refused.find(({ by }) => by.kind === 'user')?.by.name, 'amy@example.com')
  assert.deepEqual(
    (await audit(lab, { kind: 'session' })).map(({ kind, count, subject }) => [kind, count, subject.id]),
    [['session.failed', 2, amy.id]],
  )
  clock.advance(60)
  await amy.get('/users')
  const forbidden = (records: readonly AuditInfo[]) => records.filter(({ kind }) => kind === 'refusal.forbidden')
  assert.deepEqual(
    forbidden(await audit(lab)).map(({ count }) => count),
    [51],
    'written already, it goes on in its row',
  )
  clock.advance(3600)
  await amy.get('/users')
  assert.deepEqual(
    forbidden(await audit(lab)).map(({ count }) => count),
    [1, 51],
  )
})

test('ever new callers fill neither memory nor the table', async (t) => {
  const lab = await startLab(t)
  const address = (at: number): string => `10.${Math.floor(at / 65536)}.${Math.floor(at / 256) % 256}.${at % 256}`
  for (let at = 0; at < 100_000; at++)
    lab.ctx.audit.gather(
      { kind: 'anonymous', address: address(at) },
      { kind: 'refusal.forbidden', subject: { kind: 'route', name: 'GET /' } },
    )
  const records = await audit(lab, { kind: 'refusal', count: 1000 })
  assert.ok(records.length < 700, String(records.length))
  assert.equal(
    records.reduce((sum, { count }) => sum + count, 0),
    100_000,
  )
})

test('a record is part of its transaction', async (t) => {
  const lab = await startLab(t)
  const failing = transact(lab.ctx, async (tx) => {
    const subject = { kind: 'setting', name: 'x' } as const
    await recordAudit(lab.ctx, tx, { kind: 'user', userId: lab.adminId }, { kind: 'setting.changed', subject })
    throw new Error('undone')
  })
  await assert.rejects(failing, /undone/)
  assert.deepEqual(await audit(lab, { kind: 'setting' }), [])
})

test('the log in text is read by system admins, and nobody else writes, clears, moves or deletes it', async (t) => {
  const lab = await startLab(t)
  const member = await lab.user('member@example.com')
  const system = lab.ctx.tree.descend(['system'])
  await lab.post(`/organizations/${system?.id}/users`, { user_id: member.id, is_admin: true })
  await lab.daemon.runWorkers()
  const path = '/resources/system/audit/log'
  const read = await lab.get(path, { count: 10 })
  assert.match(read.text, /member\.added: admin@example\.com \(key \d+\) from \S+ added a member: user \d+ member@example\.com/)
  const before = (await lab.get(path)).text
  for (const [caller, status] of [
    [lab, 403],
    [member, 403],
    [lab.as(''), 403],
  ] as const) {
    assert.equal((await caller.put(path, { value: 'forged' })).status, status)
    assert.equal((await caller.delete(path)).status, status)
    assert.equal((await caller.delete(path, { data_only: 1 })).status, status)
    assert.equal((await caller.delete('/resources/system/audit')).status, status)
    assert.equal((await caller.delete('/resources/system/audit', { permanent: 1 })).status, status)
    assert.equal((await caller.put('/resources/system/audit', { name: 'gone' })).status, status)
    assert.equal((await caller.put(path, { parent: '/lab' })).status, status)
    assert.equal((await caller.post('/resources', { path: '/system/audit', name: 'x', type: 10 })).status, status)
  }
  assert.equal((await member.get(path)).status, 403)
  assert.equal((await lab.get(path)).text, before)
})

test('records go after AUDIT_DAYS, and not because the clock leapt', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock, settings: { AUDIT_DAYS: 30 } })
  for (let at = 0; at < 30; at++) await lab.put('/resources/lab', { permissions: null })
  clock.advance(29 * 86_400)
  await lab.daemon.runWorkers()
  assert.equal((await audit(lab, { kind: 'permission' })).length, 30)
  clock.jump(400 * 86_400)
  for (let hour = 0; hour < 3; hour++) {
    await lab.daemon.runWorkers()
    clock.advance(3600)
  }
  assert.equal((await audit(lab, { kind: 'permission' })).length, 30, 'the clock was set forward: they wait for a word')
  clock.jump(-400 * 86_400)
  for (let day = 0; day < 3; day++) {
    clock.advance(86_400)
    await lab.daemon.runWorkers()
  }
  assert.equal((await audit(lab, { kind: 'permission' })).length, 0)
})
