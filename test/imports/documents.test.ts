/** Documents of JSON and XML, and what programs write into workbooks, as sources of an import. */
import assert from 'node:assert/strict'
import { buffer } from 'node:stream/consumers'
import test from 'node:test'
import { ZipWriter } from '../../src/base/zip-writer.ts'
import { importFile, refusalOf, valuesOf } from '../support/imports.ts'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'

async function labOfFebruary(t: test.TestContext): Promise<Lab> {
  const clock = new FakeClock()
  clock.time = Date.UTC(2026, 1, 1) * 1000
  return startLab(t, { clock })
}

const unitsOf = (lab: Lab, path: string): string | undefined => lab.ctx.tree.find(path)?.sequence?.units ?? undefined

const XLE = `<?xml version="1.0" encoding="iso-8859-1"?>
<Body_xle><File_info><Date>2026/01/25</Date><Time>10:00:00</Time></File_info>
<Ch1_data_header><Identification>LEVEL</Identification><Unit>m</Unit></Ch1_data_header>
<Ch2_data_header><Identification>TEMPERATURE</Identification><Unit>°C</Unit></Ch2_data_header>
<Data><Log id="1"><Date>2026/01/20</Date><Time>12:00:00</Time><ms>0</ms><ch1>9.9813</ch1><ch2>12.345</ch2></Log>
<Log id="2"><Date>2026/01/20</Date><Time>12:15:00</Time><ms>500</ms><ch1>9.9913</ch1><ch2>12.340</ch2></Log></Data></Body_xle>`

test('Solinst’s XLE is read, in either encoding', async (t) => {
  const lab = await labOfFebruary(t)
  for (const encoding of ['utf8', 'latin1'] as const) {
    const wish = { into: `/lab/${encoding}`, create: '1', time_zone: 'UTC', file_name: 'well.xle' }
    await importFile(lab, Buffer.from(XLE, encoding), wish)
    assert.deepEqual(await valuesOf(lab, `/lab/${encoding}/temperature`), [
      ['2026-01-20T12:00:00Z', 12.345],
      ['2026-01-20T12:15:00.500000Z', 12.34],
    ])
    assert.equal(unitsOf(lab, `/lab/${encoding}/temperature`), '°C')
    assert.deepEqual((await valuesOf(lab, `/lab/${encoding}/level`))[0], ['2026-01-20T12:00:00Z', 9.9813])
  }
})

test('lists of objects are read, also below other members, and lists side by side with their units and zone', async (t) => {
  const lab = await labOfFebruary(t)
  const wish = { into: '/lab/list', create: '1', file_name: 'x.json' }
  const rows = [
    { time: '2026-01-20T10:00:00Z', temp: 21.5, air: { co2: 480 } },
    { time: '2026-01-20T10:05:00Z', temp: 21.6 },
  ]
  const answer = await importFile(lab, JSON.stringify([...rows, 7], null, 1), wish)
  assert.deepEqual(await valuesOf(lab, '/lab/list/temp'), [
    ['2026-01-20T10:00:00Z', 21.5],
    ['2026-01-20T10:05:00Z', 21.6],
  ])
  assert.deepEqual(await valuesOf(lab, '/lab/list/air-co2'), [['2026-01-20T10:00:00Z', 480]])
  assert.equal(answer.refused, 1, 'an element that is no object')
  const feeds = { channel: { id: 1 }, feeds: [{ created_at: '2026-01-20T10:00:00Z', entry_id: 1, field1: '21.5' }] }
  await importFile(lab, JSON.stringify(feeds), { ...wish, into: '/lab/feeds' })
  assert.deepEqual(await valuesOf(lab, '/lab/feeds/field1'), [['2026-01-20T10:00:00Z', 21.5]])
  const hourly = { time: ['2026-01-20T00:00', '2026-01-20T01:00'], temperature_2m: [1.5, null], rain: [0, 0.1] }
  const weather = { utc_offset_seconds: -18_000, hourly_units: { time: 'iso8601', temperature_2m: '°C', rain: 'mm' }, hourly }
  await importFile(lab, JSON.stringify(weather), { ...wish, into: '/lab/weather' })
  assert.deepEqual(await valuesOf(lab, '/lab/weather/rain'), [
    ['2026-01-20T05:00:00Z', 0],
    ['2026-01-20T06:00:00Z', 0.1],
  ])
  assert.equal(unitsOf(lab, '/lab/weather/temperature-2m'), '°C')
  const both = JSON.stringify({ ...weather, daily: { time: ['2026-01-20'], sum: [3] } })
  assert.match(await refusalOf(lab, both, wish), /several tables, "hourly" and "daily"/)
  assert.match(await refusalOf(lab, '{"a": [1, 2', wish), /JSON/)
})

