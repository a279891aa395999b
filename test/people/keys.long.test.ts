import assert from 'node:assert/strict'
import test from 'node:test'
import { fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Caller } from '../support/lab.ts'

test('a key for a controller works until it is revoked, and who revoked it and when is kept', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const { id: controllerId } = await lab.controller('fridge')
  const amy = await lab.user('amy@example.com')
  const made = await amy.post('/keys', { access_as_controller_id: controllerId })
  const [id, secret] = [Number(fieldOf(made, 'id')), fieldOf(made, 'secret_key')]
  assert.match(secret, /^RHIZO[A-Z0-9]{50}$/)
  assert.deepEqual(made.json, { status: 'ok', id, secret_key: secret })
  const controller = lab.as(secret)
  assert.equal(fieldOf(await controller.get('/whoami'), 'kind'), 'controller')
  const record = {
    id,
    organization_id: lab.organization.id,
    access_as_user_id: null,
    access_as_controller_id: controllerId,
    creation_user_id: amy.id,
    creation_timestamp: '2026-01-31T12:00:00Z',
    revocation_user_id: null,
    revocation_timestamp: '',
    key_part: `RHI${secret.slice(-3)}`,
    last_use_timestamp: '2026-01-31T12:00:00Z',
    last_use_address: '127.0.0.1',
    mounted: false,
    ingest_folder: null,
  }
  const listed = async (): Promise<unknown> =>
    ((await amy.get('/keys', { access_as_controller_id: controllerId })).json as Record<string, unknown>)[id]
  assert.deepEqual(await listed(), record)

  const revoked: number[] = []
  lab.ctx.hub.on('keyRevoked', ({ keyId }) => revoked.push(keyId))
  clock.advance(60)
  assert.equal((await lab.delete(`/keys/${id}`)).status, 200)
  assert.deepEqual(revoked, [id])
  assert.equal((await controller.get('/whoami')).status, 401)
  const after = { ...record, revocation_user_id: lab.adminId, revocation_timestamp: '2026-01-31T12:01:00Z' }
  assert.deepEqual(await listed(), after)
  clock.advance(60)
  assert.equal((await amy.delete(`/keys/${id}`)).status, 200)
  assert.deepEqual(await listed(), after, 'the first who revoked it stays')
  assert.equal((await amy.delete(`/keys/${id}`, { delete: 1 })).status, 200)
  assert.deepEqual(await listed(), after, 'only system admins remove the record')
  assert.equal((await lab.delete(`/keys/${id}`, { delete: 0 })).status, 200)
  assert.deepEqual(await listed(), after)
  assert.equal((await lab.delete(`/keys/${id}`, { delete: 1 })).status, 200)
  assert.equal(await listed(), undefined)
  assert.equal((await lab.delete(`/keys/${id}`)).status, 404)
})

test('a key works as Bearer too, and a wrong one is refused with 401', async (t) => {
  const lab = await startLab(t)
  const ask = (authorization: string) => fetch(`${lab.url}/api/v1/whoami`, { headers: { authorization } })
  assert.equal((await ask(`Bearer ${lab.key}`)).status, 200)
  assert.equal((await ask(`bearer ${lab.key}`)).status, 200)
  for (const wrong of [
    `Bearer ${lab.key}x`,
    `Bearer ${lab.key.slice(0, -1)}`,
    'Bearer',
    'Bearer ',
    'Digest x',
    `Basic ${lab.key}`,
    'Basic !!!!',
    `Bearer ${lab.key.toLowerCase()}`,
  ]) {
    const response = await ask(wrong)
    assert.equal(response.status, 401, wrong)
    assert.equal(response.headers.get('www-authenticate'), 'Bearer')
  }
})

