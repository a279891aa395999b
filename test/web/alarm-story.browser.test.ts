/** An alarm from its making to its end: a test mail, then it fires everywhere, is taken care of, muted, and stays in the history. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { startMailServer } from '../support/mail-server.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const PATH = '/lab/freezer/temperature'

test('an alarm is set with a test mail, fires on all pages, is taken care of and muted, and is history', async (t) => {
  const server = await startMailServer(t)
  const { lab, visit } = await startWebLab(t, { settings: server.settings })
  await lab.sequence(PATH, 1, { units: 'C', decimal_places: 1 })
  const send = async (value: number): Promise<void> => {
    assert.equal((await lab.put('/resources', { values: { [PATH]: value } })).status, 200)
    await lab.daemon.runWorkers()
  }
  await send(-18)
  const page = await visit('/')
  await page.getByText('Nothing is watched').waitFor()

  await page.goto(`${PATH}?view=alert`)
  await page.getByLabel('Limit (°C)').fill('-15')
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('Sent to admin@example.com.').waitFor()
  assert.deepEqual((await server.mail(1)).to, ['admin@example.com'])
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The alert was made.').waitFor()
  await lab.daemon.runWorkers()
  await send(-9.5)
  assert.match((await server.mail(2)).text, /is above -15/)

  await page.goto('/')
  await page.getByText('An alert is on').waitFor()
  await page.getByRole('link', { name: '1 alert is on' }).waitFor()
  assert.equal(await page.getByText('Nothing is watched').count(), 0)
  await page.goto('/lab/freezer')
  const value = page.locator('.newest-value.is-alert')
  assert.match(await value.innerText(), /−9\.5.*above -15/s)
  const red = await page.evaluate<string>(`getComputedStyle(document.querySelector('.newest-value.is-alert .value')).color`)
  assert.notEqual(red, await page.evaluate<string>('getComputedStyle(document.body).color'))
  await requireAccessible(page, 'a folder with an alert that is on')
  await page.goto(PATH)
  await page.locator('.chart canvas').waitFor()
  const state = await page.evaluate<{ alerts: { limits: number[]; stretches: unknown[][] } }>(
    `JSON.parse(document.getElementById('page-state').textContent)`,
  )
  assert.deepEqual([state.alerts.limits, state.alerts.stretches.map(([, end]) => end)], [[-15], [null]])
  await page.locator('.newest-line.is-alert').waitFor()

  await page.getByRole('link', { name: '1 alert is on' }).click()
  await page.getByRole('heading', { name: 'Alerts', exact: true }).waitFor()
  await requireAccessible(page, 'all alerts')
  await page.getByRole('button', { name: /^I’m on it/ }).click()
  await page.getByText('You take care of it').waitFor()
  await page.getByText('admin@example.com is on it').waitFor()
  await page.getByRole('button', { name: /^Mute 8 h/ }).click()
  await page.getByText('That ends by itself.').waitFor()
  await page.getByRole('button', { name: /^Unmute/ }).waitFor()
  await page.goto('/')
  await page.getByText('(somebody is on it)').waitFor()
  await page.getByText('(muted)').waitFor()
  await send(-20)
  await server.mail(3)
  await send(-5)
  await lab.daemon.runWorkers()
  assert.equal(server.mails.length, 3, 'its beginning is muted')
  await page.goto('/-/alerts')
  await page.getByText('Still on', { exact: true }).waitFor()
  await page.getByRole('button', { name: /^Unmute/ }).click()
  await page.getByText('is not muted any more').waitFor()
  await page.getByLabel('Sequence, controller or folder').fill('/lab/nowhere')
  await page.getByRole('button', { name: 'Mute', exact: true }).click()
  await page.getByRole('alert').getByText('/lab/nowhere').waitFor()
  await page.getByLabel('Sequence, controller or folder').fill('/lab')
  await page.getByLabel('Why').fill('defrosting')
  await page.getByRole('button', { name: 'Mute', exact: true }).click()
  await page.getByRole('row', { name: /\/lab .*defrosting/ }).waitFor()
  await page.goto(`${PATH}?view=alerts`)
  await page.getByRole('row', { name: /above -15 .*−9\.5/ }).waitFor()

  const phone = await visit('/-/alerts', { ...PHONE, colorScheme: 'dark' })
  await requireNoSidewaysScroll(phone, 'all alerts')
  await requireAccessible(phone, 'all alerts in the dark')
})
