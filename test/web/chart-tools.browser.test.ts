/** A story with charts: what was selected is compared, told apart, shown in other ways, read in numbers, and taken along as a picture. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import test from 'node:test'
import sharp from 'sharp'
import type { Page } from 'playwright-core'
import { refOf } from '../../src/sequences/sequences.ts'
import { SECOND } from '../../src/base/time.ts'
import type { Lab } from '../support/lab.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab, untilLive } from '../support/web-lab.ts'

const ready = (page: Page): Promise<void> => page.locator('#chart-card[data-state="ready"] .u-over').waitFor({ state: 'attached' })
const fact = async (page: Page, name: string): Promise<number> => Number(await page.locator('#chart-card').getAttribute(`data-${name}`))

async function fill(
  lab: Lab,
  path: string,
  values: readonly number[],
  step: number,
  attributes: Record<string, unknown> = {},
): Promise<void> {
  const sequence = await lab.sequence(path, 1, attributes)
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append(
    values.map((value, at) => ({ sequence: refOf(sequence), time: now - (values.length - 1 - at) * step * SECOND, value })),
  )
}

const list = (count: number, valueAt: (at: number) => number): number[] => Array.from({ length: count }, (_, at) => valueAt(at))

async function savedPicture(page: Page, format: 'SVG' | 'PNG', name: string): Promise<Buffer> {
  await page.locator('summary', { hasText: 'Download' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: `The chart as a picture (${format})` }).click(),
  ])
  assert.equal(download.suggestedFilename(), `${name}.${format.toLowerCase()}`)
  return readFile(await download.path())
}

test('what is selected in a folder is compared; lines are hidden, shown as counters, summed up in numbers and saved', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(
    lab,
    '/lab/house/door',
    list(120, (at) => Number(at % 40 < 5)),
    30,
  )
  await fill(
    lab,
    '/lab/house/meter',
    list(120, (at) => (at * 5) % 200),
    30,
    { units: 'kWh' },
  )
  await fill(
    lab,
    '/lab/house/temperature',
    list(120, (at) => 4 + at / 10),
    30,
    { units: 'C', decimal_places: 1 },
  )
  const page = await visit('/lab/house')
  const select = (name: string): Promise<void> => page.getByLabel(`Select ${name}`, { exact: true }).check()
  await select('temperature')
  await page.getByRole('button', { name: 'Compare' }).waitFor({ state: 'hidden' })
  await select('meter')
  await select('door')
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.waitForURL('**/lab/house/door?with=*')
  await ready(page)
  assert.deepEqual(await page.locator('.legend-toggle').allInnerTexts(), ['door', 'meter', 'temperature'])
  assert.equal(await fact(page, 'values'), 360)

  // The line of a counter is what it grew by, over its reset, in units of its own.
  await page.getByRole('button', { name: 'Display' }).click()
  await page.getByLabel('meter', { exact: true }).selectOption('Counter: growth an hour')
  await page.locator('#axis-min').fill('5')
  await page.locator('#axis-max').fill('2')
  await page.locator('#display-form button[type="submit"]').click()
  await page.getByText('The axis must begin below its end.').waitFor()
  await requireAccessible(page, 'how lines are shown')
  await page.locator('#axis-min').fill('0')
  await page.locator('#display-form button[type="submit"]').click()
  await page.locator('[data-legend="/lab/house/meter"]', { hasText: '600\u202fkWh/h' }).waitFor()
  const query = (): URLSearchParams => new URL(page.url()).searchParams
  assert.deepEqual([query().get('as'), query().get('min'), query().get('max')], [',hour', '0', '2'])

  await page.locator('.legend-toggle', { hasText: 'meter' }).click()
  assert.equal(query().get('hide'), '1')
  assert.equal(await page.locator('.legend-toggle', { hasText: 'meter' }).getAttribute('aria-pressed'), 'false')
  await page.locator('#chart-card[data-values="240"]').waitFor()

  await page.getByRole('button', { name: 'Statistics' }).click()
  await page.getByLabel('Time above').fill('14')
  await page.getByLabel('Time above').press('Enter')
  const row = page.locator('#statistics-table tbody tr', { hasText: 'temperature' })
  await row.locator('[data-label="Above 14"]', { hasText: 'min' }).waitFor()
  assert.deepEqual((await row.locator('td').allInnerTexts()).slice(0, 3), ['120', '4.0\u202f°C', '15.9\u202f°C'])
  assert.equal(await page.locator('#statistics-table tbody tr').count(), 2, 'what is hidden is not summed up')
  await requireAccessible(page, 'statistics of a chart')

  // All of it is in the address.
  await page.reload()
  await ready(page)
  await row.locator('[data-label="Above 14"]', { hasText: 'min' }).waitFor()
  assert.equal(await page.locator('.legend .is-off').count(), 1)

  const svg = (await savedPicture(page, 'SVG', 'door, meter, temperature')).toString()
  assert.match(svg, /<svg[^]*>temperature<[^]*<\/svg>$/)
  assert.ok(!svg.includes('>meter<'))
  const { width, height, format } = await sharp(await savedPicture(page, 'PNG', 'door, meter, temperature')).metadata()
  assert.deepEqual([width, height, format], [2_400, 1_120, 'png'])
})