test('SenML in a file: base names, times and values, units, and what has no time is refused', async (t) => {
  const lab = await labOfFebruary(t)
  const pack = [
    { bn: 'urn:dev:ow:10e2:', bt: 1_768_903_200, bu: '%RH', bv: 20, n: 'rh', v: 0.1 },
    { n: 'rh', t: 60, v: 0.2 },
    { n: 'temp', u: 'Cel', t: 60, v: 3.1 },
    { n: 'door', vb: true },
    { n: 'blob', vd: 'AAEC' },
  ]
  const wish = { into: '/lab/senml', create: '1', file_name: 'pack.json' }
  const answer = await importFile(lab, JSON.stringify(pack), wish)
  assert.deepEqual(await valuesOf(lab, '/lab/senml/urn-dev-ow-10e2/rh'), [
    ['2026-01-20T10:00:00Z', 20.1],
    ['2026-01-20T10:01:00Z', 20.2],
  ])
  assert.equal(unitsOf(lab, '/lab/senml/urn-dev-ow-10e2/temp'), '°C')
  assert.deepEqual(await valuesOf(lab, '/lab/senml/urn-dev-ow-10e2/door'), [['2026-01-20T10:00:00Z', 1]])
  assert.match(JSON.stringify(answer), /It holds bytes/)
  const timeless = await importFile(
    lab,
    JSON.stringify([
      { n: 'a', t: -5, v: 1 },
      { n: 'a', t: 1_768_903_200, v: 2 },
    ]),
    wish,
  )
  assert.equal(timeless.refused, 1)
  assert.deepEqual(await valuesOf(lab, '/lab/senml/a'), [['2026-01-20T10:00:00Z', 2]])
})

