/** Times that count from a start: LabVIEW's files, instruments that name their start above the rows, and milliseconds in a column. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { readTable } from '../support/read-table.ts'

interface LvmOptions {
  separator?: ',' | '\t'
  decimal?: '.' | ','
  x?: 'One' | 'Multi' | 'No'
  time?: 'Relative' | 'Absolute'
  labels?: string
  /** Of each packet: when it began, and its rows with blanks between their fields. */
  packets: readonly { start?: string; rows: readonly string[]; dimension?: string; labels?: string }[]
}

/** A file of two channels, as National Instruments describes them. */
function lvm({
  separator = '\t',
  decimal = '.',
  x = 'One',
  time = 'Relative',
  labels = 'X_Value Voltage Current Comment',
  packets,
}: LvmOptions): string {
  const line = (...fields: string[]): string => `${fields.join(separator)}\n`
  const number = (text: string): string => text.replace('.', decimal)
  const cells = (text: string): string => line(...text.split(' ').map((field) => (field === '-' ? '' : number(field))))
  const head =
    line('LabVIEW Measurement', '') +
    line('Writer_Version', '2') +
    line('Separator', separator === ',' ? 'Comma' : 'Tab') +
    line('Decimal_Separator', decimal) +
    line('Multi_Headings', 'Yes') +
    line('X_Columns', x) +
    line('Time_Pref', time) +
    line('Date', '2026/03/14') +
    line('Time', number('09:59:59.1234567')) +
    line('***End_of_Header***', '') +
    line('')
  const packet = ({ start = '10:00:00.5', rows, dimension = 'Time', labels: own = labels }: LvmOptions['packets'][number]): string =>
    line('Channels', '2', '') +
    line('Samples', '3', '3') +
    line('Date', '2026/03/14', '2026/03/14') +
    line('Time', number(start), number(start)) +
    line('Y_Unit_Label', 'Volts', 'Amps') +
    line('X_Dimension', dimension, dimension) +
    line('X0', number('0.0E+0'), number('0.0E+0')) +
    line('Delta_X', number('0.25'), number('0.25')) +
    line('***End_of_Header***', '', '') +
    line(...own.split(' ')) +
    rows.map(cells).join('')
  return head + packets.map(packet).join(line('', '', ''))
}

const TWO = ['0.0 1.5 2.5 first', '0.25 1.6 2.6']
const READ = ['2026-03-14T09:00:00.500000Z 1.5 2.5', '2026-03-14T09:00:00.750000Z 1.6 2.6']

test('a file of LabVIEW comes in whatever its separator, its decimal sign and its X', async () => {
  for (const options of [
    {},
    { separator: ',' },
    { decimal: ',' },
    { x: 'No', rows: ['- 1.5 2.5', '- 1.6 2.6'] },
    { labels: 'X_Value Voltage Current', rows: ['0 1.5 2.5', '0.25 1.6 2.6'] },
  ] as const) {
    const { rows: given = TWO, ...rest } = { rows: undefined, ...options }
    const { columns, rows, refused } = await readTable(lvm({ ...rest, packets: [{ rows: given }] }))
    assert.deepEqual(
      { columns, rows, refused },
      { columns: 'voltage Volts, current Amps', rows: READ, refused: [] },
      JSON.stringify(options),
    )
  }
})

test('packets of LabVIEW count from their own starts; rows of other channels, and lines cut short, are named', async () => {
  const { rows, refused } = await readTable(
    lvm({
      packets: [
        { rows: TWO },
        { start: '11:00:00', rows: ['0.0 1.7 2.7', '0.25 1.8'] },
        { start: '12:00:00', rows: ['0 5 6'], labels: 'X_Value Pressure Current Comment' },
        { start: '13:00:00', rows: ['0 5 6'], dimension: 'Frequency' },
      ],
    }),
  )
  assert.deepEqual(rows, [...READ, '2026-03-14T10:00:00Z 1.7 2.7'])
  assert.deepEqual(
    refused.map((text) => text.replace(/^\d+: /, '')),
    [
      'it has 2 fields, and its packet 3 with its last channel',
      'its packet has the channels "Pressure", "Current", and the first one others',
      'X_Dimension of "Voltage" is "Frequency": its rows have no times, and can’t be brought in',
    ],
  )
})

test('of LabVIEW, each channel may have its own X, absolute ones count from 1904, and a spectrum has no times', async () => {
  const multi = lvm({
    x: 'Multi',
    labels: 'X_Value Voltage X_Value Current Comment',
    packets: [{ rows: ['0.0 1.5 0.05 2.5', '0.25 1.6 - -'] }],
  })
  assert.deepEqual((await readTable(multi)).rows, [
    '2026-03-14T09:00:00.500000Z voltage 1.5',
    '2026-03-14T09:00:00.550000Z current 2.5',
    '2026-03-14T09:00:00.750000Z voltage 1.6',
  ])
  const absolute = lvm({ time: 'Absolute', packets: [{ rows: ['3856240800.5 1.5 2.5', '3856240801.5 1.6 2.6'] }] })
  const { rows, notes } = await readTable(absolute)
  assert.deepEqual(rows, ['2026-03-13T10:00:00.500000Z 1.5 2.5', '2026-03-13T10:00:01.500000Z 1.6 2.6'])
  assert.match(notes, /seconds since 1904/)
  await assert.rejects(readTable(lvm({ packets: [{ rows: TWO, dimension: 'Frequency' }] })), /X_Dimension of "Voltage" is "Frequency"/)
  await assert.rejects(readTable(lvm({ packets: [{ rows: TWO }] }), { start: '2026-01-01 00:00:00' }), /leave it out/)
})

