/** The measurements that the demo replays: tables of the npm package vega-datasets. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Fault } from '../../src/base/fault.ts'
import { parseTimestamp, type Micros } from '../../src/base/time.ts'

export interface RecordedSequence {
  name: string
  units: string
  decimals: number
  /** Its column in the table. */
  column: string
}

/** The measurements of one controller of the demo. */
export interface RecordTable {
  /** Name of the controller's folder. */
  controller: string
  /** Title for people: what was measured, where and when. */
  title: string
  file: string
  timeColumn: string
  sequences: RecordedSequence[]
}

export interface RecordRow {
  time: Micros
  /** Sequence name to value; missing values are left out. */
  values: Map<string, number>
}

export const RECORD_TABLES: RecordTable[] = [
  {
    controller: 'seattle',
    title: 'daily weather of Seattle, 2012 to 2015',
    file: 'seattle-weather.csv',
    timeColumn: 'date',
    sequences: [
      { name: 'temp_max', units: '°C', decimals: 1, column: 'temp_max' },
      { name: 'temp_min', units: '°C', decimals: 1, column: 'temp_min' },
      { name: 'precipitation', units: 'mm', decimals: 1, column: 'precipitation' },
      { name: 'wind', units: 'm/s', decimals: 1, column: 'wind' },
    ],
  },
  {
    controller: 'mauna_loa',
    title: 'monthly CO₂ of Mauna Loa, 1958 to 2020',
    file: 'co2-concentration.csv',
    timeColumn: 'Date',
    sequences: [
      { name: 'co2', units: 'ppm', decimals: 2, column: 'CO2' },
      { name: 'co2_seasonally_adjusted', units: 'ppm', decimals: 2, column: 'adjusted CO2' },
    ],
  },
]

/** All rows of a table, oldest first. @throws Fault not_found when vega-datasets is not installed */
export async function readRecord(table: RecordTable): Promise<RecordRow[]> {
  return parseRecord(await readFile(join(findDataFolder(), table.file), 'utf8'), table)
}

/** Looks beside rhizo, and below the current folder. */
function findDataFolder(): string {
  for (const from of [import.meta.url, join(process.cwd(), 'anything.js')]) {
    try {
      return join(dirname(createRequire(from).resolve('vega-datasets')), '..', 'data')
    } catch {
      continue
    }
  }
  throw new Fault(
    'not_found',
    'The demo replays measurements of the npm package vega-datasets, which is not installed with rhizo. Install it with "npm ' +
      'install vega-datasets@3" in the current folder, or with "npm install --global vega-datasets@3" where rhizo is installed ' +
      'globally.',
  )
}

/** @param text CSV without quoted fields, first line column names, times as `2015-12-31` */
export function parseRecord(text: string, table: RecordTable): RecordRow[] {
  const [header, ...lines] = text.trim().split(/\r?\n/)
  const columns = header?.split(',') ?? []
  const positionOf = (column: string): number => {
    const at = columns.indexOf(column)
    if (at < 0)
      throw new Fault('invalid', `${table.file} has no column ${column}: another version of vega-datasets is needed, 3.2 for example.`)
    return at
  }
  const timeAt = positionOf(table.timeColumn)
  const sequences = table.sequences.map(({ name, column }) => ({ name, at: positionOf(column) }))
  const rows: RecordRow[] = []
  for (const line of lines) {
    const cells = line.split(',')
    const time = parseTimestamp(`${cells[timeAt] ?? ''}T00:00:00Z`)
    if (time === undefined) throw new Fault('invalid', `${table.file} has a line without a date: ${line}`)
    const values = sequences
      .map(({ name, at }): [string, number] => [name, Number.parseFloat(cells[at] ?? '')])
      .filter(([, value]) => Number.isFinite(value))
    rows.push({ time, values: new Map(values) })
  }
  return rows
}
