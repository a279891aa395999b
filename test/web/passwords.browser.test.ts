/** A forgotten password, from the sign-in page by real mail to a new one. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { FakeClock } from '../support/lab.ts'
import { startMailServer, type Mail } from '../support/mail-server.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const PUBLIC_URL = 'https://lab.example.com'
const PASSWORD = 'correct-horse-9'
const amy = { user: 'amy@example.com', password: PASSWORD }

const linkIn = ({ text }: Mail): string =>
  new RegExp(`${PUBLIC_URL}(/-/new-password/[A-Z0-9]{30})`).exec(text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(text)

async function ask(page: Page, address: string): Promise<void> {
  await page.goto('/-/sign-in')
  await page.getByRole('link', { name: 'Forgot your password?' }).click()
  await page.getByLabel('E-mail address of your account').fill(address)
  await page.keyboard.press('Enter')
  await page.getByText(`If ${address} has an account here, a mail is on its way there.`).waitFor()
}

async function type(page: Page, password: string, repeated = password): Promise<void> {
  await page.getByLabel('New password').fill(password)
  await page.getByLabel('Repeat the password').fill(repeated)
  await page.getByRole('button', { name: 'Set the password' }).click()
}

test('a forgotten password is replaced by a link, which works once and signs out all others', async (t) => {
  const server = await startMailServer(t)
  const { lab, visit } = await startWebLab(t, { settings: { ...server.settings, PUBLIC_URL } })
  await lab.user(amy.user)
  const elsewhere = await visit('/lab', { as: amy })
  const page = await visit('/-/forgotten-password', { ...PHONE, viewport: { width: 360, height: 740 }, colorScheme: 'dark', as: null })
  await requireAccessible(page, 'asking for a new password')
  await requireNoSidewaysScroll(page, 'asking for a new password')
  await page.getByLabel('E-mail address of your account').fill('amy@example')
  await page.getByRole('button', { name: 'Send me a link' }).click()
  await page.getByRole('alert').getByText('is not an e-mail address').waitFor()
  assert.equal(await page.getByLabel('E-mail address of your account').inputValue(), 'amy@example')
  await ask(page, 'nobody@example.com')
  const forNobody = (await page.locator('main').innerText()).replace('nobody@', 'amy@')
  await ask(page, amy.user)
  assert.equal(await page.locator('main').innerText(), forNobody)
  await requireAccessible(page, 'a mail is on its way')

  const link = linkIn(await server.mail(1))
  const raw = await fetch(lab.url + link, { redirect: 'manual' })
  assert.deepEqual(
    [raw.status, raw.headers.get('location'), raw.headers.get('referrer-policy'), raw.headers.get('cache-control')],
    [303, '/-/new-password', 'no-referrer', 'no-store'],
  )
  assert.match(
    raw.headers.get('set-cookie') ?? '',
    /^rhizo-new-password=[A-Z0-9]{30}; HttpOnly; SameSite=Lax; Path=\/-\/new-password; Max-Age=3600$/,
  )
  await page.goto(link)
  await page.getByText('For amy@example.com').waitFor()
  assert.equal(page.url(), `${lab.url}/-/new-password`, 'the address holds no code')
  assert.ok(!(await page.content()).includes(link.slice(-30)))
  await requireAccessible(page, 'a new password')
  await requireNoSidewaysScroll(page, 'a new password')
  await type(page, 'better-horse-10', 'better-horse-11')
  await page.getByRole('alert').getByText('not typed the same twice').waitFor()
  await type(page, 'better-horse-10')
  await page.waitForURL(`${lab.url}/`)
  await page.getByLabel('Account of amy@example.com').waitFor()
  assert.deepEqual(
    (await page.context().cookies()).map(({ name }) => name).filter((name) => name === 'rhizo-new-password'),
    [],
  )
  await elsewhere.reload()
  assert.match(elsewhere.url(), /sign-in/)
  assert.match((await server.mail(2)).text, /Your password for The Lab was changed/)
  await page.goto(link)
  await page.getByRole('heading', { name: 'This link leads nowhere any more' }).waitFor()
  await page.getByText('was used already').waitFor()
  await requireAccessible(page, 'a link that was used')
})

test(
  'without script; a wrong and an old link lead nowhere, a code is entered, and another user who is ' + 'signed in is signed out',
  async (t) => {
    const clock = new FakeClock()
    const server = await startMailServer(t)
    const { lab, visit } = await startWebLab(t, { clock, settings: { ...server.settings, PUBLIC_URL } })
    await lab.user(amy.user)
    const page = await visit('/-/new-password/WRONG-CODE%0d%0aset-cookie:x', { as: null, javaScriptEnabled: false })
    await page.getByRole('heading', { name: 'This link leads nowhere any more' }).waitFor()
    assert.deepEqual(await page.context().cookies(), [], 'and nothing of it stays')
    await ask(page, amy.user)
    const link = linkIn(await server.mail(1))
    await page.goto(link)
    await page.getByLabel('New password').waitFor()
    clock.advance(3_600)
    await type(page, 'better-horse-10')
    await page.getByRole('heading', { name: 'This link leads nowhere any more' }).waitFor()
    await page.getByText('older than an hour').waitFor()
    await page.getByRole('link', { name: 'Ask for another one' }).click()
    await page.getByLabel('E-mail address of your account').fill(amy.user)
    await page.getByRole('button', { name: 'Send me a link' }).click()
    await page.getByRole('link', { name: 'Enter it' }).click()
    await requireAccessible(await visit('/-/new-password', { as: null }), 'the page for codes')
    await page.getByLabel('Code for a new password').fill(
      ` ${linkIn(await server.mail(2))
        .slice(-30)
        .toLowerCase()} `,
    )
    await page.getByRole('button', { name: 'Continue' }).click()
    await type(page, 'better-horse-10')
    await page.waitForURL(`${lab.url}/`)

    const admin = await visit('/', {})
    await lab.as('').post('/password-resets', { email_address: amy.user })
    await admin.goto(linkIn(await server.mail(4)))
    await type(admin, 'other-horse-11')
    await admin.getByLabel('Account of amy@example.com').waitFor()
    assert.equal((await lab.ctx.db.selectFrom('sessions').selectAll().execute()).length, 1)
  },
)

test('a form from elsewhere sets no password; where no mail is sent people are told whom to ask', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/-/sign-in', { as: null })
  await page.getByText('ask an admin of it, who sets a new one (rhizo user passwd)').waitFor()
  await page.goto('/-/forgotten-password')
  await page.getByRole('heading', { name: 'This server sends no mail' }).waitFor()
  await requireAccessible(page, 'no mail')
  for (const path of ['/-/new-password', '/-/forgotten-password']) {
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      const reply = await fetch(lab.url + path, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'password=better-horse-10&repeated=better-horse-10&email_address=amy@example.com',
      })
      assert.equal(reply.status, 403, path)
    }
  }
})
