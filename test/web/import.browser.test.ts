/** Values of a file, brought in by the browser: what is asked, what is shown before, what came, and how it is taken back. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { Page } from 'playwright-core'
import { valuesOf } from '../support/imports.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

/**
 * As a logger of a greenhouse writes it, in Latin-1 with decimal commas: nothing tells the day from the month, one line is damaged,
 * one time stands twice.
 */
const LOGGER = Buffer.from(
  'Klimalogger Halle 3;;;\r\nZeit;Temp in °C;r.F. in %;Alarm\r\n' +
    '01/02/2025 10:00;4,5;60,1;nein\r\n01/02/2025 10:10;4,6;;nein\r\n01/02/2025 10:20;<4,0;61,0;nein\r\n' +
    '01/02/2025 10:30;4,7;61,5;nein\r\n01/02/2025 10:30;4,9;61,5;ja\r\n',
  'latin1',
)

/** Drops a file on the page, as the system's file manager does it. */
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const data = await page.evaluateHandle(
    `(() => { const data = new DataTransfer()
      const bytes = Uint8Array.from(atob(${JSON.stringify(bytes.toString('base64'))}), (one) => one.charCodeAt(0))
      data.items.add(new File([bytes], ${JSON.stringify(name)}))
      return data })()`,
  )
  await page.dispatchEvent('main', 'dragenter', { dataTransfer: data })
  await page.dispatchEvent('main', 'drop', { dataTransfer: data })
}

test('a file that is dropped on a folder brings its values in: asked, shown, settled, stored, and undone as one', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/resources', { path: '/lab', name: 'hall', type: 'basic_folder' })
  const page = await visit('/lab/hall')
  const dialog = page.getByRole('dialog')
  await drop(page, 'klima.csv', LOGGER)
  await dialog.getByText('What should become of klima.csv?').waitFor()
  await requireAccessible(page, 'the question about a file')
  // By keyboard alone, from here to the summary.
  await page.keyboard.press('Enter')
  await dialog.getByText('Which number of a date is the day?').waitFor()
  await dialog.getByText('Say it with “How times are written” day-first or month-first.').waitFor()
  const form = dialog.getByLabel('How times are written')
  assert.equal(await form.getAttribute('aria-invalid'), 'true')
  await form.selectOption('day-first')
  await dialog.getByText(/“Zone of times without one”/).waitFor()
  await dialog.getByLabel('Zone of times without one').fill('Europe/Berlin')

  await dialog.getByText(/1 value has a time that another row of the file has with another value/).waitFor()
  await dialog.getByText(/decimal commas/).waitFor()
  assert.equal(await dialog.getByRole('button', { name: /^Import/ }).isDisabled(), true)
  await dialog.getByLabel('Values of one time that differ').selectOption('last')
  await dialog.getByText('Times without a zone are read as those of Europe/Berlin.').waitFor()
  await dialog.getByText('1 row or cell is refused; the others go in.').click()
  await dialog.getByText('01/02/2025 10:20;<4,0;61,0;nein').waitFor()
  await dialog.getByText(/stored as 2025-02-01T09:00:00Z/).waitFor()
  await dialog.getByLabel('Sequence for Temp in °C').fill('air')
  await dialog.getByLabel('Take r.F. in %').uncheck()
  const act = dialog.getByRole('button', { name: 'Import 3 values in' })
  await act.waitFor()
  await requireAccessible(page, 'the preview of a file')
  await act.press('Enter')

  await dialog.getByText('Imported 3 values of klima.csv.').waitFor()
  await requireAccessible(page, 'the summary of a file')
  assert.deepEqual(await valuesOf(lab, '/lab/hall/air'), [
    ['2025-02-01T09:00:00Z', 4.5],
    ['2025-02-01T09:10:00Z', 4.6],
    ['2025-02-01T09:30:00Z', 4.9],
  ])
  assert.equal(lab.ctx.tree.find('/lab/hall/air')?.sequence?.units, '°C')
  assert.equal(lab.ctx.tree.find('/lab/hall/r.f'), undefined)
  await dialog.getByRole('button', { name: 'Undo' }).click()
  await dialog.getByText('Removed 3 values again.').waitFor()
  assert.deepEqual(await valuesOf(lab, '/lab/hall/air'), [])
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('link', { name: 'air' }).waitFor()

  await drop(page, 'klima.csv', LOGGER)
  await dialog.getByRole('button', { name: 'Keep as a file' }).click()
  await page.getByRole('link', { name: 'klima.csv' }).waitFor()
  assert.ok(LOGGER.equals((await lab.get('/resources/lab/hall/klima.csv')).bytes), 'the file is kept as it is')
})