const TSI = (date: string): string =>
  'Instrument Name,DustTrak II\nModel Number,8530\nSerial Number,8530123456\nFirmware Version,3.5\nCalibration Date,1/1/2025\n' +
  `Test Name,MANUAL_001\nTest Start Time,10:00:00 AM\nTest Start Date,${date}\nTest Length [D:H:M],0:01:00\nTest Interval [M:S],1:00\n` +
  'Mass Average [mg/m3],0.025\nElapsed Time [s],Mass [mg/m3],Alarms,Errors\n60,0.025,,\n120,0.027,,\n180,0.028,,\n'

const TABLES: Record<string, { text: string; columns: string; rows: string[]; refused?: string[] }> = {
  'TSI: start date and time apart, in a header longer than the table': {
    text: TSI('03/14/2026'),
    columns: 'mass mg/m3',
    rows: ['2026-03-14T09:01:00Z 0.025', '2026-03-14T09:02:00Z 0.027', '2026-03-14T09:03:00Z 0.028'],
  },
  'a start in a comment, minutes': {
    text: '# Start time: 2026-03-14 10:00:00\n# Operator: me\nTime (min)\tAbsorbance\n0\t0.1\n1.5\t0.2\n3\t0.3\n',
    columns: 'absorbance',
    rows: ['2026-03-14T09:00:00Z 0.1', '2026-03-14T09:01:30Z 0.2', '2026-03-14T09:03:00Z 0.3'],
  },
  'German words, decimal commas, a preamble as wide as the table': {
    text: 'Messbeginn;14.03.2026 10:00:00\nKanal;1\nZeit [s];Spannung [V]\n0,0;1,5\n0,5;1,6\n1,0;1,7\n',
    columns: 'spannung V',
    rows: ['2026-03-14T09:00:00Z 1.5', '2026-03-14T09:00:00.500000Z 1.6', '2026-03-14T09:00:01Z 1.7'],
  },
  'units in a row of their own': {
    text: 'Start Time,2026-03-14 10:00:00\nTime,Volt\ns,V\n0.0,1\n0.5,2\n1.0,3\n',
    columns: 'volt V',
    rows: ['2026-03-14T09:00:00Z 1', '2026-03-14T09:00:00.500000Z 2', '2026-03-14T09:00:01Z 3'],
  },
  'a start in UTC, and seconds by their name alone': {
    text: 'Start Time (UTC): 2026-03-14T10:00:00\nSeconds,CO2 (ppm)\n0,400\n1,401\n2,402\n',
    columns: 'co2 ppm',
    rows: ['2026-03-14T10:00:00Z 400', '2026-03-14T10:00:01Z 401', '2026-03-14T10:00:02Z 402'],
  },
  'hours that count over the night of a clock change': {
    text: 'Start Time,2026-03-29 01:30:00\nElapsed Time (h),Volt\n0,1\n1,2\n2,3\n',
    columns: 'volt',
    rows: ['2026-03-29T00:30:00Z 1', '2026-03-29T01:30:00Z 2', '2026-03-29T02:30:00Z 3'],
  },
  'a stopwatch that goes on past a day': {
    text: 'Test started on 14.03.2026 10:00:00\nElapsed Time,Temp (C)\n00:00:00,20.5\n00:00:10.5,20.6\n25:00:20,20.7\n',
    columns: 'temp °C',
    rows: ['2026-03-14T09:00:00Z 20.5', '2026-03-14T09:00:10.500000Z 20.6', '2026-03-15T10:00:20Z 20.7'],
  },
  'milliseconds of a sketch': {
    text: 'Start time (local): 14 Mar 2026 10:00:00\nmillis,V\n0,1\n1000,2\n2500,3\n',
    columns: 'v',
    rows: ['2026-03-14T09:00:00Z 1', '2026-03-14T09:00:01Z 2', '2026-03-14T09:00:02.500000Z 3'],
  },
  'a potentiostat: a blank before the colon, a unit behind a bar': {
    text: 'Acquisition started on : 03/14/2026 10:00:00.500\ntime/s\tEwe/V\n0.0\t1.5\n10.0\t1.6\n',
    columns: 'ewe V',
    rows: ['2026-03-14T09:00:00.500000Z 1.5', '2026-03-14T09:00:10.500000Z 1.6'],
  },
  'two runs in one file: of the second nobody knows the start': {
    text: 'Start: 2026-03-14 10:00:00\nTime [s],V\n0,1\n1,2\n2,3\n0,4\n1,5\n',
    columns: 'v',
    rows: ['2026-03-14T09:00:00Z 1', '2026-03-14T09:00:01Z 2', '2026-03-14T09:00:02Z 3'],
    refused: [
      '6: its count "0" begins again, so it belongs to another run, of which the start is not told',
      '7: its count "1" begins again, so it belongs to another run, of which the start is not told',
    ],
  },
  'a clock beside the count is what counts': {
    text: 'Start Time,2026-03-14 08:00:00\nTimestamp,Elapsed (s),T (°C)\n2026-03-14 10:00:00,0,1\n2026-03-14 10:00:10,10,2\n',
    columns: 'elapsed s, t °C',
    rows: ['2026-03-14T09:00:00Z 0 1', '2026-03-14T09:00:10Z 10 2'],
  },
  'Solinst: milliseconds beside date and time': {
    text:
      'Serial_number:\n1234567\nProject ID:\nLab\nLEVEL\nUNIT: m\nTEMPERATURE\nUNIT: °C\nDate,Time,ms,LEVEL,TEMPERATURE\n' +
      '2026/03/14,10:00:00,0,1.234,10.5\n2026/03/14,10:00:00,500,1.235,10.5\n2026/03/14,10:00:01,x,1.236,10.5\n' +
      '2026/03/14,10:00:01,20,1.237,10.5\n',
    columns: 'level, temperature',
    rows: ['2026-03-14T09:00:00Z 1.234 10.5', '2026-03-14T09:00:00.500000Z 1.235 10.5', '2026-03-14T09:00:01.020000Z 1.237 10.5'],
    refused: ['12: its milliseconds are "x"; they must be a whole number from 0 to 999'],
  },
  'milliseconds alone are what was measured': {
    text: 'Date,Time,ms\n2026-03-14,10:00:00,12\n2026-03-14,10:00:10,13\n',
    columns: 'ms',
    rows: ['2026-03-14T09:00:00Z 12', '2026-03-14T09:00:10Z 13'],
  },
}

