/** What somebody may not read is not there for them: by number, by path, in messages, and in what errors say. */
import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { connectDevice } from '../support/mqtt-client.ts'
import { startLab, type Caller, type Lab } from '../support/lab.ts'
import { connect } from '../support/peer.ts'

const NOTHING = 999_999
const data = Buffer.from('text').toString('base64')

/** `/lab/hidden` with a file, a sequence and a controller in it, which only admins may read. */
async function startHidden(
  t: TestContext,
): Promise<{ lab: Lab; ids: number[]; rival: Caller & { id: number }; member: Caller & { id: number } }> {
  const lab = await startLab(t, { mqtt: true })
  const member = await lab.user('member@example.com')
  await lab.post('/resources/lab/hidden/file.txt', { data })
  await lab.sequence('/lab/hidden/num')
  await lab.post('/resources', { path: '/lab/hidden', name: 'device', type: 12 })
  const hidden = lab.ctx.tree.find('/lab/hidden')
  assert.ok(hidden)
  const none = [110, 120].map((type) => [type, lab.organization.id, 0])
  assert.equal((await lab.put('/resources/lab/hidden', { permissions: none })).status, 200)
  await lab.post('/organizations', { full_name: 'The Rival', folder_name: 'rival' })
  const rival = await lab.user('rival@example.com', { member: false })
  await lab.post(`/organizations/${lab.ctx.tree.find('/rival')?.id}/users`, { user_id: rival.id, is_admin: 1 })
  return { lab, ids: [hidden.id, ...[...hidden.children.values()].map(({ id }) => id)], rival, member }
}

/** With the number that was asked for taken out. */
const answer = ({ status, text }: { status: number; text: string }, id: number): string =>
  `${status} ${text.replace(new RegExp(`\\b${id}\\b`, 'g'), 'N')}`

test('numbers of what one may not read are answered like numbers of nothing, wherever a number is taken', async (t) => {
  const { lab, ids, rival, member } = await startHidden(t)
  const rivalId = lab.ctx.tree.find('/rival')?.id
  const keys = Object.values((await lab.get('/keys')).json as Record<string, { id: number; access_as_user_id: number | null }>)
  const keyIds = keys.filter(({ access_as_user_id: user }) => user !== rival.id).map(({ id }) => id)
  const userIds = [lab.adminId, member.id]
  const organizationIds = [lab.organization.id, ids[0] ?? 0]
  const takes: [string, readonly number[], (caller: Caller, id: number) => Promise<{ status: number; text: string }>][] = [
    ['keys of a controller', ids, (c, id) => c.get('/keys', { access_as_controller_id: id })],
    ['a key for a controller', ids, (c, id) => c.post('/keys', { access_as_controller_id: id })],
    ['keys of a user', userIds, (c, id) => c.get('/keys', { access_as_user_id: id })],
    ['a key for a user', userIds, (c, id) => c.post('/keys', { access_as_user_id: id, organization_id: rivalId })],
    ['a key for an organization', organizationIds, (c, id) => c.post('/keys', { access_as_user_id: rival.id, organization_id: id })],
    ['revoke a key', keyIds, (c, id) => c.delete(`/keys/${id}`)],
    ['a zip', ids, (c, id) => c.get('/resources/rival', { ids: id, download: 1 })],
    ['a user', userIds, (c, id) => c.get(`/users/${id}`)],
    ['change a user', userIds, (c, id) => c.put(`/users/${id}`, { full_name: 'x' })],
    ['delete a user', userIds, (c, id) => c.delete(`/users/${id}`)],
    ['members', organizationIds, (c, id) => c.get(`/organizations/${id}/users`)],
    ['a member', userIds, (c, id) => c.get(`/organizations/${rivalId}/users/${id}`)],
    ['add a member', userIds, (c, id) => c.post(`/organizations/${rivalId}/users`, { user_id: id })],
    ['invitations', organizationIds, (c, id) => c.get(`/organizations/${id}/invitations`)],
    ['permissions of a user', userIds, (c, id) => c.put('/resources/rival', { permissions: [[130, id, 10]] })],
    ['permissions of an organization', organizationIds, (c, id) => c.put('/resources/rival', { permissions: [[110, id, 10]] })],
    ['permissions of a controller', ids, (c, id) => c.put('/resources/rival', { permissions: [[140, id, 10]] })],
    ['a session', [1, 2], (c, id) => c.delete(`/sessions/${id}`)],
    ['an outgoing message', [1, 2], (c, id) => c.get(`/notifications/${id}`)],
  ]
  for (const caller of [rival, lab.as('')])
    for (const [what, numbers, take] of takes) {
      const nothing = answer(await take(caller, NOTHING), NOTHING)
      for (const id of numbers) assert.equal(answer(await take(caller, id), id), nothing, `${what} ${id}`)
      assert.doesNotMatch(nothing, /^200|hidden/, what)
    }
  const peer = await connect(t, lab, rival.key)
  for (const id of [...ids, NOTHING]) {
    const { parameters } = await peer.ask('subscribe', { subscriptions: [{ folder: id }] })
    assert.equal(parameters['message'], `folder: there is no folder ${id}.`)
  }
})

