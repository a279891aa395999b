/** The server goes away and comes back; the network does; the session ends: what pages say, and that nothing is missed. And errors. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { Page } from 'playwright-core'
import { startLab, type Lab } from '../support/lab.ts'
import { RecordingLog } from '../support/recording-log.ts'
import { requireAccessible, startWebLab, untilLive } from '../support/web-lab.ts'

const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name, exact: true }) })

/** A folder that outlives a daemon. */
async function keepFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rhizo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The same server again: same folder, same port. */
const restart = (t: TestContext, lab: Lab): Promise<Lab> =>
  startLab(t, { folder: lab.folder, settings: { PORT: Number(new URL(lab.url).port) } })

/** The page tries again by itself within seconds; a test need not wait for its turn. */
const hurry = (page: Page): Promise<unknown> => page.evaluate("dispatchEvent(new Event('online'))")

test(
  'a page outlives a restart of the server: it says that the server is away, comes back by itself, and ' + 'shows what it missed',
  async (t) => {
    const { lab, visit } = await startWebLab(t, { folder: await keepFolder(t) })
    const fridge = await lab.controller('fridge')
    await lab.sequence('/lab/fridge/temperature', 1, { units: 'C', decimal_places: 1 })
    await lab.sequence('/lab/fridge/log', 2)
    await fridge.put('/resources', { values: { '/lab/fridge/temperature': 4, '/lab/fridge/log': 'before' } })
    const page = await visit('/lab/fridge')
    const state = await visit('/lab/fridge?view=state')
    const list = await visit('/-/controllers')
    await list.clock.install()
    await list.reload()
    for (const one of [page, state]) await untilLive(one)
    await lab.stop()
    for (const one of [page, state]) await one.getByText('The server is out of reach.').waitFor()
    await requireAccessible(page, 'a page whose server is away')
    await list.clock.fastForward(16_000)
    await list.getByText('The server is out of reach.').waitFor()

    const again = await restart(t, lab)
    // Before the pages are back: nobody tells them of these.
    await again.as(fridge.key).put('/resources', { values: { '/lab/fridge/temperature': 9.5, '/lab/fridge/log': 'in between' } })
    for (const one of [page, state]) await hurry(one)
    await rowOf(page, 'temperature').getByText('9.5\u202f°C').waitFor()
    await state.getByLabel('Newest lines of the log').getByText('in between').waitFor()
    await page.locator('#connection').getByText('out of reach').waitFor({ state: 'detached' })
    await again.as(fridge.key).put('/resources', { values: { '/lab/fridge/temperature': 10.5, '/lab/fridge/log': 'after' } })
    await rowOf(page, 'temperature').getByText('10.5\u202f°C').waitFor()
    await state.getByLabel('Newest lines of the log').getByText('after').waitFor()
    await list.clock.fastForward(16_000)
    await list.getByText('Connected again.').waitFor()
    assert.equal(await state.getByLabel('Newest lines of the log').getByText('in between').count(), 1, 'nothing is shown twice')
  },
)

test('without anybody’s help it comes back too', async (t) => {
  const { lab, visit } = await startWebLab(t, { folder: await keepFolder(t) })
  const page = await visit('/lab')
  await untilLive(page)
  await lab.stop()
  await page.locator('html[data-live="off"]').waitFor({ state: 'attached' })
  await restart(t, lab)
  await untilLive(page)
})

test('a device without network says so, whatever page it shows', async (t) => {
  const { visit } = await startWebLab(t)
  const page = await visit('/-/system/settings')
  await page.context().setOffline(true)
  await page.getByText('This device is offline.').waitFor()
  await page.context().setOffline(false)
  await page.getByText('Connected again.').waitFor()
})

test('a session that ends while a page is open: it says so, and signing in again keeps what was typed', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  const page = await visit('/lab/fridge?view=messages')
  await untilLive(page)
  await page.getByLabel('Parameters').fill('{"typed": "with care"}')
  await lab.ctx.db.deleteFrom('sessions').execute()
  lab.ctx.hub.notify('sessionsEnded', { userId: lab.adminId })
  await page.locator('html[data-live="off"]').waitFor({ state: 'attached' })
  await hurry(page)
  await page.locator('#connection').getByText('This page hears nothing new').waitFor()
  await requireAccessible(page, 'a page whose session has ended')
  await page.locator('#connection').getByRole('button', { name: 'Sign in again' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('E-mail address or user name').fill('admin@example.com')
  await dialog.getByLabel('Password').fill('wrong-horse-9')
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.getByText('The user or the password is wrong.').waitFor()
  await dialog.getByLabel('Password').fill('correct-horse-9')
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await untilLive(page)
  assert.equal(await page.getByLabel('Parameters').inputValue(), '{"typed": "with care"}')
})

test('a message that can’t be sent says so, and is not lost', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  const page = await visit('/lab/fridge?view=messages')
  await untilLive(page)
  await lab.stop()
  await page.locator('html[data-live="off"]').waitFor({ state: 'attached' })
  await page.getByLabel('Type').fill('set_light')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('so nothing was sent').waitFor()
  assert.equal(await page.getByLabel('Type').inputValue(), 'set_light')
})

test('error pages: what is broken has a number that the log explains, and no more; each says what to do', async (t) => {
  const log = new RecordingLog()
  const { lab, visit } = await startWebLab(t, { log })
  await lab.user('guest@example.com', { member: false })
  const guest = await visit('/', { as: { user: 'guest@example.com', password: 'correct-horse-9' } })
  assert.equal((await guest.goto('/lab'))?.status(), 403)
  await guest.getByText('Ask an admin of the organization to let you in').waitFor()
  assert.equal((await guest.goto('/-/nowhere'))?.status(), 404)
  await guest.getByText('It may have been moved, renamed or deleted.').waitFor()
  const page = await visit('/lab')
  await lab.ctx.db.schema.dropTable('resource_views').execute()
  assert.equal((await page.goto('/lab'))?.status(), 500)
  await page.getByRole('heading', { name: 'Something broke' }).waitFor()
  const [, id = ''] = /Internal error \((\w+)\)/.exec(await page.locator('.error-message').innerText()) ?? []
  assert.notEqual(id, '')
  assert.equal((await page.content()).includes('resource_views'), false, 'nothing of the inside is told')
  assert.ok(JSON.stringify(log.lines).includes(id), 'the log says more under that number')
  await page.getByRole('link', { name: 'Try again' }).waitFor()
  await requireAccessible(page, 'the page for something broken')
  const plain = await visit('/-/nowhere', { javaScriptEnabled: false })
  await plain.getByRole('link', { name: 'Go home' }).click()
  await plain.waitForURL(`${lab.url}/`)
})
