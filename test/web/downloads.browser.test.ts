/** Values of what is chosen, or of a chart, as one file: in Chromium. */
import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { SECOND } from '../../src/base/time.ts'
import { refOf } from '../../src/sequences/sequences.ts'
import { DESKTOP, PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const START = Date.UTC(2026, 0, 15, 12) * 1000

async function downloaded(page: Page, act: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()])
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
}

test('what is chosen goes into one workbook, by the hour of the lab; a span of a chart as CSV; refusals stay in the form', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.put('/resources/lab', { timezone: 'Europe/Berlin' })
  const sequences = [
    await lab.sequence('/lab/house/a', 1, { units: 'm' }),
    await lab.sequence('/lab/house/b/c'),
    await lab.sequence('/lab/house/d'),
  ]
  await lab.sequence('/lab/house/log', 2)
  await lab.ctx.sequences.append(
    sequences.flatMap((sequence) => [0, 1, 2, 3].map((at) => ({ sequence: refOf(sequence), time: START + at * 1800 * SECOND, value: at }))),
  )
  const page = await visit('/lab/house')
  for (const name of ['a', 'b']) await page.locator(`tr[data-name="${name}"] input.select`).check()
  await page.getByRole('button', { name: 'Values …' }).click()
  const dialog = page.locator('#download')
  assert.equal(await dialog.locator('#download-what').textContent(), '2 chosen')
  await dialog.getByLabel('A row').selectOption('1h')
  await dialog.getByLabel('With').selectOption('mean')
  await dialog.getByLabel('As', { exact: true }).selectOption('xlsx')
  await requireAccessible(page, 'the dialog of downloads')
  const workbook = await downloaded(page, () => dialog.getByRole('button', { name: 'Download', exact: true }).click())
  assert.equal(workbook.name, 'house.xlsx')
  const book = spreadsheets.read(workbook.bytes, { type: 'buffer' })
  const rows = spreadsheets.utils.sheet_to_json<unknown[]>(book.Sheets['Values'] ?? {}, { header: 1, raw: false })
  assert.deepEqual(
    rows.map((row) => row.slice(1)),
    [
      ['UTC offset', 'a mean (m)', 'b/c mean'],
      ['+01:00', '0.5', '0.5'],
      ['+01:00', '2.5', '2.5'],
    ],
  )
  assert.match(String(rows[1]?.[0]), /^2026-01-15 13:00:00/)

  await page.getByRole('button', { name: 'Select nothing' }).click()
  await page.locator('tr[data-name="log"] input.select').check()
  await page.getByRole('button', { name: 'Values …' }).click()
  await dialog.getByRole('button', { name: 'Download', exact: true }).click()
  await dialog.getByText('/lab/house/log holds text, which can').waitFor()

  const chart = await visit('/lab/house/a?from=2026-01-15T12:00:00Z&to=2026-01-15T12:45:00Z', PHONE)
  await chart.locator('summary', { hasText: 'Download' }).click()
  await chart.getByRole('button', { name: 'Other formats' }).click()
  await requireNoSidewaysScroll(chart, 'the dialog of downloads')
  await chart.locator('#download-start').fill('2026-01-15T13:00:00')
  await chart.locator('#download-end').fill('2026-01-15T13:30:00')
  const csv = await downloaded(chart, () => chart.locator('#download').getByRole('button', { name: 'Download', exact: true }).click())
  assert.equal(csv.bytes.toString('utf8'), 'timestamp,/lab/house/a\n2026-01-15T13:00:00+01:00,0\n2026-01-15T13:30:00+01:00,1\n')
})

test('what can be downloaded stands in the menu in whole words, on a phone too', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/temperature')
  await lab.put('/resources', { values: { '/lab/temperature': 4 } })
  for (const size of [DESKTOP, PHONE]) {
    const page = await visit('/lab/temperature', size)
    await page.locator('summary', { hasText: 'Download' }).click()
    await page.locator('#downloads > *').first().waitFor()
    const cut = await page.evaluate<string[]>(
      "[...document.querySelectorAll('#downloads *')].filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)" +
        '.map(({ textContent }) => textContent)',
    )
    assert.deepEqual(cut, [])
    await requireNoSidewaysScroll(page, 'a menu of downloads')
  }
})