test('without a key hidden, missing and wrong things get one answer', async (t) => {
  const { lab } = await startHidden(t)
  const nobody = lab.as('')
  const paths = [
    '/lab/hidden',
    '/lab/hidden/file.txt',
    '/lab/hidden/num',
    '/lab/hidden/num/below',
    '/lab/hidden/none',
    '/lab/none',
    '/none',
    '/none/x',
  ]
  const calls: [string, (path: string) => Promise<{ status: number; text: string }>][] = [
    ['read', (path) => nobody.get(`/resources${path}`)],
    ['metadata', (path) => nobody.get(`/resources${path}`, { meta: 1 })],
    ['revisions', (path) => nobody.get(`/resources${path}`, { revisions: 1 })],
    ['write', (path) => nobody.put(`/resources${path}`, { data })],
    ['a guarded write', (path) => nobody.put(`/resources${path}`, { data, if_revision: 1 })],
    ['move', (path) => nobody.put(`/resources${path}`, { parent: '/lab' })],
    ['permit', (path) => nobody.put(`/resources${path}`, { permissions: null })],
    ['make there', (path) => nobody.post(`/resources${path}`, { data })],
    ['make in it', (path) => nobody.post('/resources', { path, name: 'x', type: 10 })],
    ['bring back', (path) => nobody.post(`/resources${path}`, { undelete: 1 })],
    ['delete', (path) => nobody.delete(`/resources${path}`)],
    ['purge', (path) => nobody.delete(`/resources${path}`, { purge: 1 })],
    ['delete values', (path) => nobody.delete(`/resources${path}`, { data_only: 1 })],
    ['series', (path) => nobody.get('/sequences/series', { path, max_points: 10 })],
    ['alerts', (path) => nobody.get('/alerts', { path })],
    ['a trial', (path) => nobody.get('/alerts/test', { path, kind: 'silent', for_seconds: 60 })],
    ['controllers', (path) => nobody.get('/controllers', { path })],
    ['a message', (path) => nobody.post('/messages', { folder_path: path, type: 'x' })],
  ]
  for (const [what, call] of calls) {
    const answers = new Set<string>()
    for (const path of paths) answers.add(answer(await call(path), NOTHING))
    assert.equal(answers.size, 1, `${what}: ${[...answers].join(' | ')}`)
    assert.match([...answers][0] ?? '', /^403 .*Send a key/, what)
  }
  const peer = await connect(t, lab, '')
  const heard = new Set<string>()
  for (const path of paths)
    for (const [type, parameters] of [
      ['subscribe', { subscriptions: [{ folder: path }] }],
      ['update_sequence', { sequence: path, value: 1 }],
      ['write_resource', { path, data: 'x' }],
    ] as const)
      heard.add(JSON.stringify((await peer.ask(type, parameters)).parameters))
  assert.equal(heard.size, 1, [...heard].join(' | '))
})

test('inside a place that they may not read, people and devices learn neither names nor types', async (t) => {
  const { rival } = await startHidden(t)
  const names = ['file.txt', 'num', 'device', 'none']
  const ask = async (call: (path: string) => Promise<{ status: number; text: string }>): Promise<string[]> =>
    Promise.all(names.map(async (name) => answer(await call(`/lab/hidden/${name}`), NOTHING).replaceAll(name, 'NAME')))
  for (const call of [
    (path: string) => rival.get(`/resources${path}`),
    (path: string) => rival.put(`/resources${path}`, { data, if_revision: 3 }),
    (path: string) => rival.post(`/resources${path}`, { data }),
    (path: string) => rival.post(`/resources${path}`, {}),
    (path: string) => rival.delete(`/resources${path}`, { data_only: 1 }),
    (path: string) => rival.delete(`/resources${path}`, { purge: 1 }),
    (path: string) => rival.post(`/resources${path}`, { undelete: 1 }),
    (path: string) => rival.put('/pins/1234', { controller: path }),
    (path: string) => rival.get('/alerts/test', { path, kind: 'silent', for_seconds: 60 }),
    (path: string) => rival.post('/resources', { path, name: 'x', type: 10 }),
    (path: string) => rival.put('/resources/rival/mine', { parent: path }),
  ]) {
    await rival.post('/resources', { path: '/rival', name: 'mine', type: 10 })
    const answers = new Set(await ask(call))
    assert.equal(answers.size, 1, [...answers].join(' | '))
  }
  assert.equal(
    (await rival.get('/resources/none')).text.replace('none', 'NAME'),
    (await rival.get('/resources/lab')).text.replace('lab', 'NAME'),
  )
})

