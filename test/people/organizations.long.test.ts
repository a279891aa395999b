import assert from 'node:assert/strict'
import test from 'node:test'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Caller, type Lab } from '../support/lab.ts'

const PASSWORD = 'correct-horse-9'
const DAY = 86_400

/** Another organization, with an admin of its own. */
async function startRival(lab: Lab): Promise<{ id: number; admin: Caller & { id: number } }> {
  const id = Number(fieldOf(await lab.post('/organizations', { full_name: 'The Rival', folder_name: 'rival' }), 'organization_id'))
  const admin = await lab.user('rival@example.com', { member: false })
  assert.equal((await lab.post(`/organizations/${id}/users`, { user_id: admin.id, is_admin: 1 })).status, 200)
  return { id, admin }
}

test('a system admin creates an organization, in which its members may write at once', async (t) => {
  const lab = await startLab(t)
  const { id, admin } = await startRival(lab)
  assert.deepEqual((await admin.get('/organizations')).json, {
    [id]: { id, name: 'rival', type: 11, path: '/rival', folder_name: 'rival', full_name: 'The Rival', timezone: '', is_admin: true },
  })
  assert.deepEqual(lab.ctx.tree.byId(id)?.permissions, [
    [110, id, 20],
    [120, id, 20],
  ])
  const all = (await lab.get('/organizations')).json as Record<string, { folder_name: string; is_admin: boolean }>
  assert.deepEqual(
    Object.values(all)
      .map((one) => [one.folder_name, one.is_admin])
      .sort(),
    [
      ['lab', true],
      ['rival', false],
      ['system', false],
    ],
  )
})

test('wrong input for organizations and members is refused with the name of its field', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com')
  const [organizations, members] = ['/organizations', `/organizations/${lab.organization.id}/users`]
  const wrong: [string, Record<string, unknown>, number, RegExp][] = [
    [organizations, { folder_name: 'x' }, 400, /^full_name is missing/],
    [organizations, { full_name: 'X' }, 400, /^folder_name is missing/],
    [organizations, { full_name: '', folder_name: 'x' }, 400, /^full_name (?:must have|may not hold)/],
    [organizations, { full_name: 'X\u0000', folder_name: 'x' }, 400, /^full_name (?:must have|may not hold)/],
    [organizations, { full_name: 'X', folder_name: 'a/b' }, 400, /^folder_name may not hold/],
    [organizations, { full_name: 'X', folder_name: '..' }, 400, /^folder_name may not be/],
    [organizations, { full_name: 'X', folder_name: '' }, 400, /^folder_name is empty/],
    [organizations, { full_name: 'X', folder_name: 'lab' }, 409, /named "lab" already/],
    [members, {}, 400, /^user_id or email_address is missing/],
    [members, { user_id: 'amy' }, 400, /^user_id must be/],
    [members, { user_id: 0 }, 400, /^user_id is 0/],
    [members, { user_id: 999 }, 400, /^user_id: there is no user 999/],
    [members, { user_id: amy.id }, 409, /is a member .* already/],
    [members, { user_id: amy.id, is_admin: 'perhaps' }, 400, /^is_admin must be/],
    [members, { email_address: 'nonsense' }, 400, /^email_address is not/],
    [members, { email_address: 'amy@example.com' }, 409, /^email_address: that user is a member/],
    ['/organizations/999/users', { user_id: amy.id }, 404, /no organization 999/],
    ['/organizations/nonsense/users', { user_id: amy.id }, 404, /no organization "nonsense"/],
  ]
  for (const [path, body, status, message] of wrong) {
    const reply = await lab.post(path, body)
    assert.equal(reply.status, status, `${path} ${JSON.stringify(body)}`)
    assert.match(messageOf(reply), message)
  }
  assert.match(messageOf(await lab.put(`${members}/${amy.id}`, {})), /^is_admin is missing/)
  assert.equal((await lab.put(`${members}/999`, { is_admin: 1 })).status, 404)
  assert.equal((await lab.delete(`${members}/999`)).status, 404)
  assert.equal((await lab.get(`${members}/nonsense`)).status, 404)
})

