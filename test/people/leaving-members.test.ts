import assert from 'node:assert/strict'
import test from 'node:test'
import { fieldOf, messageOf } from '../support/browser.ts'
import { startLab, type Caller, type Lab } from '../support/lab.ts'

type Keys = Record<'own' | 'device' | 'colleague', string>

/** A member of /lab, an admin there, with a key of each kind that they know; the ids of those keys. */
async function startLeaving(
  lab: Lab,
): Promise<{ leaver: Caller & { id: number }; keys: Keys; secrets: Keys; device: Caller & { id: number } }> {
  const leaver = await lab.user('leaver@example.com', { admin: true })
  const colleague = await lab.user('colleague@example.com')
  const device = await lab.controller('device')
  const make = async (fields: Record<string, unknown>) => {
    const reply = await leaver.post('/keys', fields)
    assert.equal(reply.status, 200, reply.text)
    return [fieldOf(reply, 'id'), fieldOf(reply, 'secret_key')] as const
  }
  const organization = { organization_id: lab.organization.id }
  const own = await make({ access_as_user_id: leaver.id, ...organization })
  const ofDevice = await make({ access_as_controller_id: device.id })
  const ofColleague = await make({ access_as_user_id: colleague.id, ...organization })
  return {
    leaver,
    device,
    keys: { own: own[0], device: ofDevice[0], colleague: ofColleague[0] },
    secrets: { own: own[1], device: ofDevice[1], colleague: ofColleague[1] },
  }
}

test('keys that a member knows are those that act as them and those that they made, in that organization', async (t) => {
  const lab = await startLab(t)
  const { leaver, keys } = await startLeaving(lab)
  const address = `/organizations/${lab.organization.id}/users/${leaver.id}/keys`
  const shown = (await lab.get(address)).json as Record<string, { key_part: string }>
  // The first one came with the account.
  assert.deepEqual(Object.keys(shown).slice(-3), Object.values(keys))
  assert.ok(!JSON.stringify(shown).includes('secret'))
  const rival = await lab.post('/organizations', { full_name: 'Rival', folder_name: 'rival' })
  await lab.post(`/organizations/${fieldOf(rival, 'organization_id')}/users`, { user_id: leaver.id })
  const theirs = await lab.post('/keys', { access_as_user_id: leaver.id, organization_id: Number(fieldOf(rival, 'organization_id')) })
  assert.ok(
    !(fieldOf(theirs, 'id') in ((await lab.get(address)).json as object)),
    'a key of another organization is none of its admins’ business',
  )
  const member = await lab.user('member@example.com')
  const stranger = await lab.user('stranger@example.com', { member: false })
  for (const caller of [member, stranger, lab.as('')]) {
    assert.equal((await caller.get(address)).status, 403)
    assert.equal((await caller.delete(address)).status, 403)
  }
  assert.equal(messageOf(await lab.get(`/organizations/${lab.organization.id}/users/nobody/keys`)).includes('"nobody"'), true)
})

test('a member goes with all the keys that they know, at once and together, or leaves them, and is told which', async (t) => {
  const lab = await startLab(t)
  const { leaver, keys, secrets, device } = await startLeaving(lab)
  const organization = `/organizations/${lab.organization.id}`
  const kept = await lab.delete(`${organization}/users/${leaver.id}`)
  const { keys_left: left } = kept.json as { keys_left: number[] }
  assert.deepEqual(left.slice(-3).map(String), Object.values(keys))
  assert.equal((await lab.as(secrets.device).get('/resources/lab/device')).status, 200)
  assert.equal((await lab.as(secrets.own).get('/resources/lab')).status, 403, 'no member any more')

  await lab.post(`${organization}/users`, { user_id: leaver.id })
  const ended: number[] = []
  lab.ctx.hub.on('keyRevoked', ({ keyId }) => ended.push(keyId))
  const reply = await lab.delete(`${organization}/users/${leaver.id}`, { revoke_keys: 1 })
  const { keys_revoked: revoked } = reply.json as { keys_revoked: number[] }
  assert.deepEqual(revoked, left)
  assert.deepEqual(ended, left, 'open connections hear of it')
  for (const secret of Object.values(secrets)) assert.equal((await lab.as(secret).get('/whoami')).status, 401)
  assert.equal((await device.get('/resources/lab/device')).status, 200, 'the key that somebody else made')
  const records = await lab.ctx.db.selectFrom('audit_records').select('kind').where('kind', '=', 'key.revoked').execute()
  assert.equal(records.length, left.length)
})