test('an update is cut to what each hearer may read, whatever way it takes', async (t) => {
  const { lab, member } = await startHidden(t)
  const fridge = await lab.controller('fridge')
  const [plain, secret] = [await lab.sequence('/lab/fridge/plain'), await lab.sequence('/lab/fridge/secret')]
  await lab.sequence('/lab/fridge/private/num')
  const closed = [[110, lab.organization.id, 0]] as [number, number, number][]
  lab.ctx.tree.setPermissions(secret, closed)
  const folder = lab.ctx.tree.find('/lab/fridge/private')
  assert.ok(folder)
  lab.ctx.tree.setPermissions(folder, closed)
  const [page, boss] = [await connect(t, lab, member.key), await connect(t, lab, lab.key)]
  for (const peer of [page, boss]) await peer.subscribe('/lab/fridge')
  const panel = await connectDevice(t, lab, member.key, { over: 'tcp', clientId: 'panel', clean: false })
  await panel.subscribe('lab/fridge', 1)
  const device = await connectDevice(t, lab, fridge.key, { over: 'tcp' })
  const socket = await connect(t, lab, fridge.key)
  const parameters = { plain: 1, secret: 4.5, 'private/num': 7, 'private/none': 8, note: 'hi' }
  const ways: Record<string, () => Promise<unknown>> = {
    WebSocket: () => socket.tell('update', parameters),
    MQTT: () => device.publish('lab/fridge', JSON.stringify({ update: parameters })),
    'MQTT with others': () => device.publish('lab/fridge', ` ${JSON.stringify({ hello: {}, update: parameters })}`),
    HTTP: () => fridge.post('/messages', { folder_path: '/lab/fridge', type: 'update', parameters }),
  }
  for (const [way, send] of Object.entries(ways)) {
    const before = [page.heard.length, boss.heard.length, panel.heard.length]
    await send()
    const cut = await page.hear((message) => message.type === 'update' && page.heard.indexOf(message) >= (before[0] ?? 0))
    assert.deepEqual(cut.parameters, { plain: 1, note: 'hi' }, way)
    const whole = await boss.hear((message) => message.type === 'update' && boss.heard.indexOf(message) >= (before[1] ?? 0))
    assert.deepEqual(whole.parameters, parameters, way)
    const text = await panel.hear((message) => message.text.includes('update') && panel.heard.indexOf(message) >= (before[2] ?? 0))
    assert.deepEqual((JSON.parse(text.text) as { update: unknown }).update, { plain: 1, note: 'hi' }, way)
  }
  await socket.tell('update', { secret: 5 })
  await socket.tell('update', { plain: 2 })
  await page.hear(({ type, parameters: heard }) => type === 'update' && heard['plain'] === 2)
  assert.ok(page.heard.every(({ parameters: heard = {} }) => !('secret' in heard)))
  // What waits for somebody who is away is looked at again when they are back.
  await panel.client.endAsync()
  await device.publish('lab/fridge', JSON.stringify({ update: { plain: 3, note: 'late' } }))
  lab.ctx.tree.setPermissions(plain, closed)
  const back = await connectDevice(t, lab, member.key, { over: 'tcp', clientId: 'panel', clean: false })
  const late = await back.hear(({ text }) => text.includes('late'))
  assert.deepEqual(JSON.parse(late.text), { update: { note: 'late' } })
})

test('on the topic of a folder speaks who may write there, not who may write something in it', async (t) => {
  const { lab } = await startHidden(t)
  const guest = await lab.user('guest@example.com', { member: false })
  await lab.post('/resources', { path: '/lab/board/mine', name: 'x', type: 10 })
  await lab.sequence('/lab/board/own')
  for (const [path, level] of [
    ['/lab/board', 10],
    ['/lab/board/mine', 20],
    ['/lab/board/own', 20],
  ] as const)
    assert.equal((await lab.put(`/resources${path}`, { permissions: [[130, guest.id, level]] })).status, 200)
  const panel = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await panel.subscribe('lab/board', 1)
  for (const text of ['d,mine,,fake', 'd,none,,fake', 'd,mine/x,,fake', '{"hello":{}}']) {
    const device = await connectDevice(t, lab, guest.key, { over: 'tcp' })
    await device.publish('lab/board', text, { retain: true })
  }
  const device = await connectDevice(t, lab, guest.key, { over: 'tcp' })
  await device.publish('lab/board', 'd,own,2026-01-31T12:00:00Z,7', { retain: true })
  await panel.hear((message) => message.text.startsWith('d,own,'))
  assert.equal(panel.heard.length, 1)
  const later = await connectDevice(t, lab, lab.key, { over: 'tcp' })
  await later.subscribe('lab/board', 1)
  await lab.post('/messages', { folder_path: '/lab/board', type: 'end', parameters: {} })
  await later.hear((message) => message.text.includes('end'))
  assert.ok(later.heard.every(({ retain }) => !retain))
})
