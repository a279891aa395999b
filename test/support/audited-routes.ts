/**
 * What each route that changes something writes into the audit trail: a kind, with a call that shows it, or the reason why it writes
 * nothing there.
 */
import assert from 'node:assert/strict'
import { createECDH, randomBytes } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import type { AuditKind } from '../../src/audit/kinds.ts'
import { SECOND, formatTimestamp } from '../../src/base/time.ts'
import { Authenticator, type Offered } from './authenticator.ts'
import { Browser, fieldOf } from './browser.ts'
import type { FakeClock, Lab, Reply } from './lab.ts'
import type { MailServer } from './mail-server.ts'
import { waitFor } from './waiting.ts'

export const ORIGIN = 'https://lab.example.com'
const PASSWORD = 'correct-horse-9'
/** Messages to it are held: the lab has no account for text messages. */
const UNREACHABLE = '+15551234567'

/** A lab with mail, and Amy, who is signed in. */
export interface AuditedLab {
  readonly lab: Lab
  readonly clock: FakeClock
  readonly mail: MailServer
}

export interface AuditedRoute {
  readonly kind: AuditKind
  readonly call: (story: AuditedLab) => Promise<Reply>
}

const audited = (kind: AuditKind, call: AuditedRoute['call']): AuditedRoute => ({ kind, call })

let made = 0
/** Another name each time, so that no call stands in another's way. */
const newName = (): string => `n${++made}`

const ofOrganization = ({ lab }: AuditedLab): string => `/organizations/${lab.organization.id}`
const sequence = async ({ lab }: AuditedLab): Promise<string> => (await lab.sequence(`/lab/${newName()}`), `/lab/n${made}`)
const newUser = ({ lab }: AuditedLab): Promise<{ id: number }> => lab.user(`${newName()}@example.com`)
const firstPage = async (story: AuditedLab): Promise<{ browser: Browser; address: string }> => {
  const address = `${newName()}@example.com`
  await story.lab.user(address)
  const browser = new Browser(story.lab)
  assert.equal((await browser.signIn(address, PASSWORD)).status, 200)
  return { browser, address }
}
/** By number or code, from the answer to what came before. */
const after = async (first: Promise<Reply>, field: string, next: (value: string) => Promise<Reply>): Promise<Reply> => {
  const reply = await first
  assert.equal(reply.status, 200, reply.text)
  return next(fieldOf(reply, field))
}
const codeIn = (text: string): string => /\/([A-Z0-9]{30})\r\n/.exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)

const passkeyOf = async (browser: Browser): Promise<{ device: Authenticator; added: Reply }> => {
  const device = new Authenticator(ORIGIN)
  const offer = (await browser.send('POST', '/second-factors/passkeys/offer')).json as Offered
  return { device, added: await browser.send('POST', '/second-factors/passkeys', { name: 'Key', passkey: device.create(offer) }) }
}
const appOf = async (browser: Browser, clock: FakeClock): Promise<Reply> => {
  const secret = fieldOf(await browser.send('POST', '/second-factors/offer'), 'secret')
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: clock.now() / 1000 })
  return browser.send('POST', '/second-factors', { secret, code, name: 'Phone' })
}
const usePasskey = async ({ lab, clock }: AuditedLab, device: Authenticator): Promise<object> => {
  clock.advance(1)
  return device.use((await lab.as('').post('/sessions/passkey/offer')).json as Offered)
}

const pushSubscription = (): object => {
  const ecdh = createECDH('prime256v1')
  return {
    endpoint: `https://fcm.googleapis.com/${newName()}`,
    keys: { p256dh: ecdh.generateKeys().toString('base64url'), auth: randomBytes(16).toString('base64url') },
  }
}
const addDevice = ({ lab }: AuditedLab): Promise<Reply> => lab.post('/push-devices', { subscription: pushSubscription(), name: 'Phone' })