test('who makes, sees and revokes keys of controllers', async (t) => {
  const lab = await startLab(t)
  await lab.post('/organizations', { full_name: 'The Rival', folder_name: 'rival' })
  const rival = await lab.user('rival@example.com', { member: false })
  await lab.post(`/organizations/${lab.ctx.tree.descend(['rival'])?.id}/users`, { user_id: rival.id, is_admin: 1 })
  const fridge = await lab.controller('fridge')
  const victim = await lab.post('/keys', { access_as_controller_id: fridge.id })
  const callers: [string, Caller, boolean][] = [
    ['anonymous', lab.as(''), false],
    ['stranger', await lab.user('stranger@example.com', { member: false }), false],
    ["another organization's admin", rival, false],
    ['the controller itself', fridge, false],
    ['member', await lab.user('member@example.com'), true],
    ['system admin', lab, true],
  ]
  for (const [name, caller, allowed] of callers) {
    const made = await caller.post('/keys', { access_as_controller_id: fridge.id })
    // Whoever may not know of the controller is told that there is none; only users make keys.
    const refused = name === 'anonymous' ? 403 : 400
    assert.equal(made.status, allowed ? 200 : caller === fridge ? 403 : refused, `${name} makes`)
    const listed = await caller.get('/keys', { access_as_controller_id: fridge.id })
    // A controller may write to itself, so that it sees which keys let it in.
    assert.equal(listed.status, allowed || caller === fridge ? 200 : refused, `${name} sees`)
    if (!allowed && caller !== fridge) assert.doesNotMatch(listed.text, /key_part/, name)
    assert.equal((await caller.get('/keys')).status, caller === lab ? 200 : 403, `${name} sees all`)
    const id = allowed ? fieldOf(made, 'id') : fieldOf(victim, 'id')
    assert.equal(
      (await caller.delete(`/keys/${id}`)).status,
      allowed ? 200 : name === 'anonymous' || caller === fridge ? 403 : 404,
      `${name} revokes`,
    )
  }
  assert.equal(fieldOf(await lab.as(fieldOf(victim, 'secret_key')).get('/whoami'), 'kind'), 'controller')
})

test('who makes, sees and revokes keys of users', async (t) => {
  const lab = await startLab(t)
  await lab.post('/organizations', { full_name: 'The Rival', folder_name: 'rival' })
  const rival = await lab.user('rival@example.com', { member: false })
  await lab.post(`/organizations/${lab.ctx.tree.descend(['rival'])?.id}/users`, { user_id: rival.id, is_admin: 1 })
  const amy = await lab.user('amy@example.com')
  const victim = await amy.post('/keys', { access_as_user_id: amy.id, organization_id: lab.organization.id })
  const callers: [string, Caller, boolean][] = [
    ['anonymous', lab.as(''), false],
    ['stranger', await lab.user('stranger@example.com', { member: false }), false],
    ['member', await lab.user('member@example.com'), false],
    ["another organization's admin", rival, false],
    ['controller', await lab.controller('fridge'), false],
    ['the user', amy, true],
    ["the organization's admin", await lab.user('boss@example.com', { admin: true }), true],
    ['system admin', lab, true],
  ]
  for (const [name, caller, allowed] of callers) {
    const made = await caller.post('/keys', { access_as_user_id: amy.id, organization_id: lab.organization.id })
    assert.equal(made.status, allowed ? 200 : 403, `${name} makes`)
    const listed = await caller.get('/keys', { access_as_user_id: amy.id })
    assert.equal(listed.status, allowed ? 200 : 403, `${name} sees`)
    if (!allowed) assert.doesNotMatch(listed.text, /key_part/, name)
    const id = allowed ? fieldOf(made, 'id') : fieldOf(victim, 'id')
    assert.equal(
      (await caller.delete(`/keys/${id}`)).status,
      allowed ? 200 : ['anonymous', 'controller'].includes(name) ? 403 : 404,
      `${name} revokes`,
    )
  }
  assert.equal((await lab.as(fieldOf(victim, 'secret_key')).get('/whoami')).status, 200)
})

