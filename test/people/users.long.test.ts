import assert from 'node:assert/strict'
import test from 'node:test'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Caller } from '../support/lab.ts'

const PASSWORD = 'correct-horse-9'

test('a system admin creates a user, who then has the shape of old', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const made = await lab.post('/users', { email_address: 'amy@example.com', password: PASSWORD, full_name: 'Amy Ant', user_name: 'amy' })
  assert.equal(made.status, 200)
  const id = Number(fieldOf(made, 'id'))
  const record = {
    id,
    user_name: 'amy',
    email_address: 'amy@example.com',
    full_name: 'Amy Ant',
    role: 0,
    creation_timestamp: '2026-01-31T12:00:00Z',
    deleted: false,
  }
  assert.deepEqual((await lab.get(`/users/${id}`)).json, record)
  assert.deepEqual(((await lab.get('/users')).json as Record<string, unknown>)[id], record)
  assert.equal((await new Browser(lab).signIn('amy', PASSWORD)).status, 200)
})

test('who sees and changes whom', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  const callers: [string, Caller, { list: number; amy: number; create: number; rename: number; raise: number; remove: number }][] = [
    ['anonymous', lab.as(''), { list: 403, amy: 403, create: 403, rename: 403, raise: 403, remove: 403 }],
    [
      'stranger',
      await lab.user('stranger@example.com', { member: false }),
      { list: 403, amy: 403, create: 403, rename: 403, raise: 403, remove: 403 },
    ],
    ['member', await lab.user('member@example.com'), { list: 403, amy: 403, create: 403, rename: 403, raise: 403, remove: 403 }],
    [
      'admin of the organization',
      await lab.user('boss@example.com', { admin: true }),
      { list: 403, amy: 403, create: 403, rename: 403, raise: 403, remove: 403 },
    ],
    ['controller', await lab.controller('fridge'), { list: 403, amy: 403, create: 403, rename: 403, raise: 403, remove: 403 }],
    ['system admin', lab, { list: 200, amy: 200, create: 200, rename: 200, raise: 200, remove: 200 }],
  ]
  for (const [name, caller, expected] of callers) {
    const replies = {
      list: await caller.get('/users'),
      amy: await caller.get(`/users/${amy.id}`),
      create: await caller.post('/users', { email_address: 'new@example.com', password: PASSWORD }),
      rename: await caller.put(`/users/${amy.id}`, { full_name: 'Changed' }),
      raise: await caller.put(`/users/${amy.id}`, { role: 2 }),
      remove: await caller.delete(`/users/${amy.id}`),
    }
    for (const [what, reply] of Object.entries(replies)) {
      assert.equal(reply.status, expected[what as keyof typeof replies], `${name}: ${what}`)
      if (reply.status === 403) assert.doesNotMatch(reply.text, /example\.com/, `${name}: ${what} shows nobody`)
    }
    if (name !== 'system admin') {
      assert.deepEqual(
        (await amy.get(`/users/${amy.id}`)).json,
        { ...((await lab.get(`/users/${amy.id}`)).json as object), full_name: '', role: 0, deleted: false },
        name,
      )
    }
  }
})

test('people see and rename themselves, but do not raise themselves', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  assert.equal((await amy.put(`/users/${amy.id}`, { full_name: 'Amy', user_name: 'amy' })).status, 200)
  for (const change of [{ role: 2 }, { role: 'system_admin' }, { email_address: 'admin2@example.com' }, { deleted: 'false' }]) {
    assert.equal((await amy.put(`/users/${amy.id}`, change)).status, 403)
  }
  assert.equal((await amy.put(`/users/${amy.id}`, { user_name: '' })).status, 200, 'the name can be taken away')
  const { user_name: userName, role, full_name: fullName } = (await amy.get(`/users/${amy.id}`)).json as Record<string, unknown>
  assert.deepEqual([userName, role, fullName], [null, 0, 'Amy'])
  assert.equal((await amy.delete(`/users/${amy.id}`)).status, 403)
})

test('what people want to see values in is kept with their account, beside what changes at the same time', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  const own = async (): Promise<unknown> => ((await amy.get(`/users/${amy.id}`)).json as Record<string, unknown>)['units']
  assert.equal(await own(), undefined)
  assert.equal((await amy.put(`/users/${amy.id}`, { units: 'us' })).status, 200)
  assert.equal((await amy.put(`/users/${amy.id}`, { full_name: 'Amy' })).status, 200)
  assert.equal(await own(), 'us')
  assert.equal(((await amy.get('/whoami')).json as { user: Record<string, unknown> }).user['units'], 'us')
  const { status, text } = await amy.put(`/users/${amy.id}`, { units: 'imperial' })
  assert.equal(status, 400)
  assert.match(text, /units is .*imperial.*; allowed: metric, us, or empty to see values as they are stored\./)
  assert.equal(await own(), 'us')
  assert.equal((await amy.put(`/users/${amy.id}`, { units: '' })).status, 200)
  assert.equal(await own(), undefined)
  const eve = await lab.user('eve@example.com')
  assert.equal((await eve.put(`/users/${amy.id}`, { units: 'us' })).status, 403)
})