const noteOf = async (story: AuditedLab): Promise<Reply> => story.lab.post('/notes', { path: await sequence(story), text: 'door open' })
const alertOf = async (story: AuditedLab): Promise<string> => {
  const path = await sequence(story)
  const alert = { path, name: 'high', kind: 'above', value: 5, recipients: 'a@b.cd' }
  assert.equal((await story.lab.post('/alerts', alert)).status, 200)
  return path
}
const fileOf = async ({ lab }: AuditedLab): Promise<string> => {
  const path = `/resources/lab/${newName()}.txt`
  assert.equal((await lab.post(path, { data: 'YQ==' })).status, 200)
  return path
}
const valuesOf = async (story: AuditedLab): Promise<string> => {
  const path = await sequence(story)
  await story.lab.put('/resources', { values: { [path]: 4.5 } })
  return path
}
const importOf = async (story: AuditedLab): Promise<Reply> => {
  const path = await sequence(story)
  const table = Buffer.from('timestamp,value\n2026-01-01T00:00:00Z,1\n')
  const form = new FormData()
  form.set('path', path)
  form.set('file', new File([table], 'a.csv'))
  const { lab } = story
  const response = await fetch(`${lab.url}/api/v1/imports`, { method: 'POST', headers: { authorization: `Bearer ${lab.key}` }, body: form })
  const text = await response.text()
  return { status: response.status, text, headers: response.headers, json: JSON.parse(text) as unknown, bytes: Buffer.from(text) }
}
const invite = (story: AuditedLab, more: object = { send_email: false }): Promise<Reply> =>
  story.lab.post(`${ofOrganization(story)}/users`, { email_address: `${newName()}@example.com`, ...more })

const long = 'the series of values themselves, and the revisions of a file, tell what was written and when'
const later = 'nothing has changed yet: what comes of it is recorded then'
const reading = 'it changes nothing'

