/** The pages of an organization for its admins: members, invitations, keys, usage. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { insertResource } from '../../src/tree/resource-records.ts'
import { SEQUENCE } from '../../src/wire/resource-types.ts'
import { readUsage } from '../../src/resources/usage.ts'
import { FakeClock } from '../support/lab.ts'
import { startMailServer } from '../support/mail-server.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const PASSWORD = 'correct-horse-9'
const amy = { user: 'amy@example.com', password: PASSWORD }

const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })
const said = (page: Page, text: string): Promise<void> => page.getByRole('status').getByText(text).waitFor()
const refused = (page: Page, text: string): Promise<void> => page.getByRole('alert').getByText(text).waitFor()

async function invite(page: Page, emailAddress: string, choices: { role?: string; how?: string } = {}): Promise<void> {
  await page.getByLabel('E-mail address').fill(emailAddress)
  if (choices.role !== undefined) await page.getByLabel('Role').selectOption(choices.role)
  if (choices.how !== undefined) await page.getByLabel('How').selectOption(choices.how)
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
}

test('an invitation goes by mail, is sent again, and takes its reader in; another is taken back', async (t) => {
  const server = await startMailServer(t)
  const { lab, visit } = await startWebLab(t, { settings: { ...server.settings, PUBLIC_URL: 'https://lab.example.com' } })
  const page = await visit('/lab')
  await page.getByRole('link', { name: 'Members' }).click()
  await requireAccessible(page, 'members')
  await invite(page, 'not an address@example.com')
  assert.equal(await rowOf(page, 'not an address').count(), 0, 'the browser itself refuses it')
  await invite(page, 'admin@example.com')
  await refused(page, 'is a member of organization')
  assert.equal(await page.getByLabel('E-mail address').inputValue(), 'admin@example.com')
  await invite(page, amy.user)
  await said(page, 'The mail with the invitation is queued.')
  await server.mail(1)
  await page.reload()
  await requireAccessible(page, 'invitations')
  await rowOf(page, amy.user).getByRole('button', { name: 'Send again' }).click()
  await said(page, 'The mail with the invitation is queued.')
  const mail = await server.mail(2)
  const link =
    /https:\/\/lab\.example\.com(\/-\/invitations\/[A-Z0-9]{30})/.exec(mail.text.replaceAll('=\r\n', ''))?.[1] ?? assert.fail(mail.text)
  const reader = await visit(link, { as: null })
  await reader.getByLabel('Full name').fill('Amy Ant')
  await reader.getByLabel('New password').fill(PASSWORD)
  await reader.getByLabel('Repeat the password').fill(PASSWORD)
  await reader.getByRole('button', { name: 'Make my account' }).click()
  await reader.waitForURL(`${lab.url}/lab`)
  await page.reload()
  await rowOf(page, 'Amy Ant').getByText('Member', { exact: true }).waitFor()
  await invite(page, 'bob@example.com')
  await rowOf(page, 'bob@example.com').getByRole('button', { name: 'Take back' }).click()
  await said(page, 'The invitation was taken back')
  assert.equal(await rowOf(page, 'bob@example.com').count(), 0)
})

test('where no mail goes out the admin hands the link over, without script too', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const page = await visit('/lab?view=members', { javaScriptEnabled: false })
  await page.getByText('No mail leaves this server').waitFor()
  await invite(page, amy.user, { role: 'admin' })
  const link = await page.getByLabel('Link of the invitation').innerText()
  assert.match(link, new RegExp(`^${lab.url}/-/invitations/[A-Z0-9]{30}$`))
  await rowOf(page, amy.user).getByText('handed over').waitFor()
  await rowOf(page, amy.user).getByRole('button', { name: 'New link' }).click()
  const second = await page.getByLabel('Link of the invitation').innerText()
  assert.notEqual(second, link)
  const reader = await visit(link, { as: null })
  await reader.getByText('This link leads nowhere any more').waitFor()
  await reader.goto(second)
  await reader.getByRole('heading', { name: 'Join The Lab' }).waitFor()
})

test('roles change and members leave; the last admin stays; plain members get no further', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  await lab.user('old@example.com', { member: false })
  const page = await visit('/lab?view=members')
  page.on('dialog', (dialog) => void dialog.accept())
  await rowOf(page, amy.user)
    .getByRole('button', { name: `Make an admin: ${amy.user}` })
    .click()
  await said(page, 'The role was changed.')
  assert.equal(
    lab.ctx.tree.isAdmin(
      lab.organization.id,
      (await lab.ctx.db.selectFrom('users').select('id').where('email_address', '=', amy.user).executeTakeFirstOrThrow()).id,
    ),
    true,
  )
  const member = await visit('/lab?view=members', { ...PHONE, as: amy })
  await requireNoSidewaysScroll(member, 'members')
  assert.deepEqual(
    await member.getByLabel('How').locator('option').allInnerTexts(),
    ['I hand the link over myself'],
    'only system admins look people up',
  )
  await rowOf(page, amy.user)
    .getByRole('button', { name: `Make a member: ${amy.user}` })
    .click()
  await said(page, 'The role was changed.')
  const reply = await member.reload()
  assert.equal(reply?.status(), 403)
  await rowOf(page, 'admin@example.com').getByRole('link', { name: 'Remove admin@example.com' }).click()
  await page.getByRole('button', { name: 'Remove and revoke' }).click()
  await refused(page, 'You are the last admin of this organization.')
  await page.getByRole('link', { name: 'Cancel' }).click()
  await invite(page, 'nobody@example.com', { how: 'add' })
  await refused(page, 'nobody with the address nobody@example.com has an account here')
  await invite(page, 'old@example.com', { how: 'add' })
  await said(page, 'The member was added.')
  await rowOf(page, amy.user)
    .getByRole('link', { name: `Remove ${amy.user}` })
    .click()
  await page
    .getByRole('region', { name: `Keys that ${amy.user} knows` })
    .getByText('no use known')
    .waitFor()
  await requireAccessible(page, 'leaving')
  await page.getByRole('button', { name: 'Remove and revoke the key' }).click()
  await said(page, 'the keys that they knew are void')
  assert.equal(await rowOf(page, amy.user).count(), 0)
  assert.equal((await member.goto('/lab'))?.status(), 403, 'at once')
})

test('an organization gets another full name and a time zone, and keeps its folder', async (t) => {
  const { visit } = await startWebLab(t)
  const page = await visit('/lab?view=members')
  const field = page.getByRole('region', { name: 'Settings' }).getByLabel('Full name')
  const before = await field.inputValue()
  await field.fill('   ')
  await page.getByRole('button', { name: 'Save' }).click()
  await refused(page, 'The full name must have 1 to 200 characters')
  await page.goto('/lab?view=members')
  assert.equal(await field.inputValue(), before)
  await field.fill('The <b>Greener</b> Lab')
  const zone = page.getByRole('combobox', { name: 'Time zone' })
  assert.equal(await zone.inputValue(), '')
  assert.ok((await page.locator('#time-zones option').count()) > 300, 'the zones of the browser are offered')
  await zone.fill('Mars/Olympus')
  await page.getByRole('button', { name: 'Save' }).click()
  await refused(page, 'The time zone is "Mars/Olympus"')
  assert.equal(await zone.inputValue(), 'Mars/Olympus', 'what was typed stays')
  await page.goto('/lab?view=members')
  assert.deepEqual([await field.inputValue(), await zone.inputValue()], [before, ''])
  await field.fill('The <b>Greener</b> Lab')
  await zone.fill('america/los_angeles')
  await page.getByRole('button', { name: 'Save' }).click()
  await said(page, 'The settings were saved.')
  assert.deepEqual([await field.inputValue(), await zone.inputValue()], ['The <b>Greener</b> Lab', 'America/Los_Angeles'])
  await page.goto('/-/system/organizations')
  await rowOf(page, '/lab').getByText('The <b>Greener</b> Lab').waitFor()
})

test('changes need the token of the session, and an admin', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const { id } = await lab.user(amy.user)
  const post = async (page: Page, path: string, fields: Record<string, string>): Promise<number> => {
    const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ')
    return (await fetch(lab.url + path, { method: 'POST', redirect: 'manual', headers: { cookie }, body: new URLSearchParams(fields) }))
      .status
  }
  const forms: [path: string, fields: Record<string, string>][] = [
    ['/lab?view=members', { act: 'role', user_id: String(id), role: 'admin' }],
    ['/lab?view=members', { act: 'invite', email_address: 'eve@example.com' }],
    ['/lab?view=members', { act: 'settings', full_name: 'Mine' }],
    ['/lab?view=keys', { act: 'make', user_id: String(lab.adminId) }],
    ['/lab?view=permissions', { party: '100:0', level: '20' }],
  ]
  const admin = await visit('/lab?view=members')
  for (const [path, fields] of forms) assert.equal(await post(admin, path, fields), 403, `${path} without the token`)
  const member = await visit('/-/settings', { as: amy })
  const token = (await member.locator('meta[name="csrf-token"]').getAttribute('content')) ?? ''
  for (const [path, fields] of forms) assert.equal(await post(member, path, { ...fields, csrf_token: token }), 403, `${path} by a member`)
  for (const view of ['members', 'keys', 'usage']) assert.equal((await member.goto(`/lab?view=${view}`))?.status(), 403)
  assert.equal(lab.ctx.tree.isAdmin(lab.organization.id, id), false)
  assert.equal((await lab.ctx.db.selectFrom('account_requests').selectAll().execute()).length, 0)
})

test('keys of the organization: made for a member, confined to it, and revoked', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  const fridge = await lab.controller('fridge')
  const page = await visit('/lab?view=keys')
  await requireAccessible(page, 'keys of an organization')
  page.on('dialog', (dialog) => void dialog.accept())
  await page.getByLabel('Member', { exact: true }).selectOption({ label: `${amy.user} (${amy.user})` })
  await page.getByRole('button', { name: 'Make a key' }).click()
  const key = await page.getByLabel('Secret key').innerText()
  assert.equal((await lab.as(key).get('/resources/lab')).status, 200)
  await requireAccessible(page, 'a new key')
  await page.goto('/lab?view=keys')
  assert.equal((await page.content()).includes(key), false)
  await rowOf(page, '/lab/fridge')
    .getByRole('button', { name: /^Revoke/ })
    .click()
  await said(page, 'The key was revoked')
  assert.equal((await fridge.get('/resources/self?meta=1')).status, 401)
  assert.equal((await lab.as(key).get('/resources/lab')).status, 200)
})

test('usage by controller', async (t) => {
  const clock = new FakeClock()
  const { lab, visit } = await startWebLab(t, { clock })
  const empty = await visit('/lab?view=usage')
  await empty.getByText('Nothing yet').waitFor()
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.sequence('/lab/loose')
  for (let at = 0; at < 12; at++) {
    clock.advance(1)
    await fridge.put('/resources', { values: { '/lab/fridge/temperature': at } })
  }
  await lab.put('/resources', { values: { '/lab/loose': 1 } })
  await lab.post('/resources', {
    path: '/lab/fridge',
    name: 'notes.txt',
    type: 'file',
    data: Buffer.from('x'.repeat(2_000)).toString('base64'),
  })
  await empty.reload()
  await empty.getByText('Nothing yet').waitFor()
  clock.advance(5 * 60)
  const page = await visit('/lab?view=usage', PHONE)
  await rowOf(page, '/lab/fridge').getByText('12', { exact: true }).waitFor()
  await rowOf(page, '/lab/fridge').getByText('2.0 kB', { exact: true }).waitFor()
  await rowOf(page, 'In no controller').waitFor()
  await requireAccessible(page, 'usage')
  await requireNoSidewaysScroll(page, 'usage')
  const limit = page.getByLabel('Sequences', { exact: true })
  await limit.fill('many')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await refused(page, 'sequences must be a whole number')
  await limit.fill('2')
  await page.getByRole('button', { name: 'Set', exact: true }).click()
  await said(page, 'The quota was set.')
  await page.getByText('2 of 2', { exact: true }).waitFor()
  const admin = await lab.user(amy.user, { admin: true })
  assert.equal((await admin.put(`/organizations/${lab.organization.id}/quota`, { sequences: 9 })).status, 403)
  const hers = await visit('/lab?view=usage', { as: amy })
  await hers.getByText('2 of 2', { exact: true }).waitFor()
  assert.equal(await hers.getByRole('heading', { name: 'Set the quota' }).count(), 0)
})

test('usage of a thousand sequences leaves others their turn, and is counted once', async (t) => {
  const { lab } = await startWebLab(t)
  const { ctx } = lab
  const parent = ctx.tree.find('/lab')
  const rows = await ctx.db.transaction().execute(async (tx) => {
    const made = []
    for (let at = 0; at < 1_000; at++)
      made.push(
        await insertResource(ctx, tx, {
          parent,
          name: `s${at}`,
          type: SEQUENCE,
          systemAttributes: { data_type: 1, min_storage_interval: 0, max_history: 1_000 },
        }),
      )
    return made
  })
  ctx.tree.addAll(rows)
  await ctx.sequences.append(rows.flatMap(({ id }) => [1, 2, 3].map((time) => ({ sequence: { id, isText: false }, time, value: time }))))
  const actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true } as const
  const [first, second] = await Promise.all([readUsage(ctx, actor, lab.organization.id), readUsage(ctx, actor, lab.organization.id)])
  assert.equal(first, second)
  assert.deepEqual(
    first.parts.map(({ sequences, values }) => [sequences, values]),
    [[1_000, 3_000]],
  )
  assert.equal(first.leftOut, 0)
})