/** A workbook of one sheet, written as other programs than the library of the tests do. */
async function workbook(cells: string): Promise<Buffer> {
  const archive = await ZipWriter.create()
  const zipped = buffer(archive.output)
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const packages = 'http://schemas.openxmlformats.org/package/2006'
  const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  const parts = {
    '[Content_Types].xml':
      `<Types xmlns="${packages}/content-types">` +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/>` +
      `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${types}.worksheet+xml"/>` +
      `<Override PartName="/xl/styles.xml" ContentType="${types}.styles+xml"/></Types>`,
    '_rels/.rels':
      `<Relationships xmlns="${packages}/relationships">` +
      `<Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml':
      `<workbook xmlns="${main}" xmlns:r="${office}">` + `<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels':
      `<Relationships xmlns="${packages}/relationships">` +
      `<Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/>` +
      `<Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    'xl/styles.xml':
      `<styleSheet xmlns="${main}"><cellXfs><xf numFmtId="0"/>` +
      `<xf numFmtId="22" applyNumberFormat="1"/><xf numFmtId="10" applyNumberFormat="1"/></cellXfs></styleSheet>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${cells}</sheetData></worksheet>`,
  }
  for (const [name, text] of Object.entries(parts)) await archive.add(name, [Buffer.from(`<?xml version="1.0"?>${text}`)], {})
  archive.end()
  return zipped
}

test('percentages of a workbook are what they show, and formulas that nobody computed are refused', async (t) => {
  const lab = await labOfFebruary(t)
  const text = (at: string, of: string): string => `<c r="${at}" t="inlineStr"><is><t>${of}</t></is></c>`
  const row = (at: number, time: string, rest: string): string => `<row r="${at}"><c r="A${at}" s="1"><v>${time}</v></c>${rest}</row>`
  const book = await workbook(
    `<row r="1">${text('A1', 'Time')}${text('B1', 'RH')}${text('C1', 'Sum')}</row>` +
      row(2, '46042.4166666667', '<c r="B2" s="2"><v>0.415</v></c><c r="C2"><f>B2*2</f><v>2</v></c>') +
      row(3, '46042.4201388889', '<c r="B3" s="2"><v>0.29</v></c><c r="C3"><f>B3*2</f></c>') +
      row(4, '46042.4236111111', '<c r="B4" s="2"><v>0.3</v></c><c r="C4" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
  )
  const answer = await importFile(lab, book, { into: '/lab/book', create: '1', time_zone: 'UTC', file_name: 'data.xlsx' })
  assert.deepEqual(await valuesOf(lab, '/lab/book/rh'), [
    ['2026-01-20T10:00:00Z', 41.5],
    ['2026-01-20T10:05:00Z', 29],
    ['2026-01-20T10:10:00Z', 30],
  ])
  assert.equal(unitsOf(lab, '/lab/book/rh'), '%')
  assert.deepEqual(await valuesOf(lab, '/lab/book/sum'), [['2026-01-20T10:00:00Z', 2]])
  assert.match(JSON.stringify(answer), /=B3\*2/)
})

test('percentages of OpenDocument are what they show', async (t) => {
  const lab = await labOfFebruary(t)
  const archive = await ZipWriter.create()
  const zipped = buffer(archive.output)
  const urn = 'urn:oasis:names:tc:opendocument:xmlns'
  const kind = 'application/vnd.oasis.opendocument.spreadsheet'
  const cell = (type: string, value: string, shown: string): string =>
    `<table:table-cell office:value-type="${type}" ${value}><text:p>${shown}</text:p></table:table-cell>`
  const row = (...cells: string[]): string => `<table:table-row>${cells.join('')}</table:table-row>`
  const time = (minute: string): string => cell('date', `office:date-value="2026-01-20T10:${minute}:00"`, '20.01.26')
  const content =
    `<office:document-content xmlns:office="${urn}:office:1.0" xmlns:table="${urn}:table:1.0" xmlns:text="${urn}:text:1.0"><office:body>` +
    '<office:spreadsheet><table:table table:name="A">' +
    row(cell('string', '', 'Zeit'), cell('string', '', 'Feuchte')) +
    row(time('00'), cell('percentage', 'office:value="0.415"', '41,5 %')) +
    row(time('05'), cell('percentage', 'office:value="0.29"', '29 %')) +
    '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>' +
    '</table:table></office:spreadsheet></office:body></office:document-content>'
  for (const [name, text] of Object.entries({
    mimetype: kind,
    'META-INF/manifest.xml':
      `<manifest:manifest xmlns:manifest="${urn}:manifest:1.0">` +
      `<manifest:file-entry manifest:full-path="/" manifest:media-type="${kind}"/></manifest:manifest>`,
    'styles.xml': `<office:document-styles xmlns:office="${urn}:office:1.0"/>`,
    'content.xml': content,
  }))
    await archive.add(name, [Buffer.from(text)], {})
  archive.end()
  await importFile(lab, await zipped, { into: '/lab/open', create: '1', time_zone: 'UTC', file_name: 'data.ods' })
  assert.deepEqual(await valuesOf(lab, '/lab/open/feuchte'), [
    ['2026-01-20T10:00:00Z', 41.5],
    ['2026-01-20T10:05:00Z', 29],
  ])
})