test('wrong input is refused with the name of its field and changes nothing', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  await amy.put(`/users/${amy.id}`, { user_name: 'amy' })
  const before = (await lab.get('/users')).text
  const good = { email_address: 'new@example.com', password: PASSWORD }
  const wrong: [Record<string, unknown>, number, RegExp][] = [
    [{ password: PASSWORD }, 400, /^email_address is missing/],
    [{ email_address: 'new@example.com' }, 400, /^password is missing/],
    [{ ...good, email_address: 'new' }, 400, /^email_address is not/],
    [{ ...good, email_address: 'a b@example.com' }, 400, /^email_address is not/],
    [{ ...good, email_address: 'new@example.com\n' }, 400, /^email_address is not/],
    [{ ...good, password: 'short' }, 400, /^password is too short/],
    [{ ...good, password: 'x'.repeat(1_001) }, 400, /^password is too long/],
    [{ ...good, full_name: 'x'.repeat(101) }, 400, /^full_name is longer/],
    [{ ...good, full_name: 'a\u0000b' }, 400, /^full_name may not/],
    [{ ...good, user_name: 'a@b' }, 400, /^user_name must be/],
    [{ ...good, user_name: 'x'.repeat(51) }, 400, /^user_name must be/],
    [{ ...good, role: 1 }, 400, /^role is "1"; allowed/],
    [{ ...good, role: 'emperor' }, 400, /^role is "emperor"/],
    [{ ...good, email_address: 'AMY@example.com' }, 409, /email_address or user_name already/],
    [{ ...good, user_name: 'Amy' }, 409, /email_address or user_name already/],
  ]
  for (const [body, status, message] of wrong) {
    const reply = await lab.post('/users', body)
    assert.equal(reply.status, status, JSON.stringify(body))
    assert.match(messageOf(reply), message)
    assert.doesNotMatch(reply.text, /correct-horse/)
  }
  for (const [body, status, message] of [
    [{}, 400, /^Nothing to change/],
    [{ role: 'x' }, 400, /^role/],
    [{ deleted: 'true' }, 400, /^deleted may only/],
    [{ deleted: 'perhaps' }, 400, /^deleted must be/],
    [{ user_name: 'a b' }, 400, /^user_name/],
    [{ password: 'short' }, 400, /^password is too short/],
    [{ email_address: 'admin@example.com' }, 409, /already/],
  ] as [Record<string, unknown>, number, RegExp][]) {
    const reply = await lab.put(`/users/${amy.id}`, body)
    assert.equal(reply.status, status, JSON.stringify(body))
    assert.match(messageOf(reply), message)
  }
  for (const id of ['999', 'nonsense', '-1', '1e3', '%00', '99999999999999999999'])
    assert.equal((await lab.get(`/users/${id}`)).status, 404, id)
  assert.equal((await lab.put('/users/999', { full_name: 'x' })).status, 404)
  assert.equal((await lab.delete('/users/999')).status, 404)
  assert.equal((await lab.get('/users')).text, before)
})

test('two users of one address can not come to be, not even at the same moment', async (t) => {
  const lab = await startLab(t)
  const replies = await Promise.all(
    [1, 2, 3, 4].map((at) => lab.post('/users', { email_address: at % 2 ? 'amy@example.com' : 'AMY@example.com', password: PASSWORD })),
  )
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 409, 409, 409])
})

