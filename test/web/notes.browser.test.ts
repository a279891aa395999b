/** Notes on the chart in a real browser: noted by a click, read, changed, found, removed. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { refOf } from '../../src/sequences/sequences.ts'
import { SECOND } from '../../src/base/time.ts'
import { requireAccessible, startWebLab } from '../support/web-lab.ts'

test('what happened is noted with a click on the chart, and stands on it, in the table, in the search and in the download', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const sequence = await lab.sequence('/lab/freezer/temperature', 1, { units: 'C' })
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append(
    Array.from({ length: 60 }, (_, at) => ({ sequence: refOf(sequence), time: now - at * 60 * SECOND, value: -18 })),
  )
  const page = await visit('/lab/freezer/temperature?range=hour')
  await page.locator('#chart-card[data-state="ready"] .u-over').waitFor({ state: 'attached' })
  const box = await page.locator('.u-over').boundingBox()
  assert.ok(box)
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
  await page.getByRole('button', { name: 'Note here' }).click()
  await page.getByLabel('What happened').fill('door open')
  await page.getByLabel('Tags').fill('door, ann')
  await requireAccessible(page, 'the form of a note')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('#chart-card[data-notes="1"]').waitFor()

  const mark = page.getByRole('button', { name: /^Note of .*: door open$/ })
  await mark.focus()
  await page.locator('.chart-note-card', { hasText: 'door open (door, ann)' }).waitFor()
  await requireAccessible(page, 'a note that is read')
  await mark.press('Enter')
  await page.getByLabel('What happened').fill('door wide open')
  const start = await page.getByLabel('When, or from').inputValue()
  await page.getByLabel('Until').fill(`${start.slice(0, 11)}23:59:59`)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.chart-stretch').waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'Table' }).click()
  await page.locator('#table td', { hasText: 'door wide open' }).first().waitFor()

  const found = await visit('/search?q=wide+ann')
  await found.getByRole('link', { name: /door wide open/ }).click()
  await found.locator('#chart-card[data-notes="1"]').waitFor()
  await found.getByRole('button', { name: /^Note of .*: door wide open$/ }).press('Enter')
  await found.getByRole('button', { name: 'Remove' }).click()
  await found.locator('#chart-card[data-notes="0"]').waitFor()
  assert.deepEqual(((await lab.get('/notes')).json as { notes: object[] }).notes, [])
})
