import assert from 'node:assert/strict'
import test from 'node:test'
import { Browser, fieldOf, messageOf } from '../support/browser.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { startMailServer, type Mail } from '../support/mail-server.ts'
import { rowOf, settled } from '../support/outgoing-records.ts'
import { rhizo } from '../support/outside-command.ts'

const PASSWORD = 'correct-horse-9'
const PUBLIC_URL = 'https://lab.example.com'

const codeIn = ({ text }: Mail, page: string): string =>
  new RegExp(`${PUBLIC_URL}/-/${page}/([A-Z0-9]{30})\\r\\n`).exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)

interface Invitation {
  id: number
  email_address: string
  email: string | null
}

const invitations = async (lab: Lab): Promise<Invitation[]> =>
  (await lab.get(`/organizations/${lab.organization.id}/invitations`)).json as Invitation[]

test('an invitation comes by mail with a link and a code, and takes its reader in', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, PUBLIC_URL } })
  const members = `/organizations/${lab.organization.id}/users`
  const invited = await lab.post(members, { email_address: 'amy@example.com', is_admin: 1 })
  assert.deepEqual(invited.json, { status: 'ok', id: 1, email_sent: true }, 'the code is for its reader alone')
  const mail = await server.mail(1)
  assert.deepEqual(mail.to, ['amy@example.com'])
  assert.match(mail.text, /^Subject: Invitation to The Lab on The Lab\r$/m)
  const code = codeIn(mail, 'invitations')
  const record = await settled(lab, 1, 'sent')
  assert.equal(record.body, '', 'the record does not keep the code')
  assert.equal(record.user_id, lab.adminId)
  assert.deepEqual(
    (await invitations(lab)).map(({ email_address: address, email }) => [address, email]),
    [['amy@example.com', 'sent']],
  )
  const nobody = lab.as('')
  const seen = (await nobody.get(`/account-requests/${code}`)).json as { expiry_timestamp: string }
  assert.deepEqual(
    { ...seen, expiry_timestamp: '' },
    {
      kind: 'invitation',
      email_address: 'amy@example.com',
      organization: { path: '/lab', full_name: 'The Lab' },
      organization_name: null,
      has_account: false,
      expiry_timestamp: '',
    },
  )
  assert.equal((await nobody.post(`/account-requests/${code}`, { password: PASSWORD, full_name: 'Amy Ant' })).status, 200)
  assert.deepEqual(await invitations(lab), [])
  const browser = new Browser(lab)
  await browser.signIn('amy@example.com', PASSWORD)
  assert.equal((await browser.get(members)).status, 200, 'as an admin')
  assert.equal((await nobody.get(`/account-requests/${code}`)).status, 404)
})

test('an invitation is sent again with a new code, and taken back', async (t) => {
  const clock = new FakeClock()
  const server = await startMailServer(t)
  const lab = await startLab(t, { clock, settings: { ...server.settings, PUBLIC_URL } })
  const members = `/organizations/${lab.organization.id}/users`
  await lab.post(members, { email_address: 'amy@example.com' })
  const first = codeIn(await server.mail(1), 'invitations')
  clock.advance(6 * 86_400)
  const path = `/organizations/${lab.organization.id}/invitations`
  const again = await lab.post(`${path}/1`)
  assert.deepEqual(again.json, { status: 'ok', id: 2, email_sent: true })
  const second = codeIn(await server.mail(2), 'invitations')
  assert.equal((await lab.as('').get(`/account-requests/${first}`)).status, 404, 'the old code is void')
  clock.advance(6 * 86_400)
  assert.equal((await lab.as('').get(`/account-requests/${second}`)).status, 200, 'for another 7 days')
  assert.equal((await lab.delete(`${path}/2`)).status, 200)
  assert.equal((await lab.as('').get(`/account-requests/${second}`)).status, 404)
  assert.deepEqual(await invitations(lab), [])
  assert.equal((await lab.delete(`${path}/2`)).status, 404)
  server.answer = () => ({ code: 451, text: 'Later' })
  await lab.post(members, { email_address: 'bob@example.com' })
  await settled(lab, 3, 'queued', 1)
  await lab.delete(`${path}/3`)
  assert.deepEqual([(await rowOf(lab, 3)).state, (await rowOf(lab, 3)).body], ['cancelled', ''], 'a mail that still waits does not go out')
  const amy = await lab.user('member@example.com')
  for (const reply of [await amy.get(path), await amy.post(`${path}/3`), await amy.delete(`${path}/3`)]) assert.equal(reply.status, 403)
})

