/** Permissions as people read and change them, and as others feel the change. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { changeAccess } from '../../src/tree/permission-changes.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const amy = { user: 'amy@example.com', password: 'correct-horse-9' }

const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })
const verdict = (page: Page, text: string | RegExp): Promise<void> => page.locator('#verdict').getByText(text).waitFor()

test('an admin takes a folder away from the members; another user feels it at once, and its return', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  await lab.post('/resources', { path: '/lab', name: 'plans', type: 'basic_folder' })
  await lab.sequence('/lab/plans/harvest')
  const other = await visit('/lab', { as: amy })
  const heard: string[] = []
  other.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(String(payload))))
  await other.goto('/lab/plans')
  await other.getByRole('heading', { name: 'plans' }).waitFor()
  await untilLive(other)
  await lab.put('/resources', { values: { '/lab/plans/harvest': 1.25 } })
  await rowOf(other, 'harvest').getByText('1.25').waitFor()
  const page = await visit('/lab/plans')
  await page.getByRole('link', { name: 'Permissions' }).click()
  await requireAccessible(page, 'permissions')
  await rowOf(page, 'Members of The Lab').getByRole('link', { name: 'inherited from /lab' }).waitFor()
  await page.getByLabel('What members of The Lab may do here', { exact: true }).selectOption('Nothing')
  await page.getByRole('button', { name: 'Set what members of The Lab may do here' }).click()
  await page.getByText('The permissions were changed.').waitFor()
  await rowOf(page, 'Members of The Lab').getByText('here', { exact: true }).waitFor()
  await lab.put('/resources', { values: { '/lab/plans/harvest': 2.25 } })
  await lab.put('/resources/lab/plans', { permissions: null })
  await lab.put('/resources', { values: { '/lab/plans/harvest': 3.25 } })
  await rowOf(other, 'harvest').getByText('3.25').waitFor()
  assert.equal(heard.filter((frame) => frame.includes('2.25')).length, 0, 'an open page hears nothing meanwhile')
  await lab.put('/resources/lab/plans', { permissions: [[110, lab.organization.id, 0]] })
  assert.equal((await other.reload())?.status(), 403)
  await other.getByText('You may not read or change /lab/plans, or it is not there.').waitFor()
  await other.goto('/lab')
  assert.equal(await other.getByRole('link', { name: 'plans' }).count(), 0)

  await page.getByLabel('Add somebody').selectOption({ label: `${amy.user} (${amy.user})` })
  await page.getByLabel('May', { exact: true }).selectOption('Read')
  await page.getByRole('button', { name: 'Add the line' }).click()
  await rowOf(page, amy.user).getByText('here', { exact: true }).waitFor()
  assert.equal((await other.goto('/lab/plans'))?.status(), 200)
  assert.equal(await other.getByRole('button', { name: 'Upload' }).count(), 0, 'only to read')

  await page.getByLabel('What members of The Lab may do here', { exact: true }).selectOption('As inherited')
  await page.getByRole('button', { name: 'Set what members of The Lab may do here' }).click()
  await rowOf(page, 'Members of The Lab').getByText('inherited from /lab').waitFor()
  await other.reload()
  await other.getByRole('button', { name: 'Upload' }).waitFor()
})

test('what it means for somebody, and why; on a phone and without script', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const { id } = await lab.user(amy.user)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature')
  await lab.put('/resources/lab/fridge', {
    permissions: [
      [110, lab.organization.id, 10],
      [130, id, 20],
    ],
  })
  const page = await visit('/lab/fridge/temperature?view=permissions', { ...PHONE, javaScriptEnabled: false })
  await verdict(page, 'They are an admin of the whole server')
  await lab.post('/resources', { path: '/lab/fridge', name: 'notes.txt', type: 'file', data: Buffer.from('x').toString('base64') })
  await page.goto('/lab/fridge/notes.txt')
  await page.getByRole('link', { name: 'Permissions' }).click()
  await verdict(page, 'They are an admin of the whole server')
  await page.goto('/lab/fridge/temperature?view=permissions')
  const ask = async (text: string): Promise<void> => {
    await page.getByLabel('Somebody', { exact: true }).selectOption({ label: text })
    await page.getByRole('button', { name: 'Show' }).click()
  }
  await ask(`${amy.user} (${amy.user})`)
  await verdict(page, /may read and change/)
  await verdict(page, /members of The Lab: read, inherited from \/lab\/fridge/)
  await verdict(page, /amy@example\.com: read and change, inherited from \/lab\/fridge — this counts/)
  await ask('/lab/fridge')
  await verdict(page, /controllers of The Lab: read and change, inherited from \/lab/)
  await ask('Somebody who is not signed in')
  await verdict(page, 'neither read nor change')
  await verdict(page, 'No line is about them.')
  await page.getByLabel('Add somebody').selectOption({ label: 'Everyone, without signing in' })
  await page.getByLabel('May', { exact: true }).selectOption('Read')
  await page.getByRole('button', { name: 'Add the line' }).click()
  await ask('Somebody who is not signed in')
  await verdict(page, /everyone: read, set here/)
  assert.equal((await lab.as('').get('/resources/lab/fridge/temperature')).status, 200)
  assert.equal((await fridge.get('/resources/self?meta=1')).status, 200)
})

test('permissions fit a phone and speak to a screen reader', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  const page = await visit('/lab?view=permissions', { ...PHONE, colorScheme: 'dark' })
  await requireNoSidewaysScroll(page, 'permissions')
  await requireAccessible(page, 'permissions on a phone in the dark')
})

test('by keyboard alone a line is changed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/resources', { path: '/lab', name: 'plans', type: 'basic_folder' })
  const page = await visit('/lab/plans?view=permissions')
  await page.getByLabel('What controllers of The Lab may do here', { exact: true }).focus()
  await page.keyboard.type('Nothing')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('The permissions were changed.').waitFor()
  assert.deepEqual(lab.ctx.tree.find('/lab/plans')?.permissions, [[120, lab.organization.id, 0]])
})

test('a member reads the lines, and what they mean for them; not who else is named, and changes nothing', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user(amy.user)
  const { id } = await lab.user('secret@example.com')
  await lab.post('/resources', { path: '/lab', name: 'plans', type: 'basic_folder' })
  await lab.put('/resources/lab/plans', { permissions: [[130, id, 20]] })
  const page = await visit('/lab/plans?view=permissions', { as: amy })
  await rowOf(page, 'Members of The Lab').waitFor()
  await rowOf(page, `One user (${id})`).waitFor()
  await verdict(page, 'amy@example.com')
  await page.getByText('Admins of the organization can change this.').waitFor()
  assert.equal((await page.content()).includes('secret@example.com'), false)
  await page.goto(`/lab/plans?view=permissions&who=130:${id}`)
  await page.getByRole('alert').getByText('Only admins of the organization may ask what others may do.').waitFor()
  await lab.put('/resources/lab/plans', { permissions: [[110, lab.organization.id, 0]] })
  assert.equal((await page.goto('/lab/plans?view=permissions'))?.status(), 403)
})

test('an admin who shut themself out can still set it right; nonsense is refused', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.user('boss@example.com', { admin: true })
  await lab.post('/resources', { path: '/lab', name: 'plans', type: 'basic_folder' })
  await lab.put('/resources/lab/plans', { permissions: [[110, lab.organization.id, 0]] })
  const boss = await visit('/lab/plans', { as: { user: 'boss@example.com', password: 'correct-horse-9' } })
  await boss.getByText(/You may not read(?: or change)? \/lab\/plans/).waitFor()
  await boss.goto('/lab/plans?view=permissions&who=130:999999')
  await boss.getByRole('alert').getByText('there is no user 999999 in this organization').waitFor()
  await boss.goto('/lab/plans?view=permissions')
  await verdict(boss, 'neither read nor change')
  await boss.evaluate(
    '(() => { const select = document.getElementById("field-party"); select.options[0].value = "130:424242"; select.selectedIndex = 0 })()',
  )
  await boss.getByRole('button', { name: 'Add the line' }).click()
  await boss.getByRole('alert').getByText('permissions: there is no user 424242.').waitFor()
  await boss.getByLabel('What members of The Lab may do here', { exact: true }).selectOption('As inherited')
  await boss.getByRole('button', { name: 'Set what members of The Lab may do here' }).click()
  await verdict(boss, /may read and change/)
})

test('two admins who change different lines at once both get their way', async (t) => {
  const { lab } = await startWebLab(t)
  const actor = { kind: 'user', userId: lab.adminId, isSystemAdmin: true } as const
  const users = await Promise.all(['a', 'b', 'c', 'd'].map((name) => lab.user(`${name}@example.com`)))
  await Promise.all(users.map(({ id }) => changeAccess(lab.ctx, actor, lab.organization, [130, id], 10)))
  const named = (lab.organization.permissions ?? []).filter(([type]) => type === 130).map(([, id]) => id)
  assert.deepEqual(named.sort(), users.map(({ id }) => id).sort())
  const row = await lab.ctx.db.selectFrom('resources').select('permissions').where('id', '=', lab.organization.id).executeTakeFirstOrThrow()
  assert.deepEqual(JSON.parse(row.permissions ?? ''), lab.organization.permissions)
})