test('an organization gets another full name by its admins alone', async (t) => {
  const lab = await startLab(t)
  const { admin: rival } = await startRival(lab)
  const name = async (): Promise<unknown> =>
    ((await lab.get('/organizations')).json as Record<string, { full_name: string }>)[lab.organization.id]?.full_name
  const rename = (caller: Caller, fullName: unknown) => caller.put('/resources/lab', { system_attributes: { full_name: fullName } })
  const before = await name()
  for (const [who, caller] of [
    ['anonymous', lab.as('')],
    ['member', await lab.user('member@example.com')],
    ["another organization's admin", rival],
    ['controller', await lab.controller('fridge')],
  ] as [string, Caller][]) {
    assert.equal((await rename(caller, 'Mine')).status, 403, who)
    assert.equal(await name(), before, who)
  }
  for (const wrong of ['', 'X\u0000', 'x'.repeat(201), 7, null]) {
    const reply = await rename(lab, wrong)
    assert.equal(reply.status, 400, JSON.stringify(wrong))
    assert.match(messageOf(reply), /^full_name (?:must|may not)/)
  }
  assert.equal(await name(), before)
  assert.equal((await rename(await lab.user('boss@example.com', { admin: true }), 'The Greener Lab')).status, 200)
  assert.equal(await name(), 'The Greener Lab')
})

test('an organization gets a time zone by its admins alone, and only one that there is', async (t) => {
  const lab = await startLab(t)
  const { admin: rival } = await startRival(lab)
  const zone = async (): Promise<unknown> =>
    ((await lab.get('/organizations')).json as Record<string, { timezone: string }>)[lab.organization.id]?.timezone
  const set = (caller: Caller, timezone: unknown, more: object = {}) =>
    caller.put('/resources/lab', { system_attributes: { timezone, ...more } })
  assert.equal(await zone(), '')
  assert.equal((await set(await lab.user('boss@example.com', { admin: true }), 'america/los_angeles')).status, 200)
  assert.equal(await zone(), 'America/Los_Angeles')
  for (const [who, caller] of [
    ['anonymous', lab.as('')],
    ['member', await lab.user('member@example.com')],
    ["another organization's admin", rival],
    ['controller', await lab.controller('fridge')],
  ] as [string, Caller][]) {
    assert.equal((await set(caller, 'UTC')).status, 403, who)
    assert.equal((await set(caller, '')).status, 403, who)
  }
  const name = async (): Promise<unknown> =>
    ((await lab.get('/organizations')).json as Record<string, { full_name: string }>)[lab.organization.id]?.full_name
  const before = await name()
  for (const wrong of ['Mars/Olympus', '+01:00', ' ', 'x'.repeat(500), 7, ['UTC'], { zone: 'UTC' }]) {
    const reply = await set(lab, wrong, { full_name: 'Another' })
    assert.equal(reply.status, 400, JSON.stringify(wrong))
    assert.match(messageOf(reply), /^timezone is ".*, which is no time zone that is known here. Give a name of the IANA/s)
  }
  assert.deepEqual([await zone(), await name()], ['America/Los_Angeles', before], 'nothing was changed')
  assert.equal((await lab.put('/resources/lab', { system_attributes: { full_name: 'Another' } })).status, 200)
  assert.equal(await zone(), 'America/Los_Angeles', 'what is not named stays')
  assert.equal((await set(lab, '')).status, 200)
  assert.equal(await zone(), '')

  assert.equal((await lab.post('/organizations', { full_name: 'X', folder_name: 'x', timezone: 'Mars/Olympus' })).status, 400)
  assert.equal((await lab.post('/organizations', { full_name: 'X', folder_name: 'x', timezone: 'Asia/Tokyo' })).status, 200)
  assert.equal((await lab.post('/resources', { path: '/', name: 'y', type: 11, timezone: 'Europe/Berlin' })).status, 200)
  const all = Object.values((await lab.get('/organizations')).json as Record<string, { name: string; timezone: string }>)
  assert.deepEqual(
    all.filter(({ name }) => name === 'x' || name === 'y').map(({ timezone }) => timezone),
    ['Asia/Tokyo', 'Europe/Berlin'],
  )
})

test('who sees and manages members, and what the others do not get to see', async (t) => {
  const lab = await startLab(t)
  const { admin: rival } = await startRival(lab)
  const amy = await lab.user('amy@example.com')
  const newcomer = await lab.user('newcomer@example.com', { member: false })
  const members = `/organizations/${lab.organization.id}/users`
  const callers: [string, Caller, boolean][] = [
    ['anonymous', lab.as(''), false],
    ['stranger', newcomer, false],
    ['member', await lab.user('member@example.com'), false],
    ["another organization's admin", rival, false],
    ['controller', await lab.controller('fridge'), false],
    ['admin of the organization', await lab.user('boss@example.com', { admin: true }), true],
    ['system admin', lab, true],
  ]
  for (const [name, caller, allowed] of callers) {
    const replies = [
      await caller.get(members),
      await caller.get(`${members}/${amy.id}`),
      // Only system admins add somebody without asking them; it is done for the others, who go on with the new member.
      await (allowed ? lab : caller).post(members, { user_id: newcomer.id, is_admin: 0 }),
      await caller.put(`${members}/${newcomer.id}`, { is_admin: 1 }),
      await caller.delete(`${members}/${newcomer.id}`),
      await caller.post(members, { email_address: `by-${caller.key.slice(-5)}@example.com` }),
    ]
    for (const [at, reply] of replies.entries()) {
      assert.equal(reply.status, allowed ? 200 : 403, `${name}: ${at}`)
      if (!allowed) assert.doesNotMatch(reply.text, /example\.com|access_code/, `${name}: ${at}`)
    }
    if (allowed) {
      assert.deepEqual(replies[1]?.json, {
        organization_id: lab.organization.id,
        user_id: amy.id,
        is_admin: false,
        user_name: null,
        email_address: 'amy@example.com',
        full_name: '',
        role: 0,
      })
    }
  }
  for (const [name, caller, listed] of [
    ['anonymous', lab.as(''), undefined],
    ['controller', await lab.controller('oven'), undefined],
    ['stranger', newcomer, []],
    ['rival', rival, ['rival']],
    ['member', amy, ['lab']],
  ] as [string, Caller, string[] | undefined][]) {
    const reply = await caller.get('/organizations')
    assert.equal(reply.status, listed ? 200 : 403, name)
    if (listed)
      assert.deepEqual(
        Object.values(reply.json as Record<string, { name: string }>).map((one) => one.name),
        listed,
      )
    assert.equal((await caller.post('/organizations', { full_name: 'X', folder_name: 'x' })).status, 403, name)
  }
})

test('a membership counts at once, and connections hear when it is taken or lowered', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com', { member: false })
  const sequence = await lab.sequence('/lab/t')
  const members = `/organizations/${lab.organization.id}/users`
  const changed: number[] = []
  lab.ctx.hub.on('userChanged', ({ userId }) => changed.push(userId))
  const write = async (value: number): Promise<unknown> => {
    await amy.put('/resources', { values: { '/lab/t': value } })
    return (await lab.ctx.sequences.newest({ id: sequence.id, isText: false }))?.value
  }
  assert.equal(await write(1), undefined)
  await lab.post(members, { user_id: amy.id, is_admin: 'true' })
  assert.equal(await write(2), 2)
  assert.equal((await amy.get(members)).status, 200)
  assert.deepEqual(changed, [])
  await lab.put(`${members}/${amy.id}`, { is_admin: 'false' })
  assert.equal((await amy.get(members)).status, 403)
  assert.deepEqual(changed, [amy.id])
  await lab.delete(`${members}/${amy.id}`)
  assert.deepEqual(changed, [amy.id, amy.id])
  assert.equal(await write(3), 2)
})

