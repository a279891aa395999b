/** Workbooks of spreadsheets, as sources of an import. */
import * as spreadsheets from '@e965/xlsx'
import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import test from 'node:test'
import { ZipWriter } from '../../src/base/zip-writer.ts'
import { importFile, refusalOf, sendFile, valuesOf } from '../support/imports.ts'
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

test('a table of text that is called .xls is read as one, and what is no workbook says what it is', async (t) => {
  const lab = await startLab(t)
  const wish = { into: '/lab', create: '1', time_zone: 'UTC' }
  for (const [name, text] of [
    ['tabs.xls', Buffer.from('Time\tTabs\n2026-01-30 10:00\t21.5\n')],
    ['wide.xls', Buffer.from('\ufeffTime\tWide\n2026-01-30 10:00\t21.5\n', 'utf16le')],
  ] as const) {
    await importFile(lab, text, { ...wish, file_name: name })
    assert.deepEqual(await valuesOf(lab, `/lab/${name.slice(0, 4)}`), [['2026-01-30T10:00:00Z', 21.5]])
  }
  const named = { ...wish, file_name: 'data.xls' }
  assert.match(await refusalOf(lab, '<html><table><tr><td>Time</td></tr></table></html>\n', named), /XML or HTML/)
  assert.match(await refusalOf(lab, Buffer.from([9, 8, 16, 0, 0, 6, 5, 0]), named), /neither an xls nor an xlsx file/)
  const archive = await ZipWriter.create()
  const zipped = buffer(archive.output)
  await archive.add('readings.csv', [Buffer.from('time,v\n2026-01-30T10:00:00Z,1\n')], {})
  archive.end()
  const zip = await zipped
  assert.match(
    await refusalOf(lab, zip, { ...wish, file_name: 'readings.zip' }),
    /is a zip archive without a workbook in it: unpack it first/,
  )
})
