/** The first page, for those who belong here and for those who come by. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock } from '../support/lab.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const AMY = { user: 'amy@example.com', password: 'correct-horse-9' }

test('the greeting is shown safely to everybody with an account, whatever may be read of /system, and admins edit it', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const amy = await lab.user(AMY.user)
  await lab.post('/resources/system/home.md', {
    data: Buffer.from('# Hello *you*\n\n<script>alert(1)</script>\n\n[bad](javascript:alert(2)) [good](/lab)\n').toString('base64'),
  })
  const page = await visit('/', { as: AMY })
  await page.getByRole('heading', { name: 'Hello you' }).waitFor()
  await page.getByText('<script>alert(1)</script>').waitFor()
  assert.equal(await page.locator('a[href^="javascript"]').count(), 0)
  assert.equal(await page.getByRole('link', { name: 'good' }).getAttribute('href'), '/lab')
  assert.equal(await page.getByRole('link', { name: 'Edit this page' }).count(), 0)
  await page.getByRole('link', { name: 'The Lab' }).waitFor()
  assert.equal((await amy.get('/resources/system/home.md')).status, 403, 'the file itself is not hers')
  await requireAccessible(page, 'home')

  const admin = await visit('/')
  assert.equal(await admin.getByRole('link', { name: 'Edit this page' }).getAttribute('href'), '/system/home.md?view=edit')
  await requireAccessible(admin, 'home of an admin')
  await lab.delete('/resources/system/home.md')
  await admin.reload()
  assert.equal(await admin.getByLabel('Greeting').count(), 0)
  await admin.getByRole('button', { name: 'Write a greeting' }).click()
  await admin.waitForURL(/home\.md/)
  assert.ok(lab.ctx.tree.find('/system/home.md'))
})

test('who has starred nothing sees the newest values of the controllers that were heard last, as far as they may', async (t) => {
  const clock = new FakeClock()
  clock.time = Date.now() * 1000
  const { lab, visit } = await startWebLab(t, { clock })
  await lab.user('guest@example.com', { member: false })
  for (const name of ['one', 'two', 'three', 'four', 'never']) {
    const controller = await lab.controller(name)
    await lab.sequence(`/lab/${name}/temperature`, 1, { units: 'C', decimal_places: 1 })
    clock.advance(1)
    if (name !== 'never') await controller.put('/resources', { values: { [`/lab/${name}/temperature`]: 4.5 } })
  }
  await lab.sequence('/lab/four/humidity')
  const page = await visit('/')
  const shown = (): Promise<string[]> =>
    page.evaluate<string[]>("[...document.querySelectorAll('#favourites .newest-list a')].map(({ title }) => title)")
  await page.getByText('Of the controllers that were heard last').waitFor()
  assert.deepEqual(await shown(), ['/lab/four/temperature', '/lab/three/temperature', '/lab/two/temperature'])
  assert.equal(await page.locator('#favourites .newest-text').first().textContent(), '4.5\u202f°C')
  await requireAccessible(page, 'home without a star')
  await requireNoSidewaysScroll(await visit('/', PHONE), 'home without a star')
  const guest = await visit('/', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await guest.getByText('You belong to no organization yet').waitFor()
  assert.equal(await guest.locator('.newest-list').count(), 0)

  await page.goto('/lab/one/temperature')
  await page.getByRole('button', { name: 'temperature is a favourite' }).click()
  await page.getByRole('button', { name: 'temperature is a favourite', pressed: true }).waitFor()
  await page.goto('/')
  assert.deepEqual(await shown(), ['/lab/one/temperature'])
})

test('silent controllers come first, and only those that one may see', async (t) => {
  const clock = new FakeClock()
  clock.time = Date.now() * 1000
  const { lab, visit } = await startWebLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.user('guest@example.com', { member: false })
  const page = await visit('/')
  await page.getByText('Nothing is watched').waitFor()
  assert.equal(await page.getByText('No controller that is watched is silent.').count(), 0)
  await lab.put('/resources/lab/fridge', { system_attributes: { watchdog_minutes: 5, watchdog_recipients: 'ann@example.com' } })
  await fridge.put('/resources/lab/fridge', { status: { ok: true } })
  await page.reload()
  await page.getByText('No controller that is watched is silent.').waitFor()
  clock.advance(600)
  await page.reload()
  await page.getByText('A controller is silent').waitFor()
  await page.getByRole('link', { name: '/lab/fridge' }).waitFor()
  await requireAccessible(page, 'home with a silent controller')
  const phone = await visit('/', { ...PHONE, colorScheme: 'dark' })
  await requireNoSidewaysScroll(phone, 'home')
  await requireAccessible(phone, 'home in the dark')
  const guest = await visit('/', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  await guest.getByText('You belong to no organization yet').waitFor()
  assert.equal(await guest.getByText('/lab/fridge').count(), 0)
})

test('who is not signed in sees what is public and a way to sign in; where nothing is public, just that', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/weather/station/temperature')
  await lab.sequence('/lab/private/secret')
  const page = await visit('/', { as: null })
  assert.match(page.url(), /sign-in/)
  await lab.put('/resources/lab/weather', { permissions: [[100, 0, 10]] })
  await page.goto('/')
  await page.getByRole('link', { name: 'weather' }).waitFor()
  assert.equal(await page.locator('.tile').count(), 1, 'what lies below it is not listed again')
  assert.equal(await page.getByLabel('Greeting').count(), 0, 'the greeting is for people with an account')
  await requireAccessible(page, 'home of a stranger')
  await lab.put('/resources/system/home.md', { permissions: [[100, 0, 10]] })
  await page.reload()
  await page.getByLabel('Greeting').getByRole('heading', { name: 'Welcome' }).waitFor()
  await page.getByRole('link', { name: 'weather' }).click()
  await page.getByRole('link', { name: 'station' }).waitFor()
  await page.goto('/')
  await page.locator('main').getByRole('link', { name: 'Sign in' }).click()
  await page.getByLabel('Password').waitFor()
})

test('nobody but a system admin makes the greeting', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.delete('/resources/system/home.md')
  await lab.user(AMY.user, { admin: true })
  const page = await visit('/', { as: AMY })
  const token = await page.locator('meta[name="csrf-token"]').getAttribute('content')
  const reply = await page.request.post('/-/home', { form: { csrf_token: token ?? '' }, maxRedirects: 0 })
  assert.equal(reply.status(), 403)
  assert.equal(lab.ctx.tree.find('/system/home.md'), undefined)
})