test('the last admin does not shut the door behind them', async (t) => {
  const lab = await startLab(t)
  const { id, admin } = await startRival(lab)
  const own = `/organizations/${id}/users/${admin.id}`
  for (const reply of [await admin.put(own, { is_admin: 0 }), await admin.delete(own)]) {
    assert.equal(reply.status, 409)
    assert.match(messageOf(reply), /last admin/)
  }
  const second = await lab.user('second@example.com', { member: false })
  const refused = await admin.post(`/organizations/${id}/users`, { user_id: second.id, is_admin: 1 })
  assert.equal(refused.status, 403)
  assert.equal(messageOf(await admin.post(`/organizations/${id}/users`, { user_id: 999 })), messageOf(refused), 'numbers tell nothing')
  await lab.post(`/organizations/${id}/users`, { user_id: second.id, is_admin: 1 })
  assert.equal((await admin.delete(own)).status, 200)
  assert.equal((await lab.delete(`/organizations/${id}/users/${second.id}`)).status, 200, 'a system admin may leave it without any')
})

test('somebody invited makes an account with the code, once, and is a member', async (t) => {
  const lab = await startLab(t)
  const boss = await lab.user('boss@example.com', { admin: true })
  const invited = await boss.post(`/organizations/${lab.organization.id}/users`, { email_address: 'amy@example.com' })
  const { access_code: code, ...rest } = invited.json as { access_code: string }
  assert.deepEqual(rest, {
    status: 'ok',
    id: 1,
    email_sent: false,
    message: 'The setting PRODUCTION is not true: nothing leaves this machine.',
  })
  const row = await lab.ctx.db.selectFrom('account_requests').selectAll().executeTakeFirstOrThrow()
  assert.equal(row.inviter_id, boss.id)
  assert.doesNotMatch(JSON.stringify(row), new RegExp(code), 'the code itself is kept nowhere')

  const nobody = lab.as('')
  const redeem = `/account-requests/${code}`
  assert.match(messageOf(await nobody.post(redeem)), /^password is missing/)
  assert.match(messageOf(await nobody.post(redeem, { password: 'short' })), /^password is too short/)
  assert.match(messageOf(await nobody.post(redeem, { password: PASSWORD, user_name: 'a b' })), /^user_name/)
  assert.equal((await nobody.post('/account-requests/nonsense', { password: PASSWORD })).status, 404)
  const redeemed = await nobody.post(redeem, { password: PASSWORD, full_name: 'Amy Ant', user_name: 'amy' })
  assert.equal(redeemed.status, 200)
  const browser = new Browser(lab)
  await browser.signIn('amy', PASSWORD)
  const { user, organizations } = (await browser.get('/whoami')).json as { user: { id: number; role: number }; organizations: unknown[] }
  assert.equal(String(user.id), fieldOf(redeemed, 'user_id'))
  assert.equal(user.role, 0)
  assert.deepEqual(organizations, [{ id: lab.organization.id, path: '/lab', is_admin: false }])
  assert.equal((await nobody.post(redeem, { password: PASSWORD })).status, 404, 'a code works once')
})