test('a door that is open or closed is a strip of colours, below a chart and above its lines, and follows what comes', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(
    lab,
    '/lab/house/temperature',
    list(50, (at) => at),
    60,
  )
  const door = await lab.sequence('/lab/house/door', 2)
  const now = lab.ctx.clock.now()
  await lab.ctx.sequences.append(
    ['closed', 'open', 'closed'].map((value, at) => ({ sequence: refOf(door), time: now - (30 - at * 10) * 60 * SECOND, value })),
  )
  const page = await visit('/lab/house')
  await page.getByLabel('Select temperature', { exact: true }).check()
  await page.getByLabel('Select door', { exact: true }).check()
  await page.getByRole('button', { name: 'Compare' }).click()
  await page.waitForURL('**/lab/house/temperature?with=*')
  await page.locator('#strips .state-part').nth(2).waitFor()
  assert.deepEqual(await page.locator('#strips .state-key > span').allInnerTexts(), ['closed', 'open'])
  const edges = (selector: string): Promise<number[]> =>
    page.locator(selector).evaluate((one) => {
      const { left, right } = (one as unknown as { getBoundingClientRect: () => { left: number; right: number } }).getBoundingClientRect()
      return [Math.round(left), Math.round(right)]
    })
  assert.deepEqual(await edges('#strips .state-bar'), await edges('.u-over'), 'on the time of the chart')
  await untilLive(page)
  await lab.put('/resources', { values: { '/lab/house/door': 'open' } })
  await page.locator('#strips .state-part').nth(3).waitFor()
  await requireAccessible(page, 'a chart with states')
  const svg = (await savedPicture(page, 'SVG', 'temperature, door')).toString()
  assert.match(svg, />door<[^]*>closed<[^]*>open</, 'its strip is in a picture of the chart')
  assert.equal(svg.match(/height="12" fill="#/g)?.length, 4)

  await page.getByRole('link', { name: 'door', exact: true }).click()
  await page.locator('#states .state-part').nth(3).waitFor()
  await requireAccessible(page, 'a log with states')
  await page.goBack()
  await page.getByRole('button', { name: 'Remove door from the chart' }).click()
  await page.locator('#strips').waitFor({ state: 'hidden' })
})

test('a table lists each value in pages, and summaries when asked; periods are of the calendar; a phone has them in one row', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(
    lab,
    '/lab/freezer',
    list(5_000, (at) => (at === 100 ? 85 : -20)),
    1,
    { units: 'C', decimal_places: 0 },
  )
  const page = await visit('/lab/freezer?range=day')
  await ready(page)
  assert.ok((await fact(page, 'points')) < 3_000)
  await page.getByRole('button', { name: 'Table' }).click()
  const rows = page.locator('#table tbody tr')
  await rows.nth(199).waitFor()
  assert.deepEqual(await page.locator('#table thead th').allInnerTexts(), ['Time (UTC)', 'Value'])
  assert.equal(await rows.count(), 200)
  await page.getByRole('button', { name: 'More values' }).click()
  await rows.nth(399).waitFor()
  assert.equal(await rows.count(), 400)
  await untilLive(page)
  await lab.put('/resources', { values: { '/lab/freezer': -19 } })
  await page.getByRole('cell', { name: '\u221219\u202f°C' }).waitFor()
  assert.equal(await rows.count(), 401, 'what came joins those that were fetched')
  await page.getByRole('button', { name: 'As drawn' }).click()
  await page.getByRole('columnheader', { name: 'Greatest' }).waitFor()
  await page.getByRole('cell', { name: '85\u202f°C' }).first().waitFor()
  await page.getByRole('button', { name: 'Table' }).click()

  await page.getByRole('button', { name: 'Today' }).click()
  await page.locator('[data-range="today"][aria-pressed="true"]').waitFor()
  const today = await fact(page, 'from')
  const midnight = today % 86_400
  await page.getByRole('button', { name: 'Earlier' }).click()
  await page.locator(`#chart-card:not([data-from="${today}"])`).waitFor()
  assert.deepEqual([midnight, (await fact(page, 'to')) - (await fact(page, 'from'))], [0, 86_400])
  assert.match(page.url(), /from=\d{4}-\d\d-\d\dT00%3A00%3A00.000Z&to=\d{4}-\d\d-\d\dT00%3A00%3A00.000Z/)

  await page.locator('.help summary').click()
  await page.getByText('Drag across the chart to zoom in').waitFor()
  await requireAccessible(page, 'a chart with its help')

  const phone = await visit('/lab/freezer', PHONE)
  await ready(phone)
  assert.ok((await fact(phone, 'values')) <= 320, 'it opens on some 300 values')
  const tops = await phone
    .locator('.chart-tools .button-group:visible, #range-choice')
    .evaluateAll((found) =>
      found.map((one) => (one as unknown as { getBoundingClientRect: () => { top: number } }).getBoundingClientRect().top),
    )
  assert.ok(tops.length === 2 && Math.abs((tops[0] ?? 0) - (tops[1] ?? 0)) < 2, `one row: ${tops.join()}`)
  await phone.getByRole('combobox', { name: 'Range' }).selectOption('This week')
  await phone.waitForURL('**?range=this-week')
  await requireNoSidewaysScroll(phone, 'a chart on a phone')
  await requireAccessible(phone, 'a chart on a phone')
})