test('who may not send mail hands the code over', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: server.settings })
  const members = `/organizations/${lab.organization.id}/users`
  const invited = await lab.post(members, { email_address: 'amy@example.com', send_email: 'false' })
  assert.match(fieldOf(invited, 'access_code'), /^[A-Z0-9]{30}$/)
  assert.deepEqual(
    (await invitations(lab)).map(({ email }) => email),
    [null],
  )
  await lab.stop()
  assert.equal(server.connections, 0)
})

test('anybody may ask for an organization of their own, where that is allowed', async (t) => {
  const server = await startMailServer(t)
  const lab = await startLab(t, { settings: { ...server.settings, PUBLIC_URL, ORGANIZATION_SIGN_UP: true } })
  const nobody = lab.as('')
  assert.deepEqual(
    (await nobody.post('/account-requests', { email_address: 'zoe@example.com', organization_name: 'Buy pills at evil.example' })).json,
    { status: 'ok' },
  )
  const mail = await server.mail(1)
  assert.deepEqual(mail.to, ['zoe@example.com'])
  assert.doesNotMatch(mail.text, /pills/, 'a stranger’s words go to nobody whom they name')
  const code = codeIn(mail, 'sign-up')
  const redeem = `/account-requests/${code}`
  assert.equal(fieldOf(await nobody.get(redeem), 'organization_name'), 'Buy pills at evil.example')
  const password = PASSWORD
  assert.match(messageOf(await nobody.post(redeem, { password })), /^folder_name is missing/)
  assert.match(messageOf(await nobody.post(redeem, { password, folder_name: 'a/b' })), /^folder_name may not hold/)
  const taken = await nobody.post(redeem, { password, folder_name: 'lab' })
  assert.equal(taken.status, 409)
  assert.equal(
    await lab.ctx.db.selectFrom('users').select('id').where('email_address', '=', 'zoe@example.com').executeTakeFirst(),
    undefined,
    'nothing is left half done',
  )
  const made = await nobody.post(redeem, { password, folder_name: 'zoo' })
  assert.equal(made.status, 200)
  const browser = new Browser(lab)
  await browser.signIn('zoe@example.com', PASSWORD)
  const organizations = (await browser.get('/organizations')).json as Record<string, { path: string; full_name: string; is_admin: boolean }>
  assert.deepEqual(
    Object.values(organizations).map(({ path, full_name: name, is_admin: isAdmin }) => [path, name, isAdmin]),
    [['/zoo', 'Buy pills at evil.example', true]],
  )
  assert.equal((await nobody.post(redeem, { password, folder_name: 'zoo2' })).status, 404)
  for (let n = 0; n < 2; n++)
    assert.equal((await nobody.post('/account-requests', { email_address: 'ZOE@example.com', organization_name: 'More' })).status, 200)
  assert.match(
    messageOf(await nobody.post('/account-requests', { email_address: 'zoe@example.com', organization_name: 'More' })),
    /^Too many sign-ups for this e-mail address/,
  )
  const off = await startLab(t, { settings: server.settings })
  assert.equal((await off.as('').post('/account-requests', { email_address: 'zoe@example.com', organization_name: 'X' })).status, 403)
  const mute = await startLab(t, { settings: { ORGANIZATION_SIGN_UP: true } })
  assert.match(
    messageOf(await mute.as('').post('/account-requests', { email_address: 'zoe@example.com', organization_name: 'X' })),
    /sends no mail/,
  )
})

test('the command invites, lists, sends again, takes back, and joins', async (t) => {
  const lab = await startLab(t)
  const invited = await rhizo(lab, ['org', 'invite', 'lab', 'amy@example.com'])
  assert.equal(invited.code, 0)
  assert.match(invited.stderr, /No mail is sent: The setting PRODUCTION is not true/)
  assert.match((await rhizo(lab, ['org', 'invitations', 'lab'])).stdout, /^1 {2}amy@example\.com {2}member {2}\S+ {2}none\n$/)
  const again = await rhizo(lab, ['org', 'resend', 'lab', 'amy@example.com', '--json'])
  const { access_code: code } = JSON.parse(again.stdout) as { access_code: string }
  assert.notEqual(code, invited.stdout.trim())
  const joined = await rhizo(lab, ['org', 'join', code, '--name', 'Amy Ant', '--password-stdin'], `${PASSWORD}\n`)
  assert.deepEqual(joined, { code: 0, stdout: '', stderr: '' })
  assert.match((await rhizo(lab, ['org', 'members', 'lab'])).stdout, /amy@example\.com +Amy Ant +member/)
  assert.equal((await rhizo(lab, ['org', 'invite', 'lab', 'bob@example.com', '--no-mail'])).stderr, '')
  assert.equal((await rhizo(lab, ['org', 'uninvite', 'lab', 'bob@example.com'])).code, 0)
  assert.equal((await rhizo(lab, ['org', 'uninvite', 'lab', 'bob@example.com'])).code, 4)
})