test('on a phone, one column of a file goes to the sequence of the page, and an earlier import is undone there', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.sequence('/lab/air')
  const page = await visit('/lab/air', PHONE)
  const dialog = page.getByRole('dialog')
  const choose = async (): Promise<void> => {
    await page.getByLabel('Change the sequence').click()
    await page.getByRole('button', { name: 'Values from a file' }).click()
  }
  await choose()
  await dialog.getByLabel('A file with times and values').setInputFiles({
    name: 'two.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('time,air,water\n2025-02-01T10:00:00Z,20.5,14\n2025-02-01T10:10:00Z,20.7,14\n'),
  })
  await dialog.getByText('The file has 2 columns of values. Take one of them.').waitFor()
  await dialog.getByLabel('Take air').check()
  await dialog.getByRole('button', { name: 'Import 2 values in' }).waitFor()
  await requireNoSidewaysScroll(page, 'the preview of a file')
  await dialog.getByRole('button', { name: 'Import 2 values in' }).click()
  await dialog.getByText('Imported 2 values of two.csv.').waitFor()
  await Promise.all([page.waitForEvent('load'), dialog.getByRole('button', { name: 'Done' }).click()])
  assert.deepEqual(
    (await valuesOf(lab, '/lab/air')).map(([, value]) => value),
    [20.5, 20.7],
  )

  await choose()
  await dialog.getByRole('button', { name: 'Undo two.csv' }).click()
  await dialog.getByText(/two.csv: Removed 2 values again/).waitFor()
  assert.deepEqual(await valuesOf(lab, '/lab/air'), [])
})

test('a start that the file does not tell is asked for, and settled in its field: a moment for a count, a day for a clock', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/resources', { path: '/lab', name: 'bench', type: 'basic_folder' })
  const page = await visit('/lab/bench')
  const dialog = page.getByRole('dialog')
  const start = dialog.getByLabel('When a count began')
  await drop(page, 'run.csv', Buffer.from('Elapsed (s),temp\n0,20.5\n90,20.7\n'))
  await dialog.getByRole('button', { name: 'Import values' }).click()
  await dialog.getByText(/counts seconds from a start, and the file does not tell when that was/).waitFor()
  assert.equal(await start.getAttribute('aria-invalid'), 'true')
  await start.fill('2025-02-01 10:00:00+01:00')
  await dialog.getByText(/stored as 2025-02-01T09:01:30Z/).waitFor()
  await dialog.getByRole('button', { name: 'Import 2 values in' }).click()
  await dialog.getByText('Imported 2 values of run.csv.').waitFor()
  assert.deepEqual(await valuesOf(lab, '/lab/bench/temp'), [
    ['2025-02-01T09:00:00Z', 20.5],
    ['2025-02-01T09:01:30Z', 20.7],
  ])
  await dialog.getByRole('button', { name: 'Done' }).click()
  await dialog.waitFor({ state: 'hidden' })

  await drop(page, 'day.csv', Buffer.from('Time,rh\n23:59:30,50\n00:00:30,51\n'))
  await dialog.getByRole('button', { name: 'Import values' }).click()
  await dialog.getByText(/says when, and not on which day/).waitFor()
  await start.fill('2025-02-01')
  await dialog.getByText(/“Zone of times without one”/).waitFor()
  await dialog.getByLabel('Zone of times without one').fill('UTC')
  await dialog.getByText(/stored as 2025-02-02T00:00:30Z/).waitFor()
  await requireAccessible(page, 'the preview of a file without dates')
})