test("what an organization's admin gets by a key for a member counts in that organization only", async (t) => {
  const lab = await startLab(t)
  await lab.post('/organizations', { full_name: 'Elsewhere', folder_name: 'elsewhere' })
  const elsewhere = lab.ctx.tree.descend(['elsewhere'])?.id ?? 0
  const [here, there] = [await lab.sequence('/lab/t'), await lab.sequence('/elsewhere/t')]
  const boss = await lab.user('boss@example.com', { admin: true })
  await lab.post(`/organizations/${elsewhere}/users`, { user_id: lab.adminId, is_admin: 1 })
  const made = await boss.post('/keys', { access_as_user_id: lab.adminId, organization_id: lab.organization.id })
  assert.equal(made.status, 200)
  const disguise = lab.as(fieldOf(made, 'secret_key'))

  const { user, organizations } = (await disguise.get('/whoami')).json as { user: { id: number }; organizations: { path: string }[] }
  assert.equal(user.id, lab.adminId)
  assert.deepEqual(
    organizations.map(({ path }) => path),
    ['/lab'],
  )
  await disguise.put('/resources', { values: { '/lab/t': 1, '/elsewhere/t': 1 } })
  assert.equal((await lab.ctx.sequences.newest({ id: here.id, isText: false }))?.value, 1)
  assert.equal(await lab.ctx.sequences.newest({ id: there.id, isText: false }), undefined)
  const refused = [
    await disguise.get('/users'),
    await disguise.get(`/users/${lab.adminId}`),
    await disguise.put(`/users/${boss.id}`, { role: 2 }),
    await disguise.put(`/users/${lab.adminId}`, { full_name: 'Me' }),
    await disguise.get('/keys'),
    await disguise.get('/sessions'),
    await disguise.delete('/sessions', { all: 1 }),
    await disguise.get(`/organizations/${elsewhere}/users`),
    await disguise.post(`/organizations/${elsewhere}/users`, { user_id: boss.id }),
    await disguise.post('/organizations', { full_name: 'X', folder_name: 'x' }),
    await disguise.post('/keys', { access_as_user_id: lab.adminId, organization_id: elsewhere }),
    await disguise.post('/keys', { access_as_user_id: lab.adminId, organization_id: lab.organization.id }),
    await disguise.post('/keys', { access_as_user_id: boss.id, organization_id: lab.organization.id }),
  ]
  assert.deepEqual(
    refused.map(({ status }) => status),
    refused.map(() => 403),
  )
  const { secretKey } = {
    secretKey: fieldOf(await lab.post('/keys', { access_as_user_id: lab.adminId, organization_id: elsewhere }), 'secret_key'),
  }
  assert.equal((await lab.as(secretKey).get('/users')).status, 200, "one's own key is whole")
})

test('wrong input for keys is refused with the name of its field', async (t) => {
  const lab = await startLab(t)
  const fridge = await lab.controller('fridge')
  const wrong: [Record<string, unknown>, RegExp][] = [
    [{}, /^access_as_controller_id or access_as_user_id is missing/],
    [{ access_as_controller_id: fridge.id, access_as_user_id: lab.adminId }, /exclude one another/],
    [{ access_as_controller_id: 'fridge' }, /^access_as_controller_id must be/],
    [{ access_as_controller_id: 999 }, /^access_as_controller_id: there is no controller 999/],
    [{ access_as_controller_id: lab.organization.id }, /^access_as_controller_id: there is no controller/],
    [{ access_as_user_id: lab.adminId }, /^organization_id is missing/],
    [{ access_as_user_id: lab.adminId, organization_id: fridge.id }, /^organization_id: there is no organization/],
    [{ access_as_user_id: 999, organization_id: lab.organization.id }, /^access_as_user_id: there is no user 999/],
  ]
  for (const [body, message] of wrong) {
    const reply = await lab.post('/keys', body)
    assert.equal(reply.status, 400, JSON.stringify(body))
    assert.match(messageOf(reply), message)
  }
  assert.equal((await lab.get('/keys', { access_as_controller_id: 999 })).status, 400)
  assert.match(messageOf(await lab.delete('/keys/1', { delete: 'yes' })), /^delete must be a whole number/)
  for (const id of ['999', 'nonsense', '-1']) assert.equal((await lab.delete(`/keys/${id}`)).status, 404)
})

test('an address with many wrong keys is told to wait, while right keys from there still work', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const guess = async (): Promise<number> => (await lab.as('RHIZOGUESS').get('/whoami')).status
  const guesses = await Promise.all(Array.from({ length: 300 }, guess))
  assert.ok(guesses.every((status) => status === 401))
  assert.equal(await guess(), 429)
  assert.equal((await lab.get('/whoami')).status, 200)
  clock.advance(5 * 60)
  assert.equal(await guess(), 401)
})
