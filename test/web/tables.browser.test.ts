/** CSV as an editable table: cells, rows and columns, ten thousand rows, and what nobody touched stays as it was written. */
import assert from 'node:assert/strict'
import test from 'node:test'
import * as spreadsheets from '@e965/xlsx'
import { valuesOf } from '../support/imports.ts'
import type { Lab } from '../support/lab.ts'
import { PHONE, requireAccessible, requireNoSidewaysScroll, startWebLab } from '../support/web-lab.ts'

const put = (lab: Lab, path: string, content: string) => lab.post(`/resources${path}`, { data: Buffer.from(content).toString('base64') })
const read = async (lab: Lab, path: string): Promise<string> => (await lab.get(`/resources${path}`)).text

test('cells, rows and columns by keyboard and buttons; undo; only what changed is written anew', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/samples.csv', 'name;value;"note"\n"a";1;<b>bold</b>\nb;2;=1+1\n')
  const page = await visit('/lab/samples.csv?view=edit')
  const cell = (column: string, row: number) => page.getByRole('textbox', { name: `${column}, row ${row}`, exact: true })
  assert.equal(await cell('note', 1).inputValue(), '<b>bold</b>')
  assert.equal(await cell('note', 2).inputValue(), '=1+1')
  await requireAccessible(page, 'the editor of a table')
  await page.getByText('Row 1, name').waitFor()
  await page.keyboard.press('ArrowDown')
  await page.getByText('Row 2, name').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.type('semi;colon')
  await page.getByRole('button', { name: 'Row below' }).click()
  await page.getByText('Row 3, value').waitFor()
  await page.keyboard.type('3')
  await page.getByRole('button', { name: 'Column right' }).click()
  await page.keyboard.type('new')
  await page.keyboard.press('Control+s')
  await page.locator('#editor-state', { hasText: 'Saved' }).waitFor()
  assert.equal(await read(lab, '/lab/samples.csv'), 'name;value;;note\na;1;;<b>bold</b>\nb;"semi;colon";;=1+1\n;3;new;\n')
  await page.getByRole('button', { name: 'Delete column' }).click()
  await page.getByRole('button', { name: 'Delete row' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.keyboard.press('Control+s')
  await page.getByText('Saved.').last().waitFor()
  assert.equal(await read(lab, '/lab/samples.csv'), 'name;value;;note\na;1;;<b>bold</b>\nb;"semi;colon";;=1+1\n;3;new;\n')

  await put(lab, '/lab/quoted.csv', '"a","b"\n"1","x"\n"2","y"\n')
  await page.goto('/lab/quoted.csv?view=edit')
  await cell('b', 2).fill('changed')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL('**/lab/quoted.csv')
  assert.equal(await read(lab, '/lab/quoted.csv'), '"a","b"\n"1","x"\n2,changed\n')
})

test('a new table begins with one heading; cells of a spreadsheet are pasted into as many', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/new.csv', '')
  const page = await visit('/lab/new.csv?view=edit')
  await page.getByText('Heading, column A').waitFor()
  await page.evaluate(
    "(() => { const data = new DataTransfer(); data.setData('text/plain', 'time\\tvalue\\r\\n1\\t2\\r\\n3\\t4,5\\r\\n'); " +
      "document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true " +
      '})) })()',
  )
  await page.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL('**/lab/new.csv')
  assert.equal(await read(lab, '/lab/new.csv'), 'time,value\n1,2\n3,"4,5"\n')
})

test('the same table as text; a conflict is merged there', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/samples.csv', 'a,b\n1,2\n3,4\n')
  const page = await visit('/lab/samples.csv?view=edit')
  await page.getByRole('textbox', { name: 'b, row 1' }).fill('mine')
  await page.getByRole('button', { name: 'Text', exact: true }).click()
  const text = page.getByRole('textbox', { name: 'Text of samples.csv' })
  assert.equal(await text.inputValue(), 'a,b\n1,mine\n3,4\n')
  await text.fill('a,b\n1,mine\n3,4\n5,6\n')
  await page.getByRole('button', { name: 'Table', exact: true }).click()
  assert.equal(await page.getByRole('textbox', { name: 'b, row 3' }).inputValue(), '6')
  await put(lab, '/lab/samples.csv', 'a,b\n1,theirs\n3,4\n')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.is-removed', { hasText: '1,theirs' }).waitFor()
  await page.getByRole('button', { name: 'Merge by hand' }).click()
  assert.equal(await text.inputValue(), 'a,b\n<<<<<<< mine\n1,mine\n=======\n1,theirs\n>>>>>>> theirs\n3,4\n5,6\n')
})

test('ten thousand rows: few of them in the page, the last one a few keys away, and saved whole', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const rows = Array.from({ length: 10_000 }, (_, at) => `2026-01-01T00:00:00Z,${at},"quoted, ${at}"`)
  await put(lab, '/lab/many.csv', `time,value,note\n${rows.join('\n')}\n`)
  const page = await visit('/lab/many.csv?view=edit')
  await page.getByRole('textbox', { name: 'time, row 1', exact: true }).waitFor()
  assert.ok((await page.locator('#grid input').count()) < 250)
  await page.evaluate("document.querySelector('#grid').scrollTop = 1e9")
  const last = page.getByRole('textbox', { name: 'value, row 10000', exact: true })
  await last.fill('the last')
  assert.ok((await page.locator('#grid input').count()) < 250)
  await page.keyboard.press('ArrowUp')
  await page.getByText('Row 9999, value').waitFor()
  await page.keyboard.type('before it')
  await page.evaluate("document.querySelector('#grid').scrollTop = 0")
  await page.getByRole('textbox', { name: 'value, row 1', exact: true }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.getByRole('textbox', { name: 'value, row 10000', exact: true }).and(page.locator(':focus')).waitFor()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.waitForURL('**/lab/many.csv')
  const lines = (await read(lab, '/lab/many.csv')).split('\n')
  assert.deepEqual(
    [lines.length, lines[1], lines[9_999], lines[10_000]],
    [10_002, rows[0], '2026-01-01T00:00:00Z,before it,"quoted, 9998"', '2026-01-01T00:00:00Z,the last,"quoted, 9999"'],
  )
})

