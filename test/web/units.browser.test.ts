/** Values in the units that a person reads, wherever they are shown; what is stored keeps its own. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { SECOND } from '../../src/base/time.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { requireAccessible, startWebLab, untilLive } from '../support/web-lab.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

test('who reads °F sees it in lists, charts, numbers, tables, on dashboards and in downloads; limits say what they are in', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const fridge = await lab.sequence('/lab/fridge', 1, { units: 'C', decimal_places: 1 })
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append(
    Array.from({ length: 5 }, (_, at) => ({ sequence: refOf(fridge), time: now - (5 - at) * 60 * SECOND, value: at * 10 })),
  )
  const above = { path: '/lab/fridge', name: 'too warm', kind: 'above', value: 45, recipients: 'ann@example.com' }
  assert.equal((await lab.post('/alerts', above)).status, 200)
  await lab.post('/resources/lab/wall.dashboard', { data: base64('tiles:\n  - kind: values\n    sequences: fridge\n  - kind: alarms\n') })
  const settings = await visit('/-/settings')
  await settings.getByLabel('Show values').selectOption('us')
  await settings.getByRole('button', { name: 'Save the units' }).click()
  await settings.getByText('Values are shown as you chose.').waitFor()
  await requireAccessible(settings, 'the choice of units')

  const open = async (path: string): Promise<Page> => {
    const page = await settings.context().newPage()
    await page.goto(path)
    return page
  }
  const list = await open('/lab')
  assert.equal(await list.locator('tr[data-name="fridge"] [data-value]').textContent(), '104.0\u202f°F')
  const chart = await open('/lab/fridge?statistics=1&show=table')
  await chart.locator('#chart-card[data-state="ready"]').waitFor()
  assert.equal(await chart.locator('#newest-value').textContent(), '104.0\u202f°F')
  assert.match((await chart.locator('#legend').textContent()) ?? '', /104\.0\u202f°F/)
  await chart.locator('#table tbody tr').first().waitFor()
  assert.match((await chart.locator('#table').textContent()) ?? '', /32\.0/)
  const wall = await open('/lab/wall.dashboard')
  await wall.getByText('104.0\u202f°F').waitFor()
  await wall.locator('.newest-limits', { hasText: 'up to 113.0\u202f°F' }).waitFor()
  await untilLive(chart)
  await untilLive(wall)
  await lab.put('/resources', { values: { '/lab/fridge': 50 } })
  await wall.getByText('122.0\u202f°F').waitFor()
  await chart.locator('#newest-value', { hasText: '122.0' }).waitFor()

  const rule = await open('/lab/fridge?view=alert')
  await rule.getByText('Limits are in °C, as the values are stored; other pages show you °F.').waitFor()
  assert.equal((await lab.ctx.sequences.newest(refOf(fridge)))?.value, 50)

  // An alert that is on says its limit so, too, everywhere.
  await wall.reload()
  await wall.locator('.panel[data-kind="values"] .why', { hasText: 'above 113\u202f°F' }).waitFor()
  await wall.locator('.panel[data-kind="alarms"] .why', { hasText: 'above 113\u202f°F' }).waitFor()
  for (const path of ['/', '/lab', '/lab/fridge', '/lab/fridge?view=alerts', '/-/alerts']) {
    const page = await open(path)
    await page.locator('main').getByText('above 113\u202f°F').first().waitFor()
    assert.equal(await page.locator('main').getByText('above 45').count(), 0, path)
  }
  assert.match((await (await open('/-/alerts')).locator('table').last().textContent()) ?? '', /122\.0\u202f°F/, 'the highest value')

  // It is kept with the account: another browser shows the same, and somebody else sees what is stored.
  const elsewhere = await visit('/lab')
  assert.equal(await elsewhere.locator('tr[data-name="fridge"] [data-value]').textContent(), '122.0\u202f°F')
  await lab.put(`/users/${lab.adminId}`, { units: '' })
  await elsewhere.reload()
  await elsewhere.locator('main').getByText('above 45\u202f°C').first().waitFor()
})
