/** What other columns say of a time (its zone, what is below its second), dates in digits alone, and digits of other scripts. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ReadOptions } from '../../src/tables/plan.ts'
import { readTable as read } from '../support/read-table.ts'

const OFFSETS: readonly (readonly [header: string, cell: string, first: string])[] = [
  ['utc_offset', '-5', '17:00'],
  ['utc_offset', '5.5', '06:30'],
  ['utc_offset', '19800', '06:30'],
  ['utc_offset', '0', '12:00'],
  ['utc_offset_seconds', '-18000', '17:00'],
  ['UTC Offset (min)', '330', '06:30'],
  ['gmtOffset', '-210', '15:30'],
  ['utc_offset_ms', '3600000', '11:00'],
  ['timezone_offset', '7200', '10:00'],
  ['time_offset', 'UTC+0545', '06:15'],
  ['offset', '+02:00', '10:00'],
]

for (const [header, cell, first] of OFFSETS)
  test(`a column ${header} with ${cell} is the zone of each row, and no reading`, async () => {
    const { rows, columns } = await read(`time,temp,${header}\n2026-06-13 12:00:00,1.5,${cell}\n2026-06-14 12:00:00,1.6,${cell}\n`)
    assert.deepEqual([columns, rows[0]], ['temp', `2026-06-13T${first}:00Z 1.5`])
  })

test('an offset in seconds tells the hour that a clock shows twice', async () => {
  const { rows } = await read('time,t,utc_offset\n2025-10-26 02:30:00,1,7200\n2025-10-26 02:30:00,2,3600\n')
  assert.deepEqual(rows, ['2025-10-26T00:30:00Z 1', '2025-10-26T01:30:00Z 2'])
})

for (const [header, cells] of [
  ['timezoneOffset', ['-240', '-240']],
  ['utc_offset', ['3', '7200']],
  ['utc_offset_seconds', ['2', '2']],
  ['utc_offset', ['77', '77']],
] as const)
  test(`a column ${header} with ${cells.join(' and ')} may mean several zones: it is told, and no reading`, async () => {
    const { rows, columns, notes } = await read(`time,t,${header}\n2026-06-13 12:00:00,1,${cells[0]}\n2026-06-14 12:00:00,2,${cells[1]}\n`)
    assert.deepEqual([columns, rows[0]], ['t', '2026-06-13T10:00:00Z 1'])
    assert.match(notes, new RegExp(`"${header}" names the time zone .* is not taken: say which it is with --time-zone`))
  })

test('an offset of something else is a reading', async () => {
  assert.equal((await read('time,t,offset\n2026-06-13 12:00:00,1,7200\n2026-06-13 12:01:00,2,7200\n')).columns, 't, offset')
})

const TABLES: Record<string, { text: string; columns: string; rows: string[]; more?: Partial<ReadOptions> }> = {
  'microseconds beside a clock, as of Yokogawa': {
    text: 'Date,Time,usec,CH1\n2026/06/13,12:00:00,500000,1\n2026/06/13,12:00:01,0,2\n',
    columns: 'ch1',
    rows: ['2026-06-13T10:00:00.500000Z 1', '2026-06-13T10:00:01Z 2'],
  },
  'nanoseconds of an item of Zabbix': {
    text: 'itemid,clock,value,ns\n7,1781352000,1.5,563157632\n7,1781352000,1.6,663157632\n',
    columns: 'itemid, value',
    rows: ['2026-06-13T12:00:00.563158Z 7 1.5', '2026-06-13T12:00:00.663158Z 7 1.6'],
  },
  'a day in digits beside its clock': {
    text: 'Datum;Uhrzeit;t\n13062026;12:00;1,5\n14062026;12:01;1,6\n',
    columns: 't',
    rows: ['2026-06-13T10:00:00Z 1.5', '2026-06-14T10:01:00Z 1.6'],
  },
  'digits in the order that a line of units tells, as of Hydrolab': {
    text: '"Date","Time","Temp","pH"\n"MMDDYY","HHMMSS","°C","Units"\n061326,120000,15.1,7.1\n061326,121500,15.2,7.2\n',
    columns: 'temp °C, ph Units',
    rows: ['2026-06-13T10:00:00Z 15.1 7.1', '2026-06-13T10:15:00Z 15.2 7.2'],
  },
  'the zone in a line of units': {
    text: 'time,temp\n[UTC],[degC]\n2026-06-13 12:00,1.5\n2026-06-13 12:01,1.6\n',
    columns: 'temp °C',
    rows: ['2026-06-13T12:00:00Z 1.5', '2026-06-13T12:01:00Z 1.6'],
  },
  'a day that lost the zero in front': {
    text: 'date,t\n5062026,1\n13062026,2\n',
    columns: 't',
    rows: ['2026-06-04T22:00:00Z 1', '2026-06-12T22:00:00Z 2'],
  },
  'dates in digits as told': {
    text: 'date,time,t\n130626,090500,1\n140626,090600,2\n',
    columns: 't',
    rows: ['2026-06-13T07:05:00Z 1', '2026-06-14T07:06:00Z 2'],
    more: { timeFormat: 'ddmmyy' },
  },
  'times in digits as told': {
    text: 'time,t\n06132026120530,1\n06142026120530,2\n',
    columns: 't',
    rows: ['2026-06-13T10:05:30Z 1', '2026-06-14T10:05:30Z 2'],
    more: { timeFormat: 'mmddyyyyhhmmss' },
  },
  'columns without names, with a day in digits': {
    text: '13062026;12:00;20,1\n14062026;12:00;20,2\n',
    columns: 'column-3',
    rows: ['2026-06-13T10:00:00Z 20.1', '2026-06-14T10:00:00Z 20.2'],
    more: { time: ['1', '2'] },
  },
  'hours in four digits below a name with its zone, as of CIMIS': {
    text: 'Date,Hour (PST),t\n6/13/2026,0100,1\n6/13/2026,2400,2\n',
    columns: 't',
    rows: ['2026-06-13T09:00:00Z 1', '2026-06-14T08:00:00Z 2'],
  },
  'of two times the one of the measurement, not of the record’s creation': {
    text:
      'creationDate,startDate,t\n2026-06-13 12:10:00 +0200,2026-06-13 12:00:00 +0200,1\n' +
      '2026-06-13 12:11:00 +0200,2026-06-13 12:01:00 +0200,2\n',
    columns: 't',
    rows: ['2026-06-13T10:00:00Z 1', '2026-06-13T10:01:00Z 2'],
  },
  'wide digits, Arabic and Persian ones': {
    text: 'time,a,b,c\n2026-06-13 12:00,２３．５,٢٣٫٥,۲۳\n２０２６-０６-１３ １２:０１,－１,٤,۵\n',
    columns: 'a, b, c',
    rows: ['2026-06-13T10:00:00Z 23.5 23.5 23', '2026-06-13T10:01:00Z -1 4 5'],
  },
  'times of East Asia with their words': {
    text: '日時,温度\n2026年6月13日 12時05分30秒,1.5\n2026年6月13日 12時6分,1.6\n',
    columns: '温度',
    rows: ['2026-06-13T10:05:30Z 1.5', '2026-06-13T10:06:00Z 1.6'],
  },
  'powers of ten as Fortran writes them': {
    text: 'time,v\n2026-06-13 12:00,1.5D+02\n2026-06-13 12:01,-.25d-01\n',
    columns: 'v',
    rows: ['2026-06-13T10:00:00Z 150', '2026-06-13T10:01:00Z -0.025'],
  },
  'a prefix alone is no unit: its numbers are refused': {
    text: 'time,v\n2026-06-13 12:00,1.0k\n2026-06-13 12:01,1.1k\n',
    columns: 'v',
    rows: ['2026-06-13T10:00:00Z !', '2026-06-13T10:01:00Z !'],
  },
  'blanks between thousands part no fields': {
    text: 'time,v\n2026-06-13 12:00,1 230\n2026-06-14 12:00,1 231\n',
    columns: 'v',
    rows: ['2026-06-13T10:00:00Z !', '2026-06-14T10:00:00Z !'],
  },
  'zones of a greenhouse are none of the time': {
    text: 'time,zone,temp\n2026-06-13 12:00,1,20\n2026-06-13 12:01,2,21\n',
    columns: 'zone, temp',
    rows: ['2026-06-13T10:00:00Z 1 20', '2026-06-13T10:01:00Z 2 21'],
  },
  'zones by their abbreviations': {
    text: 'time,zone,temp\n2025-10-26 02:30,CEST,20\n2025-10-26 02:30,CET,21\n',
    columns: 'temp',
    rows: ['2025-10-26T00:30:00Z 20', '2025-10-26T01:30:00Z 21'],
  },
  'milliseconds beside a clock without seconds were measured': {
    text: 'time,ms,v\n2026-06-13 12:00,100,1\n2026-06-13 12:01,101,2\n',
    columns: 'ms, v',
    rows: ['2026-06-13T10:00:00Z 100 1', '2026-06-13T10:01:00Z 101 2'],
  },
  'so were microseconds that stay below a millisecond': {
    text: 'time,us,v\n2026-06-13 12:00:00,100,1\n2026-06-13 12:00:01,101,2\n',
    columns: 'us, v',
    rows: ['2026-06-13T10:00:00Z 100 1', '2026-06-13T10:00:01Z 101 2'],
  },
  'the last nanosecond of a second is in that second': {
    text: 'clock,ns,v\n1781352000,999999999,1\n1781352001,5,2\n',
    columns: 'v',
    rows: ['2026-06-13T12:00:00.999999Z 1', '2026-06-13T12:00:01Z 2'],
  },
  'an offset with the sign of a minus': {
    text: 'time,v\n2026-06-13 12:00:00\u22125:00,1\n2026-06-13 12:01:00\u22125:00,2\n',
    columns: 'v',
    rows: ['2026-06-13T17:00:00Z 1', '2026-06-13T17:01:00Z 2'],
  },
  'commas in all lines alike, with names in the first: the blanks within times part nothing': {
    text: 'Date/Time,Energy Produced (Wh)\n2026-06-13 12:00:00 -0700,"1,000"\n2026-06-13 12:15:00 -0700,900\n',
    columns: 'energy-produced Wh',
    rows: ['2026-06-13T19:00:00Z !', '2026-06-13T19:15:00Z 900'],
  },
  'thousands of lines with delimiters alone below the rows': {
    text: `Zeit;v\n13.06.2026 12:00;0,5\n13.06.2026 12:01;1,5\n${';\n'.repeat(2_000)}`,
    columns: 'v',
    rows: ['2026-06-13T10:00:00Z 0.5', '2026-06-13T10:01:00Z 1.5'],
  },
  'names without a letter or a digit': {
    text: 'time,\u{1f321}\ufe0f,-\n2026-06-13 12:00,1,2\n2026-06-13 12:01,2,3\n',
    columns: 'column-2, column-3',
    rows: ['2026-06-13T10:00:00Z 1 2', '2026-06-13T10:01:00Z 2 3'],
  },
  'the mark with which DOS ends a file': { text: 'time,v\n2026-06-13 12:00,1\n\u001a', columns: 'v', rows: ['2026-06-13T10:00:00Z 1'] },
}

for (const [kind, { text, columns, rows, more }] of Object.entries(TABLES))
  test(kind, async () => {
    const found = await read(text, more)
    assert.deepEqual([found.columns, found.rows, found.refused], [columns, rows, []])
  })

const REFUSED: Record<string, { text: string; words: RegExp; more?: Partial<ReadOptions> }> = {
  'a day or a month in eight digits': {
    text: 'date,t\n01062026,1\n02062026,2\n',
    words: /"01062026", may be dates written DDMMYYYY or dates written MMDDYYYY: say which with --time-format ddmmyyyy or mmddyyyy/,
  },
  'a date in six digits': { text: 'date,t\n130626,1\n140626,2\n', words: /written DDMMYY or dates written YYMMDD/ },
  'a date in six digits beside a clock, both named': {
    text: '130626;12:00;1\n140626;12:00;2\n',
    words: /may be written DDMMYY or YYMMDD: say which with --time-format ddmmyy or yymmdd/,
    more: { time: ['1', '2'] },
  },
  'two digits of a year, where the day first is the later time': {
    text: 'time,t\n2206231200,1\n2206231205,2\n',
    words: /YYMMDDhhmm or times written DDMMYYhhmm: say which with --time-format yymmddhhmm or ddmmyyhhmm/,
  },
  'digits that only one form explains': { text: 'when,t\n130620261200,1\n130620261205,2\n', words: /--time 1 --time-format ddmmyyyyhhmm/ },
  'no time of a day': { text: 'date,time,t\n2026-06-13,010:00,1\n2026-06-13,011:00,2\n', words: /"010:00" can't be read as one/ },
  'a time that can’t be read in a column that is named so': {
    text: 'time,v\n2026-06-13 12:00 Etc/GMT-2,1\n2026-06-13 12:01 Etc/GMT-2,2\n',
    words: /"2026-06-13 12:00 Etc\/GMT-2" in "time" can't be read as a time/,
  },
  'a day in UTC and a clock of the place': {
    text: 'Date GMT,Time Local,v\n2026-06-13,12:00,1\n2026-06-13,12:01,2\n',
    words: /"Date GMT" and "Time Local" are those of different clocks/,
  },
  'a quarter of a year': { text: 'quarter,v\n2025-Q1,1\n2025-Q2,2\n', words: /"2025-Q1" in "quarter" can't be read as a time/ },
  'UTF-32': { text: '\ufeff\0t', words: /The file is UTF-32/ },
}

for (const [kind, { text, words, more }] of Object.entries(REFUSED))
  test(`${kind}: refused, with what to do`, async () => {
    const bytes = kind === 'UTF-32' ? Buffer.from(text, 'utf16le') : text
    await assert.rejects(read(bytes, more), (error: Error) => words.test(error.message) || assert.fail(error.message))
  })

test('numbers that may name the device of a row are told', async () => {
  const text = 'time,channel,reading\n' + [0, 1, 2].map((at) => `2026-06-13 12:0${at},101,1\n2026-06-13 12:0${at}:30,102,2\n`).join('')
  assert.match((await read(text)).notes, /"channel" may name the device or place of a row.*--series channel/)
  assert.equal((await read(text, { series: ['channel'] })).notes.includes('may name'), false)
})

const DOUBTS: Record<string, { text: string | Uint8Array; words: RegExp }> = {
  'times of their own beside a channel': {
    text: 'time1,v1,time2,v2\n2026-06-13 12:00:00,1,2026-06-13 12:00:30,5\n2026-06-13 12:01:00,2,2026-06-13 12:01:30,6\n',
    words: /"time2" are others than those in "time1", which are taken for all values.*--time 3 --columns 4/,
  },
  'names in another encoding': {
    text: Buffer.from('c2f0e5ecff3b76310a31332e30362e323032362031323a30303b310a', 'hex'),
    words: /look as if the file were in another encoding than Windows-1252/,
  },
  'hours of a day side by side': {
    text: `date,${Array.from({ length: 24 }, (_, at) => at).join(',')}\n2026-06-13${',1'.repeat(24)}\n2026-06-14${',2'.repeat(24)}\n`,
    words: /The columns are named 0 to 23\. If those are hours of the day/,
  },
  'what a DS18B20 says that is not connected': {
    text: 'time,t\n2026-06-13 12:00,20\n2026-06-13 12:01,-127\n2026-06-13 12:02,21\n',
    words: /-127 stands in "t", far from the other values/,
  },
}

for (const [kind, { text, words }] of Object.entries(DOUBTS))
  test(`${kind}: told`, async () => assert.match((await read(text)).notes, words))

test('times of another zone, or of an interval’s end, are no others', async () => {
  const row = (at: number): string => `2026-06-13 12:0${at}:00,1,2026-06-13 14:0${at}:00,2\n`
  assert.doesNotMatch((await read(`UTC,a,Local Time,b\n${row(0)}${row(1)}`)).notes, /are others than/)
})

test('texts that look like numbers are told', async () => {
  const { columns, notes } = await read('time,v\n2026-06-13 12:00,(0.5)\n2026-06-13 12:01,40.5 ± 0.1\n')
  assert.equal(columns, 'v')
  assert.match(notes, /No value in "v" is a number as "\(0.5\)" is written: it is taken as text/)
})