for (const [name, { text, ...expected }] of Object.entries(TABLES))
  test(`a table is read as it was meant: ${name}`, async () => {
    const { notes, ...found } = await readTable(text)
    assert.deepEqual(found, { refused: [], ...expected }, notes)
  })

const RUN = 'Time [s],V\n0,1\n1,2\n2,3\n'

const REFUSED: Record<string, { text: string; is: RegExp }> = {
  'several starts': {
    text: `Start: 2026-03-14 10:00:00\nStart of pump: 2026-03-14 09:00:00\n${RUN}`,
    is: /several starts: "Start" in line 1/,
  },
  'a date and a time that may be those of the report': {
    text: `Date: 14.03.2026\nTime: 10:00:00\n${RUN}`,
    is: /nothing for sure: "Date" in line 1 is "14\.03\.2026", .*--start "14\.03\.2026 10:00:00"/,
  },
  'a day without its hour': { text: `Start Date: 2026-03-14\n${RUN}`, is: /a part: .*--start "2026-03-14 HH:MM:SS"/ },
  'no start at all': { text: `Sample: A\n${RUN}`, is: /if it counts from a start, say when that was with --start/ },
  'the start of something else': { text: `Calibration start: 2025-01-01 00:00:00\n${RUN}`, is: /say when that was with --start/ },
  'no unit': {
    text: 'Start Date:,2026-03-14\nStart Time:,10:00:00\nElapsed Time,Temp (C)\n0,20.5\n10,20.6\n20,20.7\n',
    is: /nothing tells its unit.*--time 1 --time-format and one of elapsed-ms, elapsed-s/,
  },
  'a date that may be read in two ways': { text: TSI('03/04/2026'), is: /"03\/04\/2026 10:00:00 AM" in line 8 may be either/ },
}

for (const [name, { text, is }] of Object.entries(REFUSED))
  test(`a count that leaves something open is not guessed: ${name}`, async () => {
    await assert.rejects(readTable(text), is)
  })

test('what a file leaves open may be told: the start, the unit, the order of a date', async () => {
  const start = '2026-03-14 10:00:00'
  const rows = ['2026-03-14T09:00:00Z 1', '2026-03-14T09:00:01Z 2', '2026-03-14T09:00:02Z 3']
  assert.deepEqual((await readTable(`Sample: A\n${RUN}`, { start })).rows, rows)
  assert.deepEqual((await readTable(`Start: 2026-03-14 08:00:00\n${RUN}`, { start })).rows, rows, 'what is told beats what is found')
  const counted = await readTable('a,b\n0,1\n1,2\n2,3\n', { start, time: ['a'], timeFormat: 'elapsed-min' })
  assert.deepEqual(counted.rows, ['2026-03-14T09:00:00Z 1', '2026-03-14T09:01:00Z 2', '2026-03-14T09:02:00Z 3'])
  assert.equal((await readTable(TSI('03/04/2026'), { timeFormat: 'day-first' })).rows[0], '2026-04-03T08:01:00Z 0.025')
  await assert.rejects(readTable(RUN, { start: 'yesterday' }), /start is "yesterday"; it must be a date and a clock/)
  await assert.rejects(readTable('Time,V\n2026-03-14 10:00:00,1\n', { start }), /--start is for times that count from a start/)
})