test('a chart of more than it holds says how many it leaves out, and takes them in when there is room', async (t) => {
  const { lab, visit } = await startWebLab(t)
  for (let at = 0; at < 26; at++)
    await fill(
      lab,
      `/lab/rack/sensor ${at}`,
      list(20, (place) => place + at),
      60,
    )
  const others = Array.from({ length: 25 }, (_, at) => `with=${encodeURIComponent(`/lab/rack/sensor ${at + 1}`)}`).join('&')
  const page = await visit(`/lab/rack/${encodeURIComponent('sensor 0')}?${others}`)
  await ready(page)
  await page.getByText('24 of 26 shown').waitFor()
  assert.equal(await page.locator('.legend-toggle').count(), 24)
  assert.equal(await page.locator('.line-swatch.is-dashed').count(), 12)
  await page.getByRole('button', { name: 'Remove sensor 3 from the chart' }).click()
  await page.getByText('24 of 25 shown').waitFor()
  await page.locator('.legend-toggle', { hasText: 'sensor 24' }).hover()
  await requireAccessible(page, 'a chart of 24 sequences')
})

test('open pages follow: values that are removed leave the chart, and a page goes along with what is renamed or moved', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await fill(
    lab,
    '/lab/house/temperature',
    list(50, (at) => at),
    60,
  )
  await lab.sequence('/lab/house/humidity')
  const folder = await visit('/lab/house')
  await untilLive(folder)
  const page = await visit('/lab/house/temperature?range=day&with=/lab/house/humidity')
  await ready(page)
  await untilLive(page)
  assert.equal(await fact(page, 'values'), 50)
  await lab.delete('/resources/lab/house/temperature', { data_only: 1, where: 'value >= 40' })
  await page.locator('#chart-card[data-values="40"]').waitFor()
  await page.locator('#newest-value', { hasText: /^39$/ }).waitFor()

  await lab.put('/resources/lab/house/humidity', { name: 'damp' })
  await page.waitForURL((url) => url.searchParams.get('with') === '/lab/house/damp')
  await folder.getByRole('link', { name: 'damp' }).waitFor()
  await ready(page)
  await untilLive(page)
  // Who is writing something is asked first.
  await page.getByRole('button', { name: 'From – to' }).click()
  await lab.put('/resources/lab/house', { name: 'glasshouse' })
  await page.getByText('/lab/house is /lab/glasshouse now.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Show it' }).click()
  await page.waitForURL('**/lab/glasshouse/temperature?range=day&with=**')
  await folder.waitForURL('**/lab/glasshouse')
  await page.locator('#chart-card[data-values="40"]').waitFor()
})