test('a new password needs the old one, and ends the sessions elsewhere', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  const [here, there] = [new Browser(lab), new Browser(lab)]
  await here.signIn('amy@example.com', PASSWORD)
  await there.signIn('amy@example.com', PASSWORD)
  const ended: object[] = []
  lab.ctx.hub.on('sessionsEnded', (notice) => ended.push(notice))
  assert.match(messageOf(await here.send('PUT', `/users/${amy.id}`, { password: 'battery-staple-1' })), /^old_password is missing/)
  assert.equal((await here.send('PUT', `/users/${amy.id}`, { password: 'battery-staple-1', old_password: 'wrong-horse-9' })).status, 403)
  assert.equal((await amy.put(`/users/${amy.id}`, { password: 'battery-staple-1' })).status, 400, 'a key is no substitute')
  assert.equal(ended.length, 0)
  assert.equal((await here.send('PUT', `/users/${amy.id}`, { password: 'battery-staple-1', old_password: PASSWORD })).status, 200)
  assert.equal(ended.length, 1)
  assert.equal(fieldOf(await here.get('/whoami'), 'kind'), 'user')
  assert.equal(fieldOf(await there.get('/whoami'), 'kind'), 'anonymous')
  assert.equal((await there.signIn('amy@example.com', PASSWORD)).status, 401)
  assert.equal((await there.signIn('amy@example.com', 'battery-staple-1')).status, 200)

  assert.equal((await lab.put(`/users/${amy.id}`, { password: 'reset-by-admin' })).status, 200, 'a system admin needs no old one')
  assert.equal(fieldOf(await here.get('/whoami'), 'kind'), 'anonymous')
  assert.equal((await here.signIn('amy@example.com', 'reset-by-admin')).status, 200)
})

test('guessing at the old password counts as guessing at the account', async (t) => {
  const lab = await startLab(t, { settings: { SIGN_IN_ATTEMPTS: 2 } })
  const amy = await lab.user('amy@example.com')
  const guess = async (): Promise<number> =>
    (await amy.put(`/users/${amy.id}`, { password: 'battery-staple-1', old_password: 'wrong-horse-9' })).status
  assert.deepEqual([await guess(), await guess(), await guess()], [403, 403, 429])
  assert.equal((await new Browser(lab).signIn('amy@example.com', PASSWORD)).status, 429)
})

test('with a deleted user end their sessions and keys, at once and for good; the account comes back without them', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  const browser = new Browser(lab)
  await browser.signIn('amy@example.com', PASSWORD)
  assert.equal((await amy.get('/whoami')).status, 200)
  const notices: string[] = []
  lab.ctx.hub.on('keyRevoked', () => notices.push('key'))
  lab.ctx.hub.on('sessionsEnded', () => notices.push('session'))
  lab.ctx.hub.on('userChanged', ({ userId }) => notices.push(`user ${userId}`))
  assert.equal((await lab.delete(`/users/${amy.id}`)).status, 200)
  assert.deepEqual(notices, ['key', 'session', `user ${amy.id}`])
  assert.equal((await amy.get('/whoami')).status, 401)
  assert.equal(fieldOf(await browser.get('/whoami'), 'kind'), 'anonymous')
  assert.equal(((await lab.get(`/users/${amy.id}`)).json as { deleted: boolean }).deleted, true)
  const [key] = Object.values(
    (await lab.get('/keys', { access_as_user_id: amy.id })).json as Record<string, { revocation_user_id: number }>,
  )
  assert.equal(key?.revocation_user_id, lab.adminId)

  assert.equal((await lab.put(`/users/${amy.id}`, { deleted: 'false' })).status, 200)
  assert.equal((await amy.get('/whoami')).status, 401)
  assert.equal(fieldOf(await browser.get('/whoami'), 'kind'), 'anonymous')
  assert.equal((await browser.signIn('amy@example.com', PASSWORD)).status, 200)
})

test('a role counts at once for keys in use, and the last system admin stays', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  assert.equal((await amy.get('/users')).status, 403)
  assert.equal((await lab.put(`/users/${amy.id}`, { role: 'system_admin' })).status, 200)
  assert.equal((await amy.get('/users')).status, 200)
  assert.equal((await lab.put(`/users/${lab.adminId}`, { role: 0 })).status, 200)
  assert.equal((await lab.get('/users')).status, 403)
  for (const reply of [await amy.put(`/users/${amy.id}`, { role: 0 }), await amy.delete(`/users/${amy.id}`)]) {
    assert.equal(reply.status, 409)
    assert.match(messageOf(reply), /last system admin/)
  }
  assert.equal((await amy.get('/users')).status, 200)
})

test('whether a name is taken anybody may ask, but not all day', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const amy = await lab.user('amy@example.com')
  await amy.put(`/users/${amy.id}`, { user_name: 'amy' })
  const ask = (name: string) => lab.as('').get(`/users/${encodeURIComponent(name)}`, { check_exists: 1 })
  assert.deepEqual((await ask('amy')).json, { exists: 1 })
  assert.deepEqual((await ask('AMY@example.com')).json, { exists: 1 })
  assert.deepEqual((await ask('bob')).json, { exists: 0 })
  assert.deepEqual((await ask('%')).json, { exists: 0 })
  for (let time = 4; time < 30; time++) await ask('bob')
  assert.equal((await ask('amy')).status, 429)
  clock.advance(15 * 60)
  assert.equal((await ask('amy')).status, 200)
})