export const auditedRoutes: Readonly<Record<string, AuditedRoute | string>> = {
  'POST /api/v1/resources': audited('organization.made', async (story) =>
    story.lab.post('/resources', { path: '/', name: newName(), type: 11, system_attributes: { full_name: 'Another' } }),
  ),
  'POST /api/v1/resources/*': audited('resource.restored', async (story) => {
    const path = await fileOf(story)
    await story.lab.delete(path)
    return story.lab.post(path, { undelete: 1 })
  }),
  'PUT /api/v1/resources/*': audited('resource.changed', async (story) =>
    story.lab.put(`/resources${await sequence(story)}`, { system_attributes: { max_history: 10 } }),
  ),
  'DELETE /api/v1/resources/*': audited('resource.deleted', async (story) => story.lab.delete(await fileOf(story))),
  'PUT /api/v1/resources': long,
  'POST /api/v1/sequences/values': long,
  'POST /api/v1/ingest/*': long,
  'POST /write': long,
  'POST /api/v2/write': long,
  'POST /query': reading,
  'POST /api/v1/messages': 'it is passed on and kept nowhere, but for values',
  'POST /api/v1/sequences/series': reading,
  'POST /api/prometheus/api/v1/query': reading,
  'POST /api/prometheus/api/v1/query_range': reading,
  'POST /api/prometheus/api/v1/labels': reading,
  'POST /api/prometheus/api/v1/series': reading,
  'POST /api/prometheus/api/v1/query_exemplars': reading,
  'POST /api/v1/exports': audited('export.values', async (story) => story.lab.post('/exports', { path: await valuesOf(story) })),
  'POST /api/v1/sequences/shift': audited('values.moved', async (story) =>
    story.lab.post('/sequences/shift', {
      path: await valuesOf(story),
      start_timestamp: '2026-01-01T00:00:00Z',
      end_timestamp: '2027-01-01T00:00:00Z',
      by: '-1h',
    }),
  ),
  'POST /api/v1/sequences/masks': audited('values.masked', async (story) =>
    story.lab.post('/sequences/masks', { path: await sequence(story), where: 'value > 1' }),
  ),
  'DELETE /api/v1/sequences/masks': audited('values.unmasked', async (story) => {
    const path = await sequence(story)
    return after(story.lab.post('/sequences/masks', { path, where: 'value > 1' }), 'id', (id) =>
      story.lab.delete('/sequences/masks', { path, id }),
    )
  }),
  'POST /api/v1/sequences/calibrations': audited('values.calibrated', async (story) =>
    story.lab.post('/sequences/calibrations', { path: await sequence(story), scale: 2 }),
  ),
  'DELETE /api/v1/sequences/calibrations': audited('values.uncalibrated', async (story) => {
    const path = await sequence(story)
    return after(story.lab.post('/sequences/calibrations', { path, scale: 2 }), 'id', (id) =>
      story.lab.delete('/sequences/calibrations', { path, id }),
    )
  }),
  'POST /api/v1/controllers/corrections': audited('setting.changed', async ({ lab, clock }) => {
    const { path, id } = await lab.controller(newName())
    const { id: sequenceId } = await lab.sequence(`${path}/level`)
    await lab.ctx.db
      .insertInto('corrected_times')
      .values({
        controller_id: id,
        sequence_id: sequenceId,
        since_timestamp: clock.now(),
        first_timestamp: clock.now(),
        last_timestamp: clock.now(),
        off_by: 60 * SECOND,
        undone_timestamp: null,
      })
      .execute()
    return lab.post('/controllers/corrections', { path, since_timestamp: formatTimestamp(clock.now()) })
  }),
  'POST /api/v1/imports': audited('values.imported', importOf),
  'DELETE /api/v1/imports/:id': audited('values.removed', (story) =>
    after(importOf(story), 'import_id', (id) => story.lab.delete(`/imports/${id}`)),
  ),
  'POST /api/v1/users': audited('user.made', ({ lab }) =>
    lab.post('/users', { email_address: `${newName()}@example.com`, password: 'wet-paint-42' }),
  ),
  'PUT /api/v1/users/:id': audited('user.changed', async (story) =>
    story.lab.put(`/users/${(await newUser(story)).id}`, { full_name: 'Bob' }),
  ),
  'DELETE /api/v1/users/:id': audited('user.deleted', async (story) => story.lab.delete(`/users/${(await newUser(story)).id}`)),
  'DELETE /api/v1/users/:id/second-factors': audited('factor.removed', async (story) => {
    const { browser, address } = await firstPage(story)
    await appOf(browser, story.clock)
    const { id } = await story.lab.ctx.db.selectFrom('users').select('id').where('email_address', '=', address).executeTakeFirstOrThrow()
    return story.lab.delete(`/users/${id}/second-factors`)
  }),
  'POST /api/v1/organizations': audited('organization.made', ({ lab }) =>
    lab.post('/organizations', { full_name: 'Another', folder_name: newName() }),
  ),
  'PUT /api/v1/organizations/:id/quota': audited('organization.changed', (story) =>
    story.lab.put(`${ofOrganization(story)}/quota`, { sequences: 1_000 }),
  ),
  'POST /api/v1/organizations/:id/users': audited('invitation.made', (story) => invite(story)),
  'PUT /api/v1/organizations/:id/users/:user': audited('member.changed', async (story) =>
    story.lab.put(`${ofOrganization(story)}/users/${(await newUser(story)).id}`, { is_admin: 1 }),
  ),
  'DELETE /api/v1/organizations/:id/users/:user': audited('member.removed', async (story) =>
    story.lab.delete(`${ofOrganization(story)}/users/${(await newUser(story)).id}`),
  ),
  'DELETE /api/v1/organizations/:id/users/:user/keys': audited('key.revoked', async (story) =>
    story.lab.delete(`${ofOrganization(story)}/users/${(await newUser(story)).id}/keys`),
  ),
  'POST /api/v1/organizations/:id/invitations/:invitation': audited('invitation.made', (story) =>
    after(invite(story, {}), 'id', (id) => story.lab.post(`${ofOrganization(story)}/invitations/${id}`)),
  ),
  'DELETE /api/v1/organizations/:id/invitations/:invitation': audited('invitation.withdrawn', (story) =>
    after(invite(story, {}), 'id', (id) => story.lab.delete(`${ofOrganization(story)}/invitations/${id}`)),
  ),
  'POST /api/v1/account-requests': later,
  'POST /api/v1/account-requests/:code': audited('invitation.accepted', (story) =>
    after(invite(story), 'access_code', (code) =>
      story.lab.as('').post(`/account-requests/${code}`, { password: 'wet-paint-42', full_name: 'Eve' }),
    ),
  ),
  'POST /api/v1/password-resets': audited('password.reset_asked', ({ lab }) =>
    lab.as('').post('/password-resets', { email_address: 'admin@example.com' }),
  ),
  'POST /api/v1/password-resets/:code': audited('password.reset', async (story) => {
    const { address } = await firstPage(story)
    const { lab, mail } = story
    await lab.as('').post('/password-resets', { email_address: address })
    const mailOf = (): string | undefined => mail.mails.find(({ to }) => to.includes(address))?.text
    const text = await waitFor('the mail with the code came', mailOf)
    return lab.as('').post(`/password-resets/${codeIn(text)}`, { password: 'wet-paint-42' })
  }),
  'POST /api/v1/sessions': audited('session.begun', async (story) => {
    const address = `${newName()}@example.com`
    await story.lab.user(address)
    return story.lab.as('').post('/sessions', { user: address, password: PASSWORD })
  }),
  'POST /api/v1/sessions/passkey/offer': reading,
  'POST /api/v1/sessions/passkey': audited('session.begun', async (story) => {
    const { device } = await passkeyOf((await firstPage(story)).browser)
    return story.lab.as('').post('/sessions/passkey', { passkey: await usePasskey(story, device) })
  }),
  'POST /api/v1/sessions/confirm/passkey': audited('session.confirmed', async (story) => {
    const { browser } = await firstPage(story)
    const { device } = await passkeyOf(browser)
    return browser.send('POST', '/sessions/confirm/passkey', { passkey: await usePasskey(story, device) })
  }),
  'POST /api/v1/sessions/confirm': audited('session.confirmed', async (story) =>
    (await firstPage(story)).browser.send('POST', '/sessions/confirm', { password: PASSWORD }),
  ),
  'POST /api/v1/sessions/mqtt-token': 'it is the session itself, by another transport',
  'DELETE /api/v1/sessions': audited('session.ended', async (story) => (await firstPage(story)).browser.send('DELETE', '/sessions')),
  'DELETE /api/v1/sessions/:id': audited('session.ended', async (story) => {
    const { browser } = await firstPage(story)
    const { sessions } = (await browser.get('/sessions')).json as { sessions: { id: number }[] }
    return browser.send('DELETE', `/sessions/${sessions[0]?.id}`)
  }),
  'POST /api/v1/second-factors/offer': later,
  'POST /api/v1/second-factors': audited('factor.added', async (story) => appOf((await firstPage(story)).browser, story.clock)),
  'POST /api/v1/second-factors/passkeys/offer': later,
  'POST /api/v1/second-factors/passkeys': audited(
    'factor.added',
    async (story) => (await passkeyOf((await firstPage(story)).browser)).added,
  ),
  'POST /api/v1/second-factors/recovery-codes': audited('factor.codes_made', async (story) => {
    const { browser } = await firstPage(story)
    await appOf(browser, story.clock)
    return browser.send('POST', '/second-factors/recovery-codes')
  }),
  'DELETE /api/v1/second-factors/:id': audited('factor.removed', async (story) => {
    const { browser } = await firstPage(story)
    await appOf(browser, story.clock)
    const { factors } = (await browser.get('/second-factors')).json as { factors: { id: number }[] }
    return browser.send('DELETE', `/second-factors/${factors[0]?.id}`)
  }),
  'POST /api/v1/alerts': audited('alert.made', async (story) =>
    story.lab.post('/alerts', { path: await sequence(story), name: 'high', kind: 'above', value: 5, recipients: 'a@b.cd' }),
  ),
  'PUT /api/v1/alerts': audited('alert.changed', async (story) =>
    story.lab.put('/alerts', { path: await alertOf(story), name: 'high', value: 6 }),
  ),
  'DELETE /api/v1/alerts': audited('alert.removed', async (story) =>
    story.lab.delete('/alerts', { path: await alertOf(story), name: 'high' }),
  ),
  'POST /api/v1/alerts/test': 'the list of outgoing messages has it, with who sent it',
  'POST /api/v1/alerts/mute': audited('alert.muted', async (story) =>
    story.lab.post('/alerts/mute', { path: await sequence(story), for_seconds: 3_600 }),
  ),
  'DELETE /api/v1/alerts/mute': audited('alert.unmuted', async (story) => {
    const path = await sequence(story)
    await story.lab.post('/alerts/mute', { path, for_seconds: 3_600 })
    return story.lab.delete('/alerts/mute', { path })
  }),
  'POST /api/v1/alerts/ack': audited('alert.acknowledged', async (story) => {
    const path = await alertOf(story)
    await story.lab.put('/resources', { values: { [path]: 9 } })
    await story.lab.daemon.runWorkers()
    return story.lab.post('/alerts/ack', { path })
  }),
  'POST /api/v1/notes': 'a note names its maker and its time',
  'PUT /api/v1/notes/:id': audited('note.changed', (story) =>
    after(noteOf(story), 'id', (id) => story.lab.put(`/notes/${id}`, { text: 'shut' })),
  ),
  'DELETE /api/v1/notes/:id': audited('note.removed', (story) => after(noteOf(story), 'id', (id) => story.lab.delete(`/notes/${id}`))),
  'POST /api/v1/keys': audited('key.made', async ({ lab }) =>
    lab.post('/keys', { access_as_controller_id: (await lab.controller(newName())).id }),
  ),
  'DELETE /api/v1/keys/:id': audited('key.revoked', async ({ lab }) =>
    after(lab.post('/keys', { access_as_controller_id: (await lab.controller(newName())).id }), 'id', (id) => lab.delete(`/keys/${id}`)),
  ),
  'POST /api/v1/links': audited('link.made', async (story) => story.lab.post('/links', { path: await sequence(story) })),
  'DELETE /api/v1/links/:id': audited('link.revoked', async (story) =>
    after(story.lab.post('/links', { path: await sequence(story) }), 'id', (id) => story.lab.delete(`/links/${id}`)),
  ),
  'POST /api/v1/pins': later,
  'PUT /api/v1/pins/:pin': audited('key.made', async ({ lab }) => {
    const { path } = await lab.controller(newName())
    const asked = (await lab.as('').post('/pins')).json as { pin: number; pin_code: string }
    assert.equal((await lab.put(`/pins/${asked.pin}`, { controller: path })).status, 200)
    return lab.as('').get(`/pins/${asked.pin}`, { pin_code: asked.pin_code })
  }),
  'POST /api/v1/notifications': audited('message.sent', ({ lab }) => lab.post('/notifications', { recipient: UNREACHABLE })),
  'POST /api/v1/notifications/:id': audited('message.repeated', ({ lab }) =>
    after(lab.post('/notifications', { recipient: UNREACHABLE }), 'id', (id) => lab.post(`/notifications/${id}`)),
  ),
  'DELETE /api/v1/notifications/:id': audited('message.cancelled', ({ lab }) =>
    after(lab.post('/notifications', { recipient: UNREACHABLE }), 'id', async (id) => {
      await lab.ctx.db
        .updateTable('outgoing_messages')
        .set({ state: 'queued', next_attempt_timestamp: lab.ctx.clock.now() + 3_600 * SECOND })
        .where('id', '=', Number(id))
        .execute()
      return lab.delete(`/notifications/${id}`)
    }),
  ),
  'POST /api/v1/push-devices': audited('device.added', addDevice),
  'DELETE /api/v1/push-devices/:id': audited('device.removed', (story) =>
    after(addDevice(story), 'id', (id) => story.lab.delete(`/push-devices/${id}`)),
  ),
  'PUT /api/v1/clock': audited('setting.changed', ({ lab }) => lab.put('/clock', { confirm: 1 })),
  'POST /api/v1/clock/stretches/:id': audited('setting.changed', async ({ lab, clock }) => {
    const now = clock.now()
    const { id } = await lab.ctx.db
      .insertInto('wrong_clocks')
      .values({ boot: 'another', start_timestamp: now, end_timestamp: now, off_by: SECOND, settled_timestamp: null, settled_as: null })
      .returning('id')
      .executeTakeFirstOrThrow()
    return lab.post(`/clock/stretches/${id}`, { dismiss: 1 })
  }),
  'PUT /api/v1/standby/successor': 'the server changes nothing any more: its record beside the settings and its log say it',
  'POST /api/v1/ext/*': 'an extension’s own; what it changes in the lab goes through verbs that record it',
  'PUT /api/v1/ext/*': 'as POST',
  'DELETE /api/v1/ext/*': 'as POST',
}
