/** The pages of controllers: state, log, keys, a new device's PIN, messages, watching. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { fieldOf } from '../support/browser.ts'
import { startLab, FakeClock } from '../support/lab.ts'
import { connect } from '../support/peer.ts'
import { DESKTOP, PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const GUEST = { user: 'guest@example.com', password: 'correct-horse-9' }

test('a controller’s page shows how it is, live, beside what it holds', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/temperature', 1, { units: 'C', decimal_places: 1 })
  const page = await visit('/lab/fridge')
  const state = page.locator('#controller-state')
  await state.getByText('Never heard').waitFor()
  await page.getByRole('link', { name: 'temperature' }).waitFor()
  await untilLive(page)
  const device = await connect(t, lab, fridge.key, { version: '2.4.1' })
  await device.tell('update_sequence', { sequence: 'temperature', value: '4.5' })
  await state.getByText('Connected', { exact: true }).waitFor()
  await page.getByText('4.5\u202f°C').waitFor()
  await requireAccessible(page, 'a controller')
  const inFull = await visit('/lab/fridge?view=state')
  await inFull.locator('#controller-state').getByText('2.4.1').waitFor()
  await inFull.locator('#controller-state').getByText('127.0.0.1').waitFor()
  device.socket.close()
  await device.closed
  // Whoever looks again sees it, without a message that would tell.
  await page.reload()
  await state.getByText('Not connected').waitFor()
  await page.goto('/-/controllers')
  await page.getByRole('row').filter({ hasText: '/lab/fridge' }).getByText('Not connected').waitFor()
})

test('a controller that sends by HTTP is no controller that is cut off', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const pump = await lab.controller('pump')
  await lab.sequence('/lab/pump/flow')
  await pump.put('/resources', { values: { '/lab/pump/flow': 3 } })
  const page = await visit('/lab/pump')
  await page.locator('#controller-state').getByText('Sends by HTTP').waitFor()
  const [state, contents] = [await page.locator('#controller-state').boundingBox(), await page.locator('#contents').boundingBox()]
  assert.ok(state && contents && state.height < 60 && contents.y < 400, 'what it holds comes first, below one line')
})

test('what a controller reports and logs is text, whatever it looks like; lines are added as they come', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  await lab.sequence('/lab/fridge/log', 2)
  await fridge.put('/resources/lab/fridge', {
    status: { '<b>name</b>': '<img src=x onerror=alert(1)>', disk: { free: 12 }, long: 'x'.repeat(5_000), timestamp_correction: -86_400 },
  })
  await fridge.put('/resources', { values: { '/lab/fridge/log': '<script>alert(1)</script> started' } })
  const page = await visit('/lab/fridge?view=state')
  await page.getByText('<img src=x onerror=alert(1)>').waitFor()
  await page.getByText('<b>name</b>').waitFor()
  await page.getByText('"free": 12').waitFor()
  await page.getByText('1.0 days ahead').waitFor()
  const log = page.getByLabel('Newest lines of the log')
  await log.getByText('<script>alert(1)</script> started').waitFor()
  await untilLive(page)
  await fridge.put('/resources', { values: { '/lab/fridge/log': 'ERROR: <i>pump</i> stuck' } })
  await log.locator('.is-error').getByText('ERROR: <i>pump</i> stuck').waitFor()
  await requireAccessible(page, 'state and log')
  const phone = await visit('/lab/fridge?view=state', { ...PHONE, colorScheme: 'dark' })
  await requireNoSidewaysScroll(phone, 'state and log')
  await requireAccessible(phone, 'state and log in the dark')
})

test('a key is shown once, works, and is revoked', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  const page = await visit('/lab/fridge?view=keys')
  await page.getByRole('button', { name: 'Make a key' }).click()
  const secret = await page.getByLabel('Secret key').innerText()
  assert.match(secret, /^RHIZO[A-Z0-9]{50}$/)
  assert.equal((await lab.as(secret).get('/resources/self', { meta: 1 })).status, 200)
  await requireAccessible(page, 'a new key')
  await page.goto('/lab/fridge?view=keys')
  assert.equal(await page.getByText(secret).count(), 0)
  page.once('dialog', (dialog) => void dialog.accept())
  const row = page
    .getByRole('row')
    .filter({ hasText: `${secret.slice(0, 3)}…${secret.slice(-3)}` })
    .filter({ hasText: 'Works' })
    .first()
  await row.getByRole('button', { name: /^Revoke/ }).click()
  await page.getByText('Revoked').waitFor()
  assert.equal((await lab.as(secret).get('/resources/self', { meta: 1 })).status, 401)
})

test('a new device shows its PIN, somebody enters it, by keyboard alone, and the device is in', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.controller('fridge')
  const device = lab.as('')
  const asked = await device.post('/pins')
  const [pin, code] = [fieldOf(asked, 'pin'), fieldOf(asked, 'pin_code')]
  const page = await visit('/lab/fridge?view=keys')
  const field = page.getByLabel('PIN')
  await field.focus()
  await page.keyboard.type(pin === '1234' ? '4321' : '1234')
  await page.keyboard.press('Enter')
  await page.getByRole('alert').getByText('There is no such PIN').waitFor()
  await field.focus()
  await page.keyboard.press('Control+A')
  await page.keyboard.type(pin)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Space')
  await page.getByText('The PIN was taken.').waitFor()
  await requireAccessible(page, 'a PIN that was taken')
  const secret = fieldOf(await device.get(`/pins/${pin}`, { pin_code: code }), 'secret_key')
  assert.equal((await lab.as(secret).get('/resources/self', { meta: 1 })).status, 200)
  await page.getByText('The device has its key').waitFor()

  const second = await device.post('/pins')
  await page.goto('/-/controllers')
  await page.getByLabel('Controller', { exact: true }).fill('/lab/nowhere')
  await page.getByLabel('PIN').fill(fieldOf(second, 'pin'))
  await page.getByRole('button', { name: 'Let it in' }).click()
  await page.getByText('there is no controller at "/lab/nowhere"').waitFor()
  await page.getByLabel('Controller', { exact: true }).fill('/lab/fridge')
  await page.getByRole('button', { name: 'Let it in' }).click()
  await page.getByText('The PIN was taken.').waitFor()
  await requireAccessible(page, 'keys')
})

test('a message goes to the controller and its answer is shown; none is said so', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  const device = await connect(t, lab, fridge.key)
  await device.subscribe('self')
  const page = await visit('/lab/fridge?view=messages')
  await page.clock.install()
  await page.reload()
  await untilLive(page)
  await page.locator('#controller-state').getByText('Connected').waitFor()
  await page.getByLabel('Type').fill('set_light')
  await page.getByLabel('Parameters').fill('{"level": 3')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('The parameters are not JSON').waitFor()
  await page.getByLabel('Parameters').fill('{"level": 3}')
  await page.getByRole('button', { name: 'Send' }).click()
  assert.deepEqual((await device.hear('set_light')).parameters, { level: 3 })
  await page.getByText('Sent; waiting for an answer').waitFor()
  // Values are no answer.
  await device.tell('update', { anything: 1 })
  await device.tell('light_set', { note: '<b>done</b>' })
  await page.locator('.message.is-heard').getByText('light_set').waitFor()
  await page.getByText('<b>done</b>').waitFor()
  await page.getByText('Answered.').waitFor()
  assert.deepEqual(await page.locator('.message.is-heard strong').allInnerTexts(), ['light_set'])
  await requireAccessible(page, 'messages')

  await page.getByLabel('Type').fill('sequence_update')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('is for the server').waitFor()
  await page.getByLabel('Type').fill('are_you_there')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.getByText('Sent; waiting for an answer').waitFor()
  await page.clock.fastForward(11_000)
  await page.getByText('Nothing was heard within 10 seconds.').waitFor()
})

test('watching: set, refused, shown as silent first in the list, and taken away', async (t) => {
  const clock = new FakeClock()
  clock.time = Date.now() * 1000
  const { lab, visit } = await startWebLab(t, { clock })
  const fridge = await lab.controller('fridge')
  await lab.controller('autoclave')
  await lab.sequence('/lab/fridge/temperature')
  await lab.post('/alerts', { path: '/lab/fridge/temperature', kind: 'above', value: 8, recipients: ['ann@example.com'] })
  const page = await visit('/lab/fridge?view=watching')
  await page.getByText('above 8').waitFor()
  await page.getByLabel('Minutes of silence').fill('5')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Tell whom?').waitFor()
  assert.equal(await page.getByLabel('Minutes of silence').inputValue(), '5')
  await page.getByLabel('Tell', { exact: true }).fill('nobody')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('alert').getByText('nobody').waitFor()
  await page.getByLabel('Tell', { exact: true }).fill('ann@example.com, +15551234567')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved.').waitFor()
  assert.deepEqual(lab.ctx.tree.find('/lab/fridge')?.watchdog?.recipients, ['ann@example.com', '+15551234567'])
  await requireAccessible(page, 'watching')

  await fridge.put('/resources/lab/fridge', { status: { ok: true } })
  clock.advance(6 * 60)
  await page.reload()
  await page.getByText('Silent for longer than it may be').waitFor()
  await page.goto('/-/controllers')
  assert.match(await page.locator('tbody tr').first().innerText(), /\/lab\/fridge[^]*Silent/)
  await page.getByText('1 silent').waitFor()
  await requireAccessible(page, 'the list of controllers')
  const phone = await visit('/-/controllers', PHONE)
  await requireNoSidewaysScroll(phone, 'the list of controllers')

  await page.goto('/lab/fridge?view=watching')
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: 'Remove above 8' }).click()
  await page.getByText('The alert was removed.').waitFor()
  await page.getByLabel('Minutes of silence').fill('')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Nobody is told of its silence at present.').waitFor()
  assert.equal(lab.ctx.tree.find('/lab/fridge')?.watchdog, undefined)
})

test('who may only read sees the state, and neither keys nor messages nor addresses', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.controller('fridge')
  await fridge.put('/resources/lab/fridge', { system_attributes: {} })
  const { id } = await lab.user(GUEST.user, { member: false })
  await lab.put('/resources/lab/fridge', {
    permissions: [[130, id, 10]],
    system_attributes: { watchdog_minutes: 5, watchdog_recipients: 'ann@example.com' },
  })
  const page = await visit('/lab/fridge', { ...DESKTOP, as: GUEST })
  await page.locator('#controller-state').waitFor()
  assert.deepEqual(await page.locator('.tabs a').allInnerTexts(), ['Contents', 'State and log', 'Watching'])
  assert.equal(await page.locator('[data-field="address"]').innerText(), '–')
  await page.getByRole('link', { name: 'Watching' }).click()
  await page.getByText('As it should be').waitFor()
  assert.equal(await page.getByText('ann@example.com').count(), 0)
  assert.equal(await page.getByRole('button', { name: 'Save' }).count(), 0)
  for (const view of ['keys', 'messages']) assert.equal((await page.goto(`/lab/fridge?view=${view}`))?.status(), 403, view)
  await page.goto('/-/controllers')
  await page.getByRole('link', { name: '/lab/fridge' }).waitFor()
  assert.equal(await page.getByLabel('PIN').count(), 0)
})

test('forms of a controller need its session’s token, and nobody signed out gets at them', async (t) => {
  const lab = await startLab(t)
  await lab.controller('fridge')
  const reply = await fetch(`${lab.url}/lab/fridge?view=keys`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'act=make',
  })
  assert.ok(reply.status === 403 || reply.status === 303, String(reply.status))
  assert.equal((await lab.ctx.db.selectFrom('keys').selectAll().where('access_as_controller_id', 'is not', null).execute()).length, 1)
})
