/** Masking and calibrating on the page of a sequence, in a real browser. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { refOf } from '../../src/sequences/sequences.ts'
import { SECOND } from '../../src/base/time.ts'
import { requireAccessible, startWebLab } from '../support/web-lab.ts'

test('a glitch is masked on the page and gone from the chart, a sensor is calibrated, and both are undone', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const sequence = await lab.sequence('/lab/freezer/temperature', 1, { units: 'C' })
  const now = lab.ctx.clock.now()
  const rows = Array.from({ length: 60 }, (_, at) => ({
    sequence: refOf(sequence),
    time: now - at * 60 * SECOND,
    value: at === 0 || at === 30 ? 99 : -18,
  }))
  await lab.ctx.sequences.append(rows)
  const page = await visit('/lab/freezer/temperature?range=hour')
  const values = (count: number): Promise<void> => page.locator(`#chart-card[data-state="ready"][data-values="${count}"]`).waitFor()
  await values(60)
  const open = async (item: string): Promise<void> => {
    await page.locator('[aria-label="Change the sequence"]').click()
    await page.getByRole('button', { name: item }).click()
  }
  await open('Mask bad values')
  await page.locator('#mask-end').fill('')
  await page.locator('#mask-where').fill('value > 95')
  await page.getByText('Numbers are in °C, as the values are stored.').first().waitFor()
  await page.locator('#mask-note').fill('fan off')
  await requireAccessible(page, 'the form of a mask')
  await page.getByRole('button', { name: 'Mask', exact: true }).click()
  await values(58)
  await page
    .locator('#newest-value', { hasText: '-18' })
    .or(page.locator('#newest-value', { hasText: '−18' }))
    .waitFor()
  await page.locator('.chart-masked').first().waitFor({ state: 'attached' })

  await open('Calibrate')
  await page.getByLabel('Scale').fill('2')
  await page.getByRole('button', { name: 'Calibrate', exact: true }).last().click()
  await page.locator('#newest-value', { hasText: '36' }).waitFor()
  await open('Calibrate')
  await page.getByRole('button', { name: 'Undo × 2 + 0' }).click()
  await page.locator('#newest-value', { hasText: '18' }).waitFor()
  await open('Mask bad values')
  const { masks: masked } = (await lab.get('/sequences/masks', { path: '/lab/freezer/temperature' })).json as {
    masks: { start_timestamp: string }[]
  }
  // On the clock of the page, which is the browser's.
  const local = await page.evaluate<string>(`new Date(${JSON.stringify(masked[0]?.start_timestamp)}).toLocaleString('sv')`)
  await page.locator('.corrections time', { hasText: local }).waitFor()
  await page.getByRole('button', { name: 'Undo fan off' }).click()
  await values(60)
  await page.locator('#newest-value', { hasText: '99' }).waitFor()
  const { masks } = (await lab.get('/sequences/masks', { path: '/lab/freezer/temperature' })).json as { masks: object[] }
  assert.deepEqual(masks, [])
})
