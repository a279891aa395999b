/** Workbooks of spreadsheets, as sources of an import. */
import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import test from 'node:test'
import { importFile, sendFile, valuesOf } from '../support/imports.ts'
import { FakeClock, startLab } from '../support/lab.ts'

function bookOf(bookType: 'xlsx' | 'biff8' | 'ods', hasAbout: boolean): Buffer {
  const book = spreadsheets.utils.book_new()
  if (hasAbout) spreadsheets.utils.book_append_sheet(book, spreadsheets.utils.aoa_to_sheet([['Constants of the calibration']]), 'About')
  const rows = [
    ['Time', 'Air (°C)', 'Note'],
    ...[0, 1, 2].map((minute) => [new Date(Date.UTC(2026, 0, 30, 10, minute)), 21.5 + minute / 10, 'fine']),
  ]
  spreadsheets.utils.book_append_sheet(book, spreadsheets.utils.aoa_to_sheet(rows, { UTC: true }), 'Data')
  return spreadsheets.write(book, { type: 'buffer', bookType }) as Buffer
}

test('the only sheet is taken, or the one that is named; times are right to the minute', async (t) => {
  const clock = new FakeClock()
  clock.time = Date.UTC(2026, 0, 31) * 1000
  const lab = await startLab(t, { clock })
  for (const bookType of ['xlsx', 'biff8', 'ods'] as const) {
    const into = `/lab/${bookType}`
    const wish = { into, create: '1', time_zone: 'Europe/Berlin', file_name: `data.${bookType === 'biff8' ? 'xls' : bookType}` }
    const open = await sendFile(lab, bookOf(bookType, true), wish)
    assert.equal(open.status, 400)
    assert.match(open.text, /2 sheets with something in them: \\"About\\", \\"Data\\"/)
    assert.deepEqual((open.json as { choice: unknown }).choice, { parameter: 'sheet', values: ['About', 'Data'] })
    const answer = await importFile(lab, bookOf(bookType, true), { ...wish, sheet: 'Data' })
    assert.deepEqual(
      answer.columns.map(({ header, name, units, is_taken }) => [header, name, units, is_taken]),
      [
        ['Air (°C)', 'air', '°C', true],
        ['Note', 'note', null, false],
      ],
      bookType,
    )
    const expected = [21.5, 21.6, 21.7].map((value, minute) => [`2026-01-30T09:0${minute}:00Z`, value])
    assert.deepEqual(await valuesOf(lab, `${into}/air`), expected, bookType)
    assert.equal((await importFile(lab, bookOf(bookType, false), wish)).sequences[0]?.repeated, 3, 'the only sheet needs no name')
  }
})
