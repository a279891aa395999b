/** Files as they come from the field, each a sample of its kind. The lab's clock stands at 2026-01-31T12:00. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { FakeClock, startLab, type Lab } from '../support/lab.ts'
import { importFile, refusalOf, valuesOf } from '../support/imports.ts'
import type { TestContext } from 'node:test'

const PATH = '/lab/t'

async function labOf(t: TestContext): Promise<Lab> {
  const clock = new FakeClock()
  clock.time = Date.UTC(2026, 1, 2) * 1000
  const lab = await startLab(t, { clock })
  await lab.sequence(PATH)
  return lab
}

const at = { path: PATH }
const berlin = { ...at, time_zone: 'Europe/Berlin' }

test('dates of Excel are read as dates where the header says that they are times', async (t) => {
  const lab = await labOf(t)
  const answer = await importFile(lab, 'Time,Temperature\n46054.4166666667,4.5\n46054.4236111111,4.6\n', berlin)
  assert.deepEqual(await valuesOf(lab, PATH), [
    ['2026-02-01T09:00:00Z', 4.5],
    ['2026-02-01T09:10:00Z', 4.6],
  ])
  assert.match(answer.read_as.join(' '), /dates of Excel/)
  assert.match(
    await refusalOf(lab, '46054.4166666667,4.5\n46054.4236111111,4.6\n', berlin),
    /looks like one of dates of Excel.*--time-format excel/,
  )
})

test('numbers that are no times stop, and say what they look like', async (t) => {
  const lab = await labOf(t)
  assert.match(await refusalOf(lab, 'millis,temp\n1023,25.3\n2024,25.4\n3025,25.4\n', at), /"1023" in "millis" looks like a count/)
  assert.match(await refusalOf(lab, 'year,mean\n2023,9.1\n2024,10.5\n2025,10.6\n', at), /looks like a year/)
  assert.match(await refusalOf(lab, 'time,t\n12:00:01,21.5\n12:00:02,21.6\n', at), /"12:00:01" in "time" says when, and not on which day/)
  assert.match(await refusalOf(lab, '12:00:01.123 -> 21.5\n12:00:02.123 -> 21.6\n', at), /"12:00:01.123" .* not on which day/)
  assert.deepEqual(await valuesOf(lab, PATH), [])
})

test('columns may stand in any order', async (t) => {
  const lab = await labOf(t)
  await importFile(lab, 'temperature,time\n4.5,1769940000\n4.6,1769940060\n', at)
  assert.deepEqual(await valuesOf(lab, PATH), [
    ['2026-02-01T10:00:00Z', 4.5],
    ['2026-02-01T10:01:00Z', 4.6],
  ])
})

test('seconds of LabVIEW and digits of a date are read, and said', async (t) => {
  const lab = await labOf(t)
  assert.match((await importFile(lab, '3852792000.5,7.87\n3852792001.5,7.97\n', at)).read_as.join(' '), /LabVIEW/)
  assert.match((await importFile(lab, '2602011000,12.3\n2602011010,12.5\n', { ...at, time_zone: 'UTC' })).read_as.join(' '), /YYMMDDhhmm/)
  assert.deepEqual(
    (await valuesOf(lab, PATH)).map(([time]) => time),
    ['2026-02-01T10:00:00Z', '2026-02-01T10:10:00Z', '2026-02-01T12:00:00.500000Z', '2026-02-01T12:00:01.500000Z'],
  )
})

test('degrees, semicolons and decimal commas', async (t) => {
  const lab = await labOf(t)
  const text = 'Datum;Temp in °C;r.F. in %\n01.02.2026 10:00;4,5;60,1\n'
  for (const [name, file] of [
    ['utf8', Buffer.from(text)],
    ['latin1', Buffer.from(text, 'latin1')],
    ['utf16', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['utf16-bare', Buffer.from(text, 'utf16le')],
    ['utf16be', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ] as const) {
    const answer = await importFile(lab, file, { into: `/lab/${name}`, create: '1', time_zone: 'Europe/Berlin' })
    assert.deepEqual(
      answer.sequences.map(({ path, units, stored }) => [path, units, stored]),
      [
        [`/lab/${name}/temp`, '°C', 1],
        [`/lab/${name}/r.f`, '%', 1],
      ],
      name,
    )
    assert.deepEqual(await valuesOf(lab, `/lab/${name}/temp`), [['2026-02-01T09:00:00Z', 4.5]], name)
  }
})

test('the hour that a clock shows twice is told apart by the order of rows', async (t) => {
  const lab = await labOf(t)
  const file =
    'time,t\n2024-10-27 01:30:00,10\n2024-10-27 02:00:00,11\n2024-10-27 02:30:00,12\n' +
    '2024-10-27 02:00:00,13\n2024-10-27 02:30:00,14\n2024-10-27 03:00:00,15\n'
  const answer = await importFile(lab, file, berlin)
  assert.deepEqual(answer.warnings, [])
  assert.deepEqual(await valuesOf(lab, PATH), [
    ['2024-10-26T23:30:00Z', 10],
    ['2024-10-27T00:00:00Z', 11],
    ['2024-10-27T00:30:00Z', 12],
    ['2024-10-27T01:00:00Z', 13],
    ['2024-10-27T01:30:00Z', 14],
    ['2024-10-27T02:00:00Z', 15],
  ])
  const once = await importFile(lab, 'time,t\n2024-10-27 02:10:00,11\n2024-10-27 03:10:00,12\n', berlin)
  assert.match(once.warnings.join(' '), /1 time falls into an hour that the clock of Europe\/Berlin shows twice.*lines 2/)
})

test('two readings of one second stop the import until somebody decides', async (t) => {
  const lab = await labOf(t)
  const file = 'time,co2\n2024-07-01 11:16:43,419.43\n2024-07-01 11:16:43,417.43\n2024-07-01 11:16:44,419.44\n2024-07-01 11:16:44,417.44\n'
  assert.match(await refusalOf(lab, file, berlin), /2 values have a time that another row .*line 3 .*line 2.*--duplicates/)
  assert.deepEqual(await valuesOf(lab, PATH), [])
  const trial = await importFile(lab, file, { ...berlin, dry_run: '1' })
  assert.equal(trial.problems.length, 1)
  await importFile(lab, file, { ...berlin, duplicates: 'keep' })
  assert.deepEqual(await valuesOf(lab, PATH), [
    ['2024-07-01T09:16:43Z', 419.43],
    ['2024-07-01T09:16:43.000001Z', 417.43],
    ['2024-07-01T09:16:44Z', 419.44],
    ['2024-07-01T09:16:44.000001Z', 417.44],
  ])
  for (const [policy, value] of [
    ['first', 419.43],
    ['last', 417.43],
  ] as const) {
    await importFile(lab, file, { path: `/lab/${policy}`, create: '1', time_zone: 'Europe/Berlin', duplicates: policy })
    // Brought again, the same comes out.
    await importFile(lab, file, { path: `/lab/${policy}`, time_zone: 'Europe/Berlin', duplicates: policy })
    assert.equal((await valuesOf(lab, `/lab/${policy}`))[0]?.[1], value)
  }
})

test('the same row twice is no conflict', async (t) => {
  const lab = await labOf(t)
  const answer = await importFile(lab, 'time,v\n2026-02-01T10:00:00Z,1\n2026-02-01T10:00:00Z,1\n', at)
  assert.deepEqual([answer.sequences[0]?.stored, answer.duplicates, answer.refused], [1, 1, 0])
})

test('whole numbers that would change are refused by name', async (t) => {
  const lab = await labOf(t)
  const answer = await importFile(
    lab,
    '2026-02-01T10:00:00Z,12345678901234567890\n2026-02-01T10:00:01Z,9007199254740993\n2026-02-01T10:00:02Z,9007199254740992\n',
    at,
  )
  assert.deepEqual(
    answer.errors.map(({ line }) => line),
    [1, 2],
  )
  assert.match(answer.errors[1]?.message ?? '', /would become 9007199254740992/)
  assert.deepEqual(await valuesOf(lab, PATH), [['2026-02-01T10:00:02Z', 9007199254740992]])
})

test('a last line without its end is stored only if told so', async (t) => {
  const lab = await labOf(t)
  const file = 'time,v\n2026-02-01T10:00:00Z,21.5\n2026-02-01T10:05:00Z,2'
  const answer = await importFile(lab, file, at)
  assert.deepEqual(
    answer.errors.map(({ line, text }) => [line, text]),
    [[3, '2026-02-01T10:05:00Z,2']],
  )
  assert.equal((await valuesOf(lab, PATH)).length, 1)
  await importFile(lab, file, { ...at, last_line: '1' })
  assert.equal((await valuesOf(lab, PATH)).length, 2)
})

test('times without a zone need one, and the old server’s exact form stays UTC', async (t) => {
  const lab = await labOf(t)
  assert.match(
    await refusalOf(lab, '\ufeffTimestamp for sample frequency, Temperature_Celsius\n2025-08-06 09:22:00,24.6\n', at),
    /no time zone.*--time-zone/,
  )
  await importFile(lab, '2026-02-01 10:00:00.000000,1\n', at)
  assert.deepEqual(await valuesOf(lab, PATH), [['2026-02-01T10:00:00Z', 1]])
  await lab.put('/resources/lab', { timezone: 'Europe/Berlin' })
  const answer = await importFile(lab, '\ufeffTimestamp for sample frequency, Temperature_Celsius\n2025-08-06 09:22:00,24.6\n', at)
  assert.deepEqual([answer.time_zone, answer.time_zone_source, answer.format], ['Europe/Berlin', 'organization', 'Govee'])
  assert.deepEqual((await valuesOf(lab, PATH))[0], ['2025-08-06T07:22:00Z', 24.6])
})

test('midnight as 24:00 is the next day', async (t) => {
  const lab = await labOf(t)
  await importFile(lab, '2026-01-31 23:50:00,4.5\n2026-01-31 24:00:00,4.6\n', { ...at, time_zone: 'UTC' })
  assert.deepEqual((await valuesOf(lab, PATH))[1], ['2026-02-01T00:00:00Z', 4.6])
})

test('values that are older than the sequence keeps them are counted as such', async (t) => {
  const lab = await labOf(t)
  await lab.put(`/resources${PATH}`, { max_age: '90d' })
  const answer = await importFile(lab, '2020-01-01T00:00:00Z,1\n2020-01-01T00:10:00Z,2\n', at)
  assert.deepEqual([answer.sequences[0]?.stored, answer.sequences[0]?.expired], [0, 2])
  assert.match(answer.warnings.join(' '), /2 values are older than the max_age/)
})

test('text keeps its letters and its line breaks, also where they begin with a time', async (t) => {
  const lab = await labOf(t)
  await lab.sequence('/lab/notes', 2)
  await importFile(lab, Buffer.from('2026-02-01T10:00:00Z,door opened\n2026-02-01T10:05:00Z,21°C and all well\n', 'latin1'), {
    path: '/lab/notes',
  })
  await importFile(lab, '"2026-02-01 11:00:00.000000","copied from the notebook:\n2026-01-30 08:00:00,pump on"\n', { path: '/lab/notes' })
  assert.deepEqual(await valuesOf(lab, '/lab/notes'), [
    ['2026-02-01T10:00:00Z', 'door opened'],
    ['2026-02-01T10:05:00Z', '21°C and all well'],
    ['2026-02-01T11:00:00Z', 'copied from the notebook:\n2026-01-30 08:00:00,pump on'],
  ])
})

test('damage costs its row alone, and is named with the line of the file', async (t) => {
  const lab = await labOf(t)
  const rows = (...lines: string[]): string => lines.map((line) => `${line}\n`).join('')
  const good = ['2026-02-01T10:00:00Z,21.5', '2026-02-01T10:05:00Z,21.6', '2026-02-01T10:10:00Z,21.7']
  const cases: [string, string, number[]][] = [
    ['commas at the end', rows('time,v', ...good.map((line) => `${line},`)), []],
    ['zeros in a line', rows('time,v', good[0] ?? '', '\0'.repeat(12), good[1] ?? '', good[2] ?? ''), [3]],
    ['zeros before the first line', rows(`\0\0\0\0${good[0] ?? ''}`, good[1] ?? '', good[2] ?? ''), [1]],
    ['a program that was stopped', rows(good[0] ?? '', good[1] ?? '', 'KeyboardInterrupt', good[2] ?? ''), [3]],
    ['fused lines', rows(good[0] ?? '', '2026-02-01T10:02:00Z,212026-02-01T10:03:00Z,3', good[1] ?? ''), [2]],
    ['a quote without end', rows(good[0] ?? '', '"2026-02-01T10:02:00Z,4', good[1] ?? '', good[2] ?? ''), [2]],
    [
      'numbers that are none',
      rows(
        'time,v',
        good[0] ?? '',
        '2026-02-01T10:01:00Z,"1,234.5"',
        '2026-02-01T10:02:00Z,<0.01',
        '2026-02-01T10:03:00Z,1.5*',
        good[1] ?? '',
      ),
      [3, 4, 5],
    ],
    [
      'values that are missing',
      rows(
        'time,v',
        good[0] ?? '',
        '2026-02-01T10:01:00Z,NAN',
        '2026-02-01T10:02:00Z,',
        '2026-02-01T10:03:00Z,-9999',
        '2026-02-01T10:04:00Z,---',
        '2026-02-01T10:04:30Z,OVER',
      ),
      [],
    ],
  ]
  for (const [name, file, lines] of cases) {
    const path = `/lab/${name.replaceAll(' ', '-')}`
    const answer = await importFile(lab, file, { path, create: '1' })
    assert.deepEqual(
      answer.errors.map(({ line }) => line),
      lines,
      name,
    )
    assert.equal(answer.refused, lines.length, name)
    const stored = (await valuesOf(lab, path)).map(([time, value]) => `${time},${value}`)
    assert.ok(stored.length > 0 && stored.every((row) => good.includes(row)), `${name}: ${stored.join(' ')}`)
    const expected = good.filter((row) => file.includes(row) && !file.includes(`\0${row}`))
    assert.deepEqual(stored, expected, name)
  }
})

test('the line of a refused row is that of the file, however long it is', async (t) => {
  const lab = await labOf(t)
  const lines = Array.from(
    { length: 250_000 },
    (_, row) => `${1_700_000_000 + row},5${row === 199_999 ? ',' : ''}${row === 200_001 ? ',6' : ''}\n`,
  )
  const answer = await importFile(lab, lines.join(''), at)
  assert.deepEqual(
    answer.errors.map(({ line, text }) => [line, text]),
    [[200_002, '1700200001,5,6']],
  )
  assert.equal(answer.sequences[0]?.stored, 249_999)
})

test('a title above the header, units in it, and the zone in it', async (t) => {
  const lab = await labOf(t)
  const file = '"Logger 3, North bay"\n"#";"Date Time, GMT+02:00";"Temp, °C"\n1;01.02.2026 10:00;4,5\n2;01.02.2026 10:10;4,6\n'
  const answer = await importFile(lab, file, { into: '/lab/bay', create: '1' })
  assert.deepEqual(await valuesOf(lab, '/lab/bay/temp'), [
    ['2026-02-01T08:00:00Z', 4.5],
    ['2026-02-01T08:10:00Z', 4.6],
  ])
  assert.deepEqual([answer.time_zone, answer.time_zone_source, answer.sequences[0]?.units], ['+02:00', 'file', '°C'])
})

test('which number is the day is asked where no row tells', async (t) => {
  const lab = await labOf(t)
  const utc = { ...at, time_zone: 'UTC' }
  assert.match(
    await refusalOf(lab, 'date,v\n02/03/2025 10:00,1\n03/03/2025 10:00,2\n', utc),
    /Which number of a date is the day\?.*--time-format day-first or month-first/,
  )
  await importFile(lab, 'date,v\n02/03/2025 10:00,1\n', { ...utc, time_format: 'month-first' })
  await importFile(lab, 'date,v\n03/03/2025 10:00,1\n13/03/2025 10:00,2\n', utc)
  assert.deepEqual(
    (await valuesOf(lab, PATH)).map(([time]) => time.slice(0, 10)),
    ['2025-02-03', '2025-03-03', '2025-03-13'],
  )
})

test('an import is undone as one: what it brought goes, what others brought stays', async (t) => {
  const lab = await labOf(t)
  await importFile(lab, 'time,v\n2026-02-01T10:00:00Z,1\n2026-02-01T10:02:00Z,2\n', at)
  const second = await importFile(
    lab,
    'time,v\n2026-02-01T10:00:00Z,9\n2026-02-01T10:01:00Z,3\n2026-02-01T10:02:00Z,2\n2026-02-01T10:03:00Z,4\n',
    at,
  )
  const [counts] = second.sequences
  assert.deepEqual([counts?.stored, counts?.replaced, counts?.repeated], [2, 1, 1])
  const list = await lab.get('/imports', { path: '/lab' })
  assert.deepEqual(
    (list.json as { imports: { id: number }[] }).imports.map(({ id }) => id),
    [second.import_id, (second.import_id ?? 0) - 1],
  )
  const undone = await lab.delete(`/imports/${second.import_id}`)
  assert.deepEqual(undone.json, { status: 'ok', removed: 2 })
  assert.deepEqual(await valuesOf(lab, PATH), [
    ['2026-02-01T10:00:00Z', 9],
    ['2026-02-01T10:02:00Z', 2],
  ])
  assert.equal((await lab.delete(`/imports/${second.import_id}`)).status, 409)
})

test('an import is noted over the time of its values when that is wanted', async (t) => {
  const lab = await labOf(t)
  await importFile(lab, 'time,temperature\n1769940000,4.5\n1769940060,4.6\n', { ...at, note: 'logger 7' })
  const { notes } = (await lab.get('/notes', { path: PATH })).json as { notes: Record<string, unknown>[] }
  assert.deepEqual(
    notes.map(({ text, source, start_timestamp: start, end_timestamp: end }) => [text, source, start, end]),
    [['logger 7', 'import', '2026-02-01T10:00:00Z', '2026-02-01T10:01:00Z']],
  )
})

test('of rows that name their series some are taken, under other names', async (t) => {
  const lab = await labOf(t)
  const file = 'series,time,value\nAir T,2026-01-31T10:00:00Z,4.5\nSoil,2026-01-31T10:00:00Z,3.5\nrh,2026-01-31T10:00:00Z,60\n'
  const options = { into: '/lab/some', create: '1', format: 'series' }
  assert.match(await refusalOf(lab, file, { ...options, columns: 'Wind=north' }), /names the series/)
  const answer = await importFile(lab, file, { ...options, columns: 'Air T=north' })
  assert.deepEqual(
    answer.sequences.map(({ path, stored }) => [path, stored]),
    [['/lab/some/north', 1]],
  )
  assert.match(answer.read_as.join(' '), /Left out, as --columns does not name them: 2 of 3 series/)
  assert.deepEqual(await valuesOf(lab, '/lab/some/north'), [['2026-01-31T10:00:00Z', 4.5]])
})