test('on a phone; and too many columns for a table are edited as text', async (t) => {
  const { lab, visit } = await startWebLab(t)
  await put(lab, '/lab/samples.csv', 'a rather long heading,b,c,d\n1,2,3,4\n')
  const page = await visit('/lab/samples.csv?view=edit', PHONE)
  await page.getByRole('textbox', { name: 'b, row 1' }).waitFor()
  await requireNoSidewaysScroll(page, 'a table being edited on a phone')
  await requireAccessible(page, 'a table being edited on a phone')
  await put(lab, '/lab/wide.csv', `${'x,'.repeat(150)}y\n`)
  await page.goto('/lab/wide.csv?view=edit')
  assert.equal(await page.getByRole('textbox', { name: 'Text of wide.csv' }).inputValue(), `${'x,'.repeat(150)}y\n`)
  await page.getByRole('button', { name: 'Table', exact: true }).click()
  await page.getByText('too many columns to be edited as one').waitFor()
})

test('tables are shown as an import reads them: titles, encodings, sheets; a workbook stays one, also when it is replaced', async (t) => {
  const { lab, visit } = await startWebLab(t)
  const hobo =
    'Plot Title: 20024354\r\n#;Datum Zeit, GMT+01:00;Temp, °C;Angeschlossen\r\n' +
    '1;01.02.26 10:00:00;4,5;\r\n2;01.02.26 10:10:00;4,6;Aufgezeichnet\r\n'
  await lab.post('/resources/lab/hobo.csv', { data: Buffer.from(hobo, 'latin1').toString('base64') })
  await lab.post('/resources/lab/wide.csv', { data: Buffer.from(`\ufeff${hobo}`, 'utf16le').toString('base64') })
  const page = await visit('/lab/hobo.csv')
  for (const [name, encoding] of [
    ['hobo', 'Windows-1252'],
    ['wide', 'UTF-16'],
  ] as const) {
    await page.goto(`/lab/${name}.csv`)
    await page.getByText('Plot Title: 20024354').waitFor()
    await page.getByRole('columnheader', { name: 'Temp, °C' }).waitFor()
    await page.getByRole('cell', { name: '4,6', exact: true }).waitFor()
    await page.getByText(`This file is in ${encoding}`).waitFor()
    assert.equal(await page.getByRole('link', { name: 'Edit' }).count(), 0)
  }

  const book = (values: readonly number[]): Buffer => {
    const made = spreadsheets.utils.book_new()
    spreadsheets.utils.book_append_sheet(made, spreadsheets.utils.aoa_to_sheet([['Constants of the calibration']]), 'About')
    const rows = values.map((value, at) => [new Date(Date.UTC(2026, 1, 1, 10, at)), value])
    spreadsheets.utils.book_append_sheet(made, spreadsheets.utils.aoa_to_sheet([['Time', 'Air (°C)'], ...rows], { UTC: true }), 'Data')
    return spreadsheets.write(made, { type: 'buffer', bookType: 'xlsx' }) as Buffer
  }
  const upload = (bytes: Buffer) =>
    page.locator('#upload-input').setInputFiles({ name: 'lab.xlsx', mimeType: 'application/octet-stream', buffer: bytes })
  const [first, second] = [book([21.5, 21.6]), book([21.5, 21.6, 21.7])]
  await page.goto('/lab')
  await upload(first)
  await page.getByRole('link', { name: 'lab.xlsx' }).waitFor()
  assert.ok(first.equals((await lab.get('/resources/lab/lab.xlsx')).bytes))
  await upload(second)
  await page.getByRole('button', { name: 'Replace it' }).click()
  await page.getByText('Uploaded.').first().waitFor()
  await page.locator('#uploads').waitFor({ state: 'hidden' })
  assert.ok(second.equals((await lab.get('/resources/lab/lab.xlsx')).bytes))
  assert.equal(lab.ctx.tree.find('/lab/lab.csv'), undefined)

  await page.goto('/lab/lab.xlsx')
  await page.getByText('Constants of the calibration').waitFor()
  await page.getByRole('link', { name: 'Data' }).click()
  await page.getByRole('cell', { name: '2026-02-01 10:02:00' }).waitFor()
  await requireAccessible(page, 'a sheet of a workbook')

  const dialog = page.getByRole('dialog')
  await page.getByLabel('More actions').click()
  await page.getByRole('button', { name: 'Import its values' }).click()
  await dialog.getByText(/The workbook has 2 sheets/).waitFor()
  await dialog.getByLabel('Sheet').selectOption('Data')
  await dialog.getByLabel('Zone of times without one').fill('UTC')
  await dialog.getByRole('button', { name: 'Import 3 values in' }).click()
  await dialog.getByText('Imported 3 values of lab.xlsx.').waitFor()
  assert.deepEqual((await valuesOf(lab, '/lab/air')).at(-1), ['2026-02-01T10:02:00Z', 21.7])
})
