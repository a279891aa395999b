/** My settings, accounts from invitations, and sign-up, as people meet them in a browser. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { startMailServer, type Mail } from '../support/mail-server.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const PASSWORD = 'correct-horse-9'
const amy = { user: 'amy@example.com', password: PASSWORD }

const linkIn = ({ text }: Mail, page: string): string =>
  new RegExp(`https://lab\\.example\\.com(/-/${page}/[A-Z0-9]{30})`).exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)

const said = (page: Page, text: string): Promise<void> => page.getByRole('status').getByText(text).waitFor()
const refused = (page: Page, text: string): Promise<void> => page.getByRole('alert').getByText(text).waitFor()

test('a name is changed; one that is taken is refused, and stays as typed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  await lab.put(`/users/${lab.adminId}`, { user_name: 'boss' })
  const page = await visit('/', { as: amy })
  await page.getByLabel(`Account of ${amy.user}`).click()
  await page.getByRole('link', { name: 'My settings' }).click()
  await page.getByRole('heading', { name: 'My settings', level: 1 }).waitFor()
  await requireAccessible(page, 'my settings')
  await page.getByLabel('Full name').fill('Amy <b>Ant</b>')
  await page.getByLabel('User name').fill('boss')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await refused(page, 'There is a user with that e-mail address or user name already.')
  assert.equal(await page.getByLabel('Full name').inputValue(), 'Amy <b>Ant</b>')
  await requireAccessible(page, 'my settings, refused')
  await page.getByLabel('User name').fill('amy')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await said(page, 'Your name was changed.')
  await page.getByLabel('Account of Amy <b>Ant</b>').waitFor()
  await page.goto('/-/settings?done=constructor')
  assert.equal(await page.getByRole('status').getByText('function').count(), 0)
})

test('a new password asks for the old one, and ends the sessions elsewhere', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  const page = await visit('/-/settings', { as: amy })
  const elsewhere = await visit('/lab', { as: amy })
  const change = async (old: string, next: string, repeated = next): Promise<void> => {
    await page.getByLabel('Current password').fill(old)
    await page.getByLabel('New password').fill(next)
    await page.getByLabel('Repeat the password').fill(repeated)
    await page.getByRole('button', { name: 'Change the password' }).click()
  }
  await change('wrong-horse-9', 'better-horse-10')
  await refused(page, 'The old password is wrong.')
  await change(PASSWORD, 'better-horse-10', 'better-horse-11')
  await refused(page, 'not typed the same twice')
  await elsewhere.reload()
  assert.match(elsewhere.url(), /\/lab$/, 'nothing has changed so far')
  await change(PASSWORD, 'better-horse-10')
  await said(page, 'Your password was changed.')
  await elsewhere.reload()
  assert.match(elsewhere.url(), /sign-in/)
  await elsewhere.getByLabel('E-mail address or user name').fill(amy.user)
  await elsewhere.getByLabel('Password').fill('better-horse-10')
  await elsewhere.getByRole('button', { name: 'Sign in' }).click()
  await elsewhere.waitForURL(`${lab.url}/lab`)
})

test('a key of one’s own is shown once, works, and is revoked', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  const page = await visit('/-/settings', { ...PHONE, as: amy, javaScriptEnabled: false })
  await page.getByRole('button', { name: 'Make a key' }).click()
  const key = await page.getByLabel('New key', { exact: true }).innerText()
  await requireNoSidewaysScroll(page, 'a new key')
  assert.match(key, /^RHIZO[A-Z0-9]{50}$/)
  assert.equal((await lab.as(key).get('/resources/lab')).status, 200)
  await page.goto('/-/settings')
  assert.equal((await page.content()).includes(key), false, 'it is not shown again')
  await page.getByRole('button', { name: `Revoke ${key.slice(0, 3)}…${key.slice(-3)}` }).click()
  await said(page, 'The key was revoked')
  assert.equal((await lab.as(key).get('/resources/lab')).status, 401)
})

test('one browser is signed out, then all', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  const page = await visit('/-/settings', { ...PHONE, as: amy })
  await requireNoSidewaysScroll(page, 'my settings')
  const other = await visit('/lab', { as: amy })
  page.on('dialog', (dialog) => void dialog.accept())
  await page.reload()
  await page.getByRole('button', { name: /^Sign out .* at 127/ }).click()
  await said(page, 'That browser was signed out.')
  await other.reload()
  assert.match(other.url(), /sign-in/)
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.waitForURL(/sign-in/)
  assert.equal((await lab.ctx.db.selectFrom('sessions').selectAll().execute()).length, 0)
})

test('changes need the token of the session', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/-/settings')
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
  for (const path of ['profile', 'password', 'keys', 'keys/revoke', 'sessions/end', 'sessions/end-all']) {
    const reply = await fetch(`${lab.url}/-/settings/${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'full_name=Mallory&organization_id=1',
    })
    assert.equal(reply.status, 403, path)
  }
  await page.reload()
  await page.getByLabel('Account of admin@example.com').waitFor()
})

test('the link of an invitation makes an account, signs in, and works once', async (t) => {
  const server = await startMailServer(t)
  const { lab, visit } = await startWebLab(t, { settings: { ...server.settings, PUBLIC_URL: 'https://lab.example.com' } })
  await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: amy.user })
  const link = linkIn(await server.mail(1), 'invitations')
  const page = await visit(link, { ...PHONE, as: null })
  await page.getByRole('heading', { name: 'Join The Lab' }).waitFor()
  await requireAccessible(page, 'an invitation')
  await requireNoSidewaysScroll(page, 'an invitation')
  await page.getByLabel('Full name').fill('Amy Ant')
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByLabel('Repeat the password').fill('correct-horse-8')
  await page.getByRole('button', { name: 'Make my account' }).click()
  await refused(page, 'not typed the same twice')
  assert.equal(await page.getByLabel('Full name').inputValue(), 'Amy Ant')
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByLabel('Repeat the password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await page.waitForURL(`${lab.url}/lab`)
  await page.getByLabel('Account of Amy Ant').waitFor()
  const again = await visit(link, { as: null })
  await again.getByRole('heading', { name: 'This link leads nowhere any more' }).waitFor()
  await requireAccessible(again, 'an invitation that was used')
})

test('who has an account joins with its password; who is signed in as somebody else is told', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user, { member: false })
  const invited = (await lab.post(`/organizations/${lab.organization.id}/users`, { email_address: amy.user, send_email: 'false' }))
    .json as { access_code: string }
  const page = await visit('/-/invitations')
  await requireAccessible(page, 'the page for codes')
  await page.getByLabel('Code of your invitation').fill(` ${invited.access_code.toLowerCase()} `)
  await page.keyboard.press('Enter')
  await page.getByText('You are signed in as admin@example.com.').waitFor()
  await page.getByLabel('Password of your account').fill('wrong-horse-9')
  await page.getByRole('button', { name: 'Join' }).click()
  await refused(page, 'this is not its password')
  await page.getByLabel('Password of your account').fill(PASSWORD)
  await page.getByRole('button', { name: 'Join' }).click()
  await page.waitForURL(`${lab.url}/lab`)
  await page.getByLabel(`Account of ${amy.user}`).waitFor()
  assert.equal((await lab.ctx.db.selectFrom('sessions').selectAll().execute()).length, 1, "the admin's session ended")
})

test('anybody makes an organization of their own where that is allowed, and is told where it is not', async (t) => {
  const server = await startMailServer(t)
  const { lab, visit } = await startWebLab(t, {
    settings: { ...server.settings, PUBLIC_URL: 'https://lab.example.com', ORGANIZATION_SIGN_UP: true },
  })
  const page = await visit('/-/sign-in', { as: null, javaScriptEnabled: false })
  await page.getByRole('link', { name: 'Make an organization of your own' }).click()
  await page.getByRole('heading', { name: 'An organization of your own' }).waitFor()
  const phone = await visit('/-/sign-up', { ...PHONE, colorScheme: 'dark', as: null })
  await requireAccessible(phone, 'signing up')
  await requireNoSidewaysScroll(phone, 'signing up')
  await page.getByLabel('Name of the organization').fill('Green Lab')
  await page.getByLabel('Your e-mail address').fill('zoe@example')
  await page.getByRole('button', { name: 'Send me the link' }).click()
  await refused(page, 'The e-mail address is not an e-mail address')
  assert.equal(await page.getByLabel('Name of the organization').inputValue(), 'Green Lab')
  await page.getByLabel('Your e-mail address').fill('zoe@example.com')
  await page.getByRole('button', { name: 'Send me the link' }).click()
  await page.getByText('A mail is on its way to zoe@example.com.').waitFor()
  await phone.getByLabel('Name of the organization').fill('Green Lab')
  await phone.getByLabel('Your e-mail address').fill('zoe@example')
  await phone.getByRole('button', { name: 'Send me the link' }).click()
  await refused(phone, 'The e-mail address is not an e-mail address')
  await requireAccessible(phone, 'signing up, refused')
  await phone.getByLabel('Your e-mail address').fill('zed@example.com')
  await phone.getByRole('button', { name: 'Send me the link' }).click()
  await phone.getByText('A mail is on its way to zed@example.com.').waitFor()
  await requireAccessible(phone, 'a sign-up whose mail is on its way')
  await page.goto(linkIn(await server.mail(1), 'sign-up'))
  await page.getByLabel('Name of its folder').fill('lab')
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByLabel('Repeat the password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make the organization' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('Name of its folder').fill('green-lab')
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByLabel('Repeat the password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Make the organization' }).click()
  await page.waitForURL(`${lab.url}/green-lab`)

  const { visit: visitClosed } = await startWebLab(t)
  const closed = await visitClosed('/-/sign-up', { as: null })
  await closed.getByRole('heading', { name: 'This server takes no new organizations' }).waitFor()
  await requireAccessible(closed, 'a sign-up that is off')
})
