/** A small sample of each format that is known by name, written after its published description. */
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import { formatTimestamp } from '../../src/base/time.ts'
import { planTable } from '../../src/tables/plan.ts'
import { isTimed, ValueReader } from '../../src/tables/rows.ts'
import { readTimedRows, surveyTable } from '../../src/tables/survey.ts'
import { root } from '../support/sources.ts'

const FOLDER = join(root, 'test/tables/samples')

interface Expected {
  format: string
  /** Names of sequences with their units. */
  columns: string
  first: string
  values: (number | string | undefined)[]
  rows: number
}

const SAMPLES: Record<string, Expected> = {
  'labview.lvm': {
    format: 'LabVIEW (.lvm)',
    columns: 'voltage Volts, current Amps',
    first: '2026-01-10T09:00:00.500000Z',
    values: [1.5, 2.5],
    rows: 3,
  },
  'gamry.dta': {
    format: 'Gamry (.DTA)',
    columns: 'vf V vs. Ref., im A',
    first: '2026-01-20T09:00:00.500000Z',
    values: [-0.10012, -2.4e-6],
    rows: 3,
  },
  'sea-bird.cnv': {
    format: 'Sea-Bird (.cnv)',
    columns: 'temperature °C, salinity-practical PSU',
    first: '2026-01-20T09:00:00Z',
    values: [12.1234, 31.0012],
    rows: 2,
  },
  'dwd.txt': {
    format: 'Deutscher Wetterdienst (climate data)',
    columns: 'tt-tu, rf-tu',
    first: '2026-01-20T10:00:00Z',
    values: [4.1, 85],
    rows: 2,
  },
  'sma.csv': {
    format: 'SMA (Sunny Explorer)',
    columns: '2110001-gesamtertrag kWh, 2110001-leistung kW',
    first: '2026-01-20T09:00:00Z',
    values: [1234.5, 3.1],
    rows: 2,
  },
  'toa5.dat': {
    format: 'Campbell TOA5',
    columns: 'battv-min Volts, airtc-avg °C, rh %, rain-mm-tot mm, ws-ms meters/second, wd degrees',
    first: '2026-01-15T22:50:00Z',
    values: [12.9, -1.23, 87.5, 0, 3.2, 181],
    rows: 2,
  },
  'hobo.csv': { format: 'HOBO (Onset)', columns: 'temp °C, intensity lux', first: '2026-01-14T11:00:00Z', values: [4.5, 120], rows: 3 },
  'licor-7810.data': {
    format: 'LI-COR',
    columns: 'h2o ppm, co2 ppm, ch4 ppb',
    first: '2026-01-10T08:00:00Z',
    values: [9000.1, 420.5, 1990.2],
    rows: 2,
  },
  'licor-850.txt': {
    format: 'LI-COR',
    columns: 'co2 ppm, h2o ppt, cell-temperature °C',
    first: '2026-01-10T07:00:02Z',
    values: [421.5, 8.1, 51.2],
    rows: 3,
  },
  'tomst.csv': {
    format: 'TOMST (TMS)',
    columns: 't1 °C, t2 °C, t3 °C, moisture',
    first: '2026-01-10T08:00:00Z',
    values: [5.25, 4.75, 4.5, 1520],
    rows: 2,
  },
  'davis.txt': {
    format: 'Davis WeatherLink',
    columns: 'temp-out, hi-temp, out-hum, wind-speed',
    first: '2026-01-01T23:00:00Z',
    values: [3.4, 3.5, 88, 1.3],
    rows: 3,
  },
  'lascar.txt': { format: 'Lascar EL-USB', columns: 'celsius °C', first: '2026-01-14T09:00:00Z', values: [4.5], rows: 2 },
  'elitech.csv': { format: 'Elitech', columns: 'temperature °C, humidity %', first: '2026-01-10T07:00:00Z', values: [4.5, 60.1], rows: 2 },
  'govee.csv': {
    format: 'Govee',
    columns: 'temperature °C, relative-humidity',
    first: '2026-01-10T07:00:00Z',
    values: [21.5, 45.1],
    rows: 2,
  },
  'switchbot.csv': {
    format: 'SwitchBot',
    columns: 'temperature-celsius °C, relative-humidity %',
    first: '2026-01-10T07:00:00Z',
    values: [21.5, 45],
    rows: 2,
  },
  'thingspeak.csv': { format: 'ThingSpeak', columns: 'field1, field2', first: '2026-01-10T08:00:00Z', values: [21.5, 45.1], rows: 2 },
  'usgs.rdb': { format: 'USGS RDB', columns: '12345-00060', first: '2026-01-10T05:00:00Z', values: [4520], rows: 3 },
  'picarro.dat': {
    format: 'Picarro',
    columns: 'co2-dry, ch4-dry',
    first: '2026-01-10T08:00:00.123000Z',
    values: [420.51234567, 1.9912345678],
    rows: 2,
  },
  'lgr.csv': {
    format: 'Los Gatos Research (LGR)',
    columns: 'ch4 ppm, co2 ppm, gast °C',
    first: '2026-01-13T07:00:00.123000Z',
    values: [1.991234, 420.5123, 25.12345],
    rows: 2,
  },
  'grafana.csv': { format: 'Grafana', columns: 'freezer °C, fridge °C', first: '2026-01-10T08:00:00Z', values: [-20.1, 4.5], rows: 3 },
  'home-assistant.csv': {
    format: 'Home Assistant (history)',
    columns: 'state',
    first: '2026-01-10T08:00:00.123000Z',
    values: [4.5],
    rows: 4,
  },
  'series.csv': {
    format: 'a list of series, times and values',
    columns: 'value',
    first: '2026-01-10T08:00:00Z',
    values: [21.5],
    rows: 2,
  },
  'influx-annotated.csv': { format: 'InfluxDB annotated CSV', columns: 'value', first: '2026-01-10T08:00:00Z', values: [21.5], rows: 3 },
  'influx.lp': { format: 'InfluxDB line protocol', columns: 'value', first: '2026-01-10T08:00:00Z', values: [21.5], rows: 4 },
  'readings.ndjson': {
    format: 'NDJSON',
    columns: 'temperature, door-open, battery',
    first: '2026-01-10T08:00:00Z',
    values: [21.5, 0, undefined],
    rows: 3,
  },
}

test('each sample is tried', async () => {
  assert.deepEqual((await readdir(FOLDER)).sort(), Object.keys(SAMPLES).sort())
})

for (const [file, expected] of Object.entries(SAMPLES)) {
  test(`${file} is read as ${expected.format}`, async () => {
    const source = (): AsyncIterable<Buffer> => createReadStream(join(FOLDER, file))
    const options = { now: Date.UTC(2026, 1, 1) * 1000, defaultZone: 'Europe/Berlin' }
    const plan = await planTable(source, options)
    const survey = await surveyTable(source, plan, options, () => undefined)
    const readers = plan.columns.map((column) => new ValueReader(plan, column, [], column.isText))
    const [row] = survey.sample
    assert.ok(row && isTimed(row))
    assert.deepEqual(
      {
        format: plan.format,
        columns: plan.columns.map(({ name, units }) => `${name}${units === undefined ? '' : ` ${units}`}`).join(', '),
        first: formatTimestamp(row.time),
        values: readers.map((reader) => reader.read(row.record.fields)),
        rows: survey.rows,
      },
      expected,
    )
    const bad: number[] = []
    for await (const _ of readTimedRows(source, plan, survey.settled, options, ({ line }) => bad.push(line)));
    assert.deepEqual(bad, [], 'each row has a time')
  })
}
