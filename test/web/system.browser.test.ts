/** The pages for those who look after the server. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { enqueueNotification } from '../../src/notifications/queue.ts'
import { SECOND } from '../../src/base/time.ts'
import { Browser, messageOf } from '../support/browser.ts'
import { startLab } from '../support/lab.ts'
import { DESKTOP, PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const AMY = { user: 'amy@example.com', password: 'correct-horse-9' }
const PAGES = [
  '/-/system',
  '/-/system/users',
  '/-/system/organizations',
  '/-/system/keys',
  '/-/system/messages',
  '/-/system/settings',
  '/-/system/log',
  '/-/system/audit',
]

test('all of it is for system admins alone: others, organizations’ admins too, get 403, and strangers have to sign in', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const { id } = await lab.user(AMY.user, { admin: true })
  await lab.post('/notifications', { recipient: 'ann@example.com' })
  const page = await visit('/', { as: AMY })
  for (const path of [...PAGES, `/-/system/users/${id}`, `/-/system/users/${lab.adminId}`, '/-/system/messages/1'])
    assert.equal((await page.goto(path))?.status(), 403, path)
  assert.equal((await page.goto('/-/system/log'))?.status(), 403)
  await requireAccessible(page, 'a refusal')
  const stranger = await visit('/-/system', { as: null })
  assert.match(stranger.url(), /sign-in/)
  // Nor do the forms act for them.
  const browser = new Browser(lab)
  await browser.signIn(AMY.user, AMY.password)
  for (const [path, body] of [
    ['/-/system/users', { email_address: 'new@example.com', role: '2' }],
    [`/-/system/users/${id}`, { act: 'save', email_address: AMY.user, role: '2' }],
    [`/-/system/users/${lab.adminId}`, { act: 'password', password: 'stolen-horse-9' }],
    ['/-/system/organizations', { full_name: 'Mine', folder_name: 'mine' }],
    ['/-/system/messages', { recipient: 'bob@example.com' }],
  ] as const) {
    const reply = await fetch(lab.url + path, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: browser.cookie },
      body: new URLSearchParams({ ...body, csrf_token: browser.csrfToken }),
    })
    assert.equal(reply.status, 403, path)
  }
  assert.equal((await lab.get('/organizations')).text.includes('mine'), false)
})

test('the overview counts, and draws how busy the server was', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  const page = await visit('/-/system')
  await page.getByText('The first samples come within a minute.').first().waitFor()
  const now = lab.ctx.clock.now()
  for (let at = 0; at < 20; at++)
    lab.ctx.statistics.record({
      time: now - (20 - at) * 30 * SECOND,
      values: at,
      requests: 1,
      messages: 0,
      connections: 2,
      memory: 80_000_000,
      processor: 3.25,
    })
  await page.reload()
  await page.getByText('19 a second').first().waitFor()
  await page.getByText('80 MB', { exact: true }).waitFor()
  assert.equal(await page.locator('.charts path').count(), 6)
  await page.getByRole('link', { name: '1, 0 connected' }).waitFor()
  await requireAccessible(page, 'the overview')
  const phone = await visit('/-/system', { ...PHONE, colorScheme: 'dark' })
  await requireNoSidewaysScroll(phone, 'the overview')
  await requireAccessible(phone, 'the overview in the dark')
})

test('an account is made with a password of the server’s, changed, given a new password, disabled and enabled again', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/-/system/users')
  await page.getByLabel('E-mail address').fill('admin@example.com')
  await page.getByRole('button', { name: 'Make the account' }).click()
  await page.getByRole('alert').getByText('There is a user with that e-mail address').waitFor()
  assert.equal(await page.getByLabel('E-mail address').inputValue(), 'admin@example.com')
  await page.getByLabel('E-mail address').fill('bob@example.com')
  await page.getByLabel('Full name').fill('<b>Bob</b>')
  await page.getByRole('button', { name: 'Make the account' }).click()
  const password = (await page.locator('pre[aria-label="Password"]').innerText()).trim()
  const bob = new Browser(lab)
  assert.equal((await bob.signIn('bob@example.com', password)).status, 200)
  await requireAccessible(page, 'a new account')

  await page.getByRole('searchbox', { name: 'Search names and addresses' }).fill('BOB')
  await page.keyboard.press('Enter')
  await page.getByText('1 of 2').waitFor()
  await page.getByText('<b>Bob</b>').waitFor()
  await page.getByRole('link', { name: 'bob@example.com' }).click()
  await page.getByLabel('User name').fill('bob builder')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('The user name must be').waitFor()
  await page.getByLabel('User name').fill('bob')
  await page.getByLabel('Role').selectOption('2')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  await page.getByText('System admin', { exact: true }).waitFor()

  await page.getByRole('button', { name: 'Set the password' }).click()
  const second = (await page.locator('pre[aria-label="Password"]').innerText()).trim()
  assert.equal((await bob.get('/sessions')).status === 200, false, 'the old session has ended')
  assert.equal((await new Browser(lab).signIn('bob', password)).status, 401)
  assert.equal((await bob.signIn('bob', second)).status, 200)

  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Disable the account' }).click()
  await page.getByText('Disabled', { exact: true }).first().waitFor()
  assert.equal((await bob.signIn('bob', second)).status, 401)
  await page.getByRole('button', { name: 'Enable it again' }).click()
  await page.getByText('The account is enabled again.').waitFor()
  assert.equal((await bob.signIn('bob', second)).status, 200)
  await requireAccessible(page, 'an account')

  await page.goto(`/-/system/users/${lab.adminId}`)
  await page.getByText('This is your own account').waitFor()
  assert.equal((await page.goto('/-/system/users/999'))?.status(), 404)
})

test('the last system admin stays one', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit(`/-/system/users/${lab.adminId}`)
  await page.getByLabel('Role').selectOption('0')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('That is the last system admin.').waitFor()
})

test('by keyboard alone: through the parts of the system to a new organization', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/-/system')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  const focused = (): Promise<string> =>
    page.evaluate<string>('(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()')
  const tabTo = async (text: string): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab')
      if ((await focused()) === text) return
    }
    assert.fail(`the keyboard does not get to ${text}`)
  }
  await tabTo('Organizations')
  await page.keyboard.press('Enter')
  await page.waitForURL(/organizations/)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await tabTo('Name')
  await page.keyboard.type('By Hand')
  await tabTo('Folder')
  await page.keyboard.type('by-hand')
  await page.keyboard.press('Enter')
  await page.waitForURL(`${lab.url}/by-hand`)
})

test('organizations are listed and made, a taken name is refused; keys are found and revoked', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  const page = await visit('/-/system/organizations')
  await page.getByRole('link', { name: '/lab' }).waitFor()
  await page.getByLabel('Name', { exact: true }).fill('Another lab')
  await page.getByLabel('Folder').fill('lab')
  await page.getByRole('button', { name: 'Make the organization' }).click()
  await page.getByRole('alert').waitFor()
  await requireAccessible(page, 'organizations')
  await page.getByLabel('Folder').fill('botany')
  await page.getByRole('button', { name: 'Make the organization' }).click()
  await page.getByRole('heading', { name: 'botany' }).waitFor()

  await page.goto('/-/system/keys')
  await page.getByText('2 that work').waitFor()
  await page.getByRole('searchbox', { name: 'Search by holder' }).fill('fridge')
  await page.keyboard.press('Enter')
  await page.getByText('1 of 2').waitFor()
  await requireAccessible(page, 'keys')
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: /^Revoke key/ }).click()
  await page.getByText('The key was revoked.').waitFor()
  assert.equal((await fridge.get('/resources/self', { meta: 1 })).status, 401)
})

test('outgoing messages: a test that is held, why, and sending again; nobody may read a code', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/-/system/messages')
  await page.getByText('No message').waitFor()
  await page.getByLabel('To', { exact: true }).fill('nobody')
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByRole('alert').waitFor()
  await page.getByLabel('To', { exact: true }).fill('ann@example.com')
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('The setting PRODUCTION is not true: nothing leaves this machine.').waitFor()
  await page.getByText('not sent: it was held').waitFor()
  await requireAccessible(page, 'a message')
  const first = page.url()
  await page.getByRole('button', { name: 'Send it again' }).click()
  await page.waitForURL((url) => url.href !== first)
  await page.goto('/-/system/messages?state=held')
  assert.equal(await page.locator('#messages tbody tr').count(), 2)
  await requireAccessible(page, 'messages')
  await page.getByRole('link', { name: 'failed' }).click()
  await page.getByText('No message').waitFor()

  await enqueueNotification(lab.ctx, {
    kind: 'email',
    recipients: ['carl@example.com'],
    subject: 'Invitation',
    body: 'The code is 1234.',
    isSecret: true,
  })
  await page.goto('/-/system/messages?q=carl')
  await page.locator('#messages tbody a').click()
  await page.getByText('It holds a code for its recipient').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Send it again' }).count(), 0)
  const id = page.url().split('/').at(-1) ?? ''
  const refused = await lab.post(`/notifications/${id}`)
  assert.equal(refused.status, 409)
  assert.match(messageOf(refused), /held a code/)
  const phone = await visit('/-/system/messages', PHONE)
  await requireNoSidewaysScroll(phone, 'messages')
})

test('settings in force show where they come from, and no secret', async (t) => {
  const { lab, visit } = await startWebLab(t, {
    settings: { SYSTEM_NAME: 'Greenhouse <3>', TWILIO_AUTH_TOKEN: 'very-secret-token', OUTGOING_EMAIL_PASSWORD: 'mail-secret-9' },
  })
  const page = await visit('/-/system/settings')
  const row = page.locator('.setting', { has: page.getByText('SYSTEM_NAME', { exact: true }) })
  await row.getByText('Greenhouse <3>').waitFor()
  await row.getByText('file', { exact: true }).waitFor()
  const html = await page.content()
  for (const secret of ['very-secret-token', 'mail-secret-9', lab.settings.SALT, lab.settings.SECRET_KEY])
    assert.equal(html.includes(secret), false, secret)
  await page
    .locator('.setting', { has: page.getByText('TWILIO_AUTH_TOKEN', { exact: true }) })
    .getByText('set; not shown')
    .waitFor()
  assert.equal(await page.title(), 'System: settings · Greenhouse <3>')
  await requireAccessible(page, 'settings')
  const phone = await visit('/-/system/settings', PHONE)
  await requireNoSidewaysScroll(phone, 'settings')
})

test('the log of the server is read, live, and says when there is nothing', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/-/system/log')
  await page.getByText('Nothing was logged yet.').waitFor()
  await lab.sequence('/system/worker/log', 2)
  await lab.put('/resources', { values: { '/system/worker/log': '/lab/fridge is silent. Queued for 1 recipient.' } })
  await page.reload()
  await page.getByText('/lab/fridge is silent.').waitFor()
  await untilLive(page)
  await lab.put('/resources', { values: { '/system/worker/log': 'Gave up <b>the mail</b> 7' } })
  await page.locator('.log-line.is-error').getByText('Gave up <b>the mail</b> 7').waitFor()
  await requireAccessible(page, 'the log')
})

test(
  'entries of EXTRA_NAV_ITEMS stand in the navigation, on a phone in its menu; what leads elsewhere ' + 'than to pages is left out',
  async (t) => {
    const items = [
      { name: 'Handbook', url: '/lab/handbook' },
      { name: 'Evil', url: 'javascript:alert(1)' },
      { name: '<i>Wiki</i>', url: 'https://wiki.example.com/' },
      'nonsense',
    ]
    const { visit } = await startWebLab(t, { settings: { EXTRA_NAV_ITEMS: items } })
    const page = await visit('/lab', DESKTOP)
    assert.equal(await page.locator('.site-nav').getByRole('link', { name: 'Handbook' }).first().getAttribute('href'), '/lab/handbook')
    await page.getByText('<i>Wiki</i>').first().waitFor()
    assert.equal(await page.getByText('Evil', { exact: true }).count(), 0)
    const phone = await visit('/lab', PHONE)
    await phone.getByLabel('Account of admin@example.com').click()
    await phone.locator('.menu-items').getByRole('link', { name: 'Handbook' }).waitFor()
    await requireAccessible(phone, 'the menu')
    const stranger = await visit('/', { as: null })
    assert.equal(await stranger.getByText('Evil', { exact: true }).count(), 0)
  },
)

test('robots are told to stay out, and the favicon is there', async (t) => {
  const lab = await startLab(t)
  assert.equal(await (await fetch(`${lab.url}/robots.txt`)).text(), 'User-agent: *\nDisallow: /\n')
  const icon = await fetch(`${lab.url}/favicon.ico`)
  assert.equal(icon.status, 200)
  assert.equal(icon.headers.get('content-type'), 'image/svg+xml')
})
