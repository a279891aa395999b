/** The page of the audit trail. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

test('an admin finds out who made a key and who was refused; an organization’s admin sees their own; others nothing', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const amy = { user: 'amy@example.com', password: 'correct-horse-9' }
  const caller = await lab.user(amy.user, { admin: true })
  const { id } = await lab.controller('fridge')
  await caller.post('/keys', { access_as_controller_id: id })
  await lab.post('/organizations', { full_name: 'Other', folder_name: 'other' })
  for (let at = 0; at < 20; at++) await caller.get('/users')

  const page = await visit('/-/system/audit')
  await page.getByRole('row', { name: /was refused \(20 times\)/ }).waitFor()
  await page.getByLabel('Kind').selectOption('key')
  await page.getByLabel('Person').fill('amy@example.com')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.waitForURL(/kind=key/)
  const rows = page.getByRole('row', { name: /made a key/ })
  assert.equal(await rows.count(), 1)
  assert.match((await rows.innerText()).replaceAll(/\s+/g, ' '), /amy@example\.com, by key \d+ (127\.0\.0\.1|::1) key \d+ \/lab\/fridge/)
  await requireAccessible(page, 'the audit trail')
  await page.goto('/-/system/audit?from=yesterday')
  await page.getByText('from must be a day such as 2026-01-31.').waitFor()

  const phone = await visit('/lab?view=audit', { ...PHONE, as: amy })
  await phone.getByRole('row', { name: /made a key/ }).waitFor()
  assert.equal(await phone.getByText('made an organization').and(phone.getByRole('rowheader')).count(), 0)
  await requireNoSidewaysScroll(phone, 'the audit trail of an organization')
  assert.equal((await phone.goto('/-/system/audit'))?.status(), 403)
  assert.equal((await phone.goto('/other?view=audit'))?.status(), 403)
})