test('of several who use a code at the same moment one gets in', async (t) => {
  const lab = await startLab(t)
  const code = fieldOf(await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: 'amy@example.com' }), 'access_code')
  const replies = await Promise.all(
    [1, 2, 3].map((at) => lab.as('').post(`/account-requests/${code}`, { password: `password-number-${at}` })),
  )
  assert.equal(replies.filter(({ status }) => status === 200).length, 1)
  assert.ok(replies.every(({ status }) => [200, 401, 404, 409].includes(status)))
})

test('who has an account joins with its password, and an invitation takes nobody else in', async (t) => {
  const lab = await startLab(t)
  const amy = await lab.user('amy@example.com', { member: false })
  const code = fieldOf(
    await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: 'Amy@example.com', is_admin: 1 }),
    'access_code',
  )
  assert.equal((await lab.as('').post(`/account-requests/${code}`, { password: 'wrong-horse-9' })).status, 401)
  assert.deepEqual((await amy.get('/organizations')).json, {})
  assert.deepEqual((await lab.as('').post(`/account-requests/${code}`, { password: PASSWORD })).json, {
    status: 'ok',
    user_id: amy.id,
    organization_id: lab.organization.id,
  })
  assert.equal(lab.ctx.tree.isAdmin(lab.organization.id, amy.id), true)
})

test('an invitation lapses after 7 days, and when who invited may not invite any more', async (t) => {
  const clock = new FakeClock()
  const lab = await startLab(t, { clock })
  const boss = await lab.user('boss@example.com', { admin: true })
  const inviteAs = async (caller: Caller, address: string): Promise<string> =>
    fieldOf(await caller.post(`/organizations/${lab.organization.id}/users`, { email_address: address }), 'access_code')
  const redeem = async (code: string): Promise<number> =>
    (await lab.as('').post(`/account-requests/${code}`, { password: PASSWORD })).status
  const [late, ofBoss] = [await inviteAs(lab, 'late@example.com'), await inviteAs(boss, 'crony@example.com')]
  await lab.put(`/organizations/${lab.organization.id}/users/${boss.id}`, { is_admin: 0 })
  assert.equal(await redeem(ofBoss), 404)
  const inTime = await inviteAs(lab, 'in-time@example.com')
  clock.advance(7 * DAY - 1)
  assert.equal(await redeem(inTime), 200)
  clock.advance(1)
  assert.equal(await redeem(late), 404)
})

test('guessing at codes is stopped', async (t) => {
  const lab = await startLab(t, { clock: new FakeClock() })
  const code = fieldOf(await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: 'amy@example.com' }), 'access_code')
  for (let guess = 0; guess < 30; guess++)
    assert.equal((await lab.as('').post(`/account-requests/GUESS${guess}`, { password: PASSWORD })).status, 404)
  assert.equal((await lab.as('').post(`/account-requests/${code}`, { password: PASSWORD })).status, 429)
})