test('the keys of one who left before are revoked later, and none when the last admin may not leave', async (t) => {
  const lab = await startLab(t)
  const { leaver, keys, secrets } = await startLeaving(lab)
  const organization = `/organizations/${lab.organization.id}`
  assert.equal((await lab.delete(`${organization}/users/${lab.adminId}`)).status, 200, 'another admin stays')
  assert.equal((await leaver.delete(`${organization}/users/${leaver.id}`, { revoke_keys: 1 })).status, 409)
  assert.equal((await lab.as(secrets.device).get('/resources/lab/device')).status, 200, 'all or nothing')
  await lab.delete(`${organization}/users/${leaver.id}`)
  const { keys_revoked: revoked } = (await lab.delete(`${organization}/users/${leaver.id}/keys`)).json as { keys_revoked: number[] }
  assert.deepEqual(revoked.slice(-3).map(String), Object.values(keys))
  assert.deepEqual((await lab.get(`${organization}/users/${leaver.id}/keys`)).json, {})
})

test('a key of a controller that moved to another organization is the business of that one', async (t) => {
  const lab = await startLab(t)
  const { leaver, keys, secrets, device } = await startLeaving(lab)
  const rival = Number(fieldOf(await lab.post('/organizations', { full_name: 'Rival', folder_name: 'rival' }), 'organization_id'))
  assert.equal((await lab.put('/resources/lab/device', { parent: '/rival' })).status, 200)
  const there = (await lab.get(`/organizations/${rival}/users/${leaver.id}/keys`)).json as object
  assert.deepEqual(Object.keys(there), [keys.device])
  await lab.delete(`/organizations/${lab.organization.id}/users/${leaver.id}`, { revoke_keys: 1 })
  assert.equal((await lab.as(secrets.device).get('/whoami')).status, 200)
  assert.equal((await lab.as(secrets.own).get('/whoami')).status, 401)
  assert.ok(device.id > 0)
})

test('secret links, invitations and PINs of one who leaves are shown, and go with the keys or stay', async (t) => {
  const lab = await startLab(t)
  const { leaver } = await startLeaving(lab)
  const organization = `/organizations/${lab.organization.id}`
  const link = Number(fieldOf(await leaver.post('/links', { path: '/lab', note: 'for Bo' }), 'id'))
  const invited = await leaver.post(`${organization}/users`, { email_address: 'friend@example.com', is_admin: 1, send_email: 0 })
  const code = fieldOf(invited, 'access_code')
  const { pin, pin_code: pinCode } = (await lab.as('').post('/pins')).json as { pin: number; pin_code: string }
  assert.equal((await leaver.put(`/pins/${pin}`, { controller: '/lab/device' })).status, 200)
  // Of another organization, and of somebody else.
  const rival = Number(fieldOf(await lab.post('/organizations', { full_name: 'Rival', folder_name: 'rival' }), 'organization_id'))
  await lab.post(`/organizations/${rival}/users`, { user_id: leaver.id, is_admin: 1 })
  const elsewhere = Number(fieldOf(await leaver.post('/links', { path: '/rival' }), 'id'))
  const mine = Number(fieldOf(await lab.post('/links', { path: '/lab' }), 'id'))

  interface Answer {
    others_left: Record<string, number[]>
    others_revoked: Record<string, number[]>
  }
  const none = { links: [], invitations: [], pins: [] }
  const kept = (await lab.delete(`${organization}/users/${leaver.id}`)).json as Answer
  assert.deepEqual(kept.others_left['links'], [link])
  assert.equal(kept.others_left['invitations']?.length, 1)
  assert.equal(kept.others_left['pins']?.length, 1)
  assert.deepEqual(kept.others_revoked, none)

  await lab.post(`${organization}/users`, { user_id: leaver.id, is_admin: 1 })
  const ended: number[] = []
  lab.ctx.hub.on('linkRevoked', ({ linkId }) => ended.push(linkId))
  const gone = (await lab.delete(`${organization}/users/${leaver.id}`, { revoke_keys: 1 })).json as Answer
  assert.deepEqual(gone.others_revoked, kept.others_left)
  assert.deepEqual(gone.others_left, none)
  assert.deepEqual(ended, [link], 'open pages hear of it')
  assert.equal((await lab.as('').get(`/account-requests/${code}`)).status, 404)
  assert.equal((await lab.as('').get(`/pins/${pin}`, { pin_code: pinCode })).status, 404)
  const working = await lab.ctx.db.selectFrom('links').select('id').where('revocation_timestamp', 'is', null).orderBy('id').execute()
  assert.deepEqual(working, [{ id: elsewhere }, { id: mine }])
  const kinds = (await lab.ctx.db.selectFrom('audit_records').select('kind').execute()).map(({ kind }) => kind)
  for (const kind of ['link.revoked', 'invitation.withdrawn']) assert.ok(kinds.includes(kind), kind)
})