test('series that rows name are renamed or left out in the preview, and one of them goes to the sequence of the page', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/resources', { path: '/lab', name: 'hall', type: 'basic_folder' })
  const page = await visit('/lab/hall')
  const dialog = page.getByRole('dialog')
  const history = Buffer.from(
    'entity_id,state,last_changed\nsensor.hall_temperature,20.5,2025-02-01T10:00:00.000Z\n' +
      'sensor.hall_humidity,41,2025-02-01T10:00:00.000Z\n' +
      'sensor.door_battery,99,2025-02-01T10:00:00.000Z\nsensor.hall_temperature,20.7,2025-02-01T10:10:00.000Z\n',
  )
  await drop(page, 'history.csv', history)
  await dialog.getByRole('button', { name: 'Import values' }).click()
  await dialog.getByRole('button', { name: 'Import 4 values in' }).waitFor()
  await dialog.getByRole('columnheader', { name: 'Series' }).waitFor()
  await dialog.getByLabel('Take sensor.door-battery').uncheck()
  await dialog.getByLabel('Sequence for sensor.hall-temperature').fill('air')
  await dialog.getByLabel('Sequence for sensor.hall-humidity').fill('damp')
  await dialog.getByText(/1 of 3 series/).waitFor()
  const act = dialog.getByRole('button', { name: 'Import 3 values in' })
  await act.waitFor()
  await requireAccessible(page, 'the preview of a file whose rows name their series')
  await act.click()
  await dialog.getByText('Imported 3 values of history.csv.').waitFor()
  const values = async (path: string): Promise<unknown[]> => (await valuesOf(lab, path)).map(([, value]) => value)
  assert.deepEqual([await values('/lab/hall/air'), await values('/lab/hall/damp')], [[20.5, 20.7], [41]])
  assert.equal(lab.ctx.tree.find('/lab/hall/sensor.door-battery'), undefined)

  await lab.sequence('/lab/hall/one')
  await page.goto(page.url().replace(/\/lab\/hall.*/, '/lab/hall/one'))
  await page.getByLabel('Change the sequence').click()
  await page.getByRole('button', { name: 'Values from a file' }).click()
  await dialog.getByLabel('A file with times and values').setInputFiles({ name: 'history.csv', mimeType: 'text/csv', buffer: history })
  await dialog.getByText('The file has 3 series. Take one of them.').waitFor()
  await dialog.getByLabel('Take sensor.hall-humidity').check()
  await dialog.getByRole('button', { name: 'Import 1 value in' }).click()
  await dialog.getByText('Imported 1 value of history.csv.').waitFor()
  assert.deepEqual(await values('/lab/hall/one'), [41])
})

test('rows that name their device: the column is named, each device gets its sequences, and a column is renamed for all', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await lab.post('/resources', { path: '/lab', name: 'hall', type: 'basic_folder' })
  const page = await visit('/lab/hall')
  const dialog = page.getByRole('dialog')
  const readings = Buffer.from(
    'device,time,temp,rh\nnorth,2025-02-01T10:00:00Z,20.5,41\nsouth,2025-02-01T10:00:00Z,18.5,51\n' +
      'north,2025-02-01T10:10:00Z,20.7,42\nsouth,2025-02-01T10:10:00Z,18.7,\n',
  )
  await drop(page, 'readings.csv', readings)
  await dialog.getByRole('button', { name: 'Import values' }).click()
  await dialog.getByText(/or with “Column that names the device” those that name the device/).waitFor()
  const field = dialog.getByLabel('Column that names the device')
  await field.fill('nobody')
  await dialog.getByText(/names the column "nobody", which the file has not/).waitFor()
  assert.equal(await field.getAttribute('aria-invalid'), 'true')
  await field.fill('device')
  await dialog.getByRole('button', { name: 'Import 7 values in' }).waitFor()
  await dialog.getByText('3 to be stored, 1 missing, 2 new sequences').waitFor()
  await dialog.getByLabel('Sequence for temp').fill('air')
  await dialog.getByLabel('Sequence for temp').blur()
  await dialog.getByRole('button', { name: 'Import 7 values in', disabled: false }).waitFor()
  await page.locator('#import-preview[aria-busy="false"]').waitFor()
  assert.equal(await dialog.getByLabel('Sequence for temp').inputValue(), 'air')
  await requireAccessible(page, 'the preview of a file whose rows name their device')
  await dialog.getByRole('button', { name: 'Import 7 values in' }).click()
  await dialog.getByText('Imported 7 values of readings.csv.').waitFor()
  const values = async (path: string): Promise<unknown[]> => (await valuesOf(lab, path)).map(([, value]) => value)
  assert.deepEqual(
    [await values('/lab/hall/north/air'), await values('/lab/hall/south/air')],
    [
      [20.5, 20.7],
      [18.5, 18.7],
    ],
  )
  assert.deepEqual([await values('/lab/hall/north/rh'), await values('/lab/hall/south/rh')], [[41, 42], [51]])
})
