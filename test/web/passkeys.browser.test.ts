/** Passkeys and codes, from the first one to its removal, with an authenticator that Chromium plays. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { Secret, TOTP } from 'otpauth'
import { FakeClock } from '../support/lab.ts'
import { makeVisits, requireAccessible, startWebLab } from '../support/web-lab.ts'

const PASSWORD = 'correct-horse-9'
const amy = { user: 'amy@example.com', password: PASSWORD }
const said = (page: Page, text: string): Promise<void> => page.getByRole('status').getByText(text).waitFor()
const refused = (page: Page, text: string): Promise<void> => page.getByRole('alert').getByText(text).waitFor()

/** An authenticator that knows its owner, in the browser of a page. @returns the number of passkeys that it keeps */
async function plugIn(page: Page): Promise<() => Promise<number>> {
  const client = await page.context().newCDPSession(page)
  await client.send('WebAuthn.enable')
  const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return async () => (await client.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length
}

test('somebody adds a passkey and an app, signs in by either, confirms by the passkey, and removes it', async (t) => {
  const clock = new FakeClock()
  const { lab } = await startWebLab(t, { clock })
  const { id } = await lab.user(amy.user)
  // Browsers bind passkeys to a name.
  const visit = makeVisits(t, { url: lab.url.replace('127.0.0.1', 'localhost') })
  const page = await visit('/-/second-factors', { as: amy })
  const kept = await plugIn(page)
  const added = page.getByRole('region', { name: 'Yours' })

  clock.advance(11 * 60)
  await page.getByLabel('Name').first().fill('Amy’s laptop')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  await page.getByLabel('Your password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('region', { name: 'Your recovery codes' }).waitFor()
  assert.equal(await kept(), 1)
  await added.getByText('Amy’s laptop').waitFor()
  await requireAccessible(page, 'second factors')
  await page.goto('/-/second-factors')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await refused(page, 'This device has a passkey for this server already.')

  const secret = (await page.getByRole('region', { name: 'Add an authenticator app' }).locator('code').innerText()).trim()
  const app = new TOTP({ secret: Secret.fromBase32(secret) })
  const codeNow = (): string => app.generate({ timestamp: clock.now() / 1000 })
  await page.getByLabel('Code', { exact: true }).fill(codeNow())
  await page.getByRole('button', { name: 'Add the app' }).click()
  await said(page, 'The app was added.')

  // By password and code.
  const signOut = async (): Promise<void> => {
    await page.getByLabel(`Account of ${amy.user}`).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to' }).waitFor()
  }
  const signIn = async (code?: string): Promise<void> => {
    await page.getByLabel('E-mail address or user name').fill(amy.user)
    await page.getByLabel('Password').fill(PASSWORD)
    if (code !== undefined) await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  await signOut()
  clock.advance(60)
  await signIn()
  await refused(page, 'The password is right.')
  await signIn(codeNow())
  await page.getByLabel(`Account of ${amy.user}`).waitFor()

  // By the passkey alone.
  await signOut()
  clock.advance(60)
  await requireAccessible(page, 'signing in')
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByLabel(`Account of ${amy.user}`).waitFor()
  const begun = await lab.ctx.db
    .selectFrom('audit_records')
    .select('details')
    .where('kind', '=', 'session.begun')
    .orderBy('id', 'desc')
    .execute()
  assert.match(begun[0]?.details ?? '', /"by":"passkey"/)

  // What is delicate asks again, and takes the passkey for an answer.
  clock.advance(11 * 60)
  await page.goto('/-/second-factors')
  page.on('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Remove Amy’s laptop' }).click()
  await page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
  await requireAccessible(page, 'confirming')
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await said(page, 'The second factor was removed.')
  assert.equal(await added.getByText('Amy’s laptop').count(), 0)
  await signOut()
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await refused(page, 'That passkey is not known here')
  const factors = await lab.ctx.db.selectFrom('user_factors').select('kind').where('user_id', '=', id).execute()
  assert.deepEqual(factors, [{ kind: 'totp' }])
})

test('where browsers take no passkeys the page says why, and offers none', async (t) => {
  const { visit } = await startWebLab(t)
  const page = await visit('/-/second-factors')
  await page.getByText('Passkeys need a name and https: set PUBLIC_URL').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Add a passkey' }).count(), 0)
})
