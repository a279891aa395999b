/** A technician's day in Chromium, from a logger's file to a citation. */
import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { checkDataset } from '../../src/client/check-dataset.ts'
import { MINUTE } from '../../src/base/time.ts'
import { valuesOf } from '../support/imports.ts'
import { startMailServer } from '../support/mail-server.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const FREEZER = '/lab/freezer'
const PATH = `${FREEZER}/temperature`
const ROWS = 120
const GLITCH = 60

const drawn = (page: Page, count: number): Promise<void> =>
  page.locator(`#chart-card[data-state="ready"][data-values="${count}"] .u-over`).waitFor({ state: 'attached' })

async function downloaded(page: Page, act: () => Promise<void>): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), act()])
  return { name: download.suggestedFilename(), path: await download.path() }
}

test('a technician imports, is alarmed, mutes, notes, masks, compares, exports, puts up a dashboard, shares and cites', async (t) => {
  const server = await startMailServer(t)
  const { lab, visit } = await startWebLab(t, { settings: server.settings })
  await lab.post('/resources', { path: '/lab', name: 'freezer', type: 'basic_folder' })

  // The logger's file, the last of whose rows is some minutes old.
  const now = Math.floor(lab.ctx.clock.now() / MINUTE) * MINUTE
  const rows = Array.from({ length: ROWS }, (_, at) => {
    const time = new Date((now - (ROWS - at + 2) * MINUTE) / 1000).toISOString()
    return `${time},${at === GLITCH ? 99 : -18 - (at % 5) / 10},${40 + (at % 7)},${at % 20 < 2 ? 1 : 0}`
  })
  const page = await visit(FREEZER)
  await page.locator('summary', { hasText: 'New' }).click()
  await page.getByRole('button', { name: 'Values from a file' }).click()
  const importing = page.getByRole('dialog')
  await importing.getByLabel('A file with times and values').setInputFiles({
    name: 'logger.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`time,temperature,humidity,door\n${rows.join('\n')}\n`),
  })
  await importing.getByRole('button', { name: `Import ${3 * ROWS} values in` }).click()
  await importing.getByText(`Imported ${3 * ROWS} values of logger.csv.`).waitFor()
  await importing.getByRole('button', { name: 'Done' }).click()
  await page.getByRole('link', { name: 'temperature' }).click()
  await drawn(page, ROWS)
  assert.equal((await valuesOf(lab, PATH)).length, ROWS)

  // An alarm, whose mail arrives before anything happens.
  await page.getByRole('link', { name: 'Alerts', exact: true }).click()
  await page.getByRole('link', { name: 'New alert' }).click()
  await page.getByLabel('Limit').fill('-10')
  await page.getByRole('button', { name: 'Send a test' }).click()
  await page.getByText('Sent to admin@example.com.').waitFor()
  await server.mail(1)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The alert was made.').waitFor()
  await lab.put('/resources', { values: { [PATH]: -2.5 } })
  await lab.daemon.runWorkers()
  assert.match((await server.mail(2)).text, /is above -10/)

  // It fires everywhere: the first page, the navigation, the folder, the chart.
  await page.goto('/')
  await page.getByText('An alert is on').waitFor()
  await page.getByRole('link', { name: '1 alert is on' }).waitFor()
  await page.goto(FREEZER)
  await page.locator('.newest-value.is-alert').getByText('above -10').waitFor()
  await page.goto(PATH)
  await drawn(page, ROWS + 1)
  await page.locator('.newest-line.is-alert').waitFor()
  const limits = await page.evaluate<number[]>(`JSON.parse(document.getElementById('page-state').textContent).alerts.limits`)
  assert.deepEqual(limits, [-10], 'the line of the limit')
  await requireAccessible(page, 'a chart with an alert that is on')
  await page.getByRole('link', { name: '1 alert is on' }).click()
  await page.getByRole('button', { name: /^Mute 8 h/ }).click()
  await page.getByText('That ends by itself.').waitFor()
  await page.getByRole('button', { name: /^Unmute/ }).waitFor()

  // What happened, and what was none of it.
  await page.goto(PATH)
  await drawn(page, ROWS + 1)
  await page.getByRole('button', { name: 'Note', exact: true }).click()
  await page.getByLabel('What happened').fill('door open')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('#chart-card[data-notes="1"]').waitFor()
  await page.getByRole('button', { name: /^Note of .*: door open$/ }).waitFor()
  await page.getByLabel('Change the sequence').click()
  await page.getByRole('button', { name: 'Mask bad values' }).click()
  await page.locator('#mask-where').fill('value > 95')
  await page.locator('#mask-note').fill('fan off')
  await page.getByRole('button', { name: 'Mask', exact: true }).click()
  await drawn(page, ROWS)

  // Three on one chart, and as a workbook without the glitch.
  await page.goto(FREEZER)
  for (const name of ['temperature', 'humidity', 'door']) await page.getByLabel(`Select ${name}`, { exact: true }).check()
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.waitForURL('**?with=*')
  await drawn(page, 3 * ROWS)
  assert.deepEqual((await page.locator('.legend-toggle').allInnerTexts()).toSorted(), ['door', 'humidity', 'temperature'])
  await page.locator('summary', { hasText: 'Download' }).click()
  await page.getByRole('button', { name: 'Other formats' }).click()
  const values = page.locator('#download')
  await values.getByLabel('As', { exact: true }).selectOption('xlsx')
  const workbook = await downloaded(page, () => values.getByRole('button', { name: 'Download', exact: true }).click())
  assert.match(workbook.name, /\.xlsx$/)
  const sheet = spreadsheets.read(await readFile(workbook.path), { type: 'buffer' }).Sheets['Values'] ?? {}
  const cells = spreadsheets.utils.sheet_to_json<unknown[]>(sheet, { header: 1 }).slice(1).flat()
  assert.ok(cells.includes(-2.5) && !cells.includes(99), 'the newest is in it, what was masked is not')

  // On a dashboard, which is shared.
  await page.goto(FREEZER)
  await page.locator('summary', { hasText: 'New' }).click()
  await page.getByRole('button', { name: 'Dashboard' }).click()
  await page.locator('#new-dashboard-name').fill('wall')
  await page.getByRole('button', { name: 'Make the dashboard' }).click()
  await page.waitForURL(/wall\.dashboard\?edit=1/)
  const tile = page.getByRole('dialog')
  for (const [kind, label] of [
    ['Chart', 'Sequences of numbers'],
    ['Newest values', 'Sequences'],
  ] as const) {
    await page.locator('#edit-bar summary', { hasText: 'Add a tile' }).click()
    await page.getByRole('button', { name: kind, exact: true }).click()
    await tile.getByLabel(label).fill('temperature')
    await tile.getByRole('button', { name: 'Apply' }).click()
  }
  await page.locator('.panel[data-kind="chart"] canvas').waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('#edit-board').waitFor()
  await page.getByLabel('More actions').click()
  await page.getByRole('link', { name: 'Share by a secret link' }).click()
  await page.getByLabel('What or who it is for').fill('the auditor')
  await page.getByRole('button', { name: 'Make a secret link' }).click()
  const link = (await page.getByLabel('Address').innerText()).trim()
  await requireAccessible(page, 'a secret link that was made')
  const guest = await visit(link, { ...PHONE, as: null })
  await guest.locator('#board[data-read]').waitFor()
  await guest.locator('.panel[data-kind="values"]').getByText('2.5').waitFor()
  await guest.getByText('Shown by a secret link, read only, until').waitFor()
  assert.equal(await guest.locator('#edit-board').count(), 0)
  await requireNoSidewaysScroll(guest, 'a dashboard by a secret link')
  await requireAccessible(guest, 'a dashboard by a secret link')

  // Cited: kept with a page for good, and verified without the server.
  await page.goto(FREEZER)
  await page.getByLabel('More actions').click()
  await page.getByRole('link', { name: 'Data set to cite' }).click()
  await page.getByLabel('From', { exact: true }).fill('2026-01-01T00:00:00')
  await page.getByLabel('To', { exact: true }).fill('2025-01-01T00:00:00')
  await page.getByLabel('Name of the file').fill('run 7')
  await page.getByRole('button', { name: 'Make and keep it' }).click()
  await page.getByRole('alert').getByText('The time in “From” is after the one in “To”.').waitFor()
  await page.getByLabel('To', { exact: true }).fill('')
  await requireAccessible(page, 'the form of a data set')
  await page.getByRole('button', { name: 'Make and keep it' }).click()
  await page.getByText('The data set was made.').waitFor()
  await page.getByRole('link', { name: 'Check each byte now' }).click()
  await page.getByText('Each byte is as it was made.').waitFor()
  await requireAccessible(page, 'the page of a data set')
  await requireNoSidewaysScroll(page, 'the page of a data set')
  const cited = (await page.getByLabel('How to cite it').innerText()).match(/sha256:[0-9a-f]{64}/)?.[0]
  const zip = await downloaded(page, () => page.getByRole('link', { name: 'Download', exact: true }).click())
  assert.equal(zip.name, 'run 7.zip')
  const { id, manifest, problems } = await checkDataset(zip.path)
  assert.deepEqual([id, problems, manifest?.path, manifest?.values], [cited, [], FREEZER, 3 * ROWS])

  // The link is withdrawn, and shows nothing from then on.
  await page.goto(`${FREEZER}/wall.dashboard?view=links`)
  page.once('dialog', (dialog) => void dialog.accept())
  await page.getByRole('button', { name: /^Withdraw the link/ }).click()
  await page.getByText('The link was withdrawn.').waitFor()
  await guest.reload()
  await guest.locator('#board').waitFor({ state: 'detached' })
})
